# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups that are bounded or have another policy than that all must succeed.

They are subclasses, so that other groups do not pay for them, and all is decided here and not in the core: results and exceptions are Python's, and a child whose failure
means nothing to the group simply ends for the core as one that succeeded. What tasks of other languages do in such a group counts as in every group.
"""

import collections

from ._driver import ABSORBED, report_background_error, strip
from ._groups import TaskGroup
from ._native import JoinPolicy, STATUS_FAILED, STATUS_FINISHED


def check_limit(name, n):
    if n is not None and (not isinstance(n, int) or n < 1):
        raise ValueError(f"{name} must be an integer >= 1, or None")
    return n


class BoundedGroup(TaskGroup):
    """A group of which at most so many tasks run at once (SEMANTICS 3.11). Those beyond begin, in order, when others have ended: also if the group is cancelled."""

    def __init__(self, max_concurrency=None):
        super().__init__()
        self._max_concurrency = check_limit("max_concurrency", max_concurrency)
        self._n_begun = 0
        self._held = collections.deque()

    @property
    def max_concurrency(self):
        """How many tasks run at once; None: no bound. It may change at any time: raising it lets tasks begin, lowering it interrupts none."""
        return self._max_concurrency

    @max_concurrency.setter
    def max_concurrency(self, value):
        self._max_concurrency = check_limit("max_concurrency", value)
        self._begin_held()

    def _has_room(self):
        return self._max_concurrency is None or self._n_begun < self._max_concurrency

    def _is_full(self):
        return bool(self._held) or not self._has_room()  # what child_failed starts comes behind those who wait

    def start_soon(self, func, *args, name=None):
        return self._hold_back(super().start_soon(func, *args, name=name))

    def create_task(self, coro, *, name=None, context=None):
        return self._hold_back(super().create_task(coro, name=name, context=context))

    def _hold_back(self, task):
        if self._is_full():
            self._driver.ready.pop()  # it was the last to come
            self._held.append(task)
        else:
            self._n_begun += 1
        return task

    def _begin_held(self):
        held = self._held
        while held and self._has_room():
            self._n_begun += 1
            self._driver.make_ready(held.popleft())

    def task_came(self):
        self._n_begun += 1

    def child_ended(self, task, value, error):
        self._n_begun -= 1
        try:
            return self._decide(task, value, error)
        finally:
            self._begin_held()

    _decide = TaskGroup.child_ended


class PolicyGroup(BoundedGroup):
    """A group in which the end of a child means something else (SEMANTICS 3.9). What is no Exception, as KeyboardInterrupt, ends every group."""

    def __init__(self, policy, max_concurrency=None, child_failed=None):
        super().__init__(max_concurrency)
        self.policy = policy
        self.winner = None
        self.failures = []
        self._child_failed = child_failed
        self._takes_first = policy in (JoinPolicy.FIRST_DONE, JoinPolicy.FIRST_SUCCESS)

    def _decide(self, task, value, error):
        if self.policy == JoinPolicy.ALL:
            return super()._decide(task, value, error)
        rest = None
        if error is not None:
            rest, was_cancelled = strip(error, task)
            if rest is None or not isinstance(rest, Exception):
                flags = super()._decide(task, value, error)
                if flags & ABSORBED and self.policy == JoinPolicy.FIRST_DONE:  # cancelled alone, it has ended
                    self._win(task, 0)
                return flags

        if rest is None:
            task.set_outcome(STATUS_FINISHED, value, None)
        else:
            task.set_outcome(STATUS_FAILED, None, rest)
            self.failures.append(rest)
            try:
                self._failed(task, rest)
            except BaseException as defect:  # of the handler: the group's
                self._exceptions.append(defect)
                return task.driver.end_native_task(task, STATUS_FAILED, defect)
        if self._takes_first and (rest is None or self.policy == JoinPolicy.FIRST_DONE):
            self._win(task, task.id)
        return task.driver.end_native_task(task, STATUS_FINISHED)

    def _win(self, task, by):
        if self.winner is None:
            self.winner = task
            self._driver.native.cancel(self.scope_id, by, "another task of the group was first")
            self._driver.take_events()

    def _failed(self, task, error):
        """What becomes of the failure of a child, apart from its being noted."""
        if self.policy == JoinPolicy.FIRST_DONE:
            self._exceptions.append(error)
        elif self.policy == JoinPolicy.SUPERVISE:
            driver = task.driver
            driver.current = None  # nobody can act on behalf of a task that has ended
            try:
                if self._child_failed is not None:
                    self._child_failed(task, error)
                else:
                    report_background_error(task, error)
            finally:
                driver.current = task

    async def _exit(self):
        flags = await super()._exit()
        if self._takes_first and self.winner is None:
            self._nobody_won()
        return flags

    def _nobody_won(self):
        if self._cancelled and not self._exceptions:  # somebody might still have won
            return
        if self.policy == JoinPolicy.FIRST_SUCCESS:
            self._exceptions.extend(self.failures)
        if not self._exceptions:
            self._exceptions.append(RuntimeError("No task of the task group came to an end of its own that could decide"))


def create_task_group(*, policy=JoinPolicy.ALL, max_concurrency=None, child_failed=None):
    """A task group, for `async with`.

    policy: what the end of a child means. max_concurrency: how many tasks run at once. child_failed: with the policy SUPERVISE, is called with the TaskHandle and the
    exception of each task that fails, and may start another one in its place; without it they go to the handler of set_background_error_handler().
    """
    if child_failed is not None and policy != JoinPolicy.SUPERVISE:
        raise ValueError("child_failed is called with the policy SUPERVISE only")
    if not isinstance(policy, JoinPolicy):
        raise TypeError(f"policy must be one of Anyio.JoinPolicy, not {policy!r}")
    if policy == JoinPolicy.ALL:
        return TaskGroup() if max_concurrency is None else BoundedGroup(max_concurrency)
    return PolicyGroup(policy, max_concurrency, child_failed)
