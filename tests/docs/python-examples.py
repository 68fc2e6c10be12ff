#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the Python examples of the documentation, each in a process of its own. Prints TAP: python-examples.py FILE...

Examples are the blocks fenced with ```python in Markdown. One with an import is a program and must end with 0 within half a minute; ```python no-run is only
compiled, and so is what has no import.
"""

import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"^```python(?: +(?P<info>[\w -]+))?\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
TIMEOUT_SECONDS = 30


def examples():
    for path in map(pathlib.Path, sys.argv[1:]):
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            yield f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}", match["code"], match["info"]


def check(code, info):
    """What is wrong with it; None if nothing is."""
    try:
        compile(code, "example", "exec")
    except SyntaxError as error:
        return str(error)
    if info == "no-run" or "import" not in code:
        return None
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_SECONDS)
    return done.stdout if done.returncode != 0 or "Traceback" in done.stdout else None


def main():
    found = list(examples())
    print(f"1..{len(found)}")
    failed = False
    for number, (where, code, info) in enumerate(found, 1):
        wrong = check(code, info)
        failed |= wrong is not None
        print(f"{'ok' if wrong is None else 'not ok'} {number} {where}")
        if wrong is not None:
            print("".join(f"# {line}\n" for line in wrong.splitlines()), end="")
    return failed


if __name__ == "__main__":
    sys.exit(main())
