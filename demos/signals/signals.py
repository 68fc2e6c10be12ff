#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that works until it is told to end. SIGHUP has it read its settings again. At SIGTERM it finishes what it has begun, for which it has five seconds; a second SIGTERM
ends it at once. Here it sends the signals to itself. With `--slow` its work takes so long that the second one is needed.
"""

import itertools
import signal
import sys

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def receive_signals(scope, *, task_status):
    with anyio.open_signal_receiver(signal.SIGHUP, signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for signum in signals:
            if signum == signal.SIGHUP:
                print(f"{signum.name}: the settings are read again", flush=True)
            elif not scope.stop_requested:
                print(f"{signum.name}: nothing new is begun", flush=True)
                scope.request_stop(5, signum.name)
            else:
                print(f"{signum.name}: at once", flush=True)
                scope.cancel(signum.name)


async def do_piece(number, signum, seconds):
    """In the middle of it somebody sends a signal; None: nobody does."""
    await anyio.sleep(seconds / 2)
    if signum is not None:
        signal.raise_signal(signum)
    await anyio.sleep(seconds / 2)
    print(f"Piece {number} is done", flush=True)


async def send_again():
    await anyio.sleep(0.3)
    signal.raise_signal(signal.SIGTERM)


async def work(group, slow):
    if slow:
        signal.raise_signal(signal.SIGTERM)
        group.start_soon(send_again)
        await do_piece(1, None, 60)
    for number, signum in enumerate(itertools.cycle([None, signal.SIGHUP, signal.SIGTERM]), start=1):
        if anyio.is_stop_requested():
            break
        await do_piece(number, signum, 0.2)


async def serve(slow):
    async with anyio.create_task_group() as group:
        await group.start(receive_signals, group.cancel_scope)
        try:
            await work(group, slow)
        except anyio.get_cancelled_exc_class():
            print("The work is given up", flush=True)
            raise
        print("The work is done", flush=True)
        group.cancel("the work has ended")


anyio.run(serve, "--slow" in sys.argv)
