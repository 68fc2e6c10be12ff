# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many at once, and how often: Semaphore, CapacityLimiter, RateLimiter.

What becomes free goes to the first waiter at once. Whoever comes while others wait waits behind them.
"""

import collections
import math

from ._driver import current, give_way, park, refuse_cancelled
from ._exceptions import WouldBlock
from ._scopes import now
from ._tasks import TaskHandle

SemaphoreStatistics = collections.namedtuple("SemaphoreStatistics", "tasks_waiting")
CapacityLimiterStatistics = collections.namedtuple("CapacityLimiterStatistics", "borrowed_tokens total_tokens borrowers tasks_waiting")
RateLimiterStatistics = collections.namedtuple("RateLimiterStatistics", "rate burst tasks_waiting")


class Semaphore:
    """A counter that tasks take from and wait for while it is 0. Any task may add to it."""

    __slots__ = ("_value", "_max_value", "_waiters", "__weakref__")

    def __init__(self, initial_value, *, max_value=None, fast_acquire=False):  # it always is
        if not isinstance(initial_value, int):
            raise TypeError("initial_value must be an integer")
        if initial_value < 0:
            raise ValueError("initial_value must be >= 0")
        if max_value is not None:
            if not isinstance(max_value, int):
                raise TypeError("max_value must be an integer or None")
            if max_value < initial_value:
                raise ValueError("max_value must be equal to or higher than initial_value")
        self._value = initial_value
        self._max_value = max_value
        self._waiters = None

    async def acquire(self):
        """Takes one; waits while there is none. Does not yield if there is one."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        if self._value:
            self._value -= 1
            task.budget -= 1
            if task.budget <= 0:
                await give_way(task)
            return
        self.enter_acquire(task, task)
        await park(task, self.leave_acquire)

    def acquire_nowait(self):
        if not self._value:
            raise WouldBlock
        self._value -= 1

    def release(self):
        """Gives one to the first waiter, or puts it back."""
        if self._waiters:
            self._waiters.popitem(last=False)[0].grant(None)
            return
        if self._max_value is not None and self._value == self._max_value:
            raise ValueError("semaphore released too many times")
        self._value += 1

    @property
    def value(self):
        return self._value

    @property
    def max_value(self):
        return self._max_value

    def statistics(self):
        return SemaphoreStatistics(len(self._waiters or ()))

    def __aenter__(self):
        return self.acquire()

    async def __aexit__(self, exc_type, exc, traceback):
        self.release()

    # --- for select() ---

    def enter_acquire(self, waiter, task):
        if self._waiters is None:
            self._waiters = collections.OrderedDict()
        self._waiters[waiter] = None

    def leave_acquire(self, waiter):
        self._waiters.pop(waiter, None)
        return True


