#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that fails three times is asked again, after 1, 2 and 4 seconds. Time is that of the testing library's clock, which jumps to whatever is waited for; so the
program takes no time, and the delays are exact.
"""

import time

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio

n_failures_left = 3


async def ask():
    global n_failures_left

    if n_failures_left > 0:
        n_failures_left -= 1
        print(f"{anyio.current_time():g} s: no answer")
        raise OSError("No answer")
    print(f"{anyio.current_time():g} s: an answer")


async def ask_again():
    await anyio.retry(ask, attempts=5, delay=1, jitter=0, on=OSError)  # nothing is left to chance


start = time.monotonic()
anyio.testing.run(ask_again)
print(f"By the clock on the wall it took {1000 * (time.monotonic() - start):.0f} ms")
