#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The first good answer of three servers. The next one is asked when the last has failed, or has been silent for half a second; when there is an answer, nobody else is
waited for.
"""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def ask(name, delay, is_broken=False):
    print(f"{name} is asked")
    try:
        await anyio.sleep(delay)
    except anyio.get_cancelled_exc_class():
        print(f"{name} is left alone")
        raise
    if is_broken:
        print(f"{name} fails")
        raise OSError(f"{name} is broken")
    print(f"{name} answers")
    return name


async def ask_all():
    answer = await anyio.first_success(ask("North", 0.2, is_broken=True), ask("South", 10), ask("West", 0.3), delay=0.5)
    print(f"The answer is that of {answer}")


anyio.run(ask_all)