class CapacityLimiter:
    """A number of tokens, of which each borrower has at most one. The number may change at any time. A task that ends gives its token back."""

    __slots__ = ("_total_tokens", "_borrowers", "_waiters", "_waiting_for", "__weakref__")

    def __init__(self, total_tokens):
        self._borrowers = {}
        self._waiters = collections.OrderedDict()  # to the borrower
        self._waiting_for = {}  # borrowers
        self.total_tokens = total_tokens

    @property
    def total_tokens(self):
        return self._total_tokens

    @total_tokens.setter
    def total_tokens(self, value):
        if not isinstance(value, int) and value != math.inf:
            raise TypeError("total_tokens must be an int or math.inf")
        if value < 0:
            raise ValueError("total_tokens must be >= 0")
        self._total_tokens = value
        self._grant()

    @property
    def borrowed_tokens(self):
        return len(self._borrowers)

    @property
    def available_tokens(self):
        """How many are left; negative after total_tokens was lowered below what is borrowed."""
        return self._total_tokens - len(self._borrowers)

    def acquire(self):
        """Borrows a token for the current task; waits while there is none."""
        return self.acquire_on_behalf_of(current())

    def acquire_nowait(self):
        self.acquire_on_behalf_of_nowait(current())

    async def acquire_on_behalf_of(self, borrower):
        task = current()
        if task.cancelled:
            self._check(borrower)
            await refuse_cancelled(task)
        try:
            self.acquire_on_behalf_of_nowait(borrower)
        except WouldBlock:
            self.enter_acquire(task, borrower)
            await park(task, self.leave_acquire)
            return
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)

    def _check(self, borrower):
        if borrower in self._borrowers:
            raise RuntimeError("this borrower is already holding one of this CapacityLimiter's tokens")
        if borrower in self._waiting_for:
            raise RuntimeError("this borrower is already waiting for one of this CapacityLimiter's tokens")

    def acquire_on_behalf_of_nowait(self, borrower):
        if borrower in self._borrowers or borrower in self._waiting_for:
            self._check(borrower)
        if len(self._borrowers) >= self._total_tokens:
            raise WouldBlock
        self._lend(borrower)

    def release(self):
        """Gives back the token of the current task."""
        self.release_on_behalf_of(current())

    def release_on_behalf_of(self, borrower):
        if borrower not in self._borrowers:
            raise RuntimeError("this borrower isn't holding any of this CapacityLimiter's tokens")
        del self._borrowers[borrower]
        if isinstance(borrower, TaskHandle) and borrower.guarded is not None:
            borrower.guarded.pop(self, None)
        self._grant()

    def owner_ended(self, task):
        del self._borrowers[task]
        self._grant()

    def _lend(self, borrower):
        self._borrowers[borrower] = None
        if isinstance(borrower, TaskHandle):
            if borrower.guarded is None:
                borrower.guarded = {}
            borrower.guarded[self] = None

    def _grant(self):
        waiters = self._waiters
        while waiters and len(self._borrowers) < self._total_tokens:
            waiter, borrower = waiters.popitem(last=False)
            del self._waiting_for[borrower]
            self._lend(borrower)
            waiter.grant(None)

    # --- for select() ---

    def enter_acquire(self, waiter, borrower):
        self._check(borrower)
        self._waiters[waiter] = borrower
        self._waiting_for[borrower] = None

    def leave_acquire(self, waiter):
        if waiter in self._waiters:  # otherwise it was just granted
            del self._waiting_for[self._waiters.pop(waiter)]
        return True

    def statistics(self):
        return CapacityLimiterStatistics(len(self._borrowers), self._total_tokens, tuple(self._borrowers), len(self._waiters))

    def __aenter__(self):
        return self.acquire()

    async def __aexit__(self, exc_type, exc, traceback):
        self.release()


class RateLimiter:
    """Lets through `rate` tokens a second, and up to `burst` at once after a pause.

    The first waiter has a timer; those behind it have none.
    """

    __slots__ = ("_rate", "_burst", "_tokens", "_time", "_waiters", "__weakref__")

    def __init__(self, rate, burst=1):
        if not 0 < rate < math.inf:
            raise ValueError("rate must be a number > 0")
        if not 1 <= burst < math.inf:
            raise ValueError("burst must be a number >= 1")
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._time = None  # of the last look; the clock is the run's
        self._waiters = collections.OrderedDict()  # to the number of tokens

    @property
    def rate(self):
        """Tokens a second."""
        return self._rate

    @property
    def burst(self):
        return self._burst

    @property
    def available_tokens(self):
        self._refill()
        return self._tokens

    def _refill(self):
        time = now()
        if self._time is not None and time > self._time:
            self._tokens = min(self._burst, self._tokens + (time - self._time) * self._rate)
        self._time = time

    def _check(self, tokens):
        if not 0 < tokens <= self._burst:
            raise ValueError(f"tokens must be a number > 0, and at most the burst, {self._burst}")

    def acquire_nowait(self, tokens=1):
        self._check(tokens)
        self._refill()
        if self._waiters or self._tokens < tokens:
            raise WouldBlock
        self._tokens -= tokens

    async def acquire(self, tokens=1):
        """Takes tokens; waits until there are so many, behind those that came before."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        try:
            self.acquire_nowait(tokens)
        except WouldBlock:
            self._waiters[task] = tokens
            if len(self._waiters) == 1:
                self._arm(task, tokens)
            await park(task, self._leave)
            del self._waiters[task]
            self._refill()
            self._tokens = max(0.0, self._tokens - tokens)  # the timer was for just so many
            self._arm_first()
            return
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)

    def _arm(self, task, tokens):
        task.driver.arm(task.id, self._time + (tokens - self._tokens) / self._rate)

    def _arm_first(self):
        if self._waiters:
            self._refill()
            self._arm(*next(iter(self._waiters.items())))

    def _leave(self, task):
        is_first = next(iter(self._waiters)) is task
        del self._waiters[task]
        if is_first:
            task.driver.native.disarm(task.id)
            self._arm_first()
        return True

    def statistics(self):
        return RateLimiterStatistics(self._rate, self._burst, len(self._waiters))

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc, traceback):
        pass
