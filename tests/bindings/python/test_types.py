# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stubs as mypy understands them: typed_program.py has no errors but those that it announces."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
STUBS = os.path.join(HERE, "..", "..", "..", "introspection", "python", "gi-stubs", "repository", "Anyio.pyi")
PROGRAM = os.path.join(HERE, "typed_program.py")

# What the stubs use of PyGObject, which has none of its own everywhere.
OTHERS = {
    "__init__.pyi": "def require_version(namespace: str, version: str) -> None: ...\n",
    "repository/__init__.pyi": "",
    "repository/Gio.pyi": "class AsyncResult: ...\n",
    "repository/GLib.pyi": "",
    "repository/GObject.pyi": "class GEnum(int): ...\nclass Object: ...\n",
}


class Types(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mypy = shutil.which("mypy")
        cls.missing = "mypy is not installed"
        if cls.mypy is None:
            return
        version = subprocess.run([cls.mypy, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        if tuple(map(int, re.findall(r"\d+", version)[:2])) < (1, 8):
            cls.missing = f"mypy {version} does not know TypeVarTuple yet"
            return
        cls.missing = None
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        gi = os.path.join(cls.folder.name, "gi")
        os.makedirs(os.path.join(gi, "repository"))
        for name, text in OTHERS.items():
            with open(os.path.join(gi, name), "w", encoding="utf-8") as file:
                file.write(text)
        shutil.copy(STUBS, os.path.join(gi, "repository"))

    def setUp(self):
        if self.missing is not None:
            self.skipTest(self.missing)

    def check(self, *files):
        """(line, code) of each complaint about the files, and all that mypy said."""
        env = dict(os.environ, MYPYPATH=self.folder.name, MYPY_CACHE_DIR=os.path.join(self.folder.name, "cache"))
        done = subprocess.run([self.mypy, "--strict", "--show-error-codes", *files], env=env, cwd=self.folder.name, capture_output=True, text=True)
        found = re.findall(r":(\d+): error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE)
        return [(int(line), code) for line, code in found], done.stdout + done.stderr

    def test_the_stubs(self):
        found, text = self.check("gi/repository/Anyio.pyi")
        self.assertIn("Success", text)

    def test_a_program(self):
        with open(PROGRAM, encoding="utf-8") as file:
            expected = [(i, line.split("# error: ")[1].strip()) for i, line in enumerate(file, 1) if "# error: " in line]
        self.assertGreater(len(expected), 5)
        found, text = self.check(PROGRAM)
        self.assertEqual(found, expected, text)


if __name__ == "__main__":
    unittest.main()
