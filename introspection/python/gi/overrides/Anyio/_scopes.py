# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cancel scopes: the core's, entered by Python's with statement."""

import collections
import math
import threading

from ._driver import ABSORBS, CALLED, EXPIRED, IS_CANCELLED, SHIELD, TIMEOUT, current, local, reraise, strip
from ._native import CancelKind, Native

inf = math.inf

NEW, LIVE, CLOSED = range(3)

CancelReason = collections.namedtuple("CancelReason", "kind text by_task")
CancelReason.__doc__ = "Why a scope was cancelled: an Anyio.CancelKind, what was said, and the name of the task that did it (None if there is none)."


def check_seconds(seconds):
    if seconds != seconds:
        raise ValueError("NaN is no time")
    return float(seconds)


def now():
    driver = local.driver
    return driver.now() if driver is not None else Native.current_time()


class CancelScope:
    """A stretch of code that can be cancelled: by a call, by its deadline, or with the scopes around it."""

    __slots__ = ("_driver", "_task", "_id", "_outer", "_deadline", "_timeout", "_shield", "_state", "_called", "_caught", "_reason", "_group",
                 "_forced", "_stopping", "__weakref__")  # fmt: skip

    def __init__(self, *, deadline=inf, shield=False):
        self._deadline = check_seconds(deadline)
        self._timeout = False
        self._shield = shield
        self._state = NEW
        self._called = False
        self._caught = False
        self._reason = None
        self._group = None
        self._forced = False  # closed by the exit of an outer scope or the end of the task: its own exit succeeds silently

    # --- entering and leaving ---

    def __enter__(self):
        driver = local.driver
        if driver is None or driver.current is None:
            current()
        self._enter(driver, driver.current, driver.enter)
        return self

    def _enter(self, driver, task, enter):
        if self._state != NEW:
            raise RuntimeError("Each CancelScope may only be used for a single 'with' block")
        if self._called:
            number = enter(task.id, inf, SHIELD if self._shield else 0)
        elif self._timeout:
            number = enter(task.id, self._deadline, TIMEOUT | SHIELD if self._shield else TIMEOUT)
        else:
            number = enter(task.id, self._deadline, SHIELD if self._shield else 0)
        self._driver = driver
        self._task = task
        self._id = number >> 1
        self._state = LIVE
        self._outer = task.scope
        task.scope = self
        task.cancelled = number & 1
        if self._called:
            driver.native.cancel(self._id, 0, self._reason.text)
            driver.native.set_deadline(self._id, self._deadline if not self._timeout else now() + self._deadline)
            driver.take_events()

    def __exit__(self, exc_type, exc, traceback):
        if self._state != LIVE or self._driver.current is not self._task or self._task.scope is not self:
            if self._forced:
                return False
            self._misuse()
        rest = exc
        was_cancelled = False
        if exc is not None:
            rest, was_cancelled = strip(exc, self._task)
        flags = self._leave(was_cancelled)
        if flags & ABSORBS and was_cancelled:
            self._caught = True
            if rest is None:
                if flags & EXPIRED:
                    self._expired()
                return True
            reraise(rest)
        return False

    def _leave(self, was_cancelled):
        driver = self._driver
        task = self._task
        flags = driver.exit(self._id, was_cancelled)
        task.scope = self._outer
        task.cancelled = flags & IS_CANCELLED
        self._state = CLOSED
        self._outer = None
        if flags & CALLED:
            self._called = True
            kind, text, by_task = driver.native.get_reason(self._id)
            self._reason = CancelReason(kind, text, by_task)
            driver.native.drop_scope(self._id)
        return flags

    def _expired(self):
        """The deadline passed, and the cancellation ended here."""

    def _misuse(self):
        if self._state == NEW:
            raise RuntimeError("This cancel scope is not active")
        if self._state == CLOSED:
            raise RuntimeError("This cancel scope was left already")
        running = self._driver.current if threading.get_ident() == self._driver.thread else None
        if running is not self._task:
            where = f"task {running.name!r}" if running is not None else "outside any task"
            raise RuntimeError(f"Attempted to exit a cancel scope in {where} that task {self._task.name!r} had entered")
        if self._close_inner():
            self.cancel("left out of order")
            self._forced = True
            self._leave(False)
        raise RuntimeError(
            f"Task {self._task.name!r} attempted to exit a cancel scope while one that it entered inside was still open; "
            "the inner one is cancelled. Leave scopes in reverse order, and do not suspend a generator inside"
        )

    def _close_inner(self):
        """Closes the scopes inside; if there is a task group among them, that must wait: all are cancelled, and False returned."""
        task = self._task
        scope = task.scope
        while scope is not self:
            if scope._group is not None:
                self.cancel("left out of order")
                scope.cancel("left out of order")
                return False
            scope.cancel("left out of order")
            scope._forced = True
            scope._leave(False)
            scope = task.scope
        return True

    async def force_close(self):
        self.cancel("left open")
        self._forced = True
        if self._group is not None:
            await self._group.force_close()
        else:
            self._leave(False)

    def describe(self):
        return "a task group" if self._group is not None else "a cancel scope"

    # --- state ---

    def cancel(self, reason=None):
        """Cancels what is inside. Never a checkpoint; the first reason stands."""
        if self._state == LIVE:
            driver = self._driver
            if threading.get_ident() != driver.thread:
                driver.post(lambda: self.cancel(reason))
                return
            by = driver.current
            driver.native.cancel(self._id, by.id if by is not None else 0, reason)
            driver.take_events()
        elif not self._called:
            self._called = True
            if self._state == NEW:
                self._reason = CancelReason(CancelKind.EXPLICIT, reason, None)

    def request_stop(self, grace=inf, reason=None):
        """Asks what runs inside to come to an end by itself; what still runs after `grace` seconds is cancelled. From any thread.

        Nothing fails because of it: tasks look with is_stop_requested() or wait with wait_stop_requested(), below shields, too. A second request can only shorten the grace.
        """
        if not grace >= 0:
            raise ValueError("grace must be >= 0")
        if self._state == NEW:
            raise RuntimeError("This cancel scope is not active")
        if self._state == CLOSED:
            return
        driver = self._driver
        if threading.get_ident() != driver.thread:
            driver.post(lambda: self.request_stop(grace, reason))
            return
        self._stopping = True
        driver.native.request_stop(self._id, grace, reason)
        driver.take_events()

    @property
    def stop_requested(self):
        """Whether what runs inside was asked to come to an end: by a request to this scope or to one further out."""
        if self._state == LIVE:
            return self._driver.native.get_stop_requested(self._id)
        return getattr(self, "_stopping", False)  # only a request sets it

    @property
    def deadline(self):
        """When the scope cancels itself, on the clock of current_time()."""
        if self._state == LIVE:
            return self._driver.native.get_deadline(self._id)
        return self._deadline + now() if self._timeout else self._deadline

    @deadline.setter
    def deadline(self, value):
        self._deadline = check_seconds(value)
        self._timeout = False
        if self._state == LIVE:
            self._driver.native.set_deadline(self._id, self._deadline)
            self._driver.take_events()

    @property
    def shield(self):
        """Whether the cancellation of outer scopes stops here."""
        return self._shield

    @shield.setter
    def shield(self, value):
        if not isinstance(value, bool):
            raise TypeError("shield must be a bool")
        self._shield = value
        if self._state == LIVE:
            self._driver.native.set_shield(self._id, value)
            self._driver.take_events()

    @property
    def cancel_called(self):
        """Whether this scope itself was cancelled, by a call or its deadline."""
        if self._state == LIVE:
            called = self._driver.native.get_called(self._id)
            self._driver.take_events()
            return called
        return self._called

    @property
    def cancelled_caught(self):
        """Whether a cancellation ended here when the scope was left."""
        return self._caught

    @property
    def reason(self):
        """Why the scope was cancelled, a CancelReason; None if it was not."""
        if self._state == LIVE:
            kind, text, by_task = self._driver.native.get_reason(self._id)
            return CancelReason(kind, text, by_task) if kind != CancelKind.NONE else None
        return self._reason

    @property
    def native(self):
        """The core's object for this scope, while it is open: for functions that take an AnyioCancelScope, and for its GCancellable."""
        if self._state != LIVE:
            raise RuntimeError("This cancel scope is not active")
        self._driver.is_shared = True
        return self._driver.native.get_scope(self._id)

    def __repr__(self):
        state = ("new", "open", "closed")[self._state]
        return f"<Anyio.{type(self).__name__} {state}{', cancelled' if self._called else ''}>"


