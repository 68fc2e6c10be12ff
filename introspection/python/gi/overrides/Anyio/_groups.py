# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups, and start()."""

import collections
import types
import weakref

from gi.repository import GLib

from ._bound import BoundTaskGroup
from ._driver import (
    ABSORBED,
    ABSORBS,
    CALLED,
    Cancelled,
    IS_CANCELLED,
    Parent,
    WAIT,
    YIELD,
    callable_name,
    cancelled,
    current,
    describe,
    local,
    make_coroutine,
    reraise,
    strip,
    use_driver,
)
from ._native import JoinPolicy, STATUS_CANCELLED, STATUS_FAILED, STATUS_FINISHED
from ._scopes import LIVE, NEW, CancelScope


@types.coroutine
def join(group, driver, number):
    """Ends the body of a group and waits until all in it has ended. It cannot be aborted; it always yields."""
    if driver.native.end_body(number):
        yield YIELD
    else:
        driver.waiting[number] = group
        group.host.abort = None
        yield WAIT


class TaskGroup(Parent):
    """Runs tasks; leaving its block waits for all of them."""

    policy = JoinPolicy.ALL  # what the end of a child means; see create_task_group()
    max_concurrency = property(lambda self: None)
    winner = None  # the TaskHandle that decided
    failures = ()  # of children, in order, with other policies

    def __init__(self):
        self.cancel_scope = CancelScope()
        self.cancel_scope._group = self
        self._active = False
        self._shown = False  # other languages can have put tasks into it
        self._exceptions = []
        self._cancelled = False  # a cancellation came out of the body or a child

    @staticmethod
    def new_for_object(owner):
        """A group whose tasks are cancelled when owner, a GObject, is disposed; it is not entered or left. owner is held weakly."""
        return BoundTaskGroup(owner)

    async def __aenter__(self):
        scope = self.cancel_scope
        if scope._state != NEW:
            raise RuntimeError("TaskGroup cannot be entered more than once")
        task = current()
        scope._enter(task.driver, task, task.driver.native.enter_group)
        self.host = task
        self.scope_id = scope._id
        self._driver = task.driver
        self._active = True
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        scope = self.cancel_scope
        if scope._state != LIVE or self._driver.current is not self.host:
            if scope._forced:
                return False
            scope._misuse()
        if self.host.scope is not scope:
            scope._close_inner()
            while self.host.scope is not scope:
                await self.host.scope.force_close()
            exc = RuntimeError(f"Task {self.host.name!r} left a task group while a scope that it entered inside was still open; the inner one was cancelled")
        if exc is not None:
            self._body_failed(exc)
        try:
            flags = await self._exit()
            if self._exceptions:
                if self._cancelled and flags & ABSORBS:
                    scope._caught = True
                raise BaseExceptionGroup("unhandled errors in a TaskGroup", self._exceptions) from None
            if not self._cancelled:
                return False
            if flags & ABSORBS:
                scope._caught = True
                return True
            if isinstance(exc, Cancelled):
                return False
            raise cancelled(self.host)
        finally:
            self._exceptions = []
            exc = traceback = None

    def _body_failed(self, exc):
        rest, was_cancelled = strip(exc, self.host)
        if was_cancelled:
            self._cancelled = True
        if rest is not None:
            self._exceptions.append(rest)
            self._driver.native.fail_body(self.scope_id, STATUS_FAILED, describe(rest))
        else:
            self._driver.native.fail_body(self.scope_id, STATUS_CANCELLED, None)
        self._driver.take_events()

    async def _exit(self):
        await join(self, self._driver, self.scope_id)
        self._active = False
        if self._shown:
            self._take_failures()
        return self.cancel_scope._leave(self._cancelled)

    def _take_failures(self):
        """What failed in tasks of other languages."""
        while True:
            try:
                if self._driver.native.take_failure(self.scope_id):
                    return
            except Exception as error:
                error.__traceback__ = None
                self._exceptions.append(error)

    async def force_close(self):
        await self._exit()
        self._exceptions = []

    # --- children ---

    def child_ended(self, task, value, error):
        driver = task.driver
        if error is None:
            task.set_outcome(STATUS_FINISHED, value, None)
            del driver.tasks[task.id]
            return driver.end_native(task.id, STATUS_FINISHED, None)
        error, was_cancelled = strip(error, task)
        if error is not None:
            task.set_outcome(STATUS_FAILED, None, error)
            self._exceptions.append(error)
            self._cancelled = self._cancelled or was_cancelled
            return driver.end_native_task(task, STATUS_FAILED, error)
        task.set_outcome(STATUS_CANCELLED, None, None)
        flags = driver.end_native_task(task, STATUS_CANCELLED)
        if not flags & ABSORBED:
            self._cancelled = True
        return flags

    def task_came(self):
        """A task that start() began belongs to the group now."""

    def _check_active(self):
        if not self._active:
            raise RuntimeError("This task group is not active; no new tasks can be started.")
        if local.driver is not self._driver:
            raise RuntimeError("Tasks are started by the thread of the task group")

    def start_soon(self, func, *args, name=None):
        """Starts func(*args) as a task of the group; it begins at the next checkpoint. Returns its TaskHandle."""
        self._check_active()
        coro = make_coroutine(func, args)
        return self._driver.spawn(self.scope_id, self, coro, str(name) if name is not None else callable_name(func))

    def try_start_soon(self, func, *args, name=None):
        """The same, unless as many tasks run as may (max_concurrency): then nothing is started, and None returned."""
        return None if self._is_full() else self.start_soon(func, *args, name=name)

    def _is_full(self):
        return False

    def create_task(self, coro, *, name=None, context=None):
        """The same with a coroutine object."""
        if not isinstance(coro, collections.abc.Coroutine):
            raise TypeError(f"Expected a coroutine object, got {coro!r}")
        if not self._active:
            coro.close()
        self._check_active()
        name = str(name) if name is not None else getattr(coro, "__qualname__", "coroutine")
        return self._driver.spawn(self.scope_id, self, coro, name, context)

    async def start(self, func, *args, name=None, return_handle=False):
        """Starts func(*args, task_status=...) and waits until it calls task_status.started(); returns what it gave."""
        caller = current()
        self._check_active()
        start = Start(self, caller)
        name = str(name) if name is not None else callable_name(func)
        task = await start.run(func, args, name)
        return task if return_handle else start.value

    def cancel(self, reason=None):
        """Cancels the body and all tasks."""
        self.cancel_scope.cancel(reason)

    @property
    def native(self):
        """The core's object for this group, for functions of other languages that start tasks in it."""
        self._check_active()
        self._shown = True
        self._driver.is_shared = True
        native = self._driver.native.get_group(self.scope_id)
        native.python_group = weakref.ref(self)
        return native


