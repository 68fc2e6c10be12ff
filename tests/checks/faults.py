#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that the tests that anyio-glib/docs/faults.md names exist and are run.

In the last cell of a row stand files of tests, each followed by cases in it, all between backquotes: the path of a GLib test, Class.test_name of Python's unittest, or
the title of a test in JavaScript. Instead it may say `not there yet: ` and which part of the library is not. A test is run if the meson.build beside it names it.

    faults.py ROOT | faults.py --self-test
"""

import pathlib
import re
import sys

import common

PAGE = "anyio-glib/docs/faults.md"
NOT_YET = "not there yet: "


def rows(text):
    """The line number and the cells of each row of a table, without the heads and the lines below these."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        is_head = number < len(lines) and re.fullmatch(r"[| -]+", lines[number]) is not None
        if line.startswith("|") and not is_head and re.fullmatch(r"[| -]+", line) is None:
            yield number, [cell.strip() for cell in line.strip("|").split("|")]


def has_case(path, text, case):
    if path.suffix == ".py":
        class_name, _, name = case.partition(".")
        found = re.search(rf"^class {re.escape(class_name)}\b.*\n((?:(?: .*)?\n)*)", text, re.MULTILINE)
        return found is not None and re.search(rf"^    (?:async )?def {re.escape(name)}\(", found[1], re.MULTILINE) is not None
    if path.suffix == ".js":
        return re.search(rf"^test\w*\('{re.escape(case)}'", text, re.MULTILINE) is not None
    return f'"{case}"' in text


def is_run(path):
    """Names of C tests stand in the list of their folder without the prefix."""
    build = path.parent / "meson.build"
    if not build.is_file():
        return False
    return re.search(rf"'(?:{re.escape(path.name)}|{re.escape(path.stem)}|{re.escape(path.stem[len('test-'):])})'", build.read_text(encoding="utf-8")) is not None


def check_cell(root, cell):
    path = None
    n_cases = 0
    for item in re.findall(r"`([^`]*)`", cell):
        if item.startswith("tests/"):
            if path is not None and n_cases == 0:
                yield "a file without a case"
            path = root / item
            n_cases = 0
            if not path.is_file():
                yield f"{item} does not exist"
            elif not is_run(path):
                yield f"{item} is not run"
        elif path is None:
            yield f"{item} is in no file"
        else:
            n_cases += 1
            if path.is_file() and not has_case(path, path.read_text(encoding="utf-8"), item):
                yield f"{item} is not in {path.relative_to(root)}"
    if path is None and not cell.startswith(NOT_YET):
        yield f"no test is named, nor that what it is of is {NOT_YET.strip()}"
    elif path is not None and n_cases == 0:
        yield "a file without a case"


def check(root):
    n_rows = 0
    for number, cells in rows((root / PAGE).read_text(encoding="utf-8")):
        n_rows += 1
        if len(cells) != 2:
            yield f"{PAGE}:{number}: {len(cells)} cells, not two"
            continue
        for complaint in check_cell(root, cells[1]):
            yield f"{PAGE}:{number}: {complaint}"
    if n_rows == 0:
        yield f"{PAGE}: no row is found"


def self_test():
    head = "# Faults\n\n| fault | test |\n| --- | --- |\n"
    good = {
        PAGE: head + "| a | `tests/a/test-a.c` `/a/b/c`, `tests/b/test_b.py` `B.test_x` `C.test_y` |\n| b | not there yet: files |\n| c | `tests/c/test-c.js` `it's there` |\n",
        "tests/a/test-a.c": 'add ("/a/b/c", test);\n',
        "tests/a/meson.build": "foreach name : [\n  'a',\n]\n",
        "tests/b/test_b.py": "class B(T):\n\n    def test_x(self):\n        pass\n\nclass C(T):\n    async def test_y(self):\n        pass\n",
        "tests/b/meson.build": "tests = ['test_b.py']\n",
        "tests/c/test-c.js": "test('it's there', () => 0);\n",
        "tests/c/meson.build": "tests = ['test-c']\n",
    }
    bad = [
        ({PAGE: head + "| a | `tests/a/test-b.c` `/a/b/c` |\n"}, "does not exist"),
        ({PAGE: head + "| a | `tests/a/test-a.c` `/a/b` |\n"}, "/a/b is not in"),
        ({PAGE: head + "| a | `tests/b/test_b.py` `B.test_y` |\n"}, "B.test_y is not in"),
        ({PAGE: head + "| a | `tests/c/test-c.js` `it is` |\n"}, "it is is not in"),
        ({PAGE: head + "| a | `tests/a/test-a.c` |\n"}, "without a case"),
        ({PAGE: head + "| a | `tests/a/test-a.c`, `tests/b/test_b.py` `B.test_x` |\n"}, "without a case"),
        ({PAGE: head + "| a | `/a/b/c` |\n"}, "is in no file"),
        ({PAGE: head + "| a | some day |\n"}, "no test is named"),
        ({PAGE: head + "| a | b | c |\n"}, "3 cells"),
        ({PAGE: "# Faults\n"}, "no row"),
        ({"tests/a/meson.build": "foreach name : [\n  'ab',\n]\n"}, "is not run"),
    ]
    return common.self_test(check, good, bad)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    return common.report(check(pathlib.Path(sys.argv[1])))


if __name__ == "__main__":
    sys.exit(main())
