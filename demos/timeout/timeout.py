#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two kinds of time limit: one gives up quietly, the other one says that the time is over. What has to be tidied up then is done under a shield."""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def ask(what, seconds):
    print(f"Asking for {what}")
    await anyio.sleep(seconds)
    print(f"Here is {what}")


async def say_good_bye():
    """The limit is over when this runs; without the shield its sleep would fail at once."""
    with anyio.CancelScope(shield=True):
        print("Saying good-bye")
        await anyio.sleep(0.2)
        print("Said good-bye")


async def talk():
    await ask("the time", 0.1)
    try:
        await ask("the future", 10)
    except anyio.get_cancelled_exc_class():
        await say_good_bye()
        raise


async def run_all():
    with anyio.move_on_after(0.2) as scope:
        await ask("the weather", 10)
    if scope.cancelled_caught:
        print("Going on without the weather")

    try:
        with anyio.fail_after(0.3):
            await talk()
    except TimeoutError:
        print("Timed out")


anyio.run(run_all)
