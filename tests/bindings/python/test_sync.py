# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events, locks and futures: SEMANTICS 5 and 6."""

import os
import sys
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class Waiting(Tracing):
    async def begin(self, group, func, *args):
        """Starts a task and lets all run until they wait. Returns its handle."""
        task = group.start_soon(func, *args)
        await Anyio.wait_all_tasks_blocked()
        return task

    async def assertBroken(self, func, *args):
        with self.assertRaises(Anyio.BrokenResourceError):
            await func(*args)
        self.trace.append("broken")


class Events(Waiting):
    async def wait(self, event, name):
        await event.wait()
        self.trace.append(name)

    async def test_wakes_all_in_order(self):
        event = Anyio.Event()
        async with Anyio.create_task_group() as group:
            for name in "abc":
                await self.begin(group, self.wait, event, name)
            self.assertEqual(event.statistics().tasks_waiting, 3)
            self.assertFalse(event.is_set())
            event.set()
            event.set()
            self.trace.append("set")
        self.assertTrace("set a b c")
        self.assertTrue(event.is_set())
        self.assertEqual(event.statistics(), Anyio.EventStatistics(0))

    async def test_set_does_not_wait(self):
        event = Anyio.Event()
        event.set()
        async with Anyio.create_task_group() as group:
            group.start_soon(self.note, "child")
            await event.wait()
            self.trace.append("body")
        self.assertTrace("body child")
        await self.assertRefusesCancelled(event.wait)

    async def wait_and(self, *names):
        """A task waits for an event, then its methods and the event's are called by name. Returns how it ends."""
        event = Anyio.Event()
        async with Anyio.create_task_group() as group:
            task = await self.begin(group, self.wait, event, "woken")
            for name in names:
                getattr(event if name == "set" else task, name)()
        return task.status

    async def test_set_then_cancel_is_set(self):
        self.assertEqual(await self.wait_and("set", "cancel"), Anyio.TaskStatus.FINISHED)
        self.assertTrace("woken")

    async def test_cancel_then_set_is_cancelled(self):
        self.assertEqual(await self.wait_and("cancel", "set"), Anyio.TaskStatus.CANCELLED)
        self.assertTrace("")

    def test_made_outside(self):
        event = Anyio.Event()

        async def main():
            async with Anyio.create_task_group() as group:
                await self.begin(group, self.wait, event, "woken")
                event.set()

        Anyio.testing.run(main)
        self.assertTrace("woken")
        with self.assertRaises(Anyio.NoEventLoopError):
            event.wait().send(None)

    def test_set_outside_a_task(self):
        from gi.repository import GLib

        event = Anyio.Event()

        async def main():
            GLib.timeout_add(1, event.set)
            await event.wait()

        Anyio.run(main)

    async def test_others_get_their_turn(self):
        event = Anyio.Event()
        event.set()
        async with Anyio.create_task_group() as group:
            task = group.start_soon(self.note, "other")
            n = 0
            while task.status == Anyio.TaskStatus.PENDING:
                await event.wait()
                n += 1
        self.assertEqual(n, 256)

    async def test_barrier(self):
        barrier = Anyio.Barrier(3)

        async def arrive(name):
            self.trace.append(f"{name}{await barrier.wait()}")

        async with Anyio.create_task_group() as group:
            a = group.start_soon(arrive, "a")
            await self.begin(group, arrive, "b")
            self.assertEqual(barrier.statistics(), Anyio.BarrierStatistics(3, 2))
            a.cancel()
            await self.begin(group, arrive, "c")
            self.assertTrace("")
            await self.begin(group, arrive, "d")
            self.assertTrace("d2 b0 c1")
            for name in "xyz":
                group.start_soon(arrive, name)
        self.assertTrace("d2 b0 c1 z2 x0 y1")
        await self.assertRefusesCancelled(Anyio.Barrier(1).wait)
        self.assertEqual(await Anyio.Barrier(1).wait(), 0)
        with self.assertRaises(ValueError):
            Anyio.Barrier(0)
        with self.assertRaises(TypeError):
            Anyio.Barrier(1.5)