class TaskStatusIgnored:
    """A task_status that does nothing: the default for functions that are also used with start_soon()."""

    def started(self, value=None):
        pass


TASK_STATUS_IGNORED = TaskStatusIgnored()


class Start(Parent):
    """A pending start(): as a scope of its caller, as the parent of the child until that is ready, and as its task_status."""

    def __init__(self, target, caller):
        self.target = target
        self.host = caller
        self.value = None
        self.is_started = False
        self.task = None
        self._error = None
        self._was_cancelled = False

    # --- the child's ---

    def started(self, value=None):
        """Says that the task is ready. It belongs to the task group from now on."""
        if self.is_started:
            raise RuntimeError("called 'started' twice on the same task status")
        self.is_started = True
        self.value = value
        if self.task is not None:
            self._hand_over()

    def _hand_over(self):
        task = self.task
        if task.driver.native.started(task.id):
            task.parent = self.target
            self.target.task_came()
            task.driver.take_events()

    def child_ended(self, task, value, error):
        driver = task.driver
        error, was_cancelled = strip(error, task) if error is not None else (None, False)
        if error is not None:
            task.set_outcome(STATUS_FAILED, None, error)
            self._error = error
            return driver.end_native_task(task, STATUS_FAILED, error)
        if not was_cancelled:
            task.set_outcome(STATUS_FINISHED, value, None)
            return driver.end_native_task(task, STATUS_FINISHED)
        task.set_outcome(STATUS_CANCELLED, None, None)
        flags = driver.end_native_task(task, STATUS_CANCELLED)
        self._was_cancelled = not flags & ABSORBED
        return flags

    # --- the caller's ---

    async def run(self, func, args, name):
        caller = self.host
        driver = caller.driver
        coro = make_coroutine(func, args, {"task_status": self})
        number = driver.native.enter_start(caller.id, self.target.scope_id)
        if not number:
            coro.close()
            self.target._active = False
            self.target._check_active()
        self.scope_id = number >> 1
        outer = caller.scope
        caller.scope = self
        caller.cancelled = number & IS_CANCELLED
        task = self.task = driver.spawn(self.scope_id, self, coro, name)
        task._start = self
        if self.is_started:
            self._hand_over()
        await join(self, driver, self.scope_id)
        flags = driver.exit(self.scope_id, self._was_cancelled)
        caller.scope = outer
        caller.cancelled = flags & IS_CANCELLED
        if flags & CALLED:
            driver.native.drop_scope(self.scope_id)
        driver.take_events()  # the target may have waited for this
        error = self._error
        try:
            if error is not None:
                reraise(error)
            if self._was_cancelled and not flags & ABSORBS:
                raise cancelled(caller)
            if not self.is_started:
                raise RuntimeError("child exited without calling task_status.started()")
            return task
        finally:
            error = self._error = None

    def describe(self):
        return "a pending start()"


class ForeignGroup(Parent):
    """What is told of the end of tasks in groups of other languages, which get their failures as GLib.Error."""

    def child_ended(self, task, value, error):
        driver = task.driver
        error, was_cancelled = strip(error, task)
        if error is None and not was_cancelled:
            task.set_outcome(STATUS_FINISHED, value, None)
            return driver.end_native_task(task, STATUS_FINISHED)
        if error is None:
            task.set_outcome(STATUS_CANCELLED, None, None)
            return driver.end_native_task(task, STATUS_CANCELLED)
        task.set_outcome(STATUS_FAILED, None, error)
        if isinstance(error, GLib.Error):
            return driver.fail_native_task(task, error)
        return driver.end_native_task(task, STATUS_FAILED, error)


FOREIGN_GROUP = ForeignGroup()


def start_in(group, func, *args, name=None):
    """Starts func(*args) as a task in a group that another language opened on this main context (its object). Returns its TaskHandle.

    A failure is the group's: a GLib.Error as it is, another exception as G_IO_ERROR_FAILED with its text.
    """
    if isinstance(group, Parent):
        return group.start_soon(func, *args, name=name)
    ours = getattr(group, "python_group", None)
    if ours is not None and ours() is not None:
        return ours().start_soon(func, *args, name=name)
    driver = use_driver()
    return driver.spawn_in(group, FOREIGN_GROUP, make_coroutine(func, args), str(name) if name is not None else callable_name(func))
