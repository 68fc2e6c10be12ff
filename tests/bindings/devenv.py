#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the program "hello" of each language in the environment of `meson devenv`, without an installation. Prints TAP.

    devenv.py BUILD HELLO [--python PYTHON] LANGUAGE...

HELLO is the folder with the programs.
"""

import argparse
import sys

import hello


def commands(language, arguments):
    """What somebody would type, in an empty folder."""
    source = f"{arguments.hello}/hello"
    if language == "c":
        return [["sh", "-c", f"cc {source}.c -o hello $(pkg-config --cflags --libs anyio-glib-1)"], ["./hello"]]
    if language == "vala":
        vapi = f"{arguments.build}/introspection/vala"
        return [["valac", "--quiet", "-X", "-w", f"--vapidir={vapi}", "--pkg=anyio-glib-1", "-o", "hello", f"{source}.vala"], ["./hello"]]
    if language == "gjs":
        return [["gjs", "-m", f"{source}.js"]]
    if language == "python":
        return [[arguments.python, f"{source}.py"]]
    raise ValueError(language)


def attempt(language, arguments, folder):
    output = ""
    for command in commands(language, arguments):
        output = hello.run(["meson", "devenv", "-C", arguments.build, "--workdir", folder, *command], {}, folder)
    return output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("hello")
    parser.add_argument("languages", nargs="+")
    parser.add_argument("--python")
    arguments = parser.parse_args()
    return hello.test(arguments.languages, lambda language, folder: attempt(language, arguments, folder))


if __name__ == "__main__":
    sys.exit(main())
