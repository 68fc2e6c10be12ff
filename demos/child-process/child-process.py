#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lines of a program as it prints them, but not for ever: after a time limit it is asked to end, and killed if it does not listen.

The arguments are a program and its own arguments. Without any, it is a shell that counts, and does not listen.
"""

import sys

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

TIME_LIMIT_S = 0.5
GRACE_S = 0.2
STUBBORN = ["/bin/sh", "-c", "trap 'echo \"I do not listen\"' TERM; for i in 1 2 3; do echo \"line $i\"; done; while :; do sleep 0.05; done"]


async def show_output(stream):
    text = b""
    async for chunk in stream:
        *lines, text = (text + chunk).split(b"\n")
        for line in lines:
            print(">", line.decode())


async def run_program(command):
    async with await Anyio.open_process(command, stdin=None, stderr=None) as process:
        try:
            with Anyio.fail_after(TIME_LIMIT_S):
                await show_output(process.stdout)
        except TimeoutError:
            print("It is asked to end: the time is over")
            await process.stop(GRACE_S)
    if process.returncode < 0:
        print("It was ended by signal", -process.returncode)
    else:
        print("It has ended with status", process.returncode)


Anyio.run(run_program, sys.argv[1:] or STUBBORN)
