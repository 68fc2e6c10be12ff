# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stepping coroutines: the ready queue, and what the C core tells of.

Tasks, scopes, groups and deadlines are the core's; here is a coroutine for each task, a bit that says whether it is cancelled now, and the queue of those that can go on.
The core calls dispatch() once per step of its scheduler, however many tasks are ready; sleep(0) makes no call into C at all.

A task waits by yielding WAIT. Whoever ends the wait puts it into the queue with make_ready(). Task.abort, if not None, withdraws the wait when the
task is cancelled: it returns True if nothing will resume the task any more, so that it can be resumed with Cancelled; otherwise it sees to that itself.
What waits for something (an item, a lock) parks, and is resumed by grant() or refuse(); select() puts cases with the same two methods into the queues.

Nothing here may let an exception escape into C, where it would be printed and forgotten: each layer hands it to the task it belongs to.
"""

import collections
import contextvars
import inspect
import os
import sys
import threading
import time
import types
import weakref

from gi.repository import Gio, GLib

from ._native import Native, STATUS_CANCELLED, STATUS_FAILED, STATUS_FINISHED

YIELD = "yield"  # go on at the end of the queue
WAIT = "wait"  # go on when somebody calls make_ready()

BUDGET = 256  # operations in a row that did not have to wait, before others get their turn

STEPS = 64  # per call from C, so that the call's own cost does not count; other languages wait so long at most

TIMER = 2  # kinds of events
CLOSED = 3
STOP_REQUESTED = 4

IS_CANCELLED = 1  # flags of the core
ABSORBS = 2
CALLED = 4
EXPIRED = 8
GROUP_CLOSED = 16
ABSORBED = 32
SHIELD = 64
TIMEOUT = 128


MASK = (1 << 64) - 1


class Cancelled(BaseException):
    """The task was cancelled. Clean up and let it pass; it ends at the scope that was cancelled."""


class NoEventLoopError(RuntimeError):
    """The function was called where no task runs."""


class _Local(threading.local):
    driver = None


local = _Local()

# Held to open and to close drivers, and by other threads that want something of an open one.
lock = threading.RLock()
open_drivers = weakref.WeakValueDictionary()  # by the number of their thread


def current():
    """The running task of this thread."""
    driver = local.driver
    if driver is None or driver.current is None:
        raise NoEventLoopError("This needs a running task; start one with Anyio.run() or Anyio.start()")
    return driver.current


def cancelled(task):
    return Cancelled(task.driver.native.get_message(task.id))


def callable_name(func):
    while hasattr(func, "func"):  # functools.partial
        func = func.func
    module = getattr(func, "__module__", None)
    qualname = getattr(func, "__qualname__", None) or type(func).__qualname__
    return f"{module}.{qualname}" if module else qualname


def reraise(error):
    """As a bare raise would: cause and context stay as they are."""
    context = error.__context__
    suppress = error.__suppress_context__
    try:
        raise error
    finally:
        error.__context__ = context
        error.__suppress_context__ = suppress
        del error, context


def strip(error, task):
    """(error without its cancellations or None, whether it had any). A GLib.Error that says so is one of ours if it leaves a scope or task that is cancelled."""
    if isinstance(error, Cancelled):
        return None, True
    if isinstance(error, BaseExceptionGroup):
        ours, rest = error.split(Cancelled)
        if ours is not None:
            return rest, True
    elif task.cancelled and isinstance(error, GLib.Error) and error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
        return None, True
    return error, False


def describe(error):
    """What the core and other languages are told of an exception."""
    return f"{type(error).__name__}: {error}"


def no_coroutine(name, what):
    return TypeError(f"Expected {name}() to return a coroutine, but the return value ({what!r}) is not a coroutine object")


def check_function(func):
    if not callable(func):
        if inspect.iscoroutine(func):
            func.close()
        raise TypeError(f"Expected an async function, got {func!r}; pass the function and its arguments, not its result")


def make_coroutine(func, args, kwargs={}):
    check_function(func)
    coro = func(*args, **kwargs)
    if type(coro) is not types.CoroutineType and not isinstance(coro, collections.abc.Coroutine):
        raise no_coroutine(callable_name(func), coro)
    return coro


def make_shuffle(seed):
    """The permutations of the core's scheduler: the same seed gives the same order in all languages."""
    state = seed

    def shuffle(batch):
        nonlocal state
        for i in range(len(batch) - 1, 0, -1):
            state = (state + 0x9E3779B97F4A7C15) & MASK
            word = state
            word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
            j = (word ^ (word >> 31)) % (i + 1)
            batch[i], batch[j] = batch[j], batch[i]

    return shuffle


