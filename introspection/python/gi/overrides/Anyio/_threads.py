# SPDX-License-Identifier: LGPL-2.1-or-later
"""Worker threads: a function that blocks runs in one, and a task waits for it and does what the function asks of the loop meanwhile.

The threads are Python's, not the pool of the C library: introspection knows no callback that comes in another thread. Each driver has its own, and ends them when it closes; only
those that were abandoned are left to themselves. Whatever changes a limiter, a task or the pool runs on the driver's thread: workers post it.
"""

import collections
import queue
import threading
import types

from ._driver import Cancelled, NoEventLoopError, ROOT, WAIT, cancelled, callable_name, copy_context, current, local, lock, make_coroutine, open_drivers, reraise
from ._exceptions import RunFinishedError
from ._limits import CapacityLimiter

IDLE_SECONDS = 10  # on the driver's clock; a worker without work for longer ends when another one gets some

DEFAULT_TOKENS = 40


class _Working(threading.local):
    call = None  # under way in this thread


working = _Working()


class Worker(threading.Thread):
    def __init__(self):
        super().__init__(name="Anyio worker", daemon=True)
        self.calls = queue.SimpleQueue()
        self.idle_since = None

    def run(self):
        goes_on = True
        while goes_on:
            call = self.calls.get()
            goes_on = call is not None and call.work()
            call = None  # what it refers to is not ours while we wait


class Pool:
    """The workers of one driver."""

    def __init__(self, driver):
        self.driver = driver
        self.idle = collections.deque()  # the one that was used last is the last
        self.limiter = CapacityLimiter(DEFAULT_TOKENS)

    def start(self, call):
        if self.idle:
            worker = self.idle.pop()
            self._end_idle(self.driver.now() - IDLE_SECONDS)
        else:
            worker = Worker()
            worker.start()
        call.worker = worker
        worker.calls.put(call)

    def take_back(self, worker):
        worker.idle_since = self.driver.now()
        self.idle.append(worker)

    def _end_idle(self, time):
        while self.idle and self.idle[0].idle_since < time:
            worker = self.idle.popleft()
            worker.calls.put(None)
            worker.join()

    def close(self):
        for worker in self.idle:
            worker.calls.put(None)
        for worker in self.idle:
            worker.join()
        self.idle.clear()


def get_pool(driver):
    if driver.pool is None:
        driver.pool = Pool(driver)
    return driver.pool


@types.coroutine
def _park(call, task):
    call.is_waiting = True
    task.abort = call.abort
    yield WAIT


class Call:
    """One run_sync(). The worker has it until end() comes; the task that waits, its host, has it as long unless it abandons it."""

    __slots__ = ("driver", "host", "func", "args", "context", "limiter", "may_abandon", "worker", "requests", "is_waiting", "has_returned", "is_ended", "is_abandoned", "message",
                 "value", "error")  # fmt: skip

    def __init__(self, host, func, args, limiter, may_abandon):
        self.driver = host.driver
        self.host = host
        self.func = func
        self.args = args
        self.context = copy_context()
        self.limiter = limiter
        self.may_abandon = may_abandon
        self.requests = collections.deque()  # of the function, to be served by the host
        self.is_waiting = False
        self.has_returned = False
        self.is_ended = False
        self.is_abandoned = False
        self.message = "The call's task was cancelled"
        self.value = None
        self.error = None

    # --- in the worker ---

    def work(self):
        """Calls the function. Returns whether the worker is still needed."""
        working.call = self
        try:
            self.value = self.context.run(self.func, *self.args)
        except BaseException as error:
            self.error = error
        working.call = None
        with lock:
            driver = self.driver
            if not driver.is_closed:
                self.has_returned = True
                driver.post(self.end)
                return True
            # The run is over, but the limiter may serve another one of its thread.
            self.value = self.error = None
            driver = open_drivers.get(driver.thread)
            if driver is not None:
                driver.post(self._release)
            else:
                self._release()
        return False

    def check_cancelled(self):
        if self.is_abandoned or self.host.cancelled:
            raise Cancelled(self.message)

    # --- on the driver's thread ---

    def end(self):
        """The function has returned."""
        self.driver.pool.take_back(self.worker)
        self.worker = None
        self.unhold()
        self._release()
        self.is_ended = True
        if self.is_abandoned:
            self.value = self.error = None
        else:
            self.wake()

    def _release(self):
        self.limiter.release_on_behalf_of(self)

    def hold(self):
        """Keeps a replaced clock from jumping while the function runs."""
        if self.driver.clock is not None:
            self.driver.native.begin_operation(None)

    def unhold(self):
        if self.driver.clock is not None:
            self.driver.native.end_operation(None)

    def wake(self):
        if self.is_waiting:
            self.is_waiting = False
            self.driver.make_ready(self.host)

    def abort(self, host):
        self.message = self.driver.native.get_message(host.id)
        if self.may_abandon:
            self.wake()
        return False  # what has come before the host runs counts

    async def wait(self):
        """In the host: serves what the function asks, until it has ended or is abandoned."""
        host = self.host
        while True:
            while self.requests:
                await self.requests.popleft().serve(host)
            if self.is_ended:
                break
            if self.may_abandon and host.cancelled and not self.has_returned:
                self.is_abandoned = True
                raise cancelled(host)
            await _park(self, host)
        if self.error is None:
            return self.value
        error = self.error
        self.error = None  # its traceback refers to this frame
        try:
            reraise(error)
        finally:
            del error


