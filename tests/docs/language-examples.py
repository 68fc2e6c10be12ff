#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the examples of pages in another language. Prints TAP, one result per example.

    language-examples.py LANGUAGE PAGE... -- COMMAND...

An example is a block fenced with ```LANGUAGE, a whole program; a block fenced with ```output after it is what it must print. COMMAND
runs a program: {source} in it stands for the file. `&&` in it separates commands; {program} is a name for what the first one makes.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 60
FENCE = r"^```{language}\n(?P<code>.*?)^```\n(?:\n```output\n(?P<output>.*?)^```)?"


def examples(text, language):
    for match in re.finditer(FENCE.format(language=language), text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, match.start()) + 1, match["code"], match["output"]


def attempt(language, code, output, commands):
    """What is wrong, or None."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / f"example.{language}"
        source.write_text(code, encoding="utf-8")
        for number, command in enumerate(commands, 1):
            words = [word.replace("{source}", str(source)).replace("{program}", f"{folder}/example") for word in command]
            try:
                result = subprocess.run(
                    words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_SECONDS, cwd=folder, check=False
                )
            except subprocess.TimeoutExpired:
                return f"did not end within {TIMEOUT_SECONDS} seconds"
            if result.returncode != 0:
                return f"ended with {result.returncode}:\n{result.stdout}"
            if number == len(commands) and output is not None and result.stdout != output:
                return f"printed:\n{result.stdout}"
    return None


def main():
    language = sys.argv[1]
    end = sys.argv.index("--")
    commands = [[]]
    for word in sys.argv[end + 1:]:
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    found = [(page, *example) for page in sys.argv[2:end] for example in examples(pathlib.Path(page).read_text(encoding="utf-8"), language)]
    failed = 0
    print(f"1..{len(found)}", flush=True)
    for number, (page, line, code, output) in enumerate(found, 1):
        wrong = attempt(language, code, output, commands)
        print(f"{'ok' if wrong is None else 'not ok'} {number} {page}:{line}", flush=True)
        if wrong is not None:
            failed += 1
            print("\n".join("# " + text for text in wrong.splitlines()), flush=True)
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
