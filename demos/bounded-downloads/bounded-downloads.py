#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Five downloads, two at a time; the first error stops the rest.

The files are local, made for the occasion, and come over a line that is as slow as the program pretends. With --fail one of them is missing.
"""

import os
import sys
import tempfile

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib

AT_A_TIME = 2
BYTES_PER_SECOND = 5000
SIZES = {"one": 1000, "two": 6000, "three": 2000, "four": 5000, "five": 1000}


async def download(path):
    file = Gio.File.new_for_path(path)
    _, contents, etag = await Anyio.wait(file.load_contents_async)
    print(f"{file.get_basename()} has {len(contents)} bytes")
    await Anyio.sleep(len(contents) / BYTES_PER_SECOND)
    print(f"{file.get_basename()} is here")


async def download_all(paths):
    await Anyio.amap(download, paths, limit=AT_A_TIME)


def make_files(folder, missing):
    for name, size in SIZES.items():
        if name != missing:
            with open(os.path.join(folder, name), "w") as file:
                file.write("x" * size)


def main(arguments):
    missing = "three" if arguments == ["--fail"] else None
    status = 0
    with tempfile.TemporaryDirectory(prefix="downloads-") as folder:
        make_files(folder, missing)
        try:
            Anyio.run(download_all, [os.path.join(folder, name) for name in SIZES])
        except* GLib.Error as errors:
            print("Stopped:", *(error.message for error in errors.exceptions), file=sys.stderr)
            status = 1
    return status


sys.exit(main(sys.argv[1:]))
