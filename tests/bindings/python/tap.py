#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of one file and prints TAP, one result per test: tap.py FILE. GLib's criticals end the program."""

import importlib.util
import os
import sys
import traceback
import unittest

os.environ.setdefault("G_DEBUG", "fatal-criticals")


class Result(unittest.TestResult):
    def report(self, test, what, error=None):
        if error is not None:
            print("".join("# " + line + "\n" for line in error.splitlines()), end="")
        print(f"{what} {self.testsRun} {test.id()}", flush=True)

    def addSuccess(self, test):
        self.report(test, "ok")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.report(test, "not ok", "".join(traceback.format_exception(*error)))

    addError = addFailure

    def addSkip(self, test, reason):
        print(f"ok {self.testsRun} {test.id()} # SKIP {reason}", flush=True)


def main():
    path = sys.argv[1]
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    print(f"1..{suite.countTestCases()}")
    result = Result()
    suite.run(result)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