class FailScope(CancelScope):
    """What fail_after() and fail_at() give."""

    __slots__ = ("_message",)

    def _expired(self):
        raise TimeoutError(self._message or "the deadline passed") from None


def _with_deadline(scope, seconds, is_timeout):
    if seconds is not None:
        seconds = check_seconds(seconds)
        scope._deadline = max(seconds, 0.0) if is_timeout else seconds
        scope._timeout = is_timeout and seconds != inf
    return scope


def move_on_after(delay, shield=False):
    """A scope that ends silently when delay seconds have passed since it was entered; None: never."""
    return _with_deadline(CancelScope(shield=shield), delay, True)


def move_on_at(deadline, shield=False):
    """A scope that ends silently at deadline; None: never."""
    return _with_deadline(CancelScope(shield=shield), deadline, False)


def fail_after(delay, shield=False, reason=None):
    """As move_on_after(), but it raises TimeoutError if it was its deadline that ended it."""
    scope = FailScope(shield=shield)
    scope._message = reason
    return _with_deadline(scope, delay, True)


def fail_at(deadline, shield=False, reason=None):
    """As move_on_at(), but it raises TimeoutError if it was its deadline that ended it."""
    scope = FailScope(shield=shield)
    scope._message = reason
    return _with_deadline(scope, deadline, False)


def current_effective_deadline():
    """The nearest deadline of the scopes around, up to the first shield; -inf if the task is cancelled, inf if there is none."""
    task = current()
    deadline = task.driver.native.get_effective_deadline(task.id)
    task.driver.take_events()
    return deadline


def current_time():
    """Seconds on the clock on which all deadlines are measured."""
    return now()