@types.coroutine
def yield_once():
    yield YIELD


@types.coroutine
def checkpoint():
    task = yield YIELD
    if task.cancelled:
        raise cancelled(task)


@types.coroutine
def refuse_cancelled(task):
    """What an operation does that finds its task cancelled: it must yield, or a loop that ignores the error would stop the world."""
    yield YIELD
    raise cancelled(task)


@types.coroutine
def give_way(task):
    """What an operation does that succeeded without waiting when the task's budget is used up."""
    task.budget = BUDGET
    yield YIELD


@types.coroutine
def park(task, abort):
    """Until task.grant() or task.refuse(); returns what was granted. The caller has seen that the task is not cancelled."""
    task.budget = BUDGET
    task.abort = abort
    yield WAIT
    granted = task.granted
    task.granted = None
    return granted


class Driver:
    """The coroutines of one main context."""

    def __init__(self, options=None, clock=None, seed=None, is_guest=False):
        self.native = native = Native.Driver.new(options, self._dispatch)
        self.thread = threading.get_ident()
        self.context = GLib.MainContext.ref_thread_default()
        self.clock = clock
        self.now = time.monotonic if clock is None else Native.current_time
        self.is_guest = is_guest
        self.current = None
        self.ready = collections.deque()
        self.doomed = []  # GCancellables to cancel, in the next step
        self.tasks = {}  # by number
        self.waiting = {}  # groups whose closing is awaited, by number of their scope
        self.stop_waiters = {}  # what waits for the soft stop of a task, by task
        self.awake = False
        self.is_shared = False  # others got hold of the core's objects; what they cancel counts at the next checkpoint
        self.variables = {}  # of RunVar
        self.cancellables = []  # clean ones
        self.posted = collections.deque()  # from other threads, and from finalizers
        self.is_called = False  # what calls _posted() is on its way
        self.calls = set()  # of threads that wait for the answer
        self.pool = None  # of worker threads, once there was one
        self.when_blocked = []  # tasks that wait until no other can run
        self.n_selects = 0
        self.is_closed = False
        self.agens = set()
        if seed is None:
            seed = int(os.environ.get("ANYIO_SCHEDULE_SEED") or 0)
        self.shuffle = make_shuffle(seed) if seed else None
        # Looked up once: a bound method of a GObject costs as much as the call.
        self.spawn_native = native.spawn
        self.end_native = native.end
        self.enter = native.enter
        self.exit = native.exit
        self.arm = native.arm
        self.wake = native.wake
        with lock:
            open_drivers[self.thread] = self

    # --- from C ---

    def _dispatch(self, n_events, *unused):
        outer = self.current
        ready = self.ready
        self.awake = True
        try:
            if n_events:
                self.take_events()
            while self.posted:
                self.posted.popleft()()
            steps = STEPS
            while ready and steps > 0:
                if self.doomed:
                    self._cancel_doomed()
                steps -= len(ready)
                if self.shuffle is not None:
                    self.shuffle(ready)
                self._step(ready, len(ready))
                if self.is_shared:
                    break
            if self.doomed:
                self._cancel_doomed()
            if self.when_blocked and not ready and not self.posted:
                for task in self.when_blocked:
                    task.grant(None)
                self.when_blocked = []
        except BaseException as error:  # of ours: a signal handler's, or a defect
            sys.excepthook(type(error), error, error.__traceback__)
        self.current = outer
        self.awake = bool(ready) or bool(self.posted)
        if self.is_guest and not self.tasks and outer is None and not self.awake:
            self.close()
        return self.awake

    def _step(self, ready, n):
        popleft = ready.popleft
        append = ready.append
        for _ in range(n):
            self.current = task = popleft()
            me = task.me
            if me is None:
                task.me = task
            try:
                if task.error is None:
                    what = task.run(task.send, me)
                else:
                    error = task.error
                    task.error = None
                    what = task.run(task.throw, error)
            except StopIteration as stop:
                self._end(task, stop.value, None)
            except BaseException as error:
                self._end(task, None, error)
            else:
                if what is YIELD:
                    append(task)
                elif what is not WAIT:
                    task.error = TypeError(
                        f"Task {task.name!r} awaited {what!r}, which another event loop would have to resume; "
                        "await Gio operations with Anyio.wait(obj.x_async, ...)"
                    )
                    append(task)
        task = me = what = None  # an exception may keep this frame

    def _cancel_doomed(self):
        doomed = self.doomed
        self.doomed = []
        for cancellable in doomed:
            cancellable.cancel()

    def take_events(self):
        tasks = self.tasks
        for word in self.native.take_events():
            kind = word & 7
            if kind == CLOSED:
                group = self.waiting.pop(word >> 3, None)
                if group is not None:
                    self.make_ready(group.host)
                continue
            task = tasks[word >> 3]
            if kind == TIMER:
                if task.abort is not None:
                    self.make_ready(task)
            elif kind == STOP_REQUESTED:
                waiter = self.stop_waiters.pop(task, None)
                if waiter is not None:
                    waiter.grant(None)
            else:
                task.cancelled = kind
                if kind:
                    self.deliver(task)

    def deliver(self, task):
        abort = task.abort
        if abort is not None:
            task.abort = None
            if abort(task):
                task.error = cancelled(task)
                self.make_ready(task)

    # --- queue ---

    def make_ready(self, task):
        task.abort = None
        self.ready.append(task)
        if not self.awake:
            self.awake = True
            self.wake()

    def doom(self, cancellable):
        self.doomed.append(cancellable)
        if not self.awake:
            self.awake = True
            self.wake()

    def post(self, func):
        """Calls func on the driver's thread, soon. From any thread, and from finalizers."""
        self.posted.append(func)
        if self.thread == threading.get_ident():
            self._posted()
            return
        if not self.is_called:
            self.is_called = True
            source = GLib.Idle(priority=GLib.PRIORITY_DEFAULT)
            source.set_callback(self._posted)
            source.attach(self.context)

    def submit(self, call):
        """Has call.arrive() called on the driver's thread, and call.refuse() if the driver ends while the call is among its calls. False if it has ended."""

        def arrive():
            if call in self.calls:
                call.arrive()

        with lock:
            if self.is_closed:
                return False
            self.calls.add(call)
            self.post(arrive)
        return True

    def _posted(self, *unused):
        self.is_called = False  # before anybody looks into the queue
        if not self.awake and not self.is_closed:
            self.awake = True
            self.wake()
        return False

    # --- tasks ---

    def spawn(self, scope, parent, coro, name, context=None):
        """Makes a task of a group (its number, and the object that is told of its end)."""
        return self.add(self.spawn_native(scope, name), parent, coro, name, context)

    def spawn_in(self, group, parent, coro, name, context=None):
        """The same in a group of another language (its object)."""
        self.is_shared = True  # others cancel it, and tell the core, not us
        return self.add(self.native.spawn_in(group, name), parent, coro, name, context)

    def add(self, number, parent, coro, name, context):
        """number: what a spawning function of the core returned."""
        if not number:
            coro.close()
            raise RuntimeError("This task group is not active; no new tasks can be started.")
        task = self.task_class(self, number >> 1, coro, name, parent, context)
        task.cancelled = number & 1
        self.tasks[number >> 1] = task
        self.ready.append(task)
        if not self.awake:
            self.awake = True
            self.wake()
        return task

    def _end(self, task, value, error):
        """The coroutine has ended."""
        if task.scope is not None:
            self._unwind(task, error)
            return
        if task.guarded is not None:
            task.hand_back()
        try:
            flags = task.parent.child_ended(task, value, error)
        except BaseException as defect:
            sys.excepthook(type(defect), defect, defect.__traceback__)
            flags = 0
        if flags & GROUP_CLOSED:
            group = task.parent
            del self.waiting[group.scope_id]
            self.make_ready(group.host)
        task.forget()

    def fail_native_task(self, task, error):
        """Ends a task with a GLib.Error that another language gets as it is."""
        del self.tasks[task.id]
        flags = self.native.fail(task.id, error)
        self.take_events()
        return flags

    def end_native_task(self, task, outcome, error=None):
        del self.tasks[task.id]
        if outcome == STATUS_FINISHED:
            return self.end_native(task.id, STATUS_FINISHED, None)
        flags = self.end_native(task.id, outcome, describe(error) if error is not None else None)
        self.take_events()
        return flags

    def _unwind(self, task, error):
        """The coroutine left scopes open: their memory is the task's, so it goes on until they are closed."""
        task.coro = coro = _unwind(task, error)
        task.send = coro.send
        task.throw = coro.throw
        task.me = None
        self.ready.append(task)

    # --- life ---

    def end_threads(self):
        """Nothing comes from other threads any more: what they still wait for fails."""
        with lock:
            self.is_closed = True
            if open_drivers.get(self.thread) is self:
                del open_drivers[self.thread]
        while self.calls:
            self.calls.pop().refuse()
        while self.posted:  # what workers have given back, too
            try:
                self.posted.popleft()()
            except BaseException as error:
                sys.excepthook(type(error), error, error.__traceback__)
        if self.pool is not None:
            self.pool.close()
            self.pool = None

    def close(self):
        self.end_threads()
        self.native.close()
        if local.driver is self:
            local.driver = None


