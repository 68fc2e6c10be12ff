#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Close the window of a demo at several moments, and see that nothing goes on: by its output, its status, and how long it took.

    check-window.py [--slow-close LIBRARY] NAME PROGRAM [ARGUMENT...]

The library is preloaded in one more run of the loader, and makes closing a file slow. The program has a display of its own, an Xvfb. Whatever it writes to stderr (GLib's
warnings, above all) is a failure.
"""

import itertools
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

FILES = ["accounts.csv", "letters.txt", "maps.svg", "photographs.tar", "recordings.ogg"]
CLOSING_SECONDS = 1.0  # what is closed would go on for longer
HANGING_SECONDS = 60

CLOSING = "Closing\n"
END = "0 tasks are left\n"


def loaded(names):
    return "".join(rf"{re.escape(name)}: loaded\n" for name in names)


def cancelled(names, percent=r"\d+"):
    return "".join(rf"{re.escape(name)}: cancelled at {percent} %\n" for name in names)


# What the user does, and the lines that the program prints.
LOADER = {
    "close@0": CLOSING + cancelled(FILES, "0") + END,
    "close@0.02": CLOSING + cancelled(FILES) + END,
    "close@0.2": CLOSING + cancelled(FILES) + END,
    "close@0.6": f"({CLOSING}{cancelled(FILES)}|{loaded(['letters.txt'])}{CLOSING}{cancelled(name for name in FILES if name != 'letters.txt')})" + END,
    "cancel@0,close@0.2": cancelled(FILES, "0") + CLOSING + END,
    "cancel@0.2,close@0.4": cancelled(FILES) + CLOSING + END,
    "cancel@0.2,close@0.2": rf"(?=(.*\n)*{CLOSING})({CLOSING}|[a-z.]+: cancelled at \d+ %\n){{6}}" + END,
    "cancel@0.2,again@0.4,close@0.6": cancelled(FILES) + CLOSING + cancelled(FILES) + END,
    "close@5": loaded(FILES) + CLOSING + END,
}

SEARCH = {
    "close@0": CLOSING + END,
    "r@0,close@0.1": CLOSING + END,
    "r@0,ri@0.1,rin@0.2,close@1.2": "rin \\.\\.\\.\nrin: 1 found\n" + CLOSING + END,
    "r@0,close@0.35": "r \\.\\.\\.\n" + CLOSING + "r: not wanted any more\n" + END,
    "r@0,rh@0.35,close@1.35": "r \\.\\.\\.\nr: not wanted any more\nrh \\.\\.\\.\nrh: 2 found\n" + CLOSING + END,
    "n@0,DON@0.8,close@1.8": "n \\.\\.\\.\nn: 16 found\nDON \\.\\.\\.\nDON: 1 found\n" + CLOSING + END,
}

ENDS = "The thread ends\n"
CANCELLED = ENDS + r"Cancelled at \d+ %\n"
COUNTED = ENDS + "9592 primes below 100000\n"

THREAD_PROGRESS = {
    "close@0": CLOSING + END,
    "start@0,close@0": CLOSING + rf"({ENDS})?Cancelled at [0-5] %\n" + END,
    "start@0,close@0.3": CLOSING + CANCELLED + END,
    "start@0,cancel@0.3,close@0.8": CANCELLED + CLOSING + END,
    "start@0,cancel@0.3,close@0.3": rf"(?=(.*\n)*{CLOSING})({CLOSING}|{ENDS}|Cancelled at \d+ %\n){{3}}" + END,
    "start@0,cancel@0.2,start@0.5,close@0.8": CANCELLED + CLOSING + CANCELLED + END,
    "start@0,close@5": COUNTED + CLOSING + END,
}

SCRIPTS = {"loader": LOADER, "search": SEARCH, "thread-progress": THREAD_PROGRESS}


class Display:
    """An X server, as long as the with statement lasts."""

    def __enter__(self):
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24", "-extension", "GLX", "-nolisten", "tcp", "-noreset"]
        self.server = subprocess.Popen(command, pass_fds=[writer], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            raise RuntimeError("Xvfb does not start")
        return ":" + number

    def __exit__(self, *exc_info):
        self.server.terminate()
        self.server.wait()


def sort(lines):
    """In which order loads end is theirs: a read that is under way ends when it ends. All other lines stay where they are."""
    runs = itertools.groupby(lines, lambda line: line.partition(": ")[0] in FILES)
    return "".join("".join(sorted(run) if is_load else run) for is_load, run in runs)


def run(command, environment):
    """Returns status, output, complaints, and the seconds from closing to the last line."""
    closing = end = 0
    lines = []
    with tempfile.TemporaryFile("w+") as complaints:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment) as program:
            watch = threading.Timer(HANGING_SECONDS, program.kill)
            watch.start()
            for line in program.stdout:
                end = time.monotonic()
                if line == CLOSING:
                    closing = end
                lines.append(line)
            status = program.wait()
            watch.cancel()
        complaints.seek(0)
        return status, sort(lines), complaints.read(), end - closing


def find_fault(status, output, complaints, seconds, expected):
    if status != 0:
        return f"ended with {status}"
    if not re.fullmatch(expected, output):
        return f"expected: {expected}"
    if complaints:
        return "wrote to stderr"
    if seconds > CLOSING_SECONDS:
        return f"went on for {seconds:.3f} s after it was closed"
    return None


def main():
    arguments = sys.argv[1:]
    library = None
    if arguments[0] == "--slow-close":
        library = arguments[1]
        arguments = arguments[2:]
    demo = arguments.pop(0)
    runs = [(script, script, expected, {}) for script, expected in SCRIPTS[demo].items()]
    if library is not None and demo == "loader":
        runs.append(("close@0.2 with a slow disk", "close@0.2", LOADER["close@0.2"], {"LD_PRELOAD": library}))
    n_faults = 0
    with Display() as display, tempfile.TemporaryDirectory(prefix="window-home-") as home:
        environment = os.environ | {
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "GSETTINGS_BACKEND": "memory",
            "GSK_RENDERER": "cairo",
            "GTK_A11Y": "none",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": home,
            "XDG_CACHE_HOME": home,
            "XDG_CONFIG_HOME": home,
            "XDG_DATA_HOME": home,
            "__EGL_VENDOR_LIBRARY_FILENAMES": os.devnull,  # no GL in any version of GTK
        }
        command = shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")) + arguments
        for name, script, expected, extra in runs:
            status, output, complaints, seconds = run(command + ["--script", script], environment | extra)
            fault = find_fault(status, output, complaints, seconds, expected)
            print(f"{name}: " + (fault or f"ended {seconds:.3f} s after it was closed"))
            if fault is not None:
                print(output + complaints)
                n_faults += 1
        left = [name for name in os.listdir(home) if name.startswith(demo + "-")]
        if left:
            print("files are left:", *left)
            n_faults += 1
    return int(n_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
