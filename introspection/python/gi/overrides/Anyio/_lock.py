# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mutual exclusion of tasks: Lock, Condition, and ResourceGuard, which does not wait but complains.

A released lock belongs to the first waiter at once, before that runs, so nobody can slip in between. If its owner ends without having released it, nobody
ever will: all that wait, for it or on its conditions, and all that come, get BrokenResourceError. For that the owner knows the locks for which others
wait, and only those.
"""

import collections

from ._driver import cancelled, current, give_way, park, refuse_cancelled
from ._exceptions import BrokenResourceError, BusyResourceError, WouldBlock
from ._native import STATUS_PENDING
from ._tasks import get_task_info

LockStatistics = collections.namedtuple("LockStatistics", "locked owner tasks_waiting")
ConditionStatistics = collections.namedtuple("ConditionStatistics", "tasks_waiting lock_statistics")


class Lock:
    """Belongs to one task at a time. The task that has it cannot take it again."""

    __slots__ = ("_owner", "_waiters", "_conditions", "__weakref__")

    def __init__(self, *, fast_acquire=False):  # it always is
        self._owner = None
        self._waiters = None
        self._conditions = {}  # on which tasks wait

    async def acquire(self):
        """Takes the lock; waits while another task has it. Does not yield if it is free."""
        task = current()
        if task.cancelled:
            self._check_misuse(task)
            await refuse_cancelled(task)
        if self._owner is None:
            self._owner = task
            if self._conditions:
                self._guard()
            task.budget -= 1
            if task.budget <= 0:
                await give_way(task)
            return
        self.enter_acquire(task, task)
        await park(task, self.leave_acquire)

    def acquire_nowait(self):
        task = current()
        owner = self._owner
        if owner is None:
            self._owner = task
            if self._conditions:
                self._guard()
            return
        self._check_owner(task)
        raise WouldBlock

    def release(self):
        """Gives the lock to the first waiter. Does nothing if the lock is broken."""
        task = current()
        if self._owner is not task:
            if self._is_broken():
                return
            raise RuntimeError("The current task is not holding this lock")
        self._release(task)

    def _release(self, task):
        if task.guarded is not None:
            task.guarded.pop(self, None)
        waiters = self._waiters
        if not waiters:
            self._owner = None
            return
        waiter, self._owner = waiters.popitem(last=False)
        waiter.grant(None)
        if waiters or self._conditions:
            self._guard()

    def locked(self):
        return self._owner is not None

    def statistics(self):
        owner = self._owner
        return LockStatistics(owner is not None, get_task_info(owner) if owner is not None else None, len(self._waiters or ()))

    async def __aexit__(self, exc_type, exc, traceback):
        self.release()

    def __aenter__(self):
        return self.acquire()

    # --- owners that end ---

    def _guard(self):
        owner = self._owner
        if owner.guarded is None:
            owner.guarded = {}
        owner.guarded[self] = None

    def owner_ended(self, owner):
        for queue in (self._waiters, *(condition._waiters for condition in self._conditions)):
            while queue:
                queue.popitem(last=False)[0].refuse(self._broken())
        self._conditions.clear()

    def _is_broken(self):
        return self._owner is not None and self._owner._outcome != STATUS_PENDING

    def _broken(self):
        return BrokenResourceError(f"Task {self._owner.name!r} ended without having released this lock")

    def _check_misuse(self, task):
        if self._owner is task:
            raise RuntimeError("Attempted to acquire an already held Lock")

    def _check_owner(self, task):
        self._check_misuse(task)
        if self._is_broken():
            raise self._broken()

    # --- for select() ---

    def enter_acquire(self, waiter, task):
        self._check_owner(task)
        if self._waiters is None:
            self._waiters = collections.OrderedDict()
        self._waiters[waiter] = task
        self._guard()

    def leave_acquire(self, waiter):
        if self._waiters is not None:
            self._waiters.pop(waiter, None)
        return True

    def __repr__(self):
        return f"<Anyio.Lock {'unlocked' if self._owner is None else f'of task {self._owner.name!r}'}>"


class Condition:
    """A lock, and a queue of tasks that wait for a notice of its owner.

    One that was notified goes straight into the lock's queue, where a cancellation does not reach it: it has the notice. It always has the lock again when wait() ends.
    """

    __slots__ = ("_lock", "_waiters", "__weakref__")

    def __init__(self, lock=None):
        self._lock = lock if lock is not None else Lock()
        self._waiters = collections.OrderedDict()

    def acquire(self):
        return self._lock.acquire()

    def acquire_nowait(self):
        self._lock.acquire_nowait()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def __aenter__(self):
        return self._lock.acquire()

    async def __aexit__(self, exc_type, exc, traceback):
        self._lock.release()

    def _check_owner(self, task):
        if self._lock._owner is not task and not self._lock._is_broken():
            raise RuntimeError("The current task is not holding the underlying lock")

    def notify(self, n=1):
        """Lets the n first waiters go on as soon as they get the lock."""
        self._check_owner(current())
        self._notify(n)

    def notify_all(self):
        self._check_owner(current())
        self._notify(len(self._waiters))

    def _notify(self, n):
        while n > 0 and self._waiters:
            task = self._waiters.popitem(last=False)[0]
            n -= 1
            task.abort = None
            self._reacquire(task)
        self._look()

    def _look(self):
        """The lock knows the conditions on which tasks wait."""
        if not self._waiters:
            self._lock._conditions.pop(self, None)

    def _reacquire(self, task):
        lock = self._lock
        owner = lock._owner
        if owner is None:
            lock._owner = task
            if lock._conditions:
                lock._guard()
            task.grant(None)
        else:
            lock.enter_acquire(task, task)

    async def wait(self):
        """Releases the lock, waits for a notice, and takes the lock again."""
        task = current()
        lock = self._lock
        self._check_owner(task)
        if lock._owner is not task:
            raise lock._broken()
        if task.cancelled:
            await refuse_cancelled(task)
        self._waiters[task] = None
        lock._conditions[self] = None
        lock._release(task)
        task.aborted = False
        await park(task, self._abort_wait)
        if task.aborted:
            raise cancelled(task)

    async def wait_for(self, predicate):
        """Waits until predicate() is true, and returns what it gave."""
        while not (result := predicate()):
            await self.wait()
        return result

    def _abort_wait(self, task):
        del self._waiters[task]
        self._look()
        task.aborted = True
        self._reacquire(task)
        return False

    def statistics(self):
        return ConditionStatistics(len(self._waiters), self._lock.statistics())


class ResourceGuard:
    """Says that one task at a time uses something: the second one gets BusyResourceError."""

    __slots__ = ("action", "_guarded")

    def __init__(self, action="using"):
        self.action = action
        self._guarded = False

    def __enter__(self):
        if self._guarded:
            raise BusyResourceError(self.action)
        self._guarded = True

    def __exit__(self, exc_type, exc, traceback):
        self._guarded = False
