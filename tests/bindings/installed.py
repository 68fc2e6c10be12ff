#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Install the library into a scratch folder and run the program "hello" of each language against what is there. Prints TAP.

    installed.py BUILD PREFIX LIBDIR HELLO LANGUAGE...

HELLO is the folder with the programs. Nothing of the sources is used but the programs: headers, vapi, typelib and overrides are found
as a program of another project finds them.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

EXPECTED = "Hello ...\n... world!\n"


def run(command, environment, folder):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, env={**os.environ, **environment}, cwd=folder, check=True
    ).stdout


def flags_of(root, libdir):
    """What pkg-config would say, if the library stood where it says; and that the file is there."""
    if not (root / libdir / "pkgconfig" / "anyio-glib-1.pc").is_file():
        raise FileNotFoundError("anyio-glib-1.pc")
    gio = subprocess.run(["pkg-config", "--cflags", "--libs", "gio-2.0"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    include = next((root / "include").iterdir())
    return [f"-I{include}", f"-L{root / libdir}", "-lanyio-glib-1", *gio]


def attempt(language, root, libdir, hello, folder):
    environment = {
        "LD_LIBRARY_PATH": str(root / libdir),
        "GI_TYPELIB_PATH": str(root / libdir / "girepository-1.0"),
        "XDG_DATA_DIRS": f"{root / 'share'}:/usr/local/share:/usr/share",
    }
    for name in ("GJS_PATH", "PYTHONPATH"):
        os.environ.pop(name, None)
    program = f"{folder}/hello"
    if language == "c":
        run(["cc", f"{hello}/hello.c", "-o", program, *flags_of(root, libdir)], environment, folder)
        return run([program], environment, folder)
    if language == "vala":
        vapi = root / "share" / "vala" / "vapi"
        # Without pkg-config, because it knows the place of installation only.
        run(["valac", "--quiet", "-C", f"--vapidir={vapi}", "--pkg=anyio-glib-1", "-d", folder, f"{hello}/hello.vala"], environment, folder)
        run(["cc", f"{folder}/hello.c", "-w", "-o", program, *flags_of(root, libdir)], environment, folder)
        return run([program], environment, folder)
    if language == "gjs":
        return run(["gjs", "-m", f"{hello}/hello.js"], environment, folder)
    raise ValueError(language)


def main():
    build, prefix, libdir, hello = sys.argv[1:5]
    languages = sys.argv[5:]
    failed = 0
    print(f"1..{len(languages)}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", scratch], stdout=subprocess.DEVNULL, check=True)
        root = pathlib.Path(scratch + prefix)
        for number, language in enumerate(languages, 1):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    output = attempt(language, root, libdir, hello, folder)
                    wrong = None if output == EXPECTED else f"printed:\n{output}"
                except subprocess.CalledProcessError as error:
                    wrong = f"{error}\n{error.stdout}"
                except (OSError, StopIteration, subprocess.TimeoutExpired) as error:
                    wrong = repr(error)
            print(f"{'ok' if wrong is None else 'not ok'} {number} {language}", flush=True)
            if wrong is not None:
                failed += 1
                print("\n".join("# " + line for line in wrong.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
