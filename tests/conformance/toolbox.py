# SPDX-License-Identifier: LGPL-2.1-or-later
"""The statements of the conformance programs about the toolbox, in Python: what synchronises tasks, and the streams in memory."""

import contextlib
import math

from gi.repository import Anyio

WORDS = (
    (Anyio.WouldBlock, "would-block"),
    (Anyio.ClosedResourceError, "closed"),
    (Anyio.BrokenResourceError, "broken"),
    (Anyio.BusyResourceError, "pending"),
    (Anyio.EndOfStream, "end"),
    (Anyio.Lagged, "lagged"),
)


class Misuse(Exception):
    """What Python has a RuntimeError or a ValueError for."""


class Late(Exception):
    """The future has had its result before."""


def describe(error):
    """The word for an error of the toolbox, or None."""
    if isinstance(error, Misuse):
        return "misuse"
    if isinstance(error, Late):
        return "late"
    return next((word for kind, word in WORDS if isinstance(error, kind)), None)


@contextlib.contextmanager
def misuse_told():
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise Misuse from error


def item_of(word):
    return None if word == "nothing" else word


def word_of(item):
    return "nothing" if item is None else item


class Toolbox:
    """One case's objects. What uses it has say() and block()."""

    def __init__(self):
        self.objects = {}

    def close_all(self):
        """An end that is not closed warns when it is collected."""
        for thing in self.objects.values():
            if hasattr(thing, "close"):
                thing.close()

    # --- objects ---

    async def event_(self, frame, node, name):
        self.objects[name] = Anyio.Event()

    async def lock_(self, frame, node, name):
        self.objects[name] = Anyio.Lock()

    async def semaphore_(self, frame, node, name, value, most=None):
        self.objects[name] = Anyio.Semaphore(int(value), max_value=int(most) if most else None)

    async def limiter_(self, frame, node, name, total):
        self.objects[name] = Anyio.CapacityLimiter(int(total))

    async def condition_(self, frame, node, name, lock):
        self.objects[name] = Anyio.Condition(self.objects[lock])

    async def barrier_(self, frame, node, name, parties):
        self.objects[name] = Anyio.Barrier(int(parties))

    async def future_(self, frame, node, name):
        self.objects[name] = Anyio.Future()

    async def rate_(self, frame, node, name, rate, burst):
        self.objects[name] = Anyio.RateLimiter(float(rate), int(burst))

    async def guard_(self, frame, node, name):
        self.objects[name] = Anyio.ResourceGuard()

    async def broadcast_(self, frame, node, name):
        self.objects[name] = Anyio.create_broadcast_stream()

    async def stream_(self, frame, node, send, receive, size):
        self.objects[send], self.objects[receive] = Anyio.create_memory_object_stream(math.inf if size == "unbounded" else int(size))

    # --- what synchronises ---

    async def await_(self, frame, node, name):
        thing = self.objects[name]
        with misuse_told():
            place = await thing.wait()
        if isinstance(thing, Anyio.Barrier):
            self.say(f"{name}={place}")

    async def fire_(self, frame, node, name):
        self.objects[name].set()

    async def notify_(self, frame, node, name, n):
        with misuse_told():
            if n == "all":
                self.objects[name].notify_all()
            else:
                self.objects[name].notify(int(n))

    # --- futures ---

    def settle(self, name, kind, value):
        try:
            setattr(self.objects[name], kind, value)
        except (Anyio.FutureAlreadyFinished, Anyio.FutureCancelled):
            raise Late from None

    async def settle_(self, frame, node, name, value):
        self.settle(name, "return_value", value)

    async def fail_(self, frame, node, name, error):
        self.settle(name, "exception", self.make_failure(error))

    async def cancel_future_(self, frame, node, name):
        self.objects[name].cancel()

    async def read_(self, frame, node, name):
        self.say(f"{name}={await self.objects[name]}")

    # --- having ---

    async def acquire_(self, frame, node, name, borrower=None):
        if isinstance(self.objects[name], Anyio.RateLimiter):
            borrower, tokens = None, (int(borrower or 1),)
        else:
            tokens = ()
        with misuse_told():
            await (self.objects[name].acquire(*tokens) if borrower is None else self.objects[name].acquire_on_behalf_of(borrower))

    async def acquire_nowait_(self, frame, node, name, borrower=None):
        with misuse_told():
            if isinstance(self.objects[name], Anyio.RateLimiter):
                self.objects[name].acquire_nowait(int(borrower or 1))
            elif borrower is None:
                self.objects[name].acquire_nowait()
            else:
                self.objects[name].acquire_on_behalf_of_nowait(borrower)

    async def release_(self, frame, node, name, borrower=None):
        with misuse_told():
            if borrower is None:
                self.objects[name].release()
            else:
                self.objects[name].release_on_behalf_of(borrower)

    async def holding_(self, frame, node, name):
        if isinstance(self.objects[name], Anyio.ResourceGuard):
            with self.objects[name]:
                return await self.block(frame, node.body)
        async with self.objects[name]:
            return await self.block(frame, node.body)

    async def total_(self, frame, node, name, total):
        self.objects[name].total_tokens = int(total)

    # --- streams ---

    async def send_(self, frame, node, name, item):
        await self.objects[name].send(item_of(item))

    async def send_nowait_(self, frame, node, name, item):
        self.objects[name].send_nowait(item_of(item))

    async def receive_(self, frame, node, name):
        self.say(f"{name}={word_of(await self.objects[name].receive())}")

    async def receive_nowait_(self, frame, node, name):
        self.say(f"{name}={word_of(self.objects[name].receive_nowait())}")

    async def drain_(self, frame, node, name):
        async for item in self.objects[name]:
            self.say(f"{name}={word_of(item)}")

    async def subscribe_(self, frame, node, name, end, size, policy):
        overflow = "wait" if policy == "block" else policy.replace("-", "_")
        self.objects[end] = self.objects[name].subscribe(math.inf if size == "unbounded" else int(size), overflow=overflow)

    async def lost_(self, frame, node, name):
        self.say(f"{name}={self.objects[name].n_dropped}")

    async def clone_(self, frame, node, name, clone):
        self.objects[clone] = self.objects[name].clone()

    async def close_(self, frame, node, name):
        self.objects[name].close()

    async def drop_(self, frame, node, name):
        del self.objects[name]

    # --- questions ---

    async def look_(self, frame, node, name):
        thing = self.objects[name]
        if isinstance(thing, Anyio.Event):
            word = "set" if thing.is_set() else "unset"
        elif isinstance(thing, Anyio.Lock):
            word = "held" if thing.locked() else "free"
        elif isinstance(thing, Anyio.RateLimiter):
            word = f"{thing.available_tokens:g}"
        elif isinstance(thing, Anyio.ResourceGuard):
            word = self.look_at_guard(thing)
        elif isinstance(thing, Anyio.Semaphore):
            word = thing.value
        elif isinstance(thing, Anyio.CapacityLimiter):
            word = thing.available_tokens
        else:
            word = thing.statistics().current_buffer_used
        self.say(f"{name}={word}")

    def look_at_guard(self, guard):
        try:
            with guard:
                return "free"
        except Anyio.BusyResourceError:
            return "held"

    async def waiting_(self, frame, node, name):
        thing = self.objects[name]
        statistics = thing.statistics()
        if isinstance(thing, (Anyio.BroadcastSendStream, Anyio.MemoryObjectSendStream)):
            n = statistics.tasks_waiting_send
        elif isinstance(thing, Anyio.MemoryObjectReceiveStream):
            n = statistics.tasks_waiting_receive
        else:
            n = statistics.tasks_waiting
        self.say(f"{name}={n}")

    async def ends_(self, frame, node, name):
        statistics = self.objects[name].statistics()
        self.say(f"{name}={statistics.open_send_streams}+{statistics.open_receive_streams}")
