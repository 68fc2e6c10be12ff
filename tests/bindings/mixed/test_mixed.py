# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tasks of C and of Python in one tree: fibers of a small library (mixed.c) and coroutines."""

import math
import unittest

import gi

gi.require_version("Anyio", "1")
gi.require_version("Mixed", "1")
from gi.repository import Anyio, Gio, GLib, Mixed


def is_error(error, code):
    return isinstance(error, GLib.Error) and error.matches(Gio.io_error_quark(), code)


def live_names():
    return [task.name for task in Anyio.get_running_tasks()]


class Mixture(Anyio.testing.TestCase):
    async def asyncSetUp(self):
        Mixed.take_trace()
        self.trace = []

    async def sleeper(self, seconds=5, error=None):
        self.trace.append("python+")
        try:
            await Anyio.sleep(seconds)
            if error is not None:
                raise error
            self.trace.append("python-")
        except Anyio.Cancelled as cancelled:
            self.trace.append(f"python! {cancelled}")
            raise


class Operations(Mixture):
    """Pairs of C that are fibers inside."""

    async def test_result(self):
        self.assertEqual(await Anyio.wait(Mixed.add_async, 2, 3, 1.5), 5)
        self.assertEqual(Anyio.current_time(), 1.5)
        self.assertEqual(Mixed.take_trace(), "add-")

    async def test_our_deadline_cancels_them(self):
        with Anyio.move_on_after(1) as scope:
            await Anyio.wait(Mixed.add_async, 2, 3, 5)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), 1)
        self.assertEqual(Mixed.take_trace(), "add!")

    async def test_the_cancellable_of_a_group(self):
        def ready(source, result):
            try:
                Mixed.add_finish(result)
            except GLib.Error as error:
                outcomes.append(error)

        outcomes = []
        async with Anyio.create_task_group() as group:
            cancellable = group.native.get_cancel_scope().get_cancellable()
            Mixed.add_async(2, 3, 5, cancellable, ready)
            await Anyio.sleep(1)
            group.cancel_scope.cancel()
        await Anyio.sleep(1)
        self.assertTrue(is_error(outcomes[0], Gio.IOErrorEnum.CANCELLED))
        self.assertEqual(Mixed.take_trace(), "add!")


