#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Install the library into a scratch folder and run the program "hello" of each language against what is there. Prints TAP.

    installed.py BUILD PREFIX LIBDIR HELLO [--python PYTHON PURELIB] LANGUAGE...

HELLO is the folder with the programs. PURELIB is where modules for PYTHON go. Nothing of the sources is used but the programs: headers, vapi, typelib and
overrides are found as a program of another project finds them.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import hello

WHICH_OVERRIDE = """
import sys, gi
gi.require_version("Anyio", "1")
from gi.repository import Anyio
print(sys.modules["gi.overrides.Anyio"].__file__)
"""


def flags_of(root, libdir):
    """What pkg-config would say, if the library stood where it says; and that the file is there."""
    if not (root / libdir / "pkgconfig" / "anyio-glib-1.pc").is_file():
        raise FileNotFoundError("anyio-glib-1.pc")
    gio = subprocess.run(["pkg-config", "--cflags", "--libs", "gio-2.0"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    include = next((root / "include").iterdir())
    return [f"-I{include}", f"-L{root / libdir}", "-lanyio-glib-1", *gio]


def attempt(language, scratch, arguments, folder):
    root = pathlib.Path(scratch + arguments.prefix)
    libdir = arguments.libdir
    source = arguments.hello
    environment = {
        "LD_LIBRARY_PATH": str(root / libdir),
        "GI_TYPELIB_PATH": str(root / libdir / "girepository-1.0"),
        "XDG_DATA_DIRS": f"{root / 'share'}:/usr/local/share:/usr/share",
    }
    program = f"{folder}/hello"
    if language == "c":
        hello.run(["cc", f"{source}/hello.c", "-o", program, *flags_of(root, libdir)], environment, folder)
        return hello.run([program], environment, folder)
    if language == "vala":
        vapi = root / "share" / "vala" / "vapi"
        # Without pkg-config, because it knows the place of installation only.
        hello.run(["valac", "--quiet", "-C", f"--vapidir={vapi}", "--pkg=anyio-glib-1", "-d", folder, f"{source}/hello.vala"], environment, folder)
        hello.run(["cc", f"{folder}/hello.c", "-w", "-o", program, *flags_of(root, libdir)], environment, folder)
        return hello.run([program], environment, folder)
    if language == "gjs":
        return hello.run(["gjs", "-m", f"{source}/hello.js"], environment, folder)
    if language == "python":
        python, purelib = arguments.python
        modules = pathlib.Path(scratch + purelib)
        environment["PYTHONPATH"] = str(modules)
        override = hello.run([python, "-c", WHICH_OVERRIDE], environment, folder).strip()
        if pathlib.Path(override) != modules / "gi" / "overrides" / "Anyio" / "__init__.py":
            raise FileNotFoundError(f"the installed override; {override} was found")
        # Where the scratch folder is, the name of the place would do no harm; a program finds it on its path, if that has anything in the prefix.
        path = hello.run([python, "-I", "-c", "import sys; print(*sys.path, sep='\\n')"], environment, folder).splitlines()
        if purelib not in path and any(each.startswith(f"{arguments.prefix}/lib") and each.endswith("-packages") for each in path):
            raise FileNotFoundError(f"{purelib} on Python's path {path}")
        return hello.run([python, f"{source}/hello.py"], environment, folder)
    raise ValueError(language)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("prefix")
    parser.add_argument("libdir")
    parser.add_argument("hello")
    parser.add_argument("languages", nargs="+")
    parser.add_argument("--python", nargs=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            ["meson", "install", "-C", arguments.build, "--no-rebuild", "--quiet", "--destdir", scratch], stdout=subprocess.DEVNULL, check=True
        )
        return hello.test(arguments.languages, lambda language, folder: attempt(language, scratch, arguments, folder))


if __name__ == "__main__":
    sys.exit(main())