async def run_sync(func, *args, abandon_on_cancel=False, limiter=None):
    """Calls func(*args) in a worker thread and waits for it; returns what it returns, raises what it raises.

    It first waits for a token of limiter, by default current_default_thread_limiter(); that can be cancelled. Once the function runs nothing stops it: a task that is
    cancelled waits for it nevertheless and gets its result, unless abandon_on_cancel, when it leaves at once, and the result is dropped. The token is kept until the
    function has returned.
    """
    task = current()
    pool = get_pool(task.driver)
    if limiter is None:
        limiter = pool.limiter
    call = Call(task, func, args, limiter, abandon_on_cancel)
    await limiter.acquire_on_behalf_of(call)
    try:
        if task.cancelled:
            raise cancelled(task)
        pool.start(call)
    except BaseException:
        limiter.release_on_behalf_of(call)
        raise
    call.hold()
    return await call.wait()


def current_default_thread_limiter():
    """The limiter of calls in this run that name no other: 40 tokens, unless its total_tokens is set."""
    return get_pool(current().driver).limiter


@types.coroutine
def _in_context(context, coro):
    """Steps the coroutine, which another context than its task's belongs to."""
    run = context.run
    step, value = coro.send, None
    while True:
        try:
            what = run(step, value)
        except StopIteration as stop:
            return stop.value
        try:
            value = yield what
            step = coro.send
        except BaseException as error:
            step, value = coro.throw, error


class Request:
    """What a thread asks of a loop, and blocks for: a plain function, called between the steps of tasks."""

    def __init__(self, driver, call, func, args):
        self.driver = driver
        self.call = call  # of the thread that asks, if it is a worker of this driver
        self.func = func
        self.args = args
        self.context = copy_context()
        self.answered = threading.Lock()
        self.answered.acquire()
        self.value = None
        self.error = None

    # --- in the thread that asks ---

    def ask(self):
        if self.driver.thread == threading.get_ident() and not self.driver.is_closed:
            raise RuntimeError("On the thread of the event loop this would wait for itself; call or await the function instead")
        if not self.driver.submit(self):
            raise RunFinishedError
        self.answered.acquire()
        if self.error is None:
            return self.value
        error = self.error
        self.error = None
        try:
            reraise(error)
        finally:
            del error

    # --- on the driver's thread ---

    def arrive(self):
        if self.call is not None:
            self.call.unhold()
        self.begin()

    def begin(self):
        try:
            self.value = self.context.run(self.func, *self.args)
        except BaseException as error:
            self.error = error
        self.answer()

    def answer(self):
        if self.call is not None:
            self.call.hold()
        self.driver.calls.discard(self)
        self.answered.release()

    def refuse(self):
        self.error = RunFinishedError()
        self.answered.release()


class TaskRequest(Request):
    """The same with a coroutine function. The host of the worker runs it, so its scopes count; if there is none, it is a task of its own."""

    def begin(self):
        call = self.call
        if call is not None and not call.is_abandoned:
            call.requests.append(self)
            call.wake()
            return
        task = self.driver.spawn(0, ROOT, self.serve(None), callable_name(self.func))
        if call is not None:
            self.driver.native.cancel_task(task.id, 0, call.message)
            self.driver.take_events()

    async def serve(self, host):
        task = host if host is not None else current()
        scope = task.scope
        try:
            self.value = await _in_context(self.context, make_coroutine(self.func, self.args))
        except BaseException as error:
            self.error = error
        if task.scope is not scope:
            self.error = RuntimeError(f"{callable_name(self.func)} ended with {task.scope.describe()} open that it had entered; leave it with the with statement")
            while task.scope is not scope:
                await task.scope.force_close()
        self.answer()


def _find_loop(token):
    """(driver, the call under way in this thread if it is that driver's)."""
    call = working.call
    if token is not None:
        driver = token._driver
        return driver, call if call is not None and call.driver is driver else None
    if call is None:
        if local.driver is not None and local.driver.current is not None:
            raise RuntimeError("On the thread of the event loop this would wait for itself; call or await the function instead")
        raise NoEventLoopError("This needs a worker thread of to_thread.run_sync(), or token=")
    return call.driver, call


def run_from_thread(async_func, *args, token=None):
    """Runs async_func(*args) on the event loop whose worker this thread is, and blocks until it has ended; returns what it returns, raises what it raises.

    It runs in the scopes of the task that called to_thread.run_sync(), and is cancelled with it. With token=, that of lowlevel.current_token(), any other thread may
    call this; then it is a task of its own. RunFinishedError: the loop has ended.
    """
    driver, call = _find_loop(token)
    return TaskRequest(driver, call, async_func, args).ask()


def run_sync_from_thread(func, *args, token=None):
    """The same with a plain function: it must not block."""
    driver, call = _find_loop(token)
    return Request(driver, call, func, args).ask()


def check_cancelled():
    """In a worker thread: raises Cancelled if the task that waits for it is cancelled, or has abandoned it. Let it pass: it ends at the scope that was cancelled."""
    if working.call is None:
        raise NoEventLoopError("This needs a worker thread of to_thread.run_sync()")
    working.call.check_cancelled()