class OurGroup(Mixture):
    """Fibers in a group of Python."""

    async def test_joined(self):
        async with Anyio.create_task_group() as group:
            Mixed.start_fiber(group.native, "c", 3, None)
            group.start_soon(self.sleeper, 1, name="py")
            await Anyio.sleep(0.5)
            self.assertEqual([task.props.name for task in group.native], ["c", "py"])
            self.assertEqual(live_names()[1:], ["c", "py"])
            parents = {task.props.parent.props.name for task in group.native}
            self.assertEqual(parents, {live_names()[0]})
        self.assertEqual(Anyio.current_time(), 3)
        self.assertEqual(Mixed.take_trace(), "c+ c-")

    async def test_our_failure_cancels_them(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                Mixed.start_fiber(group.native, "c", 5, None)
                group.start_soon(self.sleeper, 1, ValueError("ours"))
        self.assertEqual([str(error) for error in caught.exception.exceptions], ["ours"])
        self.assertEqual(Mixed.take_trace(), "c+ c!")
        self.assertEqual(Anyio.current_time(), 1)

    async def test_their_failure_cancels_us(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                Mixed.start_fiber(group.native, "c", 1, "theirs")
                group.start_soon(self.sleeper)
        self.assertTrue(is_error(caught.exception.exceptions[0], Gio.IOErrorEnum.NOT_FOUND))
        self.assertEqual(len(caught.exception.exceptions), 1)
        self.assertEqual(self.trace[0], "python+")
        self.assertRegex(self.trace[1], "^python! .*\"c\" failed: theirs")

    async def test_one_deadline(self):
        with self.assertRaises(TimeoutError):
            with Anyio.fail_after(2):
                async with Anyio.create_task_group() as group:
                    Mixed.start_fiber(group.native, "c", 5, None)
                    group.start_soon(self.sleeper)
        self.assertEqual(Anyio.current_time(), 2)
        self.assertEqual(Mixed.take_trace(), "c+ c@2 c!")
        self.assertRegex(self.trace[1], "^python! ")

    async def test_a_shield_holds_for_both(self):
        with Anyio.move_on_after(1):
            with Anyio.CancelScope(shield=True):
                async with Anyio.create_task_group() as group:
                    Mixed.start_fiber(group.native, "c", 3, None)
                    group.start_soon(self.sleeper, 2)
        self.assertEqual(Anyio.current_time(), 3)
        self.assertEqual((Mixed.take_trace(), self.trace), ("c+ c-", ["python+", "python-"]))

    async def test_the_failures_of_both_as_a_list(self):
        def changed(model, position, removed, added):
            seen.extend(f"{each.props.task_name}: {each.props.message}" for each in list(model)[position:position + added])

        async def fail_when_cancelled():
            try:
                await Anyio.sleep_forever()
            finally:
                raise ValueError("ours")

        seen = []
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                failures = group.native.props.failures
                failures.connect("items-changed", changed)
                Mixed.start_fiber(group.native, "c", 1, "theirs")
                group.start_soon(fail_when_cancelled, name="py")
        await Anyio.sleep(0)
        self.assertEqual(len(caught.exception.exceptions), 2)
        self.assertEqual(seen, ["c: theirs", "py: ValueError: ours"])
        errors = {each.props.task_name: each.props.error for each in failures}
        self.assertTrue(is_error(errors["c"], Gio.IOErrorEnum.NOT_FOUND))
        self.assertTrue(is_error(errors["py"], Gio.IOErrorEnum.FAILED))


class TheirGroup(Mixture):
    """Coroutines in a group that a fiber owns."""

    async def open(self, timeout=math.inf):
        self.host = Mixed.Host.new(timeout)
        while self.host.get_group() is None:
            await Anyio.sleep(0)
        return self.host.get_group()

    async def join(self):
        return await Anyio.wait(self.host.join_async)

    async def test_joined(self):
        group = await self.open()
        handle = Anyio.start_in(group, self.sleeper, 2, name="py")
        Mixed.start_fiber(group, "c", 1, None)
        await Anyio.sleep(0.5)
        self.assertEqual([task.props.name for task in group], ["py", "c"])
        self.assertEqual({task.props.parent.props.name for task in group}, {"host"})
        self.assertEqual(live_names()[1:], ["host", "py", "c"])
        self.assertTrue(await self.join())
        self.assertEqual(Anyio.current_time(), 2)
        self.assertEqual(handle.status, Anyio.TaskStatus.FINISHED)
        self.assertEqual(Mixed.take_trace(), "c+ c- joined")

    async def test_our_failure_cancels_them(self):
        group = await self.open()
        handle = Anyio.start_in(group, self.sleeper, 1, ValueError("ours"))
        Mixed.start_fiber(group, "c", 5, None)
        with self.assertRaises(GLib.Error) as caught:
            await self.join()
        self.assertTrue(is_error(caught.exception, Gio.IOErrorEnum.FAILED))
        self.assertEqual(caught.exception.message, "ValueError: ours")
        self.assertEqual(str(handle.exception), "ours")
        self.assertEqual(Mixed.take_trace(), "c+ c! failed")

    async def test_our_error_of_glib_stays_what_it_is(self):
        group = await self.open()
        Anyio.start_in(group, self.sleeper, 1, GLib.Error.new_literal(Gio.io_error_quark(), "full", Gio.IOErrorEnum.NO_SPACE))
        with self.assertRaises(GLib.Error) as caught:
            await self.join()
        self.assertTrue(is_error(caught.exception, Gio.IOErrorEnum.NO_SPACE))
        self.assertEqual(caught.exception.message, "full")

    async def test_their_failure_cancels_us(self):
        group = await self.open()
        handle = Anyio.start_in(group, self.sleeper)
        Mixed.start_fiber(group, "c", 1, "theirs")
        with self.assertRaises(GLib.Error) as caught:
            await self.join()
        self.assertTrue(is_error(caught.exception, Gio.IOErrorEnum.NOT_FOUND))
        self.assertRegex(self.trace[1], "^python! .*\"c\" failed: theirs")
        self.assertEqual(handle.status, Anyio.TaskStatus.CANCELLED)

    async def test_cancelled_from_here(self):
        group = await self.open()
        Anyio.start_in(group, self.sleeper)
        Mixed.start_fiber(group, "c", 5, None)
        await Anyio.sleep(1)
        group.cancel("from Python")
        self.assertTrue(await self.join())
        self.assertRegex(self.trace[1], "^python! .*from Python")
        self.assertEqual(Mixed.take_trace(), "c+ c! joined")

    async def test_one_deadline(self):
        async def look():
            deadlines.append(Anyio.current_effective_deadline())
            await self.sleeper()

        deadlines = []
        group = await self.open(timeout=2)
        Anyio.start_in(group, look)
        Mixed.start_fiber(group, "c", 5, None)
        with self.assertRaises(GLib.Error) as caught:
            await self.join()
        self.assertTrue(is_error(caught.exception, Gio.IOErrorEnum.TIMED_OUT))
        self.assertEqual((deadlines, Anyio.current_time()), ([2], 2))
        self.assertRegex(self.trace[1], "^python! ")
        self.assertEqual(Mixed.take_trace(), "c+ c@2 c! failed")

    async def test_one_task_cancelled_alone(self):
        group = await self.open()
        ours = Anyio.start_in(group, self.sleeper)
        Mixed.start_fiber(group, "c", 3, None)
        await Anyio.sleep(1)
        ours.cancel()
        self.assertTrue(await self.join())
        self.assertEqual(ours.status, Anyio.TaskStatus.CANCELLED)
        self.assertEqual(Mixed.take_trace(), "c+ c- joined")

    async def test_a_closed_group(self):
        group = await self.open()
        await self.join()
        self.assertTrue(group.props.closed)
        with self.assertRaisesRegex(RuntimeError, "not active"):
            Anyio.start_in(group, self.sleeper)

    async def test_our_own_group_keeps_its_exceptions(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                Anyio.start_in(group.native, self.sleeper, 1, ValueError("ours"))
        self.assertIsInstance(caught.exception.exceptions[0], ValueError)

    async def test_bound_to_an_object(self):
        owner = Gio.SimpleAction.new("owner", None)
        group = Anyio.TaskGroup.new_for_object(owner)
        handle = Anyio.start_in(group, self.sleeper)
        Mixed.start_fiber(group.native, "c", 5, None)
        await Anyio.sleep(1)
        del owner
        await Anyio.sleep(1)
        self.assertEqual(handle.status, Anyio.TaskStatus.CANCELLED)
        self.assertEqual(Mixed.take_trace(), "c+ c!")
        self.assertTrue(group.native.props.closed)


if __name__ == "__main__":
    unittest.main()
