# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks share: finding files, reporting, and the proof that a check can fail.

A check is a function that takes the root of a source tree (and what else it needs) and yields complaints. Run alone, it looks at
the project. With --self-test it looks at small trees made for it, good ones and bad ones.
"""

import pathlib
import subprocess
import sys
import tempfile

SKIPPED_FOLDERS = {".git", "_build", "subprojects", "__pycache__"}


def source_files(root, suffixes):
    """The files below @root with one of the suffixes, as paths relative to it, build folders left out."""
    for path in sorted(pathlib.Path(root).rglob("*")):
        relative = path.relative_to(root)
        is_built = relative.parts[0].startswith("build") or SKIPPED_FOLDERS.intersection(relative.parts)
        if path.is_file() and path.suffix in suffixes and not is_built:
            yield relative


def report(complaints):
    """Prints the complaints; the exit status says whether there were any."""
    complaints = list(complaints)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def make_tree(root, files):
    for name, text in files.items():
        path = pathlib.Path(root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def self_test(check, good, bad):
    """Runs @check on the tree @good, which must pass, and on one tree for each entry of @bad.

    @bad has pairs: the files that are added to the good tree, and a word that one of the complaints must have.
    """
    failures = 0
    for files, word in [({}, None), *bad]:
        with tempfile.TemporaryDirectory() as root:
            make_tree(root, {**good, **files})
            complaints = list(map(str, check(pathlib.Path(root))))
        if word is None and complaints:
            print(f"self-test: the good tree is refused: {complaints}")
            failures += 1
        elif word is not None and not any(word in complaint for complaint in complaints):
            print(f"self-test: no complaint about '{word}' for {sorted(files)}: {complaints}")
            failures += 1
    print(f"self-test: {1 + len(bad)} trees, {failures} wrong")
    return 1 if failures else 0


def run(command):
    """Runs a command; returns its status and all that it printed."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return result.returncode, result.stdout


def fail(text):
    sys.exit(text)
