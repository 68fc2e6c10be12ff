# SPDX-License-Identifier: LGPL-2.1-or-later
"""Portals: tasks that other threads start, await and cancel (8.2)."""

import concurrent.futures
import contextlib
import contextvars
import functools
import threading
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, GLib
from threads import PATIENCE, NoThreads

from gi.overrides.Anyio._driver import local

from_thread = Anyio.from_thread
to_thread = Anyio.to_thread
start_blocking_portal = from_thread.start_blocking_portal

variable = contextvars.ContextVar("variable", default="unset")


async def value(value):
    await Anyio.sleep(0)
    return value


def fail(error):
    raise error


async def fail_later(error):
    await Anyio.sleep(0)
    raise error


class Portal(NoThreads):
    async def use(self, func, *args):
        """func(portal, *args) in a worker, with a portal of this loop."""
        async with from_thread.BlockingPortal() as portal:
            return await to_thread.run_sync(func, portal, *args)

    # --- call ---

    async def test_call(self):
        thread = threading.get_ident()

        def work(portal):
            self.assertEqual(portal.call(value, 1), 1)
            self.assertEqual(portal.call(divmod, 17, 5), (3, 2))
            self.assertEqual(portal.call(threading.get_ident), thread)
            for func in fail, fail_later:
                error = ValueError("mine")
                with self.assertRaises(ValueError) as caught:
                    portal.call(func, error)
                self.assertIs(caught.exception, error)
            error = StopIteration(1)
            with self.assertRaises(StopIteration):
                portal.call(fail, error)
            self.assertEqual(portal.call(value, 2), 2)

        await self.use(work)

    async def test_what_is_no_coroutine_is_not_awaited(self):
        async with Anyio.create_task_group() as group:

            def work(portal):
                return portal.call(group.start_soon, value, 1)

            handle = await self.use(work)
        self.assertIsInstance(handle, Anyio.TaskHandle)

    async def test_the_clock_goes_on_while_a_worker_waits(self):
        async def serve(*, task_status):
            await Anyio.sleep(5)
            task_status.started("ready")
            await Anyio.sleep(1)

        def work(portal):
            portal.call(Anyio.sleep, 10)
            future, started = portal.start_task(serve)
            times.append(portal.call(Anyio.current_time))
            return future

        times = []
        future = await self.use(work)
        self.assertEqual(times, [15])
        self.assertTrue(future.done())

    async def test_context_variables(self):
        def work(portal):
            variable.set("of the thread")
            return portal.call(variable.get), portal.start_task_soon(get).result(PATIENCE)

        async def get():
            return variable.get()

        self.assertEqual(await self.use(work), ("of the thread",) * 2)

    # --- where and when ---

    async def test_on_the_loops_thread(self):
        async with from_thread.BlockingPortal() as portal:
            for method in portal.call, portal.start_task_soon, portal.start_task:
                with self.assertRaisesRegex(RuntimeError, "cannot be called from the event loop thread"):
                    method(value, 1)
            with self.assertRaisesRegex(RuntimeError, "cannot be called from the event loop thread"):
                portal.wrap_async_context_manager(Anyio.create_task_group()).__enter__()

    async def test_stopped(self):
        def work(portal):
            portal.call(portal.stop)
            for method in portal.call, portal.start_task_soon, portal.start_task:
                with self.assertRaisesRegex(RuntimeError, "not running"):
                    method(value, 1)

        await self.use(work)

    async def test_not_entered(self):
        portal = from_thread.BlockingPortal()
        with self.assertRaisesRegex(RuntimeError, "not running"):
            portal.call(value, 1)
        async with portal:
            pass
        with self.assertRaisesRegex(RuntimeError, "not running"):
            await to_thread.run_sync(portal.call, value, 1)
        with self.assertRaisesRegex(RuntimeError, "more than once"):
            async with portal:
                pass

    async def test_stopped_before_the_call_comes(self):
        """It was let in, but what it asked for came after stop()."""
        driver = local.driver
        async with from_thread.BlockingPortal() as portal:
            joins = [self.start_thread(method, self.trace.append, "called") for method in (portal.call, portal.start_task)]
            self.wait_for(lambda: len(driver.posted) == 2)
            await portal.stop()
            await Anyio.wait_all_tasks_blocked()
        for join in joins:
            with self.assertRaisesRegex(RuntimeError, "not running"):
                join()
        self.assertTrace("")

    async def test_a_worker_that_is_refused(self):
        """It holds the clock as before, and no longer."""
        driver = local.driver

        def work():
            for method in portal.call, portal.start_task:
                with self.assertRaisesRegex(RuntimeError, "not running"):
                    method(value, 1)

        async with from_thread.BlockingPortal() as portal, Anyio.create_task_group() as group:
            group.start_soon(to_thread.run_sync, work)
            await Anyio.sleep(0)
            self.wait_for(lambda: driver.posted)
            await portal.stop()
        await Anyio.sleep(1)
        self.assertEqual(Anyio.current_time(), 1)

    async def test_the_loop_ends_before_the_call_comes(self):
        driver = local.driver
        async with from_thread.BlockingPortal() as portal:
            future = []
            self.start_thread(lambda: future.append(portal.start_task_soon(self.trace.append, "called")))()
            driver.end_threads()
            with self.assertRaisesRegex(RuntimeError, "not running"):
                future[0].result(0)
            with self.assertRaisesRegex(RuntimeError, "not running"):
                self.start_thread(portal.call, value, 1)()
        self.assertTrace("")

    async def test_stop_waits(self):
        def work(portal):
            future = portal.start_task_soon(Anyio.sleep, 5)
            portal.call(portal.stop)
            self.assertFalse(future.done())
            return future

        future = await self.use(work)
        self.assertIsNone(future.result(0))
        self.assertEqual(Anyio.current_time(), 5)

    async def test_stop_cancels(self):
        async def run():
            try:
                await Anyio.sleep_forever()
            finally:
                self.trace.append("cleaned")

        def work(portal):
            future = portal.start_task_soon(run)
            portal.call(portal.stop, True)
            return future

        future = await self.use(work)
        self.assertTrue(future.cancelled())
        self.assertEqual(concurrent.futures.wait([future], 0).done, {future})
        self.assertTrace("cleaned")

    async def test_a_block_that_fails_cancels(self):
        def work(portal):
            return portal.start_task_soon(Anyio.sleep_forever)

        with self.assertRaises(ExceptionGroup):
            async with from_thread.BlockingPortal() as portal:
                future = await to_thread.run_sync(work, portal)
                raise ValueError("body")
        self.assertTrue(future.cancelled())

    async def test_sleep_until_stopped(self):
        """The replaced clock stands still, and no deadlock is seen, as others may come at any time."""

        def thread(portal):
            portal.call(self.trace.append, "called")
            portal.call(portal.stop)

        async with from_thread.BlockingPortal() as portal, Anyio.create_task_group() as group:
            group.start_soon(self.note_late)
            join = self.start_thread(thread, portal)
            await portal.sleep_until_stopped()
            join()
            self.assertEqual(Anyio.current_time(), 0)
        self.assertTrace("called late")

    async def note_late(self):
        await Anyio.sleep(1)
        self.trace.append("late")

    # --- futures ---

    async def test_a_failure_is_the_futures(self):
        def work(portal):
            other = portal.start_task_soon(Anyio.sleep, 5)
            future = portal.start_task_soon(fail_later, ValueError("mine"))
            with self.assertRaisesRegex(ValueError, "mine"):
                future.result(PATIENCE)
            return other

        self.assertIsNone((await self.use(work)).result(0))

    async def test_a_fatal_failure_ends_the_portal(self):
        def work(portal):
            future = portal.start_task_soon(fail_later, SystemExit(3))
            self.assertIsInstance(future.exception(PATIENCE), SystemExit)

        with self.assertRaises(BaseExceptionGroup) as caught:
            await self.use(work)
        self.assertIsInstance(caught.exception.exceptions[0], SystemExit)

    async def test_cancel_a_running_task(self):
        running = threading.Event()

        async def run():
            running.set()
            try:
                await Anyio.sleep_forever()
            finally:
                self.trace.append("cleaned")

        def work(portal):
            future = portal.start_task_soon(run)
            self.assertTrue(running.wait(PATIENCE))
            self.assertTrue(future.cancel())
            self.assertEqual(concurrent.futures.wait([future], PATIENCE).done, {future})
            self.assertTrue(future.cancelled())
            self.assertEqual(portal.call(value, 1), 1)

        await self.use(work)
        self.assertTrace("cleaned")

    async def test_cancel_before_it_starts(self):
        """Neither before the request came nor before the task ran for the first time is the function called."""
        driver = local.driver
        futures = []

        def start(portal):
            futures.append(portal.start_task_soon(self.trace.append, "called"))

        async with from_thread.BlockingPortal() as portal:
            self.start_thread(start, portal)()
            futures[0].cancel()
            await Anyio.wait_all_tasks_blocked()

            self.start_thread(start, portal)()
            while driver.posted:
                driver.posted.popleft()()
            self.assertEqual([task.name for task in driver.tasks.values()][1:], ["list.append"])
            futures[1].cancel()
            await Anyio.wait_all_tasks_blocked()
        self.assertEqual(concurrent.futures.wait(futures, 0).done, set(futures))
        self.assertTrue(all(future.cancelled() for future in futures))
        self.assertTrace("")

    async def test_cancel_after_stop(self):
        async with from_thread.BlockingPortal() as portal:
            future = await to_thread.run_sync(portal.start_task_soon, Anyio.sleep_forever)
            await portal.stop()
            self.start_thread(future.cancel)()
        self.assertTrue(future.cancelled())

    async def test_cancel_from_the_loop(self):
        async with from_thread.BlockingPortal() as portal:
            future = await to_thread.run_sync(portal.start_task_soon, Anyio.sleep_forever)
            await Anyio.sleep(0)
            future.cancel()
        self.assertTrue(future.cancelled())

    async def test_cancel_too_late(self):
        future = await self.use(lambda portal: portal.start_task_soon(value, 1))
        self.assertFalse(future.cancel())
        self.assertEqual(future.result(0), 1)

    async def test_a_task_that_swallows_its_cancellation(self):
        async def run():
            try:
                await Anyio.sleep_forever()
            except Anyio.Cancelled:
                return "too late"

        async with from_thread.BlockingPortal() as portal:
            future = await to_thread.run_sync(portal.start_task_soon, run)
            await Anyio.sleep(0)
            future.cancel()
        self.assertTrue(future.cancelled())
        self.assertEqual(concurrent.futures.wait([future], 0).done, {future})

    async def test_what_fails_when_it_is_cancelled_is_reported(self):
        async def run():
            try:
                await Anyio.sleep_forever()
            finally:
                raise ValueError("in the cleanup")

        reports = []
        Anyio.set_background_error_handler(lambda name, error: reports.append((name, str(error))))
        self.addCleanup(Anyio.set_background_error_handler, None)
        async with from_thread.BlockingPortal() as portal:
            future = await to_thread.run_sync(functools.partial(portal.start_task_soon, run, name="cleaner"))
            await Anyio.sleep(0)
            future.cancel()
        self.assertEqual(reports, [("cleaner", "in the cleanup")])

    async def test_names(self):
        async def name():
            return Anyio.get_current_task().name

        def work(portal):
            return portal.start_task_soon(name, name="mine").result(PATIENCE), portal.call(name)

        mine, own = await self.use(work)
        self.assertEqual(mine, "mine")
        self.assertIn("test_names", own)

    async def test_many_threads(self):
        n = 0

        async def add():
            nonlocal n
            old = n
            n = old + 1
            await Anyio.sleep(0)

        def work(portal):
            futures = [portal.start_task_soon(add) for _ in range(20)]
            for future in futures[::2]:
                future.result(PATIENCE)
            for _ in range(10):
                portal.call(add)
            return futures

        async with from_thread.BlockingPortal() as portal, Anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(to_thread.run_sync, work, portal)
        self.assertEqual(n, 600)

    # --- start_task ---

    async def test_start_task(self):
        async def serve(x, *, task_status):
            task_status.started(x)
            await go_on.wait()
            return "ended"

        def work(portal):
            future, started = portal.start_task(serve, 4711, name="server")
            self.assertEqual(started, 4711)
            self.assertFalse(future.done())
            portal.call(go_on.set)
            return future.result(PATIENCE)

        go_on = Anyio.Event()
        self.assertEqual(await self.use(work), "ended")

    async def test_start_task_that_fails(self):
        async def serve(when, *, task_status):
            if when == "before":
                raise ValueError("before")
            if when == "never":
                return
            task_status.started()
            if when == "twice":
                task_status.started()
            raise ValueError("after")

        def work(portal):
            with self.assertRaisesRegex(ValueError, "before"):
                portal.start_task(serve, "before")
            with self.assertRaisesRegex(RuntimeError, "exited without calling"):
                portal.start_task(serve, "never")
            future, started = portal.start_task(serve, "after")
            self.assertIsNone(started)
            self.assertEqual(str(future.exception(PATIENCE)), "after")
            future, started = portal.start_task(serve, "twice")
            self.assertRegex(str(future.exception(PATIENCE)), "called 'started' twice")

        await self.use(work)

    async def test_start_task_that_is_cancelled(self):
        async def serve(*, task_status):
            portal._stop(True)
            await Anyio.sleep_forever()

        async with from_thread.BlockingPortal() as portal:
            join = self.start_thread(portal.start_task, serve)
            await portal.sleep_until_stopped()
        with self.assertRaises(concurrent.futures.CancelledError):
            join()

    async def test_cancel_a_started_task(self):
        async def serve(*, task_status):
            task_status.started()
            await Anyio.sleep_forever()

        def work(portal):
            future, _ = portal.start_task(serve)
            self.assertTrue(future.cancel())

        await self.use(work)

    # --- context managers ---

    def make_manager(self, enter=None, leave=None, swallow=False):
        @contextlib.asynccontextmanager
        async def manager():
            task = Anyio.get_current_task()
            if enter is not None:
                raise enter
            with Anyio.CancelScope():
                await Anyio.sleep(0)
                try:
                    yield "entered"
                except ValueError as error:
                    self.trace.append(str(error))
                    if not swallow:
                        raise
                finally:
                    self.assertEqual(Anyio.get_current_task(), task)
                    self.trace.append("left")
                    if leave is not None:
                        raise leave

        return manager()

    async def test_wrap_async_context_manager(self):
        def work(portal):
            with portal.wrap_async_context_manager(self.make_manager()) as entered:
                self.assertEqual(entered, "entered")
                self.assertEqual(self.trace, [])
                portal.call(value, 1)
            self.assertEqual(self.trace, ["left"])

        await self.use(work)

    async def test_a_wrapped_one_and_errors(self):
        def work(portal):
            with self.assertRaisesRegex(ValueError, "inside"):
                with portal.wrap_async_context_manager(self.make_manager()):
                    raise ValueError("inside")
            with portal.wrap_async_context_manager(self.make_manager(swallow=True)):
                raise ValueError("swallowed")
            with self.assertRaisesRegex(KeyError, "at the entry"):
                with portal.wrap_async_context_manager(self.make_manager(enter=KeyError("at the entry"))):
                    self.trace.append("never")
            with self.assertRaisesRegex(KeyError, "at the exit"):
                with portal.wrap_async_context_manager(self.make_manager(leave=KeyError("at the exit"))):
                    pass

        await self.use(work)
        self.assertTrace("inside left swallowed left left")

    async def test_a_wrapped_one_is_left_when_the_portal_is_cancelled(self):
        def work(portal):
            with self.assertRaises(concurrent.futures.CancelledError):
                with portal.wrap_async_context_manager(self.make_manager()):
                    portal.call(portal.stop, True)

        await self.use(work)
        self.assertTrace("left")

    async def test_a_wrapped_one_is_left_when_the_portal_was_stopped(self):
        def work(portal):
            with portal.wrap_async_context_manager(self.make_manager()):
                portal.call(portal.stop)
                self.assertEqual(self.trace, [])

        await self.use(work)
        self.assertTrace("left")

    async def test_a_wrapped_one_whose_entry_is_cancelled(self):
        class Manager:
            async def __aenter__(self):
                portal._stop(True)
                await Anyio.sleep_forever()

            async def __aexit__(self, *exc_info):
                raise AssertionError

        async with from_thread.BlockingPortal() as portal:
            join = self.start_thread(portal.wrap_async_context_manager(Manager()).__enter__)
            await portal.sleep_until_stopped()
        with self.assertRaises(concurrent.futures.CancelledError):
            join()


