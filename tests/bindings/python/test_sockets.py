# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams of bytes and sockets. SEMANTICS 8.3, 8.4, 8.6, 8.7. The clock is virtual, the sockets are real."""

import os
import socket
import sys
import tempfile
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere

SocketAttribute = Anyio.abc.SocketAttribute


async def make_pair():
    one, other = socket.socketpair()
    return await Anyio.SocketStream.from_socket(one), await Anyio.SocketStream.from_socket(other)


async def echo(stream):
    async for chunk in stream:
        await stream.send(chunk)


class Streams(Tracing):
    async def test_receive(self):
        """Waiting and at once, at most so many bytes, up to the end; the end stays."""
        one, other = await make_pair()
        async with one, other, Anyio.create_task_group() as group:

            async def receive():
                self.trace.append((await other.receive()).decode())
                await Anyio.sleep(1)
                self.trace.append((await other.receive(3)).decode())
                self.trace.append((await other.receive(99)).decode())

            task = group.start_soon(receive)
            await Anyio.sleep(1)
            self.assertTrace("")
            await one.send(b"first")
            await one.send(b"")
            await one.send(bytearray(b"second"))
            await task.wait()
            await one.send_eof()
            await one.send_eof()
            for _ in range(2):
                with self.assertRaises(Anyio.EndOfStream):
                    await other.receive()
            with self.assertRaises(Anyio.ClosedResourceError):
                await one.send(b"x")
            await other.send(b"the other way")
            self.assertEqual(await one.receive(), b"the other way")
        self.assertTrace("first sec ond")

    async def test_much(self):
        """More than the kernel takes: the sender waits."""
        one, other = await make_pair()
        data = os.urandom(3_000_000)
        received = bytearray()

        async def send():
            async with one:
                await one.send(memoryview(data))
                self.trace.append("sent")

        async with other, Anyio.create_task_group() as group:
            group.start_soon(send)
            await Anyio.sleep(1)
            self.assertTrace("")
            async for chunk in other:
                self.assertLessEqual(len(chunk), 65536)
                received += chunk
        self.assertTrace("sent")
        self.assertTrue(received == data)

    async def test_closed(self):
        """8.3: who waits is told, and so is who comes after; the second time does nothing."""
        one, other = await make_pair()
        async with Anyio.create_task_group() as group:

            async def receive():
                with self.assertRaises(Anyio.ClosedResourceError):
                    await one.receive()
                self.trace.append("told")

            group.start_soon(receive)
            await Anyio.wait_all_tasks_blocked()
            await one.aclose()
        self.assertTrace("told")
        await one.aclose()
        for operation in one.receive, lambda: one.send(b"x"), one.send_eof:
            with self.assertRaises(Anyio.ClosedResourceError):
                await operation()
        with self.assertRaises(Anyio.EndOfStream):
            await other.receive()
        await Anyio.aclose_forcefully(other)
        with self.assertRaises(Anyio.ClosedResourceError):
            await other.receive()

    async def test_broken(self):
        """8.4: the fault is the peer's, and the message says which."""
        one, other = await make_pair()
        await other.aclose()
        with self.assertRaisesRegex(Anyio.BrokenResourceError, "Broken pipe"):
            await one.send(b"x")
        await one.aclose()

    async def test_busy(self):
        """8.4: one reader and one writer."""
        one, other = await make_pair()
        async with one, other, Anyio.create_task_group() as group:
            group.start_soon(one.receive)
            group.start_soon(one.send, bytes(3_000_000))
            await Anyio.wait_all_tasks_blocked()
            with self.assertRaisesRegex(Anyio.BusyResourceError, "already receiving from"):
                await one.receive()
            with self.assertRaisesRegex(Anyio.BusyResourceError, "already sending to"):
                await one.send(b"x")
            group.cancel()

    async def test_arguments(self):
        one, other = await make_pair()
        async with one, other:
            for bad in "text", 3, None:
                with self.assertRaises(TypeError):
                    await one.send(bad)
            with self.assertRaises(ValueError):
                await one.receive(0)
        with self.assertRaisesRegex(ValueError, "not connected"):
            with socket.socket() as lonely:
                await Anyio.SocketStream.from_socket(lonely)

    def test_outside_tasks(self):
        for coro in Anyio.connect_unix("/x"), Anyio.create_tcp_listener(), Anyio.create_unix_listener("/x"):
            with self.assertRaises(Anyio.NoEventLoopError):
                coro.send(None)

    async def test_cancelled_at_once(self):
        one, other = await make_pair()
        async with one, other:
            await other.send(b"kept")
            await self.assertRefusesCancelled(one.receive)
            self.assertEqual(await one.receive(), b"kept")
            await self.assertRefusesCancelled(one.send, b"x")
            with Anyio.CancelScope() as scope:
                scope.cancel()
                await one.aclose()
            with self.assertRaises(Anyio.ClosedResourceError):
                await one.receive()

    def test_cancelled_everywhere(self):
        """What is received is not lost, whenever the receiver is cancelled."""

        def make_main():
            received = []

            async def main(wrap):
                one, other = await make_pair()

                async def receive():
                    received.append(await other.receive())

                async with one, other, Anyio.create_task_group() as group:
                    group.start_soon(wrap(receive))
                    await Anyio.sleep(0)
                    await one.send(b"hello")
                    await Anyio.sleep(1)
                    if not received:
                        received.append(await other.receive())

            return main, lambda: self.assertEqual(received, [b"hello"])

        self.assertGreaterEqual(cancel_everywhere(make_main, range(4)), 4)

    def test_interfaces(self):
        for kind in Anyio.abc.ByteStream, Anyio.abc.ByteReceiveStream, Anyio.abc.ByteSendStream, Anyio.abc.AsyncResource:
            self.assertTrue(issubclass(Anyio.SocketStream, kind))
        self.assertTrue(issubclass(Anyio.SocketListener, Anyio.abc.Listener))
        self.assertTrue(issubclass(Anyio.SocketListener, Anyio.abc.AsyncResource))