class Locks(Waiting):
    async def hold(self, lock, name, delay=1):
        async with lock:
            self.trace.append(name + "1")
            await Anyio.sleep(delay)
            self.trace.append(name + "2")

    async def test_in_order(self):
        lock = Anyio.Lock()
        async with Anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(self.hold, lock, name)
            await Anyio.sleep(0.5)
            statistics = lock.statistics()
            self.assertTrue(statistics.locked)
            self.assertTrue(statistics.owner.name.endswith("hold"))
            self.assertEqual(statistics.tasks_waiting, 2)
        self.assertTrace("a1 a2 b1 b2 c1 c2")
        self.assertFalse(lock.locked())
        self.assertEqual(lock.statistics(), Anyio.LockStatistics(False, None, 0))

    async def test_handed_over_at_release(self):
        lock = Anyio.Lock()
        async with Anyio.create_task_group() as group:
            await lock.acquire()
            await self.begin(group, self.hold, lock, "a")
            lock.release()
            self.assertTrue(lock.locked())
            with self.assertRaises(Anyio.WouldBlock):
                lock.acquire_nowait()
            self.assertTrace("")

    async def test_free_lock_does_not_yield(self):
        for lock in Anyio.Lock(), Anyio.Lock(fast_acquire=True), Anyio.Semaphore(1), Anyio.CapacityLimiter(1), Anyio.Condition():
            self.trace.clear()
            async with Anyio.create_task_group() as group:
                group.start_soon(self.note, "child")
                async with lock:
                    self.trace.append("body")
            self.assertTrace("body child")

    async def test_cancelled_scope_acquires_nothing(self):
        lock = Anyio.Lock()
        await self.assertRefusesCancelled(lock.acquire)
        self.assertFalse(lock.locked())

    async def contend(self, *names):
        """Two tasks wait for the lock, then methods of it and of the first task are called by name."""
        lock = Anyio.Lock()
        async with Anyio.create_task_group() as group:
            await lock.acquire()
            a = group.start_soon(self.hold, lock, "a")
            await self.begin(group, self.hold, lock, "b")
            for name in names:
                getattr(lock if name == "release" else a, name)()

    async def test_waiter_cancelled_before_is_skipped(self):
        await self.contend("cancel", "release")
        self.assertTrace("b1 b2")

    async def test_waiter_cancelled_after_passes_on(self):
        await self.contend("release", "cancel")
        self.assertTrace("a1 b1 b2")

    async def test_misuse(self):
        lock = Anyio.Lock()
        with self.assertRaisesRegex(RuntimeError, "not holding"):
            lock.release()
        await lock.acquire()
        with self.assertRaisesRegex(RuntimeError, "already held"):
            await lock.acquire()
        with self.assertRaisesRegex(RuntimeError, "already held"):
            lock.acquire_nowait()

        async def steal():
            with self.assertRaisesRegex(RuntimeError, "not holding"):
                lock.release()

        async with Anyio.create_task_group() as group:
            group.start_soon(steal)
        lock.release()

    async def test_owner_ends(self):
        lock = Anyio.Lock()

        async def keep():
            await lock.acquire()
            await Anyio.sleep(1)

        async def want():
            with self.assertRaisesRegex(Anyio.BrokenResourceError, "keep' ended"):
                await lock.acquire()
            self.trace.append(str(Anyio.current_time()))

        async with Anyio.create_task_group() as group:
            group.start_soon(keep)
            group.start_soon(want)
            group.start_soon(want)
        self.assertTrace("1.0 1.0")
        await want()
        with self.assertRaises(Anyio.BrokenResourceError):
            lock.acquire_nowait()
        lock.release()  # does nothing: who lost the lock while it waited on a condition cannot know
        self.assertIsNone(lock.statistics().owner)
        self.assertTrue(lock.locked())

    async def test_owner_by_hand_over_ends(self):
        lock = Anyio.Lock()

        async def keep():
            await lock.acquire()

        await lock.acquire()
        async with Anyio.create_task_group() as group:
            await self.begin(group, keep)
            await self.begin(group, self.assertBroken, lock.acquire)
            lock.release()
        self.assertTrace("broken")

    async def test_task_keeps_no_lock_it_released(self):
        async def use(lock):
            await lock.acquire()
            lock.release()

        lock = Anyio.Lock()
        await lock.acquire()
        owner = lock._owner
        async with Anyio.create_task_group() as group:
            task = await self.begin(group, use, lock)
            self.assertEqual(list(owner.guarded), [lock])
            task.cancel()
            await Anyio.wait_all_tasks_blocked()
            lock.release()
            self.assertEqual(list(owner.guarded), [])

    def test_cancelled_at_every_moment(self):
        def make_main():
            lock = Anyio.Lock()
            count = inside = 0

            async def use():
                nonlocal count, inside
                for _ in range(3):
                    async with lock:
                        inside += 1
                        self.assertEqual(inside, 1)
                        try:
                            await Anyio.sleep(0)
                        finally:
                            inside -= 1
                    count += 1

            async def main(wrap):
                async with Anyio.create_task_group() as group:
                    group.start_soon(use)
                    group.start_soon(wrap(use))
                    group.start_soon(use)

            def check():
                self.assertFalse(lock.locked())
                self.assertEqual(lock.statistics().tasks_waiting, 0)
                self.assertGreaterEqual(count, 6)

            return main, check

        self.assertGreater(cancel_everywhere(make_main, range(6)), 20)


