#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three tasks ask the same question; the first answer is taken, and the others, which nobody wants any more, are cancelled through their group."""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def ask(name, delay):
    print(f"{name} is asked")
    try:
        await anyio.sleep(delay)
    except anyio.get_cancelled_exc_class() as error:
        print(f"{name} is left alone. {error}")
        raise
    print(f"{name} answers")


async def ask_all():
    winner = None

    async def ask_and_stop(name, delay):
        nonlocal winner
        await ask(name, delay)
        winner = name
        group.cancel_scope.cancel("there is an answer")

    async with anyio.create_task_group() as group:
        for name, delay in ("North", 10), ("South", 0.5), ("West", 20):
            group.start_soon(ask_and_stop, name, delay)
    print(f"The answer is that of {winner}")


anyio.run(ask_all)
