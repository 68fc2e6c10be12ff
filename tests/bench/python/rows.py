#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Python rows: one figure of one row of one library. rows.py LIBRARY ROW N: prints "ROW N VALUE us"."""

import gc
import sys
import time


class Ours:
    def __init__(self):
        import gi

        gi.require_version("Anyio", "1")
        from gi.repository import Anyio

        self.anyio = Anyio

    def run(self, func, n):
        return self.anyio.run(func, n)


class Anyio:
    backend = "asyncio"

    def __init__(self):
        import anyio

        self.anyio = anyio

    def run(self, func, n):
        return self.anyio.run(func, n, backend=self.backend)


class AnyioTrio(Anyio):
    backend = "trio"


class Asyncio:
    def run(self, func, n):
        import asyncio

        self.asyncio = asyncio
        return asyncio.run(func(n))


async def nothing():
    pass


BATCH = 1000
BUFFER = 100  # items


def measure_rows(library):
    """The rows of the libraries that have AnyIO's names."""
    anyio = library.anyio

    async def sleep0(n):
        sleep = anyio.sleep
        start = time.perf_counter()
        for _ in range(n):
            await sleep(0)
        return time.perf_counter() - start

    async def spawn_join(n):
        start = time.perf_counter()
        for _ in range(n // BATCH):
            async with anyio.create_task_group() as group:
                for _ in range(BATCH):
                    group.start_soon(nothing)
        return time.perf_counter() - start

    async def spawn_join_one(n):
        start = time.perf_counter()
        for _ in range(n):
            async with anyio.create_task_group() as group:
                group.start_soon(nothing)
        return time.perf_counter() - start

    async def move_on_after(n):
        move_on_after = anyio.move_on_after
        start = time.perf_counter()
        for _ in range(n):
            with move_on_after(10):
                pass
        return time.perf_counter() - start

    async def exchange(n, size):
        send, receive = anyio.create_memory_object_stream(size)

        async def produce():
            async with send:
                for i in range(n):
                    await send.send(i)

        async with anyio.create_task_group() as group, receive:
            group.start_soon(produce)
            start = time.perf_counter()
            async for _ in receive:
                pass
            return time.perf_counter() - start

    async def memory_stream(n):
        return await exchange(n, BUFFER)

    async def memory_stream_0(n):
        return await exchange(n, 0)

    async def lock(n):
        lock = anyio.Lock()
        start = time.perf_counter()
        for _ in range(n):
            await lock.acquire()
            lock.release()
        return time.perf_counter() - start

    async def event(n):
        event = anyio.Event()

        async def set_events():
            while True:
                await anyio.sleep(0)
                event.set()

        async with anyio.create_task_group() as group:
            group.start_soon(set_events)
            start = time.perf_counter()
            for _ in range(n):
                event = anyio.Event()
                await event.wait()
            group.cancel_scope.cancel()
            return time.perf_counter() - start

    async def to_thread(n):
        run_sync = anyio.to_thread.run_sync
        start = time.perf_counter()
        for _ in range(n):
            await run_sync(int)
        return time.perf_counter() - start

    return locals()


def measure_asyncio():
    import asyncio

    async def sleep0(n):
        sleep = asyncio.sleep
        start = time.perf_counter()
        for _ in range(n):
            await sleep(0)
        return time.perf_counter() - start

    async def spawn_join(n):
        start = time.perf_counter()
        for _ in range(n // BATCH):
            async with asyncio.TaskGroup() as group:
                for _ in range(BATCH):
                    group.create_task(nothing())
        return time.perf_counter() - start

    async def spawn_join_one(n):
        start = time.perf_counter()
        for _ in range(n):
            async with asyncio.TaskGroup() as group:
                group.create_task(nothing())
        return time.perf_counter() - start

    async def move_on_after(n):
        timeout = asyncio.timeout
        start = time.perf_counter()
        for _ in range(n):
            async with timeout(10):
                pass
        return time.perf_counter() - start

    async def memory_stream(n):
        queue = asyncio.Queue(BUFFER)

        async def produce():
            for i in range(n):
                await queue.put(i)

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            start = time.perf_counter()
            for _ in range(n):
                await queue.get()
            return time.perf_counter() - start

    async def lock(n):
        lock = asyncio.Lock()
        start = time.perf_counter()
        for _ in range(n):
            await lock.acquire()
            lock.release()
        return time.perf_counter() - start

    async def event(n):
        event = asyncio.Event()

        async def set_events():
            while True:
                await asyncio.sleep(0)
                event.set()

        async with asyncio.TaskGroup() as group:
            setter = group.create_task(set_events())
            start = time.perf_counter()
            for _ in range(n):
                event = asyncio.Event()
                await event.wait()
            setter.cancel()
            return time.perf_counter() - start

    async def to_thread(n):
        to_thread = asyncio.to_thread
        start = time.perf_counter()
        for _ in range(n):
            await to_thread(int)
        return time.perf_counter() - start

    return locals()


def measure_await_gio(ours, n):
    """(microseconds a call more than with plain callbacks, microseconds of those): slices take turns."""
    from gi.repository import Gio, GLib

    stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"x"))
    skip_async = stream.skip_async
    skip_finish = stream.skip_finish

    def callbacks(n):
        loop = GLib.MainLoop()
        left = n

        def ready(source, result):
            nonlocal left
            source.skip_finish(result)
            left -= 1
            if left:
                source.skip_async(0, GLib.PRIORITY_DEFAULT, None, ready)
            else:
                loop.quit()

        start = time.perf_counter()
        skip_async(0, GLib.PRIORITY_DEFAULT, None, ready)
        loop.run()
        return time.perf_counter() - start

    async def awaited(n):
        wait = ours.anyio.wait
        start = time.perf_counter()
        for _ in range(n):
            await wait(stream.skip_async, 0, GLib.PRIORITY_DEFAULT)
        return time.perf_counter() - start

    plain = with_await = 0.0
    slices = 10
    for _ in range(slices):
        plain += callbacks(n // slices)
        with_await += ours.run(awaited, n // slices)
    return (with_await - plain) / n * 1e6, plain / n * 1e6


LIBRARIES = {"ours": Ours, "asyncio": Asyncio, "anyio": Anyio, "trio": AnyioTrio}


def main():
    name, row, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    library = LIBRARIES[name]()
    if row == "await_gio":
        more, plain = measure_await_gio(library, n)
        print(f"# plain callbacks {plain:.2f} us")
        print(f"await_gio {n} {more:.2f} us")
        return
    rows = measure_asyncio() if name == "asyncio" else measure_rows(library)
    library.run(rows[row], min(n, 2000))
    gc.collect()
    print(f"{row} {n} {library.run(rows[row], n) / n * 1e6:.2f} us")


if __name__ == "__main__":
    main()
