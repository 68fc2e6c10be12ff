# SPDX-License-Identifier: LGPL-2.1-or-later
"""What installed.py and devenv.py share: the program "hello" in each language, and what it prints."""

import os
import subprocess
import tempfile

EXPECTED = "Hello ...\n... world!\n"


def run(command, environment, folder):
    """Runs a command in @folder and gives what it printed; fails as subprocess does."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, env={**os.environ, **environment}, cwd=folder, check=True
    ).stdout


def test(languages, attempt):
    """Calls attempt(language, folder) for each language, with an empty folder, and prints TAP. The exit status says whether all was well."""
    failed = 0
    # Nothing of the build in which we were started.
    for name in ("GJS_PATH", "PYTHONPATH", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "CPATH", "PKG_CONFIG_PATH"):
        os.environ.pop(name, None)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    print(f"1..{len(languages)}", flush=True)
    for number, language in enumerate(languages, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                output = attempt(language, folder)
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
