#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that each folder of the library includes only from itself and from the layers below.

The table is that of the README. Folders of one layer do not use each other.

    layers.py ROOT | layers.py --self-test
"""

import re
import sys

import common

# The root has the version headers, which all may use, and the umbrella, which none may.
LAYERS = {
    "base": 0,
    "loop": 1,
    "core": 2,
    "gio": 3,
    "combinators": 4, "sync": 4, "stream": 4,
    "thread": 5,
    "net": 6, "process": 6, "file": 6, "signal": 6,
    "testing": 7,
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"|<anyio-glib/)([^">]+)[">]')
FOR_ALL = {"anyio-version.h", "anyio-version-macros.h"}


def may_use(user, used):
    return user == used or LAYERS[used] < LAYERS[user]


def check(root):
    library = root / "anyio-glib"
    for path in common.source_files(library, {".c", ".h", ".S"}):
        if len(path.parts) < 2:
            continue
        user = path.parts[0]
        if user not in LAYERS:
            yield f"{path}: the folder {user} has no layer"
            continue
        for number, line in enumerate((library / path).read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if match is None or match[1] in FOR_ALL:
                continue
            used, slash, _ = match[1].partition("/")
            if not slash:
                if not (library / user / match[1]).exists() or match[1] == "anyio.h":
                    yield f"{path}:{number}: {match[1]}: name the folder"
            elif used not in LAYERS:
                yield f"{path}:{number}: {match[1]}: no folder of the library"
            elif not may_use(user, used):
                yield f"{path}:{number}: {user} (layer {LAYERS[user]}) may not use {match[1]} (layer {LAYERS[used]})"
            elif not (library / match[1]).exists():
                yield f"{path}:{number}: {match[1]} does not exist"


GOOD = {
    "anyio-glib/anyio.h": '#include "core/a.h"\n',
    "anyio-glib/base/z.h": '#include <anyio-glib/anyio-version.h>\n',
    "anyio-glib/core/a.h": '#include <glib.h>\n',
    "anyio-glib/core/a.c": '#include "core/a.h"\n#include "base/z.h"\n',
    "anyio-glib/sync/s.h": '#include <anyio-glib/core/a.h>\n',
    "anyio-glib/stream/t.h": '#include "core/a.h"\n',
    "anyio-glib/thread/v.h": '#include "sync/s.h"\n',
}
BAD = [
    ({"anyio-glib/base/y.c": '#include "core/a.h"\n'}, "may not use"),
    ({"anyio-glib/base/y.h": '#include <anyio-glib/core/a.h>\n'}, "may not use"),
    ({"anyio-glib/stream/u.c": '#include "sync/s.h"\n'}, "may not use"),
    ({"anyio-glib/sync/u.c": '#include "thread/v.h"\n'}, "may not use"),
    ({"anyio-glib/core/b.c": '#include "base/missing.h"\n'}, "does not exist"),
    ({"anyio-glib/core/b.c": '#include "anyio.h"\n'}, "name the folder"),
    ({"anyio-glib/core/b.c": '#include "elsewhere/a.h"\n'}, "no folder"),
    ({"anyio-glib/other/b.c": '#include "core/a.h"\n'}, "has no layer"),
]

if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        sys.exit(common.self_test(check, GOOD, BAD))
    sys.exit(common.report(check(common.pathlib.Path(sys.argv[1]))))
