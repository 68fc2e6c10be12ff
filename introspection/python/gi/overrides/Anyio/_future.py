# SPDX-License-Identifier: LGPL-2.1-or-later
"""Future: a result that somebody sets once, and that any number of tasks wait for."""

import collections.abc

from ._driver import current, give_way, park, refuse_cancelled
from ._exceptions import FutureAlreadyFinished, FutureCancelled, FutureFailed, FutureNotFinished, WouldBlock
from ._moment import Moment
from ._native import STATUS_CANCELLED, STATUS_FAILED, STATUS_FINISHED, STATUS_PENDING
from ._tasks import TaskStatus


class Future(Moment, collections.abc.Awaitable):
    """A result to come: set .return_value or .exception, or cancel()."""

    __slots__ = ("_name", "_outcome", "_value", "_exception")

    Status = TaskStatus

    def __init__(self, name=None):
        self._name = name
        self._outcome = STATUS_PENDING
        self._value = None
        self._exception = None
        self._waiters = None

    def _end(self, outcome, value, exception):
        if self._outcome == STATUS_CANCELLED:
            raise self._cancelled()
        if self._outcome != STATUS_PENDING:
            raise FutureAlreadyFinished(f"{self._describe()} has a result already")
        self._outcome = outcome
        self._value = value
        self._exception = exception
        self._wake()

    def _describe(self):
        return f"Future {self._name!r}" if self._name is not None else "The future"

    def _cancelled(self):
        return FutureCancelled(f"{self._describe()} was cancelled")

    def _check_ended(self):
        if self._outcome == STATUS_PENDING:
            raise FutureNotFinished(f"{self._describe()} has no result yet")
        if self._outcome == STATUS_CANCELLED:
            raise self._cancelled()

    @property
    def name(self):
        return self._name

    @property
    def status(self):
        return TaskStatus(self._outcome)

    def cancel(self):
        """Ends the future without a result; does nothing if it has ended."""
        if self._outcome == STATUS_PENDING:
            self._end(STATUS_CANCELLED, None, None)

    @property
    def return_value(self):
        """The result; setting it wakes those that wait."""
        self._check_ended()
        if self._outcome == STATUS_FAILED:
            raise FutureFailed(f"{self._describe()} failed: {self._exception}") from self._exception
        return self._value

    @return_value.setter
    def return_value(self, value):
        self._end(STATUS_FINISHED, value, None)

    @property
    def exception(self):
        """What the future failed with, None if it has a result; setting it wakes those that wait."""
        self._check_ended()
        return self._exception

    @exception.setter
    def exception(self, error):
        if not isinstance(error, BaseException):
            raise TypeError(f"exception must be an exception, not {error!r}")
        self._end(STATUS_FAILED, None, error)

    async def wait(self):
        """Waits until the future has ended, in whatever way."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        if self._outcome != STATUS_PENDING:
            task.budget -= 1
            if task.budget <= 0:
                await give_way(task)
            return
        self.enter_wait(task, task)
        await park(task, self.leave_wait)

    def __await__(self):
        yield from self.wait().__await__()
        return self.return_value

    # --- for select() ---

    def wait_nowait(self):
        if self._outcome == STATUS_PENDING:
            raise WouldBlock

    def __repr__(self):
        return f"<Anyio.Future {self._name!r} {self.status.name.lower()}>"
