# SPDX-License-Identifier: LGPL-2.1-or-later
"""The soft stop. SEMANTICS 8.7."""

import os
import sys
import threading
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class SoftStop(Tracing):
    async def serve(self, name):
        try:
            await Anyio.wait_stop_requested()
        except Anyio.Cancelled:
            self.trace.append(name + "!")
            raise
        self.trace.append(name)

    async def serve_shielded(self, name):
        with Anyio.CancelScope(shield=True):
            await self.serve(name)

    def test_outside_tasks(self):
        self.assertFalse(Anyio.is_stop_requested())
        with self.assertRaises(Anyio.NoEventLoopError):
            Anyio.wait_stop_requested().send(None)

    async def test_nothing_fails(self):
        with Anyio.CancelScope() as scope:
            self.assertFalse(Anyio.is_stop_requested())
            self.assertFalse(scope.stop_requested)
            scope.request_stop()
            self.assertTrue(Anyio.is_stop_requested())
            self.assertTrue(scope.stop_requested)
            self.assertFalse(scope.cancel_called)
            await Anyio.sleep(10)
            await Anyio.wait_stop_requested()
            with Anyio.CancelScope() as inner:
                self.assertTrue(inner.stop_requested)
        self.assertFalse(Anyio.is_stop_requested())
        self.assertTrue(scope.stop_requested)
        self.assertFalse(inner.stop_requested)
        self.assertEqual(Anyio.current_time(), 10)

    async def test_inherited(self):
        """By tasks, past shields, and nobody else; also by what is begun later."""
        async with Anyio.create_task_group() as other:
            other.start_soon(self.serve, "z")
            async with Anyio.create_task_group() as group:
                group.start_soon(self.serve, "a")
                group.start_soon(self.serve_shielded, "b")
                await Anyio.sleep(1)
                group.cancel_scope.request_stop()
                group.start_soon(self.serve_shielded, "c")
            self.assertTrace("a b c")
            other.cancel()
        self.assertTrace("a b c z!")
        self.assertEqual(Anyio.current_time(), 1)

    async def test_grace(self):
        async with Anyio.create_task_group() as group:
            group.start_soon(Anyio.sleep, 100)
            await Anyio.sleep(1)
            group.cancel_scope.request_stop(50, "shop closes")
            group.cancel_scope.request_stop(5)
            group.cancel_scope.request_stop(70)
        self.assertEqual(Anyio.current_time(), 6)
        self.assertEqual(group.cancel_scope.reason.text, "shop closes")
        with Anyio.CancelScope() as scope:  # left in time
            scope.request_stop(2)
            await Anyio.sleep(1)
        await Anyio.sleep(5)
        self.assertFalse(scope.cancel_called)

    async def test_grace_of_nothing(self):
        with Anyio.CancelScope() as scope:
            scope.request_stop(0)
            await Anyio.sleep(5)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), 0)

    async def test_handed_over(self):
        """SEMANTICS 4: a task that start() hands to a group that was asked to stop hears of it."""

        async def service(*, task_status):
            async with Anyio.create_task_group() as inner:
                inner.start_soon(self.serve, "below")
                await Anyio.sleep(1)
                task_status.started()
                await self.serve("service")

        async with Anyio.create_task_group() as group:
            group.cancel_scope.request_stop()
            await group.start(service)
        self.assertEqual(sorted(self.trace), ["below", "service"])
        self.assertEqual(Anyio.current_time(), 1)

    async def test_from_a_thread(self):
        with Anyio.CancelScope() as scope:
            thread = threading.Thread(target=scope.request_stop, args=(0, "from a thread"))
            thread.start()
            thread.join()
            await Anyio.wait_stop_requested()
            await Anyio.sleep(1)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(scope.reason.text, "from a thread")

    async def test_by_another_language(self):
        """The core's object of the scope asks, and the task of this language is told."""
        async with Anyio.create_task_group() as group:
            group.start_soon(self.serve, "a")
            await Anyio.wait_all_tasks_blocked()
            group.native.get_cancel_scope().request_stop(float("inf"), None)
        self.assertTrace("a")

    async def test_left_before_another_language_asks(self):
        """A request to a scope in which the task waited is not taken for one to a scope in which it waits now."""
        scopes = []

        async def wait_twice():
            with Anyio.CancelScope() as scope:
                scopes.append(scope)
                await Anyio.wait_stop_requested()
            await Anyio.wait_stop_requested()

        async def ask():
            """Between the cancellation and the step in which the task leaves; the driver learns of it after that."""
            scopes[0].native.request_stop(1, None)

        async with Anyio.create_task_group() as group:
            task = group.start_soon(wait_twice)
            await Anyio.sleep(1)
            group.start_soon(ask)
            scopes[0].cancel()
            await Anyio.sleep(1)
            self.assertEqual(task.status, Anyio.TaskStatus.PENDING)
            group.cancel()

    async def test_bound_group(self):
        owner = Anyio.native.Event.new()
        group = Anyio.TaskGroup.new_for_object(owner)
        task = group.start_soon(self.serve, "a")
        await Anyio.wait_all_tasks_blocked()
        group.native.get_cancel_scope().request_stop(float("inf"), None)
        await task.wait()
        self.assertTrace("a")

    async def test_select(self):
        event = Anyio.Event()

        async def work():
            self.trace.append(str(await Anyio.select(event.wait, Anyio.wait_stop_requested, Anyio.wait_stop_requested)))
            self.assertEqual((await Anyio.select(Anyio.wait_stop_requested)).index, 0)

        async with Anyio.create_task_group() as group:
            task = group.start_soon(work)
            await Anyio.wait_all_tasks_blocked()
            driver = task.driver
            self.assertEqual(list(driver.stop_waiters), [task])
            group.cancel_scope.request_stop()
        self.assertTrace("Selected(index=1, value=None)")
        self.assertEqual(driver.stop_waiters, {})
        self.assertEqual(event.statistics().tasks_waiting, 0)

    async def test_select_leaves(self):
        """Another case comes first: nothing watches any more."""
        event = Anyio.Event()
        async with Anyio.create_task_group() as group:
            task = group.start_soon(Anyio.select, Anyio.wait_stop_requested, event.wait)
            await Anyio.wait_all_tasks_blocked()
            event.set()
            await task.wait()
            self.assertEqual(task.driver.stop_waiters, {})
            group.cancel_scope.request_stop()
        self.assertEqual(task.return_value.index, 1)

    async def test_cancel_point(self):
        await self.assertRefusesCancelled(Anyio.wait_stop_requested)
        with Anyio.CancelScope() as scope:
            scope.request_stop()
            scope.cancel()
            with self.assertRaises(Anyio.Cancelled):
                await Anyio.wait_stop_requested()

    async def test_does_not_starve_others(self):
        async def spin():
            while not event.is_set():
                await Anyio.wait_stop_requested()

        event = Anyio.Event()
        async with Anyio.create_task_group() as group:
            group.cancel_scope.request_stop()
            group.start_soon(spin)
            await Anyio.sleep(0)
            event.set()

    async def test_misuse(self):
        scope = Anyio.CancelScope()
        with self.assertRaisesRegex(RuntimeError, "not active"):
            scope.request_stop()
        for grace in -1, float("nan"):
            with self.assertRaises(ValueError):
                scope.request_stop(grace)
        with scope:
            pass
        scope.request_stop()  # too late, and no harm
        self.assertFalse(scope.stop_requested)

    def test_cancelled_at_every_moment(self):
        def make_main():
            drivers = []

            async def main(wrap):
                async with Anyio.create_task_group() as group:
                    group.start_soon(wrap(self.serve), "victim")
                    drivers.append(group.start_soon(self.serve, "a").driver)
                    await Anyio.sleep(0)
                    await Anyio.sleep(0)
                    group.cancel_scope.request_stop()

            return main, lambda: self.assertEqual(drivers[0].stop_waiters, {})

        self.assertGreater(cancel_everywhere(make_main, range(8)), 7)


if __name__ == "__main__":
    unittest.main()