class Conditions(Waiting):
    async def wait(self, condition, name):
        async with condition:
            await condition.wait()
            self.trace.append(name)

    async def test_notify(self):
        condition = Anyio.Condition()
        async with Anyio.create_task_group() as group:
            for name in "abcd":
                await self.begin(group, self.wait, condition, name)
            self.assertEqual(condition.statistics().tasks_waiting, 4)
            self.assertFalse(condition.statistics().lock_statistics.locked)
            async with condition:
                condition.notify()
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("a")
            async with condition:
                condition.notify(2)
                self.assertTrace("a")
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("a b c")
            await condition.acquire()
            condition.notify_all()
            condition.release()
        self.assertTrace("a b c d")
        self.assertFalse(condition.locked())

    async def test_wait_for(self):
        condition = Anyio.Condition(Anyio.Lock())
        items = []

        async def take():
            async with condition:
                self.trace.append(await condition.wait_for(lambda: items and items.pop(0)))

        async with Anyio.create_task_group() as group:
            group.start_soon(take)
            for item in "", "x":
                await Anyio.sleep(1)
                async with condition:
                    items.append(item)
                    condition.notify()
        self.assertTrace("x")

    async def test_misuse(self):
        condition = Anyio.Condition()
        for func in condition.notify, condition.notify_all:
            with self.assertRaisesRegex(RuntimeError, "not holding the underlying lock"):
                func()
        with self.assertRaisesRegex(RuntimeError, "not holding the underlying lock"):
            await condition.wait()
        condition.acquire_nowait()
        await self.assertRefusesCancelled(condition.wait)
        condition.notify()
        condition.release()

    async def test_cancelled_has_the_lock_again(self):
        condition = Anyio.Condition()

        async def wait():
            async with condition:
                try:
                    await condition.wait()
                finally:
                    self.trace.append(f"{condition.locked()} {Anyio.current_time()}")

        async with Anyio.create_task_group() as group:
            task = await self.begin(group, wait)
            async with condition:
                task.cancel()
                await Anyio.sleep(5)
        self.assertTrace("True 5.0")
        self.assertEqual(task.status, Anyio.TaskStatus.CANCELLED)

    async def test_notice_before_cancellation(self):
        condition = Anyio.Condition()
        async with Anyio.create_task_group() as group:
            a = group.start_soon(self.wait, condition, "a")
            b = await self.begin(group, self.wait, condition, "b")
            async with condition:
                condition.notify()
                a.cancel()
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual(condition.statistics().tasks_waiting, 1)
            b.cancel()
        self.assertTrace("a")
        self.assertEqual(b.status, Anyio.TaskStatus.CANCELLED)

    async def test_owner_ends(self):
        condition = Anyio.Condition()

        async def keep():
            await condition.acquire()

        async with Anyio.create_task_group() as group:
            task = await self.begin(group, self.assertBroken, self.wait, condition, "woken")
            await self.begin(group, keep)
            task.cancel()
        self.assertTrace("broken")

    def test_cancelled_at_every_moment(self):
        def make_main():
            condition = Anyio.Condition()
            n_items = 0
            taken = []

            async def take(name):
                nonlocal n_items
                async with condition:
                    while not n_items:
                        await condition.wait()
                    n_items -= 1
                taken.append(name)

            async def main(wrap):
                nonlocal n_items
                async with Anyio.create_task_group() as group:
                    group.start_soon(wrap(take), "victim")
                    group.start_soon(take, "a")
                    group.start_soon(take, "b")
                    for _ in range(2):
                        await Anyio.sleep(0)
                        async with condition:
                            n_items += 1
                            condition.notify()
                            await Anyio.sleep(0)
                    await Anyio.wait_all_tasks_blocked()
                    if condition.statistics().tasks_waiting:  # the victim took one, or was not cancelled
                        self.assertEqual(len(taken), 2)
                        async with condition:
                            n_items += 1
                            condition.notify()

            def check():
                self.assertEqual(n_items, 0)
                self.assertFalse(condition.locked())
                self.assertEqual(sorted(set(taken) - {"victim"}), ["a", "b"])

            return main, check

        self.assertGreater(cancel_everywhere(make_main, range(8)), 8)


class Guards(Tracing):
    async def test_guard(self):
        guard = Anyio.ResourceGuard("reading from")
        with guard:
            with self.assertRaisesRegex(Anyio.BusyResourceError, "Another task is already reading from this resource"):
                with guard:
                    pass
            self.assertTrue(guard._guarded)
        with guard:
            pass