class Sockets(Tracing):
    async def test_tcp(self):
        async with await Anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            port = listener.extra(SocketAttribute.local_port)
            self.assertEqual(listener.extra(SocketAttribute.local_address), ("127.0.0.1", port))
            self.assertEqual(listener.extra(SocketAttribute.remote_port, None), None)
            self.assertEqual(listener.listeners, [listener])
            async with await Anyio.connect_tcp("localhost", port, local_host="127.0.0.1") as client, await listener.accept() as server:
                await client.send(b"hello")
                self.assertEqual(await server.receive(), b"hello")
                self.assertEqual(client.extra(SocketAttribute.family), socket.AF_INET)
                self.assertEqual(client.extra(SocketAttribute.remote_address), ("127.0.0.1", port))
                self.assertEqual(client.extra(SocketAttribute.local_port), server.extra(SocketAttribute.remote_port))
                with client.extra(SocketAttribute.raw_socket) as raw:
                    self.assertTrue(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            with self.assertRaises(Anyio.TypedAttributeLookupError):
                client.extra(SocketAttribute.raw_socket)
            with self.assertRaises(OSError) as caught:
                await Anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
            self.assertEqual(caught.exception.errno, 98)
        with self.assertRaises(Anyio.ConnectionFailed) as caught:
            await Anyio.connect_tcp("127.0.0.1", port)
        self.assertIsInstance(caught.exception.__cause__, ConnectionRefusedError)
        with self.assertRaises(Anyio.ClosedResourceError):
            await listener.accept()

    async def test_reuse_port(self):
        async with await Anyio.create_tcp_listener(local_host="127.0.0.1", reuse_port=True) as one:
            port = one.extra(SocketAttribute.local_port)
            async with await Anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, reuse_port=True) as other:
                self.assertEqual(other.extra(SocketAttribute.local_port), port)

    async def test_unix(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with self.assertRaises(Anyio.ConnectionFailed) as caught:
                await Anyio.connect_unix(path)
            self.assertIsInstance(caught.exception.__cause__, FileNotFoundError)
            async with await Anyio.create_unix_listener(path, mode=0o600) as listener:
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
                self.assertEqual(listener.extra(SocketAttribute.local_address), path)
                self.assertEqual(listener.extra(SocketAttribute.local_port, 0), 0)
                async with await Anyio.connect_unix(path) as client, await listener.accept() as server:
                    self.assertEqual(client.extra(SocketAttribute.remote_address), path)
                    await server.send(b"hello")
                    self.assertEqual(await client.receive(), b"hello")
            self.assertFalse(os.path.exists(path))
            with self.assertRaises(FileNotFoundError):
                await Anyio.create_unix_listener(os.path.join(folder, "nowhere", "socket"))

    async def test_unknown_host(self):
        for operation in Anyio.connect_tcp("nowhere.invalid", 80), Anyio.create_tcp_listener(local_host="nowhere.invalid"):
            with self.assertRaises(socket.gaierror):
                await operation

    async def test_accept_waits(self):
        """8.3 and 8.4, of listeners."""
        async with await Anyio.create_tcp_listener(local_host="127.0.0.1") as listener, Anyio.create_task_group() as group:

            async def accept():
                with self.assertRaises(Anyio.ClosedResourceError):
                    await listener.accept()
                self.trace.append("told")

            with Anyio.move_on_after(1) as scope:
                await listener.accept()
            self.assertTrue(scope.cancelled_caught)
            group.start_soon(accept)
            await Anyio.wait_all_tasks_blocked()
            with self.assertRaisesRegex(Anyio.BusyResourceError, "already accepting connections from"):
                await listener.accept()
            await listener.aclose()
        self.assertTrace("told")


class Serving(Tracing):
    async def asyncSetUp(self):
        self.listener = await Anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port = self.listener.extra(SocketAttribute.local_port)

    async def asyncTearDown(self):
        await self.listener.aclose()

    def connect(self):
        return Anyio.connect_tcp("127.0.0.1", self.port)

    async def ask(self, text):
        async with await self.connect() as stream:
            await stream.send(text)
            self.assertEqual(await stream.receive(), text)

    async def test_soft_stop(self):
        """8.7: no more connections are accepted, those that there are go on."""

        async def serve():
            await self.listener.serve(echo)
            self.trace.append("served")

        async with Anyio.create_task_group() as group:
            group.start_soon(serve)
            async with Anyio.create_task_group() as clients:
                for i in range(20):
                    clients.start_soon(self.ask, b"%d" % i)
            async with await self.connect() as stream:
                await stream.send(b"before")
                self.assertEqual(await stream.receive(), b"before")
                group.cancel_scope.request_stop()
                await Anyio.wait_all_tasks_blocked()
                await stream.send(b"after")
                self.assertEqual(await stream.receive(), b"after")
                late = await self.connect()  # the kernel's queue takes it
                with Anyio.move_on_after(1) as scope:
                    await late.receive()
                self.assertTrue(scope.cancelled_caught)
                await late.aclose()
                self.assertTrace("")
        self.assertTrace("served")

    async def test_stopped_before(self):
        with Anyio.CancelScope() as scope:
            scope.request_stop()
            await self.listener.serve(echo)

    async def test_failure(self):
        """Without a task group of its own a failure is told to the background error handler; the stream is closed, and the others go on."""
        told = []

        async def handler(stream):
            if await stream.receive() == b"bad":
                raise ValueError("bad")
            await stream.send(b"good")

        Anyio.set_background_error_handler(lambda name, error: told.append((name.rsplit(".")[-1], repr(error))))
        try:
            async with Anyio.create_task_group() as group:
                group.start_soon(self.listener.serve, handler)
                async with await self.connect() as good, await self.connect() as bad:
                    await bad.send(b"bad")
                    with self.assertRaises(Anyio.EndOfStream):
                        await bad.receive()
                    await good.send(b"ok")
                    self.assertEqual(await good.receive(), b"good")
                    with self.assertRaises(Anyio.EndOfStream):
                        await good.receive()
                group.cancel_scope.request_stop()
        finally:
            Anyio.set_background_error_handler(None)
        self.assertEqual(told, [("handler", "ValueError('bad')")])

    async def test_task_group(self):
        """With one a failure is the group's, as in AnyIO."""

        async def handler(stream):
            async with stream:
                await stream.receive()
                raise ValueError("bad")

        with self.assertRaises(BaseExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(self.listener.serve, handler, group)
                async with await self.connect() as stream:
                    await stream.send(b"x")
                    await Anyio.sleep_forever()
        self.assertEqual([repr(error) for error in caught.exception.exceptions], ["ValueError('bad')"])

    async def test_closed(self):
        """serve() fails plainly, as accept() does, and its connections are cancelled."""

        async def handler(stream):
            try:
                await echo(stream)
            except Anyio.Cancelled:
                self.trace.append("cancelled")
                raise

        async def serve():
            with self.assertRaises(Anyio.ClosedResourceError):
                await self.listener.serve(handler)
            self.trace.append("over")

        async with Anyio.create_task_group() as group:
            group.start_soon(serve)
            await self.ask(b"x")
            async with await self.connect() as stream:
                await stream.send(b"y")
                await stream.receive()
                await self.listener.aclose()
                with self.assertRaises(Anyio.EndOfStream):
                    await stream.receive()
        self.assertTrace("cancelled over")

    async def test_cancelled(self):
        async with Anyio.create_task_group() as group:
            group.start_soon(self.listener.serve, echo)
            await self.ask(b"x")
            group.cancel()


if __name__ == "__main__":
    unittest.main()
