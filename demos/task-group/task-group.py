#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three tasks in a group: the group is left when the last of them has ended."""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def do_task(name, delay):
    print(f"Task {name} starting")
    await anyio.sleep(delay)
    print(f"Task {name} completed after {delay} seconds")


async def run_all():
    start = anyio.current_time()
    async with anyio.create_task_group() as group:
        group.start_soon(do_task, "A", 2)
        group.start_soon(do_task, "B", 1)
        group.start_soon(do_task, "C", 3)
    print(f"All tasks completed in {anyio.current_time() - start:.2f} seconds")


anyio.run(run_all)