def use_driver():
    """The driver of this thread; if there is none, one beside whatever iterates the main context."""
    if local.driver is None:
        local.driver = Driver(is_guest=True)
    return local.driver


async def _unwind(task, error):
    left = task.scope
    while task.scope is not None:
        await task.scope.force_close()
    if error is None or isinstance(error, Cancelled):
        raise RuntimeError(
            f"Task {task.name!r} ended with {left.describe()} open that it had entered; "
            "leave it with the with statement, and do not suspend a generator inside"
        ) from error
    raise error


class Parent:
    """What is told of the end of tasks: those at the root, here."""

    def child_ended(self, task, value, error):
        driver = task.driver
        error, was_cancelled = strip(error, task)
        if error is not None:
            task.set_outcome(STATUS_FAILED, None, error)
        elif was_cancelled:
            task.set_outcome(STATUS_CANCELLED, None, None)
        else:
            task.set_outcome(STATUS_FINISHED, value, None)
        flags = driver.end_native_task(task, STATUS_CANCELLED if was_cancelled else STATUS_FINISHED)
        if task.on_end is not None:
            task.on_end(task)
        elif error is not None:
            report_background_error(task, error)
        return flags


ROOT = Parent()

_background_handler = None


def report_background_error(task, error, what="which nobody waits for, failed"):
    if _background_handler is not None:
        _background_handler(task.name, error)
        return
    print(f"Task {task.name!r}, {what}:", file=sys.stderr)
    sys.excepthook(type(error), error, error.__traceback__)


def set_background_error_handler(handler):
    """Chooses what becomes of the failures of tasks that nobody waits for: handler(task_name, exception); None prints them."""
    global _background_handler
    _background_handler = handler


copy_context = contextvars.copy_context