class Futures(Waiting):
    async def test_value(self):
        future = Anyio.Future("answer")
        self.assertEqual(future.status, Anyio.TaskStatus.PENDING)
        for name in "return_value", "exception":
            with self.assertRaises(Anyio.FutureNotFinished):
                getattr(future, name)

        async def use():
            self.trace.append(str(await future))

        async with Anyio.create_task_group() as group:
            tasks = [group.start_soon(use) for _ in range(3)]
            await Anyio.wait_all_tasks_blocked()
            tasks[1].cancel()
            future.return_value = 42
        self.assertTrace("42 42")
        self.assertEqual(await future, 42)
        self.assertEqual(future.return_value, 42)
        self.assertIsNone(future.exception)
        self.assertEqual(future.status, Anyio.Future.Status.FINISHED)
        with self.assertRaises(Anyio.FutureAlreadyFinished):
            future.return_value = 43
        future.cancel()
        self.assertEqual(future.return_value, 42)
        await self.assertRefusesCancelled(future.wait)

    async def test_exception(self):
        future = Anyio.Future()
        future.exception = ValueError("no luck")
        with self.assertRaises(Anyio.FutureFailed) as caught:
            await future
        self.assertIsInstance(caught.exception.__cause__, ValueError)
        await future.wait()
        self.assertIsInstance(future.exception, ValueError)
        with self.assertRaises(Anyio.FutureAlreadyFinished):
            future.exception = ValueError("again")
        with self.assertRaises(TypeError):
            Anyio.Future().exception = "text"

    async def test_cancel(self):
        future = Anyio.Future("answer")
        async with Anyio.create_task_group() as group:
            task = await self.begin(group, future.wait)
            future.cancel()
        self.assertEqual(task.status, Anyio.TaskStatus.FINISHED)
        for name in "return_value", "exception":
            with self.assertRaisesRegex(Anyio.FutureCancelled, "answer"):
                getattr(future, name)
        with self.assertRaises(Anyio.FutureCancelled):
            future.return_value = 1
        with self.assertRaises(Anyio.FutureFailed):
            await future


class Others(Waiting):
    async def test_wait_all_tasks_blocked(self):
        async def work():
            for i in range(200):
                await Anyio.sleep(0)
            self.trace.append(str(i))
            await Anyio.sleep(10)
            self.trace.append("late")

        async def look():
            await Anyio.wait_all_tasks_blocked()
            self.trace.append("blocked")

        async with Anyio.create_task_group() as group:
            group.start_soon(look)
            group.start_soon(work)
            group.start_soon(look)
            await Anyio.sleep(1)
            group.cancel()
        self.assertTrace("199 blocked blocked")
        await self.assertRefusesCancelled(Anyio.wait_all_tasks_blocked)

    async def test_wait_all_tasks_blocked_when_cancelled(self):
        async def busy():
            while True:
                await Anyio.sleep(0)

        async with Anyio.create_task_group() as group:
            group.start_soon(busy)
            task = group.start_soon(Anyio.wait_all_tasks_blocked)
            await Anyio.sleep(0)
            task.cancel()
            await task.wait()
            group.cancel()
        self.assertEqual(task.status, Anyio.TaskStatus.CANCELLED)

    async def test_native_objects_are_awaited(self):
        event = Anyio.native.Event.new()
        limiter = Anyio.native.CapacityLimiter.new(1)
        self.assertEqual(type(event).__module__, "gi.repository.Anyio")

        async def wait(name):
            async with Anyio.create_task_group() as group:
                group.start_soon(wait_for_event)
                await limiter.acquire()
                self.trace.append(name)

        async def wait_for_event():
            await event.wait()
            self.trace.append(f"woken {Anyio.current_time()}")

        async with Anyio.create_task_group() as group:
            group.start_soon(wait, "a")
            task = group.start_soon(wait, "b")
            await Anyio.sleep(1)
            self.assertTrace("a")
            self.assertEqual(limiter.get_borrowed_tokens(), 1)
            task.cancel()
            await Anyio.sleep(1)
            self.assertEqual(task.status, Anyio.TaskStatus.CANCELLED)
            event.set()
            await Anyio.sleep(1)
        self.assertTrace("a woken 2.0")
        await event.wait()

    def test_native_classes_stay(self):
        for name in "CapacityLimiter", "CancelScope", "Event", "TaskGroup":
            self.assertTrue(issubclass(getattr(Anyio.native, name), gi.repository.GObject.Object))
            self.assertIsNot(getattr(Anyio.native, name), getattr(Anyio, name))


if __name__ == "__main__":
    unittest.main()
