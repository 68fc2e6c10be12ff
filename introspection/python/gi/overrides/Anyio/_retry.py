# SPDX-License-Identifier: LGPL-2.1-or-later
"""One coroutine function several times, in the task of the caller: retry() until it succeeds, supervise() as long as it is wanted; and how long to wait in between."""

import collections
import enum
import math
import random

from ._driver import check_function, current, refuse_cancelled, report_background_error, strip
from ._scopes import move_on_after, now
from ._stop import is_stop_requested, wait_stop_requested
from ._time import sleep


class Restart(enum.Enum):
    """When a supervised function is called again."""

    ON_FAILURE = "on-failure"
    ALWAYS = "always"  # also when it succeeded


class Backoff(collections.namedtuple("Backoff", "delay factor max_delay jitter max_attempts", defaults=(0.1, 2, 30, 0.5, None))):
    """The delays between attempts: `delay` seconds at first, each time `factor` times longer, at most max_delay; chance may take the part `jitter` of it, 0 to 1, away.

    max_attempts: how many failures in a row are too many; None: there is no bound.
    """

    __slots__ = ()

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls, *args, **kwargs)
        if not (self.delay >= 0 and self.factor >= 1 and self.max_delay >= 0 and 0 <= self.jitter <= 1):
            raise ValueError("delay and max_delay must be >= 0, factor >= 1, jitter from 0 to 1")
        if self.max_attempts is not None and self.max_attempts < 1:
            raise ValueError("max_attempts must be >= 1, or None")
        return self

    def get_delay(self, n_failures):
        """Seconds to wait after so many failures in a row."""
        if self.delay == 0:
            return 0  # times infinity it would be no number
        try:
            delay = min(self.delay * self.factor ** (n_failures - 1), self.max_delay)
        except OverflowError:
            delay = self.max_delay
        return delay * (1 - self.jitter * random.random()) if self.jitter else delay


async def retry(func, *args, attempts=3, delay=1.0, factor=2.0, max_delay=60.0, jitter=0.0, on=Exception):
    """Awaits func(*args) until it succeeds, at most `attempts` times (None: for ever), and returns its result; the last failure is raised.

    Between two attempts it sleeps; delay, factor, max_delay and jitter are those of Backoff. on: the exceptions, a class or a tuple, after which it tries again.
    """
    check_function(func)
    if attempts is not None and attempts < 1:
        raise ValueError("attempts must be >= 1")
    backoff = Backoff(delay, factor, max_delay, jitter)
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    n_failures = 0
    while True:
        try:
            return await func(*args)
        except on:
            n_failures += 1
            if n_failures == attempts:
                raise
        await sleep(backoff.get_delay(n_failures))


async def supervise(func, *args, restart=Restart.ON_FAILURE, backoff=Backoff(), stable_after=0, failed=None):
    """Awaits func(*args) again and again: when it fails or, with Restart.ALWAYS, also when it succeeds. Returns the result of the last call.

    It ends with backoff.max_attempts failures in a row, the last of which is raised; a call that lasted stable_after seconds, or a success, ends the row. When a stop was
    requested it ends as soon as func has, and at once, with None, while it waits. failed(exception, n_failures) is called for each failure that is followed by a restart;
    without it, the handler of set_background_error_handler().
    """
    check_function(func)
    restart = Restart(restart)
    if not isinstance(backoff, Backoff):
        raise TypeError("backoff must be a Backoff")
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    n_failures = 0
    while True:
        began = now()
        try:
            value = await func(*args)
        except Exception as error:
            if stable_after > 0 and now() - began >= stable_after:
                n_failures = 0
            n_failures += 1
            if n_failures == backoff.max_attempts or is_stop_requested() or strip(error, task)[1]:
                raise
            if failed is not None:
                failed(error, n_failures)
            else:
                report_background_error(task, error, "which goes on, has this failure behind it")
        else:
            n_failures = 0
            if restart is not Restart.ALWAYS or is_stop_requested():
                return value
            value = None  # nobody wants it
        with move_on_after(backoff.get_delay(max(n_failures, 1))):
            await wait_stop_requested()
            return None