class PortalThread(NoThreads):
    def test_a_thread_of_its_own(self):
        with start_blocking_portal(name="the portal") as portal:
            self.assertEqual(portal.call(lambda: threading.current_thread().name), "the portal")
            self.assertIsNot(portal.call(GLib.MainContext.get_thread_default), None)
            self.assertEqual(portal.call(value, 1), 1)
        with self.assertRaisesRegex(RuntimeError, "not running"):
            portal.call(value, 1)

    def test_leaving_waits(self):
        with start_blocking_portal() as portal:
            future = portal.start_task_soon(Anyio.sleep, 0.001)
        self.assertIsNone(future.result(0))

    def test_leaving_with_an_exception_cancels(self):
        with self.assertRaisesRegex(ValueError, "body"):
            with start_blocking_portal() as portal:
                future = portal.start_task_soon(Anyio.sleep_forever)
                raise ValueError("body")
        self.assertTrue(future.cancelled())

    def test_a_portal_that_was_stopped(self):
        with start_blocking_portal() as portal:
            portal.call(portal.stop)

    def test_it_cannot_start(self):
        with self.assertRaises(GLib.Error):
            with start_blocking_portal(backend_options={"backend": "none such"}):
                self.fail()
        with self.assertRaises(LookupError):
            with start_blocking_portal("trio"):
                self.fail()

    def test_a_fatal_failure(self):
        with self.assertRaises(BaseExceptionGroup) as caught:
            with start_blocking_portal() as portal:
                self.assertIsInstance(portal.start_task_soon(fail_later, SystemExit(3)).exception(PATIENCE), SystemExit)
        self.assertIsInstance(caught.exception.exceptions[0], SystemExit)

    def test_in_a_running_loop(self):
        async def main():
            with start_blocking_portal() as portal:
                return portal.call(value, threading.get_ident())

        self.assertEqual(Anyio.run(main), threading.get_ident())

    def test_workers_of_the_portals_loop(self):
        with start_blocking_portal() as portal:
            self.assertEqual(portal.call(to_thread.run_sync, from_thread.run, value, 3), 3)
            self.assertEqual(portal.call(to_thread.run_sync, portal.call, value, 4), 4)

    def test_a_provider(self):
        provider = from_thread.BlockingPortalProvider()
        with provider as first:
            with provider as second:
                self.assertIs(first, second)
            self.assertEqual(first.call(value, 1), 1)
        with provider as third:
            self.assertIsNot(first, third)
            self.assertEqual(third.call(value, 1), 1)
        for portal in first, third:
            with self.assertRaisesRegex(RuntimeError, "not running"):
                portal.call(value, 1)

    def test_a_provider_for_many_threads(self):
        provider = from_thread.BlockingPortalProvider()
        barrier = threading.Barrier(8)

        def use(i):
            barrier.wait(PATIENCE)
            n = 0
            for j in range(20):
                with provider as portal:
                    n += portal.call(value, i)
            return n

        self.assertEqual(sum(join() for join in [self.start_thread(use, i) for i in range(8)]), 20 * 28)

    def test_a_provider_that_cannot_start(self):
        provider = from_thread.BlockingPortalProvider("trio")
        for _ in range(2):
            with self.assertRaises(LookupError):
                with provider:
                    self.fail()


if __name__ == "__main__":
    unittest.main()
