#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three downloads at once; the first error stops the others.

The arguments are locations: anything that Gio.File can read. Without arguments the program makes three local files and reads those, so that it runs without a
network; with --fail one of them is missing.
"""

import os
import sys
import tempfile

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib


async def download(location):
    file = Gio.File.new_for_commandline_arg(location)
    _, contents, etag = await Anyio.wait(file.load_contents_async)
    print(f"{file.get_basename()}: {len(contents)} bytes")


async def download_all(locations):
    async with Anyio.create_task_group() as group:
        for location in locations:
            group.start_soon(download, location)


def make_files(folder, one_missing):
    paths = [os.path.join(folder, name) for name in ("one", "two", "three")]
    for i, path in enumerate(paths):
        if not (one_missing and i == 1):
            with open(path, "w") as file:
                file.write("x" * 1000 * (i + 1))
    return paths


def main(arguments):
    fail = arguments == ["--fail"]
    status = 0
    with tempfile.TemporaryDirectory(prefix="downloads-") as folder:
        locations = make_files(folder, fail) if fail or not arguments else arguments
        try:
            Anyio.run(download_all, locations)
        except* GLib.Error as errors:
            print("Stopped:", *(error.message for error in errors.exceptions), file=sys.stderr)
            status = 1
    return status


sys.exit(main(sys.argv[1:]))
