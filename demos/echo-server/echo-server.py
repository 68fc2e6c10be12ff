#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that sends back what it receives, and a client in the same program. Each connection has a task of its own. When the client has heard its three answers it asks the
server to stop: it accepts no more, and ends when the connections have ended.
"""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio as anyio


async def echo(stream):
    async for chunk in stream:
        await stream.send(chunk)


async def talk(port):
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        for text in "one", "two", "three":
            await stream.send(text.encode())
            print("The server says", (await stream.receive()).decode())


async def run_all():
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, echo)
        await talk(listener.extra(anyio.abc.SocketAttribute.local_port))
        group.cancel_scope.request_stop(1, "the client has gone")
    print("The server has stopped")


anyio.run(run_all)
