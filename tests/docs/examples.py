#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compile, and where they are whole programs run, the C examples of the documentation. Prints TAP, one result per example.

    examples.py --compiler CC --flags FLAG... --link FLAG... --files FILE... | examples.py --self-test

Examples are the blocks fenced with ```c in Markdown and in documentation comments, and |[<!-- language="C" --> ... ]| in the latter.
 - With a main() it is a program: compiled, linked, run; it must end with 0 within half a minute. ```c no-run only links it.
 - Otherwise it must compile as a piece of a file, or as the inside of a function that has `error`, `user_data` and what a comment
   <!-- with: DECLARATIONS --> on the line before the block declares.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 30
PRELUDE = "#include <anyio.h>\n"
# A fragment shows a point, not a program: what it declares may stay unused.
RELAXED = ["-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-but-set-variable", "-Wno-unused-parameter"]
STRICT = ["-std=gnu11", "-Wall", "-Werror"]

FENCE = re.compile(r"^( *)```c(?: +(?P<info>[\w -]+))?\n(?P<code>.*?)^\1```", re.MULTILINE | re.DOTALL)
GTK_DOC = re.compile(r'\|\[<!-- *language="C" *-->\n(?P<code>.*?)\]\|', re.DOTALL)
WITH = re.compile(r"<!-- with: (?P<declarations>(?:(?!-->).)*?) -->\s*\Z", re.DOTALL)
COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)


class Example:
    def __init__(self, where, code, info="", declarations=""):
        self.where = where
        self.code = code
        self.info = (info or "").split()
        self.declarations = declarations

    def is_program(self):
        return re.search(r"^(?:int\s+)?main\s*\(", self.code, re.MULTILINE) is not None

    def as_file(self):
        return PRELUDE + self.code

    def as_body(self):
        return (
            f"{PRELUDE}gboolean fragment (gpointer user_data, GError **error);\n"
            f"gboolean fragment (gpointer user_data, GError **error)\n{{\n{self.declarations}\n{{\n{self.code}\n}}\nreturn TRUE;\n}}\n"
        )


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def in_text(name, text, first_line=1):
    for pattern in (FENCE, GTK_DOC):
        for match in pattern.finditer(text):
            declarations = WITH.search(text[:match.start()])
            yield Example(
                f"{name}:{first_line + line_of(text, match.start()) - 1}",
                match["code"],
                match.groupdict().get("info"),
                declarations["declarations"] if declarations else "",
            )


def examples(path):
    text = path.read_text(encoding="utf-8")
    name = str(path)
    if path.suffix == ".md":
        yield from in_text(name, text)
        return
    for comment in COMMENT.finditer(text):
        inside = re.sub(r"^ *\*/? ?", "", comment[0], flags=re.MULTILINE)
        yield from in_text(name, inside, line_of(text, comment.start()))


class Compiler:
    def __init__(self, command, flags, link):
        self.command = command
        self.flags = flags
        self.link = link

    def compile(self, folder, source, extra):
        path = pathlib.Path(folder) / "example.c"
        path.write_text(source, encoding="utf-8")
        command = [*self.command.split(), *STRICT, *self.flags, str(path), *extra]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return result.stdout if result.returncode != 0 else None

    def try_program(self, folder, example):
        """What is wrong with a program, or None."""
        wrong = self.compile(folder, example.as_file(), ["-o", f"{folder}/example", *self.link])
        if wrong is not None or "no-run" in example.info:
            return wrong
        try:
            result = subprocess.run(
                [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), f"{folder}/example"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, timeout=TIMEOUT_SECONDS, cwd=folder, env={**os.environ, "G_DEBUG": "fatal-criticals"}, check=False,
            )
        except subprocess.TimeoutExpired:
            return f"did not end within {TIMEOUT_SECONDS} seconds"
        return None if result.returncode == 0 else f"ended with {result.returncode}:\n{result.stdout}"

    def try_example(self, example):
        with tempfile.TemporaryDirectory() as folder:
            if example.is_program():
                return self.try_program(folder, example)
            as_file = self.compile(folder, example.as_file(), ["-fsyntax-only", *RELAXED])
            if as_file is None:
                return None
            as_body = self.compile(folder, example.as_body(), ["-fsyntax-only", *RELAXED])
            if as_body is None:
                return None
            return f"as a piece of a file:\n{as_file}\nas the inside of a function:\n{as_body}"


def try_all(compiler, paths):
    found = [example for path in paths for example in examples(path)]
    failed = 0
    print(f"1..{len(found)}" if found else "1..0 # SKIP no examples", flush=True)
    for number, example in enumerate(found, 1):
        wrong = compiler.try_example(example)
        print(f"{'ok' if wrong is None else 'not ok'} {number} {example.where}", flush=True)
        if wrong is not None:
            failed += 1
            for line in wrong.splitlines():
                print(f"# {line}", flush=True)
    return failed


def self_test():
    good = (
        "```c\nint\nmain (void)\n{\n  return 0;\n}\n```\n"
        "```c\nstatic int a;\n```\n"
        "<!-- with: int number; -->\n```c\nnumber = 1;\n```\n"
        "```c no-run\nint main (void) { return 1; }\n```\n"
        "```sh\nnot C\n```\n"
    )
    in_comment = '/**\n * f:\n *\n * |[<!-- language="C" -->\n * int a = 1;\n * ]|\n *\n * ```c\n * int b = {code};\n * ```\n */\n'
    cases = [
        ("a.md", good, 4, 0),
        ("a.md", "```c\nint main (void) { return 1; }\n```\n", 1, 1),
        ("a.md", "```c\nnumber = 1;\n```\n", 1, 1),
        ("a.c", in_comment.replace("{code}", "2"), 2, 0),
        ("a.c", in_comment.replace("{code}", "nothing"), 2, 1),
    ]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "anyio.h").write_text("#include <stddef.h>\ntypedef int gboolean;\ntypedef void *gpointer;\n"
                                                      "typedef struct _GError GError;\n#define TRUE 1\n", encoding="utf-8")
        compiler = Compiler("cc", [f"-I{folder}"], [])
        for name, text, expected_number, expected_failures in cases:
            path = pathlib.Path(folder) / name
            path.write_text(text, encoding="utf-8")
            found = list(examples(path))
            failures = sum(compiler.try_example(example) is not None for example in found)
            if (len(found), failures) != (expected_number, expected_failures):
                print(f"self-test: {text!r}: {len(found)} examples, {failures} failures")
                wrong += 1
    print(f"self-test: {len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    # Flags begin with a dash, so the lists are cut by hand.
    lists = {}
    for word in sys.argv[1:]:
        if word in ("--compiler", "--flags", "--link", "--files"):
            current = lists.setdefault(word, [])
        else:
            current.append(word)
    compiler = Compiler(" ".join(lists["--compiler"]), lists["--flags"], lists["--link"])
    return 1 if try_all(compiler, map(pathlib.Path, lists["--files"])) else 0


if __name__ == "__main__":
    sys.exit(main())
