# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several coroutines as one: gather, amap, as_completed, race, first_success.

All are task groups inside: when they return, everything that they started has ended.
"""

import collections.abc
import math

from ._driver import callable_name, reraise, report_background_error
from ._event import Event
from ._exceptions import TaskCancelled
from ._groups import TaskGroup
from ._memory import create_memory_object_stream
from ._native import JoinPolicy, STATUS_FAILED
from ._policies import PolicyGroup, check_limit, create_task_group
from ._scopes import move_on_after


def _check_coroutines(name, coros):
    for what in coros:
        if not isinstance(what, collections.abc.Coroutine):
            _close(coros)
            raise TypeError(f"{name}() expects coroutine objects, got {what!r}")


def _close(coros):
    for coro in coros:
        if isinstance(coro, collections.abc.Coroutine):
            coro.close()


async def gather(*coros):
    """Runs the coroutines at the same time; returns a tuple of what they return, in order. The first failure cancels the others."""
    _check_coroutines("gather", coros)
    async with TaskGroup() as group:
        handles = [group.create_task(coro) for coro in coros]
    return tuple(handle.return_value for handle in handles)


async def amap(func, args, *, limit=None):
    """Calls the coroutine function with each of args, at most `limit` at the same time; returns the results in order."""
    name = callable_name(func)
    async with create_task_group(max_concurrency=check_limit("limit", limit)) as group:
        handles = [group.start_soon(func, arg, name=name) for arg in args]
    return [handle.return_value for handle in handles]


class as_completed:
    """Runs the awaitables in the block; what `async with` gives is a stream of their handles, in the order in which they end.

    One that failed comes, too, then the block is cancelled and the failure raised, unless the policy says otherwise. Leaving the block early cancels the rest. policy and
    max_concurrency are those of create_task_group().
    """

    def __init__(self, *awaitables, policy=JoinPolicy.ALL, max_concurrency=None):
        if not awaitables:
            raise ValueError("at least one awaitable must be given")
        self._awaitables = awaitables
        self._policy = policy
        self._max_concurrency = check_limit("max_concurrency", max_concurrency)

    async def __aenter__(self):
        send, self._receive = create_memory_object_stream(math.inf)
        self._group = group = _Completions(send, len(self._awaitables), self._policy, self._max_concurrency)
        await group.__aenter__()
        for what in self._awaitables:
            coro = what if isinstance(what, collections.abc.Coroutine) else _await(what)
            group.create_task(coro, name=getattr(what, "__qualname__", None) or getattr(what, "name", None))
        self._awaitables = ()
        return self._receive

    async def __aexit__(self, exc_type, exc, traceback):
        self._group.cancel("left early")
        try:
            return await self._group.__aexit__(exc_type, exc, traceback)
        finally:
            self._receive.close()


async def _await(what):
    return await what


class _Completions(PolicyGroup):
    """The group of as_completed(): hands each handle over before its end can cancel anything."""

    def __init__(self, send, n, policy, max_concurrency):
        super().__init__(policy, max_concurrency)
        self._send = send
        self._n = n

    def child_ended(self, task, value, error):
        self._n -= 1
        try:
            self._send.send_nowait(task)
        finally:
            if not self._n:
                self._send.close()
            flags = super().child_ended(task, value, error)
        return flags


class _Contest(PolicyGroup):
    """A group of which one task wins, whose outcome is the caller's. What fails after that is nobody's result, and reported as an error in the background."""

    def __init__(self, policy):
        super().__init__(policy)
        self.failed = Event()

    def _failed(self, task, error):
        if self.winner is not None:
            report_background_error(task, error)
        else:
            self.failed.set()

    def _nobody_won(self):
        """The caller sees to that."""


async def _run_contest(contest, coros, delay=None):
    coros = collections.deque(coros)
    try:
        async with contest:
            while coros:
                contest.failed = Event()
                contest.create_task(coros.popleft())
                if delay is not None and coros:
                    with move_on_after(delay):
                        await contest.failed.wait()
    finally:
        _close(coros)


async def race(*coros):
    """Runs the coroutines at the same time; the first to end decides, by its result or its failure, and the others are cancelled."""
    _check_coroutines("race", coros)
    if not coros:
        raise ValueError("at least one coroutine must be given")
    contest = _Contest(JoinPolicy.FIRST_DONE)
    await _run_contest(contest, coros)
    if contest.winner._outcome == STATUS_FAILED:
        reraise(contest.winner._exception)
    return contest.winner._result()


async def first_success(*coros, delay=None):
    """Runs the coroutines at the same time; returns the result of the first that succeeds, and cancels the others. If all fail, an ExceptionGroup of all.

    With a delay they start one after the other: the next one after so many seconds, or as soon as one has failed.
    """
    _check_coroutines("first_success", coros)
    if not coros:
        raise ValueError("at least one coroutine must be given")
    contest = _Contest(JoinPolicy.FIRST_SUCCESS)
    await _run_contest(contest, coros, delay)
    if contest.winner is None and not contest.failures:
        raise TaskCancelled("All coroutines of first_success() were cancelled")
    if contest.winner is None:
        raise BaseExceptionGroup("none of the coroutines succeeded", contest.failures)
    return contest.winner._value
