# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several coroutines as one: gather, amap, as_completed, race, first_success; and retry, one coroutine function several times.

All are task groups inside: when they return, everything that they started has ended.
"""

import collections.abc
import math
import random

from ._driver import callable_name, current, refuse_cancelled, reraise, report_background_error, strip
from ._event import Event
from ._exceptions import TaskCancelled
from ._groups import TaskGroup
from ._memory import create_memory_object_stream
from ._native import STATUS_FAILED, STATUS_FINISHED
from ._scopes import move_on_after
from ._time import sleep


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
    if limit is not None and limit < 1:
        raise ValueError("limit must be >= 1")
    name = callable_name(func)
    if limit is None:
        async with TaskGroup() as group:
            handles = [group.start_soon(func, arg, name=name) for arg in args]
        return [handle.return_value for handle in handles]

    results = {}
    numbered = enumerate(args)

    async def work():
        for i, arg in numbered:
            results[i] = None
            results[i] = await func(arg)

    async with TaskGroup() as group:
        for _ in range(min(limit, len(args)) if isinstance(args, collections.abc.Sized) else limit):
            group.start_soon(work, name=name)
    return list(results.values())


class as_completed:
    """Runs the awaitables in the block; what `async with` gives is a stream of their handles, in the order in which they end.

    One that failed comes, too, then the block is cancelled and the failure raised. Leaving the block early cancels the rest.
    """

    def __init__(self, *awaitables):
        if not awaitables:
            raise ValueError("at least one awaitable must be given")
        self._awaitables = awaitables

    async def __aenter__(self):
        send, self._receive = create_memory_object_stream(math.inf)
        self._group = group = _Completions(send, len(self._awaitables))
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


class _Completions(TaskGroup):
    """The group of as_completed(): hands each handle over before its end can cancel anything."""

    def __init__(self, send, n):
        super().__init__()
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


class _Contest(TaskGroup):
    """A group of which one task wins; the others are cancelled. What fails after that is nobody's result, and reported as an error in the background."""

    def __init__(self, takes_failures):
        super().__init__()
        self._takes_failures = takes_failures
        self.winner = None
        self.failures = []
        self.failed = Event()

    def child_ended(self, task, value, error):
        rest = error
        if error is not None:
            rest, was_cancelled = strip(error, task)
            if rest is None:
                return super().child_ended(task, value, error)
        if rest is None:
            task.set_outcome(STATUS_FINISHED, value, None)
        else:
            task.set_outcome(STATUS_FAILED, None, rest)
            if self.winner is not None:
                report_background_error(task, rest)
            else:
                self.failures.append(rest)
                self.failed.set()
        if self.winner is None and (rest is None or self._takes_failures):
            self.winner = task
            self.cancel("another one was first")
        return task.driver.end_native_task(task, STATUS_FINISHED)


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
    contest = _Contest(True)
    await _run_contest(contest, coros)
    if contest.winner is None:
        raise TaskCancelled("All coroutines of race() were cancelled")
    if contest.winner._outcome == STATUS_FAILED:
        reraise(contest.winner._exception)
    return contest.winner._value


async def first_success(*coros, delay=None):
    """Runs the coroutines at the same time; returns the result of the first that succeeds, and cancels the others. If all fail, an ExceptionGroup of all.

    With a delay they start one after the other: the next one after so many seconds, or as soon as one has failed.
    """
    _check_coroutines("first_success", coros)
    if not coros:
        raise ValueError("at least one coroutine must be given")
    contest = _Contest(False)
    await _run_contest(contest, coros, delay)
    if contest.winner is None and not contest.failures:
        raise TaskCancelled("All coroutines of first_success() were cancelled")
    if contest.winner is None:
        raise BaseExceptionGroup("none of the coroutines succeeded", contest.failures)
    return contest.winner._value


async def retry(func, *args, attempts=3, delay=1.0, factor=2.0, max_delay=60.0, jitter=0.0, on=Exception):
    """Awaits func(*args) until it succeeds, at most `attempts` times (None: for ever), and returns its result; the last failure is raised.

    Between two attempts it sleeps: `delay` seconds at first, each time `factor` times longer, at most max_delay; jitter is the part of it, 0 to 1, that chance
    may take away. on: the exceptions, a class or a tuple, after which it tries again.
    """
    if attempts is not None and attempts < 1:
        raise ValueError("attempts must be >= 1")
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    while True:
        try:
            return await func(*args)
        except on:
            if attempts is not None:
                attempts -= 1
                if attempts == 0:
                    raise
        await sleep(min(delay, max_delay) * (1 - jitter * random.random()))
        delay *= factor
