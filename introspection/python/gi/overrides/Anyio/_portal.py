# SPDX-License-Identifier: LGPL-2.1-or-later
"""Portals: any thread starts, awaits and cancels tasks of a loop.

A task's failure is its future's, and the portal goes on. The future is Python's, so any thread may wait for it; who cancels it cancels the task, also before it began.
"""

import collections.abc
import contextlib
import threading

from ._driver import callable_name, copy_context, current, report_background_error, strip
from ._event import Event
from ._groups import TaskGroup
from ._run import run
from ._scopes import CancelScope
from ._threads import working


def _make_future():
    from concurrent.futures import Future  # not before it is used: it takes as long as half of the rest

    return Future()


def _not_running():
    return RuntimeError("This portal is not running")


class PortalCall:
    """One task of a portal, from the thread that asks for it to the end of its future."""

    def __init__(self, portal, func, args, name):
        self.portal = portal
        self.func = func
        self.args = args
        self.kwargs = {}
        self.name = str(name) if name is not None else callable_name(func)
        self.context = copy_context()
        self.scope = None
        self.blocked = None  # the call of a worker of this loop that waits for the answer
        self.future = _make_future()
        self.future.add_done_callback(self.future_done)

    # --- in any thread ---

    def submit(self, is_blocking):
        driver = self.portal._check()
        if is_blocking and working.call is not None and working.call.driver is driver:
            self.blocked = working.call
        if not driver.submit(self):
            raise _not_running()

    def future_done(self, future):
        if future.cancelled():
            self.portal._driver.post(self._cancel)

    # --- on the loop's thread ---

    def arrive(self):
        if not self.portal._is_running:
            self.refuse()
            return
        if self.blocked is not None:
            self.blocked.unhold()
        self.portal._group.create_task(self._run(), name=self.name, context=self.context)

    def refuse(self):
        self.blocked = None
        self._settle(None, _not_running())

    def _cancel(self):
        if self.scope is not None:
            self.scope.cancel("the future was cancelled")

    def answer(self):
        """The thread that waits goes on: a replaced clock stands still for it again."""
        if self.blocked is not None:
            self.blocked.hold()
            self.blocked = None

    async def _run(self):
        value = None
        try:
            if not self.future.cancelled():
                with CancelScope() as self.scope:
                    value = self.func(*self.args, **self.kwargs)
                    if isinstance(value, collections.abc.Coroutine):
                        value = await value
        except BaseException as error:
            rest, _ = strip(error, current())
            if rest is None:
                self.future.cancel()
            self._settle(None, rest)
            if not isinstance(rest, Exception):
                raise
        else:
            self._settle(value, None)

    def _settle(self, value, error):
        self.answer()
        self.portal._driver.calls.discard(self)
        if self.future.set_running_or_notify_cancel():  # from here on nobody can cancel it
            if error is None:
                self.future.set_result(value)
            else:
                self.future.set_exception(error)
        elif isinstance(error, Exception):
            report_background_error(self, error)


class PortalStart(PortalCall):
    """The same for start_task(); it is the task_status, too."""

    def __init__(self, portal, func, args, name):
        self.start = _make_future()
        super().__init__(portal, func, args, name)
        self.kwargs["task_status"] = self

    def started(self, value=None):
        if self.start.done():
            raise RuntimeError("called 'started' twice on the same task status")
        self.answer()
        self.start.set_result(value)

    def future_done(self, future):
        super().future_done(future)
        if self.start.done():
            return
        if future.cancelled():
            self.start.cancel()
        else:
            self.start.set_exception(future.exception() or RuntimeError("child exited without calling task_status.started()"))


class PortalContextManager(contextlib.AbstractContextManager):
    """What wrap_async_context_manager() gives: entered and left by one task, which waits in between."""

    def __init__(self, portal, manager):
        self._portal = portal
        self._manager = manager
        self._entered = _make_future()
        self._left = Event()
        self._exc_info = None, None, None

    async def _run(self):
        self._entered.set_result(await self._manager.__aenter__())
        try:
            await self._left.wait()
        except BaseException as error:
            if not await self._manager.__aexit__(type(error), error, error.__traceback__):
                raise
            return False
        return await self._manager.__aexit__(*self._exc_info)

    def _ended(self, future):
        if not self._entered.done():
            if future.cancelled():
                self._entered.cancel()
            else:
                self._entered.set_exception(future.exception())

    def __enter__(self):
        self._future = self._portal.start_task_soon(self._run, name=callable_name(type(self._manager)))
        self._future.add_done_callback(self._ended)
        return self._entered.result()

    def __exit__(self, exc_type, exc, traceback):
        self._exc_info = exc_type, exc, traceback
        self._portal._driver.post(self._left.set)
        try:
            return self._future.result()
        finally:
            self._exc_info = None
            del exc, traceback


