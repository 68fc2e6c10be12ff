# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tasks that wait for a moment: Event, which happens once, and Barrier, at which a number of tasks meet.

As all of the toolbox they may be made before any loop runs, belong to one thread, and call nothing in C as long as another task runs or is ready.
"""

import collections

from ._driver import current, give_way, park, refuse_cancelled
from ._exceptions import WouldBlock
from ._moment import Moment

EventStatistics = collections.namedtuple("EventStatistics", "tasks_waiting")
BarrierStatistics = collections.namedtuple("BarrierStatistics", "parties tasks_waiting")


class Event(Moment):
    """A flag that is set once and wakes all that wait for it. There is no way back: make a new one."""

    __slots__ = ("_is_set",)

    def __init__(self):
        self._is_set = False
        self._waiters = None

    def set(self):
        """Wakes all waiters, in order of arrival."""
        self._is_set = True
        self._wake()

    def is_set(self):
        return self._is_set

    async def wait(self):
        """Waits until the event is set. A cancel point, also if it is."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        if self._is_set:
            task.budget -= 1
            if task.budget <= 0:
                await give_way(task)
            return
        self.enter_wait(task, task)
        await park(task, self.leave_wait)

    def statistics(self):
        return EventStatistics(len(self._waiters or ()))

    # --- for select() ---

    def wait_nowait(self):
        if not self._is_set:
            raise WouldBlock

    def __repr__(self):
        return f"<Anyio.Event {'set' if self._is_set else 'unset'}>"


class Barrier:
    """Lets tasks go on when `parties` of them have come; then it serves for the next ones."""

    __slots__ = ("_parties", "_waiters", "__weakref__")

    def __init__(self, parties):
        if not isinstance(parties, int):
            raise TypeError("parties must be an integer")
        if parties < 1:
            raise ValueError("parties must be >= 1")
        self._parties = parties
        self._waiters = {}

    @property
    def parties(self):
        return self._parties

    async def wait(self):
        """Waits for the others; returns how many had come before. One that is cancelled does not count."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        n = len(self._waiters)
        if n + 1 < self._parties:
            self._waiters[task] = None
            return await park(task, self._leave)
        waiters = self._waiters
        self._waiters = {}
        for i, waiter in enumerate(waiters):
            waiter.grant(i)
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)
        return n

    def _leave(self, task):
        del self._waiters[task]
        return True

    def statistics(self):
        return BarrierStatistics(self._parties, len(self._waiters))

    def __repr__(self):
        return f"<Anyio.Barrier {len(self._waiters)} of {self._parties}>"
