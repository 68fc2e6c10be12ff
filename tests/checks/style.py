#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check what can be checked of the style: licence line, length, blanks, leftovers, the order of the first include.

    style.py ROOT | style.py --self-test
"""

import re
import sys

import common

SUFFIXES = {".c", ".h", ".S", ".py", ".vala", ".js", ".build", ".sh", ".ini"}
C_SUFFIXES = {".c", ".h", ".S"}
SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
MOST_LINES = 800
LONGEST_LINE = 180

# Written so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:ho" r"me|wo" r"rk|ro" r"ot|Us" r"ers)/\w")
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def scripts(root):
    """Files without a suffix that begin with #!."""
    for path in common.source_files(root, {""}):
        if (root / path).read_bytes()[:2] == b"#!":
            yield path


def check_text(path, text):
    lines = text.splitlines()
    if not any(SPDX in line for line in lines[:3]):
        yield f"{path}: no SPDX line among the first three"
    if len(lines) > MOST_LINES:
        yield f"{path}: {len(lines)} lines; {MOST_LINES} at most"
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"
    if text.endswith("\n\n"):
        yield f"{path}: empty line at the end"
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if len(line) > LONGEST_LINE:
            yield f"{where}: {len(line)} characters; {LONGEST_LINE} at most"
        if "\t" in line and path.suffix != ".S":
            yield f"{where}: a tab"
        if line != line.rstrip():
            yield f"{where}: blanks at the end of the line"
        if LEFTOVERS.search(line):
            yield f"{where}: a leftover: {LEFTOVERS.search(line)[0]}"
        if MACHINE_PATHS.search(line):
            yield f"{where}: a path of one machine"


def check_c(root, path, text):
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    if path.suffix != ".c":
        return
    # anyio-x.c includes anyio-x-private.h or anyio-x.h before all others, where there is one.
    own = [name for name in (f"{path.stem}-private.h", f"{path.stem}.h") if (root / path.parent / name).exists()]
    first = INCLUDE.search(text)
    if own and (first is None or first[1].split("/")[-1] not in own):
        yield f"{path}: the first include is not its own header {' or '.join(own)}"


def check(root):
    for path in [*common.source_files(root, SUFFIXES), *scripts(root)]:
        text = (root / path).read_text(encoding="utf-8")
        yield from check_text(path, text)
        if path.suffix in C_SUFFIXES:
            yield from check_c(root, path, text)


HEAD = f"/* {SPDX} */\n"
GOOD = {
    "anyio-glib/core/a.h": HEAD + "#pragma once\n",
    "anyio-glib/core/a.c": HEAD + '#include "core/a.h"\n#include <glib.h>\n',
    "anyio-glib/core/b-private.h": HEAD + "#pragma once\n",
    "anyio-glib/core/b.c": HEAD + '#include "core/b-private.h"\n',
    "tests/run": f"#!/bin/bash\n# {SPDX}\n",
    "README": "free text\n",
}
BAD = [
    ({"a.c": "int a;\n"}, "no SPDX"),
    ({"run": "#!/bin/sh\ntrue\n"}, "no SPDX"),
    ({"a.h": HEAD}, "#pragma once"),
    ({"a.c": HEAD + "\n" * MOST_LINES + "int a;\n"}, "lines;"),
    ({"a.c": HEAD + "/" * (LONGEST_LINE + 1) + "\n"}, "characters;"),
    ({"a.c": HEAD + "int a;"}, "no newline"),
    ({"a.c": HEAD + "\n"}, "empty line"),
    ({"a.c": HEAD + "\tint a;\n"}, "a tab"),
    ({"a.c": HEAD + "int a; \n"}, "blanks"),
    ({"a.c": HEAD + "/* TO" "DO: more */\n"}, "a leftover"),
    ({"a.c": HEAD + "/* see /ho" "me/me/x */\n"}, "a path"),
    ({"anyio-glib/core/a.c": HEAD + '#include <glib.h>\n#include "core/a.h"\n'}, "first include"),
    ({"anyio-glib/core/b.c": HEAD + "#include <glib.h>\n"}, "first include"),
]

if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        sys.exit(common.self_test(check, GOOD, BAD))
    sys.exit(common.report(check(common.pathlib.Path(sys.argv[1]))))