class BlockingPortal:
    """Lets other threads into this event loop, as long as its `async with` block lasts.

    stop() and sleep_until_stopped() are for tasks; the other methods are for those threads, and block.
    """

    def __init__(self):
        self._driver = None
        self._is_running = False
        self._group = TaskGroup()
        self._stopped = Event()

    async def __aenter__(self):
        await self._group.__aenter__()
        self._driver = current().driver
        self._is_running = True
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        self._stop(False)
        return await self._group.__aexit__(exc_type, exc, traceback)

    # --- in the loop ---

    async def stop(self, cancel_remaining=False):
        """Lets nobody in any more; the tasks go on until they end, or are cancelled."""
        self._stop(cancel_remaining)

    def _stop(self, cancel_remaining):
        self._is_running = False
        self._stopped.set()
        if cancel_remaining:
            self._group.cancel_scope.cancel("the portal was stopped")

    async def sleep_until_stopped(self):
        """Waits for stop(). Meanwhile a replaced clock stands still, as other threads may come at any time."""
        driver = current().driver
        if driver.clock is None:
            await self._stopped.wait()
            return
        driver.native.begin_operation(None)
        try:
            await self._stopped.wait()
        finally:
            driver.native.end_operation(None)

    # --- in other threads ---

    def _check(self):
        if not self._is_running:
            raise _not_running()
        if self._driver.thread == threading.get_ident():
            raise RuntimeError("This method cannot be called from the event loop thread")
        return self._driver

    def call(self, func, *args):
        """Calls func(*args) in the loop, awaits it if it is a coroutine function, and returns or raises what it does."""
        call = PortalCall(self, func, args, None)
        call.submit(True)
        return call.future.result()

    def start_task_soon(self, func, *args, name=None):
        """The same without waiting: returns a concurrent.futures.Future. To cancel it is to cancel the task."""
        call = PortalCall(self, func, args, name)
        call.submit(False)
        return call.future

    def start_task(self, func, *args, name=None):
        """Starts func(*args, task_status=...) and waits until it calls task_status.started(); returns (its future, what it gave)."""
        call = PortalStart(self, func, args, name)
        call.submit(True)
        return call.future, call.start.result()

    def wrap_async_context_manager(self, manager):
        """A context manager for this thread whose `with` enters and leaves the asynchronous one, in one task of the loop."""
        return PortalContextManager(self, manager)


@contextlib.contextmanager
def start_blocking_portal(backend="glib", backend_options=None, *, name=None):
    """Runs an event loop in a thread of its own, called name, as long as its `with` block lasts, and gives its portal.

    Leaving waits for the tasks; leaving with an exception cancels them.
    """
    ready = _make_future()
    failures = []

    async def main():
        async with BlockingPortal() as portal:
            ready.set_result(portal)
            await portal.sleep_until_stopped()

    def body():
        try:
            run(main, backend=backend, backend_options=backend_options)
        except BaseException as error:
            if ready.done():
                failures.append(error)
            else:
                ready.set_exception(error)

    thread = threading.Thread(target=body, name=name or f"{threading.current_thread().name}-portal", daemon=True)
    thread.start()
    try:
        portal = ready.result()
        cancel_remaining = True
        try:
            yield portal
            cancel_remaining = False
        finally:
            portal._driver.post(lambda: portal._stop(cancel_remaining))
    finally:
        thread.join()
    if failures:
        raise failures.pop()


class BlockingPortalProvider:
    """One portal with a thread of its own for several users: entering the first `with` block starts it, leaving the last one ends it. From any thread."""

    def __init__(self, backend="glib", backend_options=None):
        self.backend = backend
        self.backend_options = backend_options
        self._lock = threading.Lock()
        self._n_users = 0
        self._portal = None
        self._manager = None

    def __enter__(self):
        with self._lock:
            if self._n_users == 0:
                self._manager = start_blocking_portal(self.backend, self.backend_options)
                self._portal = self._manager.__enter__()
            self._n_users += 1
            return self._portal

    def __exit__(self, exc_type, exc, traceback):
        manager = None
        with self._lock:
            self._n_users -= 1
            if self._n_users == 0:
                manager = self._manager
                self._manager = self._portal = None
        if manager is not None:
            manager.__exit__(None, None, None)
