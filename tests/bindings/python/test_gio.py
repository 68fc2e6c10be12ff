# SPDX-License-Identifier: LGPL-2.1-or-later
"""Awaiting operations of GIO."""

import os
import tempfile
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib


def io_error(code, message="test"):
    return GLib.Error.new_literal(Gio.io_error_quark(), message, code)


class Wait(Anyio.testing.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file")
        with open(self.path, "wb") as file:
            file.write(b"contents")
        self.file = Gio.File.new_for_path(self.path)
        self.missing = Gio.File.new_for_path(self.path + "-missing")
        self.pipes = []

    def pipe(self):
        read_fd, write_fd = os.pipe()
        self.addCleanup(os.close, write_fd)
        return Gio.UnixInputStream.new(read_fd, True), write_fd

    async def test_method(self):
        _, contents, etag = await Anyio.wait(self.file.load_contents_async)
        self.assertEqual(contents, b"contents")

    async def test_arguments(self):
        stream = await Anyio.wait(self.file.read_async, GLib.PRIORITY_DEFAULT)
        data = await Anyio.wait(stream.read_bytes_async, 4, GLib.PRIORITY_DEFAULT)
        self.assertEqual(data.get_data(), b"cont")
        self.assertTrue(await Anyio.wait(stream.close_async, GLib.PRIORITY_DEFAULT))

    async def test_constructor_and_function(self):
        names = await Anyio.wait(Gio.Resolver.get_default().lookup_by_name_async, "127.0.0.1")
        self.assertEqual(names[0].to_string(), "127.0.0.1")
        with self.assertRaises(GLib.Error):
            await Anyio.wait(Gio.DBusConnection.new_for_address, "no:such", Gio.DBusConnectionFlags.NONE, None)
        with self.assertRaises(GLib.Error):
            await Anyio.wait(Gio.AppInfo.launch_default_for_uri_async, "no-such-scheme:x", None)

    async def test_error(self):
        with self.assertRaises(GLib.Error) as caught:
            await Anyio.wait(self.missing.load_contents_async)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))

    async def test_explicit_finish(self):
        _, contents, etag = await Anyio.wait(lambda *args: self.file.load_contents_async(*args), finish=self.file.load_contents_finish)
        self.assertEqual(contents, b"contents")

    async def test_cancelled_with_the_scope(self):
        async def cancel(scope):
            await Anyio.sleep(0)
            scope.cancel("enough")

        stream, fd = self.pipe()
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(cancel, scope)
                with self.assertRaisesRegex(Anyio.Cancelled, "enough"):
                    await Anyio.wait(stream.read_bytes_async, 1, GLib.PRIORITY_DEFAULT)
                await Anyio.sleep(0)
        self.assertTrue(scope.cancelled_caught)

    async def test_in_a_cancelled_scope(self):
        with Anyio.CancelScope() as scope:
            scope.cancel()
            with self.assertRaises(Anyio.Cancelled):
                await Anyio.wait(self.file.load_contents_async)

    async def test_a_result_wins(self):
        with Anyio.CancelScope() as scope:
            result = []

            def finish(answer):
                scope.cancel()
                return self.file.load_contents_finish(answer)

            result.append(await Anyio.wait(self.file.load_contents_async, finish=finish))
            self.assertEqual(result[0][1], b"contents")

    async def test_somebody_elses_cancelled_is_an_error(self):
        def operation(cancellable, callback):
            task = Gio.Task.new(None, None, callback)
            task.return_error(io_error(Gio.IOErrorEnum.CANCELLED))

        with self.assertRaises(GLib.Error):
            with Anyio.CancelScope():
                await Anyio.wait(operation, finish=lambda task: task.propagate_boolean())

    async def test_inside_a_cancelled_scope_it_is_ours(self):
        def operation(cancellable, callback):
            task = Gio.Task.new(None, None, callback)
            task.return_error(io_error(Gio.IOErrorEnum.CANCELLED))

        with Anyio.CancelScope() as scope:
            scope.cancel()
            await Anyio.wait(operation, finish=lambda task: task.propagate_boolean())
        self.assertTrue(scope.cancelled_caught)

    async def test_a_cancelled_that_was_not_awaited(self):
        """SEMANTICS 2.11: raised by a blocking call in a cancelled scope, task or body it is ours, elsewhere an error."""

        async def fail():
            raise io_error(Gio.IOErrorEnum.CANCELLED)

        with Anyio.CancelScope() as scope:
            scope.cancel()
            await fail()
        self.assertTrue(scope.cancelled_caught)
        async with Anyio.create_task_group() as group:
            group.cancel()
            handle = group.start_soon(fail)
            await fail()
        self.assertTrue(group.cancel_scope.cancelled_caught)
        self.assertEqual(handle.status, Anyio.TaskStatus.CANCELLED)
        with self.assertRaises(GLib.Error):
            with Anyio.CancelScope():
                await fail()
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(fail)
        self.assertIsInstance(caught.exception.exceptions[0], GLib.Error)

    async def test_cancellables_are_clean(self):
        seen = []

        def operation(cancellable, callback):
            seen.append(cancellable.is_cancelled())
            task = Gio.Task.new(None, cancellable, callback)
            GLib.idle_add(lambda: task.return_boolean(True))

        for _ in range(3):
            await Anyio.wait(operation, finish=lambda task: task.propagate_boolean())
            with Anyio.CancelScope() as scope:
                scope.cancel()
                await Anyio.wait(operation, finish=lambda task: task.propagate_boolean())
        self.assertEqual(seen, [False, True] * 3)

    async def test_no_handler_runs_inside_cancel(self):
        trace = []

        def operation(cancellable, callback):
            task = Gio.Task.new(None, cancellable, callback)
            cancellable.connect(lambda *args: trace.append("handler"))
            cancellable.connect(lambda *args: GLib.idle_add(task.return_boolean, True))

        async def other(scope):
            trace.append("before")
            scope.cancel()
            trace.append("after")

        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(other, scope)
                with self.assertRaises(Anyio.Cancelled):
                    await Anyio.wait(operation, finish=lambda task: task.propagate_boolean())
        self.assertEqual(trace, ["before", "after", "handler"])

    async def test_exception_in_finish(self):
        def finish(result):
            raise KeyError("finish")

        with self.assertRaisesRegex(KeyError, "finish"):
            await Anyio.wait(self.file.load_contents_async, finish=finish)

    async def test_exception_at_the_call(self):
        with self.assertRaises(TypeError):
            await Anyio.wait(self.file.load_contents_async, "one argument too many", 3)
        with self.assertRaisesRegex(TypeError, "takes an introspected function"):
            await Anyio.wait(print)
        with self.assertRaisesRegex(TypeError, "get_path"):
            await Anyio.wait(self.file.get_path)

    async def test_many_at_once(self):
        async def load():
            _, contents, etag = await Anyio.wait(self.file.load_contents_async)
            self.assertEqual(contents, b"contents")

        async with Anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(load)

    async def test_timeout(self):
        stream, fd = self.pipe()
        GLib.timeout_add(1, lambda: os.write(fd, b"x") and False)
        data = await Anyio.wait(stream.read_bytes_async, 1, GLib.PRIORITY_DEFAULT)
        self.assertEqual(data.get_data(), b"x")


class RealTime(unittest.TestCase):
    def test_deadline(self):
        async def main():
            read_fd, write_fd = os.pipe()
            stream = Gio.UnixInputStream.new(read_fd, True)
            try:
                with Anyio.fail_after(0.01):
                    await Anyio.wait(stream.read_bytes_async, 1, GLib.PRIORITY_DEFAULT)
            finally:
                os.close(write_fd)

        with self.assertRaises(TimeoutError):
            Anyio.run(main)


if __name__ == "__main__":
    unittest.main()
