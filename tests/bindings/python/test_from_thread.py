# SPDX-License-Identifier: LGPL-2.1-or-later
"""What functions in worker threads, and other threads, ask of the loop (8.2)."""

import contextvars
import functools
import threading
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio
from threads import Gate, NoThreads

from gi.overrides.Anyio._driver import local

to_thread = Anyio.to_thread
from_thread = Anyio.from_thread

variable = contextvars.ContextVar("variable", default="unset")


class Mine(BaseException):
    pass


def fail(error):
    raise error


async def value(value):
    return value


async def sleep_and_return(delay, value):
    await Anyio.sleep(delay)
    return value


def get_driver():
    return local.driver


class FromThread(NoThreads):
    async def test_value_and_arguments(self):
        self.assertEqual(await to_thread.run_sync(from_thread.run, sleep_and_return, 1, "value"), "value")
        self.assertEqual(await to_thread.run_sync(from_thread.run_sync, divmod, 17, 5), (3, 2))
        self.assertEqual(await to_thread.run_sync(from_thread.run_sync, threading.get_ident), threading.get_ident())

    async def test_errors_are_the_callers(self):
        async def fail_later(error):
            await Anyio.sleep(0)
            raise error

        def work(ask, func, error):
            try:
                ask(func, error)
            except BaseException as caught:
                return caught

        for error in ValueError("mine"), Mine(), SystemExit(1), KeyboardInterrupt(), StopAsyncIteration():
            with self.subTest(repr(error)):
                self.assertIs(await to_thread.run_sync(work, from_thread.run, fail_later, error), error)
                self.assertIs(await to_thread.run_sync(work, from_thread.run_sync, fail, error), error)
        error = StopIteration(1)
        self.assertIs(await to_thread.run_sync(work, from_thread.run_sync, fail, error), error)
        self.assertIs((await to_thread.run_sync(work, from_thread.run, fail_later, error)).__cause__, error)

    async def test_no_coroutine_function(self):
        with self.assertRaisesRegex(TypeError, "to return a coroutine"):
            await to_thread.run_sync(from_thread.run, len, "abc")

    async def test_tasks_are_started_and_events_set(self):
        event = Anyio.Event()

        def work():
            from_thread.run_sync(group.start_soon, self.note, "started")
            from_thread.run_sync(event.set)

        async with Anyio.create_task_group() as group:
            group.start_soon(to_thread.run_sync, work)
            await event.wait()
        self.assertTrace("started")

    async def test_it_runs_in_the_hosts_task(self):
        async def name():
            return Anyio.get_current_task().name

        async def caller():
            return await to_thread.run_sync(from_thread.run, name)

        async with Anyio.create_task_group() as group:
            handle = group.start_soon(caller, name="host")
        self.assertEqual(handle.return_value, "host")

    async def test_cancelled_with_its_host(self):
        def work():
            try:
                from_thread.run(Anyio.sleep_forever)
            finally:
                self.trace.append("thread")

        with Anyio.move_on_after(5) as scope:
            await to_thread.run_sync(work)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), 5)
        self.assertTrace("thread")

    async def test_the_hosts_deadline_and_shield(self):
        def work():
            from_thread.run(Anyio.sleep, 10)
            return from_thread.run(value, Anyio.current_time), "value"

        with self.assertRaises(TimeoutError):
            with Anyio.fail_after(1):
                await to_thread.run_sync(work)
        with Anyio.move_on_after(1) as scope:
            with Anyio.CancelScope(shield=True):
                self.assertEqual((await to_thread.run_sync(work))[1], "value")
        self.assertTrue(scope.cancel_called)
        self.assertEqual(Anyio.current_time(), 11)

    async def test_a_thread_that_swallows_the_cancellation(self):
        def work():
            n = 0
            for _ in range(3):
                try:
                    from_thread.run(Anyio.sleep, 0)
                except Anyio.Cancelled:
                    n += 1
            return n

        with Anyio.CancelScope() as scope:
            self.assertEqual(await to_thread.run_sync(self.cancel_first, scope, work), 3)
        self.assertFalse(scope.cancelled_caught)

    def cancel_first(self, scope, func):
        from_thread.run_sync(scope.cancel, "from the thread")
        return func()

    async def test_abandoned(self):
        """The function still runs to its first checkpoint, in a cancelled scope of its own (1.3)."""
        gate = Gate()

        async def note_and_sleep():
            self.trace.append("begun")
            await Anyio.sleep(0)
            self.trace.append("never")

        def work():
            gate()
            with self.assertRaises(Anyio.Cancelled):
                from_thread.check_cancelled()
            with self.assertRaisesRegex(Anyio.Cancelled, "no more"):
                from_thread.run(note_and_sleep)
            from_thread.run_sync(self.trace.append, "plain")
            threads.append(threading.current_thread())

        threads = []
        with Anyio.CancelScope() as scope:
            async with Anyio.create_task_group() as group:
                group.start_soon(functools.partial(to_thread.run_sync, work, abandon_on_cancel=True))
                await Anyio.wait_all_tasks_blocked()
                scope.cancel("no more")
        gate.open()
        limiter = to_thread.current_default_thread_limiter()
        while limiter.borrowed_tokens:
            await Anyio.sleep(1)
        self.assertEqual(len(threads), 1)
        self.assertTrace("begun plain")

    async def test_abandoned_by_a_task_that_goes_on(self):
        def work():
            gate()
            with self.assertRaises(Anyio.Cancelled):
                from_thread.check_cancelled()
            self.trace.append("told")

        gate = Gate()
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_when_blocked, scope)
                await to_thread.run_sync(work, abandon_on_cancel=True)
        await Anyio.sleep(0)
        gate.open()
        limiter = to_thread.current_default_thread_limiter()
        while limiter.borrowed_tokens:
            await Anyio.sleep(1)
        self.assertTrace("told")

    async def cancel_when_blocked(self, scope):
        await Anyio.wait_all_tasks_blocked()
        scope.cancel()

    async def test_a_request_and_the_cancellation_come_together(self):
        """The request is answered, or its thread would wait for ever."""

        async def note_and_sleep():
            self.trace.append("begun")
            await Anyio.sleep(0)

        def work():
            gate()
            with self.assertRaises(Anyio.Cancelled):
                from_thread.run(note_and_sleep)
            self.trace.append("answered")

        async def cancel():
            gate.open()
            self.wait_for(lambda: driver.posted)
            while driver.posted:
                await Anyio.sleep(0)  # the request wakes the host, which comes after us
            scope.cancel()

        driver = get_driver()
        gate = Gate()
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(cancel)
                await to_thread.run_sync(work, abandon_on_cancel=True)
        limiter = to_thread.current_default_thread_limiter()
        while limiter.borrowed_tokens:
            await Anyio.sleep(1)
        self.assertTrace("begun answered")

    async def test_a_request_is_answered_before_the_call_is_abandoned(self):
        async def note_and_sleep():
            try:
                await Anyio.sleep_forever()
            finally:
                self.trace.append("cleaned")

        with Anyio.move_on_after(1):
            await to_thread.run_sync(from_thread.run, note_and_sleep, abandon_on_cancel=True)
        self.trace.append("left")
        limiter = to_thread.current_default_thread_limiter()
        while limiter.borrowed_tokens:
            await Anyio.sleep(1)
        self.assertTrace("cleaned left")

    async def test_nested(self):
        """A thread waits for a task that waits for a thread, and so on."""

        async def descend(depth):
            return (await to_thread.run_sync(ascend, depth)) + 1 if depth else 0

        def ascend(depth):
            return from_thread.run(descend, depth - 1)

        self.assertEqual(await descend(20), 20)
        self.assertEqual(to_thread.current_default_thread_limiter().borrowed_tokens, 0)
        with Anyio.move_on_after(1) as scope:
            await to_thread.run_sync(from_thread.run, to_thread.run_sync, from_thread.run, to_thread.run_sync, from_thread.run, Anyio.sleep_forever)
        self.assertTrue(scope.cancelled_caught)

    async def test_context_variables(self):
        async def get_and_set():
            await Anyio.sleep(0)
            seen = variable.get()
            variable.set("of the coroutine")
            return seen

        def work():
            variable.set("of the worker")
            return from_thread.run(get_and_set), from_thread.run_sync(variable.get), variable.get()

        variable.set("of the task")
        self.assertEqual(await to_thread.run_sync(work), ("of the worker",) * 3)
        self.assertEqual(variable.get(), "of the task")

    async def test_a_scope_left_open(self):
        async def leave_open():
            Anyio.CancelScope().__enter__()

        def work(token):
            for keywords in {}, {"token": token}:
                with self.assertRaisesRegex(RuntimeError, "ended with a cancel scope open"):
                    from_thread.run(leave_open, **keywords)

        with Anyio.CancelScope():
            await to_thread.run_sync(work, Anyio.lowlevel.current_token())
        await Anyio.sleep(1)

    async def test_a_hundred_threads_ask(self):
        async def add(x):
            nonlocal total
            old = total
            await Anyio.sleep(0)
            async with lock:
                total += x
            return old

        def work():
            for i in range(10):
                from_thread.run(add, i)
                from_thread.run_sync(self.trace.append, "")

        total = 0
        lock = Anyio.Lock()
        async with Anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(to_thread.run_sync, work)
        self.assertEqual(total, 4500)
        self.assertEqual(len(self.trace), 1000)

    # --- where it may be called ---

    async def test_on_the_loops_thread(self):
        token = Anyio.lowlevel.current_token()
        for ask in from_thread.run, from_thread.run_sync:
            for keywords in {}, {"token": token}:
                with self.assertRaisesRegex(RuntimeError, "wait for itself"):
                    ask(value, 1, **keywords)

    def test_in_no_worker(self):
        for ask in from_thread.run, from_thread.run_sync:
            with self.assertRaisesRegex(Anyio.NoEventLoopError, "token="):
                ask(value, 1)
        with self.assertRaises(Anyio.NoEventLoopError):
            from_thread.check_cancelled()
        with self.assertRaises(Anyio.NoEventLoopError):
            Anyio.lowlevel.current_token()

    async def test_the_worker_is_forgotten(self):
        """What a worker serves next has another host; and a plain thread has none."""
        await to_thread.run_sync(int)

        def work():
            join = self.start_thread(from_thread.run, value, 1)
            with self.assertRaises(Anyio.NoEventLoopError):
                join()

        await to_thread.run_sync(work)

    def test_with_a_token(self):
        results = []

        async def main():
            token = Anyio.lowlevel.current_token()
            self.assertEqual(token, Anyio.lowlevel.current_token())
            self.assertEqual(hash(token), hash(Anyio.lowlevel.current_token()))
            done = Anyio.Event()

            def thread():
                results.append(from_thread.run(sleep_and_return, 0.001, "task", token=token))
                results.append(from_thread.run_sync(str, "plain", token=token))
                try:
                    from_thread.run(sleep_and_return, 0, None, 1, token=token)
                except TypeError as error:
                    results.append(type(error))
                from_thread.run_sync(done.set, token=token)

            join = self.start_thread(thread)
            await done.wait()
            join()
            return token

        token = Anyio.run(main)
        self.assertEqual(results, ["task", "plain", TypeError])
        for ask in from_thread.run, from_thread.run_sync:
            with self.assertRaises(Anyio.RunFinishedError):
                ask(value, 1, token=token)

    async def test_the_loop_ends_before_the_call_comes(self):
        """No call comes any more, in the last moment of a loop."""
        token = Anyio.lowlevel.current_token()
        driver = get_driver()
        joins = [self.start_thread(functools.partial(ask, self.trace.append, "called", token=token)) for ask in (from_thread.run, from_thread.run_sync)]
        self.wait_for(lambda: len(driver.posted) == 2)
        driver.end_threads()
        for join in joins:
            with self.assertRaises(Anyio.RunFinishedError):
                join()
        await Anyio.sleep(1)
        self.assertTrace("")

    def test_the_loop_ends_while_its_task_runs(self):
        """The task at the root is cancelled with the rest."""

        async def main():
            running = Anyio.Event()

            async def run():
                running.set()
                await Anyio.sleep_forever()

            join = self.start_thread(functools.partial(from_thread.run, run, token=Anyio.lowlevel.current_token()))
            await running.wait()
            return join

        with self.assertRaises(Anyio.Cancelled):
            Anyio.run(main)()

    # --- check_cancelled ---

    async def test_check_cancelled(self):
        gate = Gate()

        def work():
            from_thread.check_cancelled()
            gate()
            from_thread.check_cancelled()
            self.trace.append("never")

        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_and_open, scope, gate)
                await to_thread.run_sync(work)
        self.assertTrue(scope.cancelled_caught)
        self.assertTrace("")

    async def cancel_and_open(self, scope, gate):
        gate.wait_running()
        scope.cancel("enough")
        gate.open()

    async def test_check_cancelled_tells_the_reason(self):
        gate = Gate()

        def work():
            gate()
            with self.assertRaisesRegex(Anyio.Cancelled, "enough"):
                from_thread.check_cancelled()

        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_and_open, scope, gate)
                await to_thread.run_sync(work)

    async def test_check_cancelled_respects_shields(self):
        gate = Gate()
        outer = Anyio.CancelScope()
        inner = Anyio.CancelScope(shield=True)

        def work():
            gate()
            from_thread.check_cancelled()
            from_thread.run_sync(setattr, inner, "shield", False)
            with self.assertRaises(Anyio.Cancelled):
                from_thread.check_cancelled()
            from_thread.run_sync(setattr, inner, "shield", True)
            from_thread.check_cancelled()
            self.trace.append("passed")

        async with Anyio.create_task_group() as group:
            with outer:
                group.start_soon(self.cancel_and_open, outer, gate)
                with inner:
                    await to_thread.run_sync(work)
        self.assertTrace("passed")


if __name__ == "__main__":
    unittest.main()
