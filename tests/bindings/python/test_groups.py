# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups, start(), handles, and what is asked about tasks."""

import contextvars
import os
import unittest
import unittest.mock

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib


async def fail(error, delay=None):
    if delay is not None:
        await Anyio.sleep(delay)
    raise error


class Groups(Anyio.testing.TestCase):
    def setUp(self):
        self.trace = []

    async def work(self, name, delay):
        self.trace.append(name + "1")
        await Anyio.sleep(delay)
        self.trace.append(name + "2")
        return name

    async def test_the_tutorial(self):
        async with Anyio.create_task_group() as group:
            group.start_soon(self.work, "A", 2)
            group.start_soon(self.work, "B", 1)
            group.start_soon(self.work, "C", 3)
            self.trace.append("body")
        self.assertEqual(self.trace, ["body", "A1", "B1", "C1", "B2", "A2", "C2"])
        self.assertEqual(Anyio.current_time(), 3)

    async def test_one_failure_is_a_group(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(fail, ValueError("one"))
                group.start_soon(self.work, "A", 10)
        self.assertEqual([str(e) for e in caught.exception.exceptions], ["one"])
        self.assertEqual(self.trace, ["A1"])
        self.assertTrue(group.cancel_scope.cancel_called)
        self.assertTrue(group.cancel_scope.cancelled_caught)
        self.assertEqual(group.cancel_scope.reason.kind, Anyio.CancelKind.CHILD_FAILED)
        self.assertTrue(group.cancel_scope.reason.by_task.endswith("fail"))

    async def test_except_star(self):
        seen = []
        try:
            async with Anyio.create_task_group() as group:
                group.start_soon(fail, ValueError("one"))
                group.start_soon(fail, KeyError("two"))
        except* ValueError:
            seen.append("value")
        except* KeyError:
            seen.append("key")
        self.assertEqual(seen, ["value", "key"])

    async def test_order_of_arrival(self):
        async def late(error):
            try:
                await Anyio.sleep_forever()
            finally:
                raise error

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(late, ValueError("second"))
                group.start_soon(fail, ValueError("first"), 1)
        self.assertEqual([str(e) for e in caught.exception.exceptions], ["first", "second"])

    async def test_body_failure(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(self.work, "A", 10)
                await Anyio.sleep(1)
                raise ValueError("body")
        self.assertEqual(str(caught.exception.exceptions[0]), "body")
        self.assertEqual(self.trace, ["A1"])
        self.assertEqual(group.cancel_scope.reason.kind, Anyio.CancelKind.BODY_FAILED)

    async def test_failure_cancels_the_body(self):
        with self.assertRaises(ExceptionGroup):
            async with Anyio.create_task_group() as group:
                group.start_soon(fail, ValueError("one"), 1)
                with self.assertRaisesRegex(Anyio.Cancelled, "failed: ValueError: one"):
                    await Anyio.sleep(10)
                self.assertEqual(Anyio.current_time(), 1)

    async def test_base_exceptions(self):
        with self.assertRaises(BaseExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(fail, SystemExit(3))
        self.assertIsInstance(caught.exception.exceptions[0], SystemExit)

    async def test_nested_failures_stay_a_tree(self):
        async def inner():
            async with Anyio.create_task_group() as group:
                group.start_soon(fail, ValueError("deep"))

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(inner)
        self.assertEqual(str(caught.exception.exceptions[0].exceptions[0]), "deep")
        self.assertIsNone(caught.exception.__cause__)

    async def test_cancel(self):
        async with Anyio.create_task_group() as group:
            group.start_soon(self.work, "A", 10)
            await Anyio.sleep(1)
            group.cancel_scope.cancel()
        self.assertEqual(self.trace, ["A1"])
        self.assertTrue(group.cancel_scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), 1)

    async def test_a_task_of_a_cancelled_group_begins(self):
        async with Anyio.create_task_group() as group:
            group.cancel("why")
            group.start_soon(self.work, "A", 10)
        self.assertEqual(self.trace, ["A1"])

    async def test_outer_scope(self):
        with Anyio.move_on_after(2) as scope:
            async with Anyio.create_task_group() as group:
                group.start_soon(self.work, "A", 10)
            self.fail("not cancelled")
        self.assertTrue(scope.cancelled_caught)
        self.assertFalse(group.cancel_scope.cancelled_caught)

    async def test_shielded_group(self):
        with Anyio.move_on_after(2) as scope:
            async with Anyio.create_task_group() as group:
                group.cancel_scope.shield = True
                group.start_soon(self.work, "A", 10)
            self.trace.append("end")
            await Anyio.sleep(0)
        self.assertEqual(self.trace, ["A1", "A2", "end"])
        self.assertTrue(scope.cancelled_caught)

    async def test_deadline_of_the_group(self):
        async with Anyio.create_task_group() as group:
            group.cancel_scope.deadline = 3
            group.start_soon(self.work, "A", 10)
        self.assertEqual(Anyio.current_time(), 3)
        self.assertEqual(self.trace, ["A1"])

    async def test_deadline_before_entry(self):
        group = Anyio.create_task_group()
        group.cancel_scope.deadline = 3
        async with group:
            await Anyio.sleep(10)
        self.assertEqual(Anyio.current_time(), 3)

    async def test_empty_group_yields(self):
        async with Anyio.create_task_group() as outer:
            outer.start_soon(self.work, "A", 0)
            async with Anyio.create_task_group():
                pass
            self.trace.append("after")
        self.assertEqual(self.trace, ["A1", "after", "A2"])

    async def test_empty_group_in_a_cancelled_scope(self):
        with Anyio.CancelScope() as scope:
            scope.cancel()
            async with Anyio.create_task_group():
                pass
            self.trace.append("after")
        self.assertEqual(self.trace, ["after"])
        self.assertFalse(scope.cancelled_caught)

    async def test_spawning_while_the_group_is_being_left(self):
        async def more(group):
            await Anyio.sleep(1)
            group.start_soon(self.work, "B", 1)

        async with Anyio.create_task_group() as group:
            group.start_soon(more, group)
        self.assertEqual(self.trace, ["B1", "B2"])

    async def test_the_parent_is_the_group(self):
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.work, "A", 1)
                scope.cancel()
                await Anyio.sleep(0)
        self.assertEqual(self.trace, ["A1", "A2"])

    def test_seed(self):
        async def spawn_ten():
            async with Anyio.create_task_group() as group:
                for i in range(10):
                    group.start_soon(self.work, str(i), 0)

        orders = []
        for seed in 1, 2, 1, 0:
            self.trace = []
            with unittest.mock.patch.dict(os.environ, ANYIO_SCHEDULE_SEED=str(seed)):
                Anyio.testing.run(spawn_ten)
            orders.append(self.trace)
            self.trace = []
            Anyio.testing.run(spawn_ten, seed=seed)
            self.assertEqual(self.trace, orders[-1])
        self.assertEqual(orders[0], orders[2])
        self.assertNotEqual(orders[0], orders[1])
        self.assertEqual(orders[3], sorted(orders[3], key=lambda word: (word[1], word[0])))

    async def test_context_variables(self):
        variable = contextvars.ContextVar("variable", default="unset")

        async def child():
            self.trace.append(variable.get())
            variable.set("child's")

        variable.set("parent's")
        async with Anyio.create_task_group() as group:
            group.start_soon(child)
            variable.set("later")
            group.create_task(child(), context=contextvars.Context())
        self.assertEqual(self.trace, ["parent's", "unset"])
        self.assertEqual(variable.get(), "later")

    async def test_run_variables(self):
        variable = Anyio.lowlevel.RunVar("variable", "default")
        self.assertEqual(variable.get(), "default")
        token = variable.set(1)
        with variable.set(2):
            self.assertEqual(variable.get(), 2)
        self.assertEqual(variable.get(), 1)
        variable.reset(token)
        self.assertEqual(variable.get(), "default")
        with self.assertRaises(ValueError):
            variable.reset(token)
        with self.assertRaises(LookupError):
            Anyio.lowlevel.RunVar("other").get()
        self.assertEqual(Anyio.lowlevel.RunVar("other").get(3), 3)


class Handles(Anyio.testing.TestCase):
    async def value(self, value, delay=0):
        await Anyio.sleep(delay)
        return value

    async def test_value(self):
        async with Anyio.create_task_group() as group:
            handle = group.create_task(self.value(3, 1), name="three")
            self.assertEqual(handle.status, Anyio.TaskStatus.PENDING)
            with self.assertRaises(Anyio.TaskNotFinished):
                handle.return_value
            self.assertEqual(await handle, 3)
            await handle.wait()
        self.assertEqual(handle.return_value, 3)
        self.assertIsNone(handle.exception)
        self.assertEqual(handle.name, "three")
        self.assertEqual(handle.status, Anyio.TaskStatus.FINISHED)

    async def test_start_soon_gives_one(self):
        async with Anyio.create_task_group() as group:
            handle = group.start_soon(self.value, 4)
        self.assertEqual(handle.return_value, 4)

    async def test_failure(self):
        with self.assertRaises(ExceptionGroup):
            async with Anyio.create_task_group() as group:
                handle = group.start_soon(fail, ValueError("one"))
        self.assertEqual(str(handle.exception), "one")
        self.assertEqual(handle.status, Anyio.TaskStatus.FAILED)
        with self.assertRaises(Anyio.TaskFailed) as caught:
            await handle
        self.assertIsInstance(caught.exception.__cause__, ValueError)

    async def test_a_wait_for_what_fails_keeps_its_result(self):
        """SEMANTICS 5, 1.4: the group is cancelled before the waiters go on, and they still have their result."""
        trace = []

        async def fail():
            await Anyio.sleep(1)
            raise ValueError("one")

        async def wait(handle):
            await handle.wait()
            trace.append((handle.status, Anyio.get_current_task().has_pending_cancellation()))

        with self.assertRaises(ExceptionGroup):
            async with Anyio.create_task_group() as group:
                group.start_soon(wait, group.start_soon(fail))
        self.assertEqual(trace, [(Anyio.TaskStatus.FAILED, True)])

    async def test_cancel_one_alone(self):
        async with Anyio.create_task_group() as group:
            one = group.start_soon(self.value, 1, 10)
            two = group.start_soon(self.value, 2, 10)
            await Anyio.sleep(1)
            one.cancel("enough")
            self.assertEqual(one.status, Anyio.TaskStatus.CANCELLING)
            await one.wait()
            self.assertEqual(one.status, Anyio.TaskStatus.CANCELLED)
            with self.assertRaises(Anyio.TaskCancelled):
                await one
        self.assertEqual(two.return_value, 2)
        self.assertFalse(group.cancel_scope.cancel_called)
        one.cancel()

    async def test_cancel_right_after_the_spawn(self):
        begun = []

        async def task():
            begun.append(1)
            await Anyio.sleep(0)
            begun.append(2)

        async with Anyio.create_task_group() as group:
            group.start_soon(task).cancel()
        self.assertEqual(begun, [1])

    async def test_a_swallowed_cancellation_ends_finished(self):
        async def task():
            try:
                await Anyio.sleep_forever()
            except Anyio.Cancelled:
                return "swallowed"

        async with Anyio.create_task_group() as group:
            handle = group.start_soon(task)
            await Anyio.sleep(1)
            handle.cancel()
        self.assertEqual(handle.return_value, "swallowed")

    async def test_cancelling_the_waiter(self):
        async with Anyio.create_task_group() as group:
            handle = group.start_soon(self.value, 1, 10)
            with Anyio.move_on_after(1) as scope:
                await handle
            self.assertTrue(scope.cancelled_caught)
        self.assertEqual(handle.return_value, 1)

    async def test_waiting_for_oneself(self):
        async def task():
            await handle

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                handle = group.start_soon(task)
        self.assertRegex(str(caught.exception.exceptions[0]), "waits for itself")

    async def test_create_task_wants_a_coroutine(self):
        async with Anyio.create_task_group() as group:
            with self.assertRaises(TypeError):
                group.create_task(self.value)

    async def test_info(self):
        async def child():
            info = Anyio.get_current_task()
            self.assertEqual(info.parent_id, host.id)
            self.assertEqual(info.name, "named")
            self.assertIn(info, Anyio.get_running_tasks())
            self.assertFalse(info.has_pending_cancellation())
            group.cancel_scope.cancel()
            self.assertTrue(info.has_pending_cancellation())
            self.assertTrue(Anyio.get_current_task().has_pending_cancellation())

        host = Anyio.get_current_task()
        self.assertEqual(host, Anyio.get_current_task())
        self.assertEqual(hash(host), hash(Anyio.get_current_task()))
        async with Anyio.create_task_group() as group:
            group.start_soon(child, name="named")
            names = [info.name for info in Anyio.get_running_tasks()]
        self.assertEqual(len(names), 2)
        self.assertEqual(names[1], "named")


class Start(Anyio.testing.TestCase):
    async def service(self, ready=1, life=0, *, task_status=Anyio.TASK_STATUS_IGNORED):
        await Anyio.sleep(ready)
        task_status.started("ready")
        await Anyio.sleep(life)

    async def test_value(self):
        async with Anyio.create_task_group() as group:
            self.assertEqual(await group.start(self.service), "ready")
            self.assertEqual(Anyio.current_time(), 1)
            handle = await group.start(self.service, 1, 5, return_handle=True)
            self.assertEqual(handle.start_value, "ready")
            self.assertEqual(handle.status, Anyio.TaskStatus.PENDING)
            group.start_soon(self.service)
        self.assertEqual(Anyio.current_time(), 7)

    async def test_failure_before_started(self):
        async def task(*, task_status):
            raise ValueError("early")

        async with Anyio.create_task_group() as group:
            with self.assertRaisesRegex(ValueError, "early"):
                await group.start(task)
            self.assertFalse(group.cancel_scope.cancel_called)
            await Anyio.sleep(1)

    async def test_failure_after_started(self):
        async def task(*, task_status):
            task_status.started()
            raise ValueError("late")

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                self.assertIsNone(await group.start(task))
                await Anyio.sleep(5)
        self.assertEqual(str(caught.exception.exceptions[0]), "late")

    async def test_never_started(self):
        async def task(*, task_status):
            pass

        async with Anyio.create_task_group() as group:
            with self.assertRaisesRegex(RuntimeError, "without calling"):
                await group.start(task)

    async def test_started_twice(self):
        async def task(*, task_status):
            task_status.started()
            with self.assertRaisesRegex(RuntimeError, "twice"):
                task_status.started()

        async with Anyio.create_task_group() as group:
            await group.start(task)

    async def test_caller_cancelled(self):
        ended = []

        async def task(*, task_status):
            try:
                await Anyio.sleep_forever()
            finally:
                with Anyio.CancelScope(shield=True):
                    await Anyio.sleep(1)
                ended.append(True)

        async with Anyio.create_task_group() as group:
            with Anyio.move_on_after(1) as scope:
                await group.start(task)
            self.assertTrue(scope.cancelled_caught)
            self.assertEqual(ended, [True])
            self.assertEqual(Anyio.current_time(), 2)
            self.assertFalse(group.cancel_scope.cancel_called)

    async def test_the_callers_scope_has_no_power_afterwards(self):
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                handle = await group.start(self.service, 0, 3, return_handle=True)
                scope.cancel()
                await Anyio.sleep(0)
        self.assertEqual(handle.status, Anyio.TaskStatus.FINISHED)

    async def test_target_cancelled_while_starting(self):
        async def task(*, task_status):
            await Anyio.sleep(2)
            task_status.started()
            await Anyio.sleep(5)

        async with Anyio.create_task_group() as group:
            group.cancel_scope.cancel()
            with Anyio.CancelScope(shield=True):
                await group.start(task)
                self.assertEqual(Anyio.current_time(), 2)
        self.assertEqual(Anyio.current_time(), 2)

    async def test_started_inside_the_function(self):
        def wrapper(*, task_status):
            task_status.started(5)
            return Anyio.sleep(1)

        async with Anyio.create_task_group() as group:
            self.assertEqual(await group.start(wrapper), 5)

    async def test_parent(self):
        ids = []

        async def task(*, task_status):
            ids.append(Anyio.get_current_task().parent_id)
            task_status.started()
            ids.append(Anyio.get_current_task().parent_id)

        async def caller(group):
            ids.append(Anyio.get_current_task().id)
            await group.start(task)

        async with Anyio.create_task_group() as group:
            group.start_soon(caller, group)
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(ids[2], Anyio.get_current_task().id)


class Misuse(Anyio.testing.TestCase):
    async def test_not_entered_or_left(self):
        group = Anyio.create_task_group()
        with self.assertRaisesRegex(RuntimeError, "not active"):
            group.start_soon(Anyio.sleep, 1)
        async with group:
            pass
        with self.assertRaisesRegex(RuntimeError, "not active"):
            group.start_soon(Anyio.sleep, 1)
        with self.assertRaisesRegex(RuntimeError, "not active"):
            group.create_task(Anyio.sleep(1))
        with self.assertRaisesRegex(RuntimeError, "not active"):
            await group.start(Anyio.sleep, 1)
        with self.assertRaisesRegex(RuntimeError, "more than once"):
            await group.__aenter__()

    async def test_no_coroutine_function(self):
        async with Anyio.create_task_group() as group:
            with self.assertRaisesRegex(TypeError, "to return a coroutine"):
                group.start_soon(print)
            coro = Anyio.sleep(1)
            with self.assertRaisesRegex(TypeError, "async function"):
                group.start_soon(coro)
            with self.assertRaises(TypeError):
                group.start_soon(Anyio.sleep)

    async def test_left_by_another_task(self):
        async def leave():
            with self.assertRaisesRegex(RuntimeError, "had entered"):
                await group.__aexit__(None, None, None)

        async with Anyio.create_task_group() as group:
            group.start_soon(leave)

    async def test_left_with_a_scope_open_inside(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group():
                Anyio.CancelScope().__enter__()
        self.assertRegex(str(caught.exception.exceptions[0]), "still open")
        await Anyio.sleep(0)

    async def test_scope_left_with_a_group_open_inside(self):
        ended = []

        async def child():
            try:
                await Anyio.sleep_forever()
            finally:
                ended.append(True)

        async def task():
            with self.assertRaisesRegex(RuntimeError, "still open"):
                with Anyio.CancelScope():
                    group = Anyio.create_task_group()
                    await group.__aenter__()
                    group.start_soon(child)

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as outer:
                outer.start_soon(task)
        self.assertRegex(str(caught.exception.exceptions[0]), "a task group open")
        self.assertEqual(ended, [True])

    async def test_something_foreign(self):
        class Foreign:
            def __await__(self):
                yield self

        for foreign in Foreign(), Nothing():
            with self.assertRaisesRegex(TypeError, "another event loop"):
                await foreign
        import asyncio

        with self.assertRaises(RuntimeError):
            await asyncio.sleep(1)
        with self.assertRaisesRegex(TypeError, "another event loop"):
            await asyncio.sleep(0)


class Nothing:
    def __await__(self):
        yield


class OtherLanguages(Anyio.testing.TestCase):
    async def test_a_task_of_another_language_in_our_group(self):
        tasks = []
        async with Anyio.create_task_group() as group:
            group.native.start_callback("theirs", tasks.append)
            await Anyio.sleep(1)
            names = [info.name for info in Anyio.get_running_tasks()]
            tasks[0].return_value(None)
        self.assertEqual(names[1:], ["theirs"])

    async def test_its_failure_is_ours(self):
        def begin(task):
            task.return_error(GLib.Error.new_literal(Gio.io_error_quark(), "theirs", Gio.IOErrorEnum.NOT_FOUND))

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.native.start_callback("theirs", begin)
                await Anyio.sleep(5)
        error = caught.exception.exceptions[0]
        self.assertTrue(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))

    async def test_a_dropped_task_fails(self):
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.native.start_callback("dropped", lambda task: None)
                await Anyio.sleep_forever()
        self.assertRegex(caught.exception.exceptions[0].message, "dropped before it had returned")

    async def test_an_exception_in_its_callback_is_its_failure(self):
        def begin(task):
            raise ValueError("in the callback")

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.native.start_callback("failing", begin)
                await Anyio.sleep_forever()
        self.assertEqual(caught.exception.exceptions[0].message, "ValueError: in the callback")

    async def test_our_cancellation_is_theirs(self):
        def begin(task):
            cancellable = task.get_cancellable()
            cancellable.connect(lambda *args: seen.append("cancelled"))
            tasks.append(task)

        seen = []
        tasks = []
        with Anyio.move_on_after(1):
            async with Anyio.create_task_group() as group:
                group.native.start_callback("theirs", begin)
                try:
                    await Anyio.sleep_forever()
                finally:
                    with Anyio.CancelScope(shield=True):
                        await Anyio.sleep(1)
                    tasks[0].return_value(None)
        self.assertEqual(seen, ["cancelled"])

    async def test_cancelled_through_the_native_group(self):
        async with Anyio.create_task_group() as group:
            group.native.cancel("from there")
            with self.assertRaisesRegex(Anyio.Cancelled, "from there"):
                await Anyio.sleep(5)


if __name__ == "__main__":
    unittest.main()
