#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run a demo and check its status, its output, and how long it took.

    check-demo.py SECONDS STATUS PROGRAM [ARGUMENT...] -- PATTERN...

The patterns, one newline after each, are a regular expression for the whole output; SECONDS is the least time, and a tenth of a
second more plus what a busy machine needs (two seconds) the most.
"""

import os
import re
import shlex
import subprocess
import sys
import time

SLACK_SECONDS = 2.1


def main():
    seconds, status = float(sys.argv[1]), int(sys.argv[2])
    end = sys.argv.index("--")
    patterns = sys.argv[end + 1:]
    start = time.monotonic()
    command = shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")) + sys.argv[3:end]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    duration = time.monotonic() - start
    print(result.stdout)
    if result.returncode != status:
        print(f"ended with {result.returncode} instead of {status}")
    elif not re.fullmatch("".join(pattern + "\n" for pattern in patterns), result.stdout):
        print(f"expected: {patterns}")
    elif not seconds <= duration <= seconds + SLACK_SECONDS:
        print(f"took {duration:.3f} s instead of {seconds} s")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
