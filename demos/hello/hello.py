#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One task: it sleeps for a second while the main loop runs."""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def hello(name):
    print("Hello ...")
    await anyio.sleep(1)
    print(f"... {name}!")


anyio.run(hello, "world")
