#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A producer and two consumers, with a stream between them that holds two items. Who produces too fast waits for room; each item goes to one consumer; when the
producer closes its end, the consumers take what is left, and end.
"""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def produce(stream):
    async with stream:
        for i in range(1, 7):
            print(f"Here is item {i}")
            await stream.send(f"item {i}")
        print("That was the last one")


async def consume(name, delay, stream):
    async for item in stream:
        print(f"{name} takes {item}")
        await anyio.sleep(delay)
    print(f"{name} has done")


async def run_all():
    send, receive = anyio.create_memory_object_stream[str](2)
    async with receive, anyio.create_task_group() as group:
        group.start_soon(consume, "Ann", 0.2, receive)
        group.start_soon(consume, "Bob", 0.5, receive)
        group.start_soon(produce, send)


anyio.run(run_all)
