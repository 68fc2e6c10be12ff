#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that what a library exports is what its public headers declare, no more and no less.

What a private header marks ANYIO_TESTING_API is exported too, for the testing library. A declaration is found by its
mark: ANYIO_AVAILABLE_IN_x_y, ANYIO_DEPRECATED_IN_x_y or ANYIO_API, then the words up to the semicolon.

    symbols.py NM LIBRARY --public HEADER... --private HEADER... | symbols.py --self-test
"""

import argparse
import pathlib
import re
import sys
import tempfile

import common

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*$", re.MULTILINE)
MARK = r"\bANYIO_(?:DEPRECATED_IN_\d+_\d+_FOR\s*\([^)]*\)|(?:AVAILABLE|DEPRECATED)_IN_\d+_\d+\b|API\b)"
TYPE_MACRO = re.compile(r"G_DECLARE_(?:FINAL|DERIVABLE)_TYPE\s*\(\s*\w+\s*,\s*(\w+)|G_DECLARE_INTERFACE\s*\(\s*\w+\s*,\s*(\w+)")


def declared(text, testing=False):
    """The names that the text of a header declares as exported."""
    text = DIRECTIVE.sub("", COMMENT.sub(" ", text))
    mark = r"\bANYIO_TESTING_API\b" if testing else MARK
    for match in re.finditer(mark + r"([^;]*)", text):
        declaration = match[1]
        macro = TYPE_MACRO.search(declaration)
        if macro is not None:
            # It needs no semicolon, so the next declaration is in the same match.
            yield f"{macro[1] or macro[2]}_get_type"
            yield from declared(declaration[macro.end():] + ";", testing)
            continue
        name = re.search(r"(\w+)\s*(?:\(|$)", declaration.strip())
        if name is not None:
            yield name[1]


def undeclared_functions(text):
    """Functions of a public header that have no mark, and would be hidden: they stand as `type anyio_name (`."""
    text = DIRECTIVE.sub("", COMMENT.sub(" ", text))
    marked = set(declared(text))
    # A prototype begins a statement and is no typedef, macro call or inline function.
    for statement in re.split(r"[;{}]", text):
        statement = statement.strip()
        match = re.match(r"^[\w\s\*]*?\b(anyio_\w+)\s*\(", statement)
        if match and not statement.startswith(("typedef", "return", "static")) and match[1] not in marked:
            if re.match(r"^\w[\w\s]*[\s\*]+anyio_", statement) and "=" not in statement.split("(")[0]:
                yield match[1]


def check(exported, public, private):
    wanted = set()
    for text in public:
        wanted.update(declared(text))
        for name in undeclared_functions(text):
            yield f"{name}: in a public header without ANYIO_AVAILABLE_IN_..."
    for_testing = {name for text in private for name in declared(text, testing=True)}
    for name in sorted(exported):
        if not name.startswith("anyio_"):
            yield f"{name}: exported without the prefix anyio_"
        elif name not in wanted | for_testing:
            yield f"{name}: exported but in no public header"
    for name in sorted((wanted | for_testing) - exported):
        yield f"{name}: declared but not exported"


def exported_symbols(nm, library):
    status, output = common.run([nm, "-D", "--defined-only", "--format=posix", library])
    if status != 0:
        common.fail(output)
    # Sanitizers' run-time libraries and the linker define some of their own.
    return {line.split()[0] for line in output.splitlines() if not line.startswith(("__", "_init", "_fini", "_edata", "_end"))}


def self_test():
    public = (
        "/* ANYIO_API int anyio_no (void); */\n#define ANYIO_SOME(x) \\\n  anyio_use (x)\n"
        "ANYIO_AVAILABLE_IN_0_1\nconst char *anyio_one (int a);\nANYIO_API G_DECLARE_FINAL_TYPE (AnyioX, anyio_x, ANYIO, X, GObject)\nANYIO_API int anyio_after (void);\n"
        "typedef int (*anyio_func) (void);\nANYIO_DEPRECATED_IN_0_1_FOR (anyio_one)\nvoid anyio_two (void (*f) (void));\n"
    )
    private = "ANYIO_TESTING_API int anyio_peek (void);\nint anyio_hidden (void);\n"
    good = {"anyio_one", "anyio_after", "anyio_two", "anyio_x_get_type", "anyio_peek"}
    cases = [
        (good, public, None),
        (good | {"anyio_hidden"}, public, "in no public header"),
        (good | {"other"}, public, "without the prefix"),
        (good - {"anyio_two"}, public, "not exported"),
        (good - {"anyio_x_get_type"}, public, "not exported"),
        (good, public + "void anyio_three (void);\n", "without ANYIO_AVAILABLE"),
    ]
    wrong = 0
    for exported, text, word in cases:
        complaints = list(check(exported, [text], [private]))
        if (word is None and complaints) or (word is not None and not any(word in each for each in complaints)):
            print(f"self-test: expected {word}, got {complaints}")
            wrong += 1
    # A real library, to see that nm is read as it should be.
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "a.c"
        source.write_text("int anyio_a (void) { return 1; }\n", encoding="utf-8")
        status, output = common.run(["cc", "-shared", "-fPIC", "-o", f"{folder}/a.so", str(source)])
        if status != 0 or exported_symbols("nm", f"{folder}/a.so") != {"anyio_a"}:
            print("self-test: nm is not understood", output)
            wrong += 1
    print(f"self-test: {len(cases) + 1} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    parser = argparse.ArgumentParser()
    parser.add_argument("nm")
    parser.add_argument("library")
    parser.add_argument("--public", nargs="*", type=pathlib.Path, default=[])
    parser.add_argument("--private", nargs="*", type=pathlib.Path, default=[])
    arguments = parser.parse_args()
    texts = [[path.read_text(encoding="utf-8") for path in paths] for paths in (arguments.public, arguments.private)]
    return common.report(check(exported_symbols(arguments.nm, arguments.library), *texts))


if __name__ == "__main__":
    sys.exit(main())
