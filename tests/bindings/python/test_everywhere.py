# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every function that waits, cancelled at every moment: it fails with the cancellation or has had its whole effect, and nothing is left.

The stubs say which functions there are. Each is in CASES here or, with its file, in ELSEWHERE.
"""

import ast
import contextlib
import importlib
import os
import socket
import tempfile
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio

from sweep import cancel_everywhere

OVERRIDE = importlib.import_module("gi.overrides.Anyio")
STUBS = os.path.join(os.path.dirname(OVERRIDE.__file__), "..", "..", "..", "gi-stubs", "repository", "Anyio.pyi")

# Swept in another file. What `async with` and `async for` call is swept with the method that waits.
ELSEWHERE = {
    "test_combinators.py": ["gather", "amap", "race", "first_success"],
    "test_limits.py": ["Semaphore.acquire"],
    "test_memory.py": ["MemoryObjectSendStream.send", "MemoryObjectReceiveStream.receive", "BroadcastSendStream.send", "BroadcastReceiveStream.receive", "select"],
    "test_processes.py": ["open_process", "run_process", "Process.wait", "Process.stop"],
    "test_sockets.py": ["SocketStream.receive"],
    "test_sync.py": ["Lock.acquire", "Condition.acquire", "Condition.wait"],
    "test_threads.py": ["to_thread.run_sync"],
}

CASES = {}
beside = []


def start(group, func, *args):
    """Starts a task at whose yields the cancellation strikes, too."""
    return group.start_soon(beside[0](func), *args)



def case(*names):
    def add(func):
        CASES[func.__name__] = (names, func)
        return func

    return add


@case("sleep", "sleep_until", "lowlevel.checkpoint", "lowlevel.checkpoint_if_cancelled", "lowlevel.cancel_shielded_checkpoint")
async def sleeps():
    start = Anyio.current_time()
    await Anyio.sleep(1)
    await Anyio.lowlevel.checkpoint()
    await Anyio.sleep_until(start + 3)
    await Anyio.lowlevel.cancel_shielded_checkpoint()
    await Anyio.lowlevel.checkpoint_if_cancelled()
    assert Anyio.current_time() == start + 3


@case("sleep_forever")
async def sleeps_forever():
    with Anyio.move_on_after(2):
        await Anyio.sleep_forever()
    await Anyio.sleep(0)


@case("Event.wait", "Barrier.wait", "wait_all_tasks_blocked")
async def signals():
    event = Anyio.Event()
    barrier = Anyio.Barrier(2)

    async def come():
        await event.wait()
        await barrier.wait()

    try:
        async with Anyio.create_task_group() as group:
            start(group, come)
            await Anyio.wait_all_tasks_blocked()
            event.set()
            await barrier.wait()
            await event.wait()
    finally:
        assert barrier.statistics().tasks_waiting == 0


@case("TaskHandle.wait", "TaskGroup.start", "Future.wait")
async def tasks():
    future = Anyio.Future()

    async def serve(*, task_status):
        await Anyio.sleep(1)
        task_status.started("ready")
        await Anyio.sleep(1)
        future.return_value = 3

    async with Anyio.create_task_group() as group:
        assert await group.start(serve) == "ready"
        task = start(group, Anyio.sleep, 2)
        await task.wait()
        await future.wait()
        assert await future == 3


@case("CapacityLimiter.acquire", "CapacityLimiter.acquire_on_behalf_of", "RateLimiter.acquire")
async def limits():
    limiter = Anyio.CapacityLimiter(1)
    rate = Anyio.RateLimiter(1, 1)

    async def borrow():
        async with limiter:
            await Anyio.sleep(1)

    async def borrow_for_another():
        other = object()
        await limiter.acquire_on_behalf_of(other)
        try:
            await rate.acquire()
        finally:
            limiter.release_on_behalf_of(other)

    try:
        async with Anyio.create_task_group() as group:
            for func in (borrow, borrow_for_another, borrow, borrow_for_another):
                start(group, func)
    finally:
        assert limiter.borrowed_tokens == 0
        assert limiter.statistics().tasks_waiting == 0


@case("Condition.wait_for")
async def predicates():
    condition = Anyio.Condition()
    values = []

    async def put():
        for value in range(2):
            await Anyio.sleep(1)
            async with condition:
                values.append(value)
                condition.notify_all()

    try:
        async with Anyio.create_task_group() as group:
            start(group, put)
            async with condition:
                await condition.wait_for(lambda: len(values) == 2)
    finally:
        assert not condition.locked()


@case("wait_stop_requested")
async def stops():
    async def serve():
        await Anyio.wait_stop_requested()
        await Anyio.sleep(1)

    async with Anyio.create_task_group() as group:
        start(group, serve)
        await Anyio.sleep(1)
        group.cancel_scope.request_stop()


@case("retry", "supervise")
async def retries():
    n = 0

    async def fail_twice():
        nonlocal n
        n += 1
        await Anyio.sleep(1)
        if n < 3:
            raise ValueError
        return n

    assert await Anyio.retry(fail_twice) == 3
    n = 0
    await Anyio.supervise(fail_twice, failed=lambda error, n_failures: None)
    assert n == 3


@case("functools.reduce", "_AsyncLRUCacheWrapper.__call__")
async def functions():
    async def add(a, b):
        await Anyio.sleep(1)
        return a + b

    cached = Anyio.functools.lru_cache(add)
    async with Anyio.create_task_group() as group:
        start(group, cached, 1, 2)
        start(group, cached, 1, 2)
    assert await cached(1, 2) == 3
    assert await Anyio.functools.reduce(add, range(4)) == 6


class Resource(Anyio.abc.AsyncResource):
    is_closed = False

    async def aclose(self):
        try:
            await Anyio.sleep(1)
        finally:
            self.is_closed = True


@case("aclose_forcefully", "as_completed")
async def resources():
    resource = Resource()
    try:
        async with resource:
            await Anyio.sleep(1)
    finally:
        assert resource.is_closed
    await Anyio.aclose_forcefully(resource)
    async with Anyio.as_completed(Anyio.sleep(1), Anyio.sleep(2)) as completed:
        async for task in completed:
            await task.wait()


class Grouped(Anyio.AsyncContextManagerMixin):
    @contextlib.asynccontextmanager
    async def __asynccontextmanager__(self):
        async with Anyio.create_task_group() as group:
            start(group, Anyio.sleep, 1)
            await Anyio.sleep(0)
            yield group


@case("AsyncContextManagerMixin")
async def mixins():
    async with Grouped():
        await Anyio.sleep(2)


@case("wait")
async def operations():
    file = Gio.File.new_for_path(os.devnull)
    info = await Anyio.wait(file.query_info_async, "standard::name", Gio.FileQueryInfoFlags.NONE, 0)
    assert info.get_name() == "null"


@case("_BlockingPortal.stop", "_BlockingPortal.sleep_until_stopped")
async def portals():
    async with Anyio.from_thread.BlockingPortal() as portal:
        async with Anyio.create_task_group() as group:
            start(group, portal.sleep_until_stopped)
            await Anyio.sleep(0)
            await portal.stop()


@case("connect_tcp", "create_tcp_listener", "SocketListener.accept", "SocketStream.send", "SocketStream.send_eof")
async def tcp():
    async with await Anyio.create_tcp_listener(local_host="127.0.0.1") as listener, Anyio.create_task_group() as group:

        async def answer():
            async with await listener.accept() as stream:
                await stream.send(bytes(3_000_000))
                await stream.send_eof()

        start(group, answer)
        async with await Anyio.connect_tcp("127.0.0.1", listener.extra(Anyio.abc.SocketAttribute.local_port)) as stream:
            received = 0
            async for chunk in stream:
                received += len(chunk)
        assert received == 3_000_000


@case("connect_unix", "create_unix_listener", "SocketListener.serve")
async def unix():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "socket")

        async def echo(stream):
            async for chunk in stream:
                await stream.send(chunk)

        async with await Anyio.create_unix_listener(path) as listener, Anyio.create_task_group() as group:
            start(group, listener.serve, echo)
            async with await Anyio.connect_unix(path) as stream:
                await stream.send(b"hello")
                assert await stream.receive() == b"hello"
            group.cancel_scope.request_stop()
        assert not os.path.exists(path)


@case("SocketStream.from_socket", "SocketListener.from_socket")
async def taken_over():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        async with await Anyio.SocketListener.from_socket(server) as listener, await Anyio.SocketStream.from_socket(client) as one:
            async with await listener.accept() as other:
                await one.send(b"x")
                assert await other.receive() == b"x"


class Everywhere(unittest.TestCase):
    def test_each_is_cancelled_at_every_moment(self):
        for name, (_, func) in CASES.items():

            def make_main(name=name, func=func):
                was_cancelled = has_returned = False

                async def tell():
                    nonlocal was_cancelled, has_returned
                    try:
                        await func()
                    except Anyio.Cancelled:
                        was_cancelled = True
                        raise
                    has_returned = True

                async def main(wrap):
                    victim = wrap(tell)
                    beside.append(lambda func: wrap.beside(func))
                    try:
                        await victim()
                    finally:
                        beside.clear()

                return main, lambda: self.assertNotEqual(was_cancelled, has_returned, name)

            self.assertGreaterEqual(cancel_everywhere(make_main, range(3)), 3, name)

    def test_all_are_swept(self):
        with open(STUBS, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        swept = {name for names, _ in CASES.values() for name in names}.union(*ELSEWHERE.values())
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        wanted = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
        wanted |= {
            f"{each.name}.{node.name}"
            for each in classes
            for node in each.body
            if isinstance(node, ast.AsyncFunctionDef)
            # What `async with` calls; what closes an end, which never waits; the cases of tests.
            and (not node.name.startswith("__") or node.name == "__call__")
            and node.name != "aclose"
            and each.name != "TestCase"
            and not each.name.startswith(("_Unreliable", "_Object", "_Byte", "_Listener"))
        }
        self.assertEqual(sorted(wanted - swept), [])
        for file, names in ELSEWHERE.items():
            with open(os.path.join(os.path.dirname(__file__), file), encoding="utf-8") as text:
                text = text.read()
            self.assertIn("cancel_everywhere(make_main", text, file)
            for name in names:
                self.assertRegex(text, rf"\b{name.rpartition('.')[2]}\(", file)
