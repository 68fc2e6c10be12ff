#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that each public header compiles alone in C, all together in C++, and that the umbrella includes them all.

What a header needs of others is the same in both languages, so C++ is asked once, of the umbrella.

    headers.py UMBRELLA --headers NAME... --flags FLAG... | headers.py --self-test
"""

import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

import common

# What a strict program may compile with. Macros of GLib itself are not ours to judge, hence -isystem for its headers.
C_FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wstrict-prototypes", "-Wundef", "-Wno-unused-function", "-Werror"]
CXX_FLAGS = ["-std=gnu++17", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror"]


def compilers():
    yield shlex.split(os.environ.get("CC", "cc")), "c", C_FLAGS
    cxx = shutil.which(os.environ.get("CXX", "c++")) or shutil.which("clang++")
    if cxx is not None:
        yield [cxx], "c++", CXX_FLAGS


def check(umbrella, headers, flags):
    text = umbrella.read_text(encoding="utf-8")
    included = set(re.findall(r'^\s*#\s*include\s*<anyio-glib/([^>]+)>', text, re.MULTILINE))
    for header in headers:
        if header not in included:
            yield f"{umbrella.name} does not include {header}"
    for header in [umbrella.name, *(f"anyio-glib/{header}" for header in headers)]:
        for compiler, language, language_flags in compilers():
            if language == "c++" and header != umbrella.name:
                continue
            with tempfile.TemporaryDirectory() as folder:
                source = pathlib.Path(folder) / "alone.c"
                source.write_text(f"#include <{header}>\n", encoding="utf-8")
                status, output = common.run([*compiler, "-x", language, *language_flags, *flags, "-fsyntax-only", str(source)])
            if status != 0:
                yield f"{header} does not compile alone as {language}:\n{output}"


def self_test():
    good = {"anyio.h": "#include <anyio-glib/core/a.h>\n", "anyio-glib/core/a.h": "#pragma once\nstruct a { int b; };\n"}
    bad = [
        ({"anyio-glib/core/a.h": "#pragma once\nextern gboolean a;\n"}, "alone as c:"),
        ({"anyio-glib/core/a.h": "#pragma once\nstruct a { int class; };\n"}, "alone as c++:"),
        ({"anyio.h": "\n"}, "does not include"),
    ]
    if len(list(compilers())) == 1:
        del bad[1]
    return common.self_test(lambda root: check(root / "anyio.h", ["core/a.h"], [f"-I{root}"]), good, bad)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    arguments = sys.argv[1:]
    flags_at = arguments.index("--flags")
    return common.report(check(pathlib.Path(arguments[0]), arguments[2:flags_at], arguments[flags_at + 1:]))


if __name__ == "__main__":
    sys.exit(main())
