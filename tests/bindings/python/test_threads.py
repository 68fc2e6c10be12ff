# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions in worker threads: their results, their cancellation, and the threads (8.1)."""

import contextvars
import functools
import gc
import threading
import unittest
import weakref

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, GLib
from sweep import cancel_everywhere
from threads import PATIENCE, Gate, NoThreads

from gi.overrides.Anyio import _threads
from gi.overrides.Anyio._driver import local, open_drivers

to_thread = Anyio.to_thread
from_thread = Anyio.from_thread

variable = contextvars.ContextVar("variable", default="unset")


class Mine(BaseException):
    pass


def fail(error):
    raise error


async def value(value):
    return value


def get_driver():
    return local.driver


class ToThread(NoThreads):
    async def test_value_and_arguments(self):
        self.assertEqual(await to_thread.run_sync(divmod, 17, 5), (3, 2))
        self.assertIsNone(await to_thread.run_sync(lambda: None))

    async def test_another_thread(self):
        thread = await to_thread.run_sync(threading.current_thread)
        self.assertIsNot(thread, threading.current_thread())
        self.assertTrue(thread.daemon)

    async def test_errors_are_the_calls(self):
        for error in ValueError("mine"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), Mine(), GLib.Error("no"), Anyio.WouldBlock():
            with self.subTest(repr(error)), self.assertRaises(type(error)) as caught:
                await to_thread.run_sync(fail, error)
            self.assertIs(caught.exception, error)
        self.assertEqual(await to_thread.run_sync(int), 0)

    async def test_stop_iteration(self):
        """A coroutine cannot raise it, and must not hang by it."""
        for error in StopIteration(1), StopAsyncIteration():
            with self.assertRaises((RuntimeError, StopAsyncIteration)) as caught:
                await to_thread.run_sync(fail, error)
            self.assertTrue(caught.exception is error or caught.exception.__cause__ is error)

    async def test_no_function(self):
        with self.assertRaises(TypeError):
            await to_thread.run_sync(3)
        with self.assertRaises(TypeError):
            await to_thread.run_sync(len, "a", "b")
        self.assertEqual(to_thread.current_default_thread_limiter().borrowed_tokens, 0)

    def test_outside_tasks(self):
        coro = to_thread.run_sync(int)
        with self.assertRaises(Anyio.NoEventLoopError):
            coro.send(None)
        with self.assertRaises(Anyio.NoEventLoopError):
            to_thread.current_default_thread_limiter()

    async def test_in_a_cancelled_scope(self):
        await self.assertRefusesCancelled(to_thread.run_sync, self.trace.append, "called")
        self.assertTrace("other")

    async def test_context_variables(self):
        def work():
            seen = variable.get()
            variable.set("of the worker")
            return seen

        variable.set("of the task")
        self.assertEqual(await to_thread.run_sync(work), "of the task")
        self.assertEqual(variable.get(), "of the task")
        variable.set("newer")
        self.assertEqual(await to_thread.run_sync(variable.get), "newer")

    async def test_a_run_in_a_worker(self):
        async def inner():
            return await to_thread.run_sync(threading.get_ident), threading.get_ident()

        worker, thread = await to_thread.run_sync(Anyio.run, inner)
        self.assertEqual(len({worker, thread, threading.get_ident()}), 3)

    async def test_errors_leave_no_cycle(self):
        class Error(Exception):
            pass

        def work():
            raise Error

        gc.collect()
        gc.disable()
        try:
            try:
                await to_thread.run_sync(work)
            except Error as error:
                seen = weakref.ref(error)
            self.assertIsNone(seen())
        finally:
            gc.enable()

    async def test_a_waiting_worker_keeps_nothing_alive(self):
        class Thing:
            pass

        thing = Thing()
        seen = weakref.ref(thing)
        await to_thread.run_sync(id, thing)
        del thing
        self.wait_for(lambda: seen() is None)

    # --- cancellation ---

    async def test_waiting_for_a_token_is_cancellable(self):
        limiter = Anyio.CapacityLimiter(1)
        gate = Gate("first")
        async with Anyio.create_task_group() as group:
            first = group.start_soon(functools.partial(to_thread.run_sync, gate, limiter=limiter))
            await Anyio.wait_all_tasks_blocked()
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_when_blocked, scope)
                await to_thread.run_sync(self.trace.append, "called", limiter=limiter)
            self.assertTrue(scope.cancelled_caught)
            self.assertEqual(limiter.statistics().tasks_waiting, 0)
            self.assertEqual(limiter.borrowed_tokens, 1)
            gate.open()
        self.assertEqual(first.return_value, "first")
        self.assertEqual(limiter.borrowed_tokens, 0)
        self.assertTrace("")

    async def cancel_when_blocked(self, scope):
        await Anyio.wait_all_tasks_blocked()
        scope.cancel()

    async def test_a_token_that_comes_with_the_cancellation_is_given_back(self):
        limiter = Anyio.CapacityLimiter(1)
        limiter.acquire_on_behalf_of_nowait("us")
        scope = Anyio.CancelScope()

        async def victim():
            with scope:
                await to_thread.run_sync(self.trace.append, "called", limiter=limiter)

        async with Anyio.create_task_group() as group:
            group.start_soon(victim)
            await Anyio.wait_all_tasks_blocked()
            limiter.release_on_behalf_of("us")
            scope.cancel()
            self.assertEqual(limiter.borrowed_tokens, 1)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(limiter.borrowed_tokens, 0)
        self.assertTrace("")

    async def test_a_running_call_is_shielded(self):
        gate = Gate("value")
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_and_open, scope, gate)
                self.trace.append(await to_thread.run_sync(gate))
                with self.assertRaises(Anyio.Cancelled):
                    await Anyio.sleep(0)
        self.assertTrace("cancelled value")

    async def cancel_and_open(self, scope, gate):
        gate.wait_running()
        scope.cancel()
        await Anyio.wait_all_tasks_blocked()
        self.trace.append("cancelled")
        gate.open()

    async def test_a_late_cancellation_drops_no_value(self):
        for abandon in False, True:
            gate = Gate("value")
            driver = get_driver()
            async with Anyio.create_task_group() as group:
                with Anyio.CancelScope() as scope:

                    async def cancel_late():
                        gate.open()
                        self.wait_for(lambda: driver.posted)
                        scope.cancel()

                    group.start_soon(cancel_late)
                    self.assertEqual(await to_thread.run_sync(gate, abandon_on_cancel=abandon), "value")
            self.assertTrue(scope.cancel_called)
            self.assertFalse(scope.cancelled_caught)

    async def test_abandoned(self):
        limiter = Anyio.CapacityLimiter(1)
        gate = Gate(ValueError("nobody sees it"))
        with Anyio.CancelScope() as scope:
            async with Anyio.create_task_group() as group:
                group.start_soon(functools.partial(to_thread.run_sync, gate, abandon_on_cancel=True, limiter=limiter))
                await Anyio.wait_all_tasks_blocked()
                scope.cancel()
        self.assertTrue(scope.cancelled_caught)
        self.assertFalse(gate.has_ended.is_set())
        self.assertEqual(limiter.borrowed_tokens, 1)

        async with Anyio.create_task_group() as group:
            next_one = group.start_soon(functools.partial(to_thread.run_sync, lambda: gate.has_ended.is_set(), limiter=limiter))
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual(limiter.statistics().tasks_waiting, 1)
            gate.open()
        self.assertTrue(next_one.return_value)
        self.assertEqual(limiter.borrowed_tokens, 0)

    async def test_what_an_abandoned_thread_leaves_is_freed(self):
        class Error(Exception):
            def __init__(self):
                seen.append(weakref.ref(self))

        def work():
            gate()
            raise Error

        gate = Gate()
        seen = []
        limiter = to_thread.current_default_thread_limiter()
        gc.collect()
        gc.disable()
        try:
            with Anyio.CancelScope() as scope:
                async with Anyio.create_task_group() as group:
                    group.start_soon(functools.partial(to_thread.run_sync, work, abandon_on_cancel=True))
                    await Anyio.wait_all_tasks_blocked()
                    scope.cancel()
            gate.open()
            while limiter.borrowed_tokens:
                await Anyio.sleep(1)
            self.wait_for(lambda: seen[0]() is None)
        finally:
            gc.enable()

    async def test_abandoning_obeys_shields(self):
        gate = Gate("value")
        async with Anyio.create_task_group() as group:
            with Anyio.CancelScope() as scope:
                group.start_soon(self.cancel_and_open, scope, gate)
                with Anyio.CancelScope(shield=True):
                    self.trace.append(await to_thread.run_sync(gate, abandon_on_cancel=True))
        self.assertTrace("cancelled value")

    def test_an_abandoned_thread_outlives_the_run(self):
        limiter = Anyio.CapacityLimiter(1)
        gate = Gate()
        errors = []

        def work():
            try:
                gate()
                for ask in from_thread.run, from_thread.run_sync:
                    try:
                        ask(value, 1)
                    except Anyio.RunFinishedError as error:
                        errors.append(error)
            finally:
                threads.append(threading.current_thread())

        threads = []

        async def main():
            with Anyio.CancelScope() as scope:
                async with Anyio.create_task_group() as group:
                    group.start_soon(functools.partial(to_thread.run_sync, work, abandon_on_cancel=True, limiter=limiter))
                    await Anyio.wait_all_tasks_blocked()
                    gate.wait_running()
                    scope.cancel()

        Anyio.run(main)
        self.assertEqual(limiter.borrowed_tokens, 1)
        gate.open()
        self.wait_for(lambda: threads)
        threads[0].join(PATIENCE)
        self.assertEqual(len(errors), 2)
        self.assertEqual(limiter.borrowed_tokens, 0)

    def test_the_token_of_an_abandoned_thread_serves_the_next_run(self):
        """And comes back on the thread that the limiter belongs to."""

        class Limiter(Anyio.CapacityLimiter):
            def release_on_behalf_of(self, borrower):
                releases.append(threading.current_thread())
                super().release_on_behalf_of(borrower)

        limiter = Limiter(1)
        releases = []
        gate = Gate()

        async def abandon():
            with Anyio.CancelScope() as scope:
                async with Anyio.create_task_group() as group:
                    group.start_soon(functools.partial(to_thread.run_sync, gate, abandon_on_cancel=True, limiter=limiter))
                    await Anyio.wait_all_tasks_blocked()
                    scope.cancel()

        async def wait():
            async with Anyio.create_task_group() as group:
                group.start_soon(functools.partial(to_thread.run_sync, self.trace.append, "called", limiter=limiter))
                await Anyio.wait_all_tasks_blocked()
                self.assertTrace("")
                gate.open()

        Anyio.run(abandon)
        Anyio.run(wait)
        self.assertTrace("called")
        self.assertEqual(releases, [threading.current_thread()] * 2)
        self.wait_for(lambda: set(threading.enumerate()) == self.threads_before)

    def test_what_returns_while_the_run_ends(self):
        """The worker has given the result back, and the run ends before it was looked at."""
        limiter = Anyio.CapacityLimiter(1)
        gate = Gate()

        async def main():
            driver = get_driver()
            with Anyio.CancelScope() as scope:
                async with Anyio.create_task_group() as group:
                    group.start_soon(functools.partial(to_thread.run_sync, gate, abandon_on_cancel=True, limiter=limiter))
                    await Anyio.wait_all_tasks_blocked()
                    scope.cancel()
            gate.open()
            self.wait_for(lambda: driver.posted)
            self.assertEqual(limiter.borrowed_tokens, 1)
            driver.end_threads()
            self.assertEqual(limiter.borrowed_tokens, 0)

        Anyio.testing.run(main)

    def test_cancelled_at_every_moment(self):
        """No token is lost, and a function that was called has ended."""

        def make_main():
            limiter = Anyio.CapacityLimiter(1)
            calls = []

            def work():
                calls.append("begin")
                try:
                    from_thread.run(Anyio.sleep, 1)
                    from_thread.run(value, 1)
                finally:
                    calls.append("end")

            async def call():
                await to_thread.run_sync(work, limiter=limiter)

            async def main(wrap):
                async with Anyio.create_task_group() as group:
                    group.start_soon(call)
                    group.start_soon(wrap(call))
                    group.start_soon(call)

            def check():
                self.assertEqual(limiter.borrowed_tokens, 0)
                self.assertEqual(limiter.statistics().tasks_waiting, 0)
                self.assertIn(calls, (["begin", "end"] * 2, ["begin", "end"] * 3))
                self.assertEqual([thread for thread in threading.enumerate() if thread not in self.threads_before], [])

            return main, check

        self.assertGreaterEqual(cancel_everywhere(make_main, range(5)), 20)

    # --- the pool ---

    async def test_the_worker_used_last_is_used_next(self):
        gates = [Gate(i) for i in range(3)]
        async with Anyio.create_task_group() as group:
            for gate in gates:
                group.start_soon(to_thread.run_sync, gate)
            await Anyio.wait_all_tasks_blocked()
            for gate in gates:
                gate.wait_running()
            for gate in gates:
                gate.open()
        idle = list(get_driver().pool.idle)
        self.assertEqual(len(idle), 3)
        for _ in range(5):
            self.assertIs(await to_thread.run_sync(threading.current_thread), idle[-1])

    async def test_idle_workers_end(self):
        barrier = threading.Barrier(3)
        async with Anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(to_thread.run_sync, barrier.wait, PATIENCE)
        idle = list(get_driver().pool.idle)
        await Anyio.sleep(_threads.IDLE_SECONDS)
        await to_thread.run_sync(int)
        self.assertEqual([worker.is_alive() for worker in idle], [True] * 3)
        await Anyio.sleep(1)
        self.assertIs(await to_thread.run_sync(threading.current_thread), idle[2])
        self.assertEqual([worker.is_alive() for worker in idle], [False, False, True])

    def test_each_run_has_its_own(self):
        async def main():
            limiter = to_thread.current_default_thread_limiter()
            self.assertIs(limiter, to_thread.current_default_thread_limiter())
            self.assertEqual(limiter.total_tokens, 40)
            limiter.total_tokens = 1
            return await to_thread.run_sync(threading.current_thread), limiter

        first, limiter = Anyio.run(main)
        self.assertFalse(first.is_alive())
        second, other = Anyio.run(main)
        self.assertIsNot(first, second)
        self.assertIsNot(limiter, other)

    async def test_forty_at_once(self):
        barrier = threading.Barrier(40)
        lock = threading.Lock()
        running = most = 0

        def work():
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            barrier.wait(PATIENCE)
            with lock:
                running -= 1

        async with Anyio.create_task_group() as group:
            for _ in range(120):
                group.start_soon(to_thread.run_sync, work)
        self.assertEqual(most, 40)

    async def test_a_hundred_tasks(self):
        async def caller(i):
            for j in range(20):
                results.append(await to_thread.run_sync(lambda x: x * x, i * 20 + j))

        results = []
        async with Anyio.create_task_group() as group:
            for i in range(100):
                group.start_soon(caller, i)
        self.assertEqual(sorted(results), [x * x for x in range(2000)])
        self.assertLessEqual(len(get_driver().pool.idle), 40)

    async def test_no_thread_left(self):
        def no_more(worker):
            raise RuntimeError("can't start new thread")

        limiter = Anyio.CapacityLimiter(1)
        start = _threads.Worker.start
        _threads.Worker.start = no_more
        try:
            with self.assertRaisesRegex(RuntimeError, "can't start"):
                await to_thread.run_sync(int, limiter=limiter)
        finally:
            _threads.Worker.start = start
        self.assertEqual(limiter.borrowed_tokens, 0)
        self.assertEqual(await to_thread.run_sync(int, limiter=limiter), 0)

    def test_beside_a_main_loop(self):
        loop = GLib.MainLoop()
        driver = []

        async def main():
            driver.append(get_driver())
            self.trace.append(await to_thread.run_sync(str, "value"))
            loop.quit()

        Anyio.start(main)
        loop.run()
        context = GLib.MainContext.default()
        while open_drivers:
            context.iteration(True)
        self.assertTrace("value")
        self.assertTrue(driver[0].is_closed)

    # --- the virtual clock ---

    async def test_the_clock_stands_still(self):
        def work():
            for i in range(3):
                from_thread.run_sync(self.trace.append, str(i))  # the loop is idle in between

        async with Anyio.create_task_group() as group:
            group.start_soon(self.note_after, 1)
            await to_thread.run_sync(work)
            self.assertEqual(Anyio.current_time(), 0)
        self.assertTrace("0 1 2 woken")

    async def note_after(self, delay):
        await Anyio.sleep(delay)
        self.trace.append("woken")

    async def test_the_clock_goes_on_while_the_worker_waits_for_a_task(self):
        token = Anyio.lowlevel.current_token()

        def work():
            from_thread.run(Anyio.sleep, 10)
            from_thread.run(Anyio.sleep, 10, token=token)

        await to_thread.run_sync(work)
        self.assertEqual(Anyio.current_time(), 20)

    def test_the_hold_is_given_back(self):
        async def main():
            await to_thread.run_sync(from_thread.run, Anyio.sleep, 1)
            await Anyio.sleep_forever()

        with self.assertRaisesRegex(RuntimeError, "Nothing can run"):
            Anyio.testing.run(main)

if __name__ == "__main__":
    unittest.main()
