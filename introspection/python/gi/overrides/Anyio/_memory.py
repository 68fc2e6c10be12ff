# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory object streams: a bounded queue with two ends, each of which can be cloned and closed.

An item goes to exactly one receiver. It is handed to the first that waits, before that runs; a buffer takes it where there is room; else its sender waits
with it in a queue. A waiter that is cancelled leaves its queue at once, so no item goes to a task that will not take it, and none is taken from a sender
that will report that it was cancelled.
"""

import collections
import math
import types

from ._driver import current, give_way, park, refuse_cancelled
from ._ends import ReceiveEnd, SendEnd, refuse_waiters
from ._exceptions import BrokenResourceError, ClosedResourceError, EndOfStream, WouldBlock

MemoryObjectStreamStatistics = collections.namedtuple(
    "MemoryObjectStreamStatistics",
    "current_buffer_used max_buffer_size open_send_streams open_receive_streams tasks_waiting_send tasks_waiting_receive",
)


class _State:
    """What the ends have in common."""

    __slots__ = ("max_buffer_size", "buffer", "n_send", "n_receive", "senders", "receivers", "driver")

    def __init__(self, max_buffer_size):
        self.max_buffer_size = max_buffer_size
        self.buffer = collections.deque()
        self.n_send = 0
        self.n_receive = 0
        self.senders = collections.OrderedDict()  # to (item, end)
        self.receivers = collections.OrderedDict()  # to the end
        self.driver = None  # once somebody has waited

    def statistics(self):
        return MemoryObjectStreamStatistics(
            len(self.buffer), self.max_buffer_size, self.n_send, self.n_receive, len(self.senders), len(self.receivers)
        )

    def remove_send(self):
        self.n_send -= 1
        if not self.n_send:
            while self.receivers:
                self.receivers.popitem(last=False)[0].refuse(EndOfStream())

    def remove_receive(self):
        self.n_receive -= 1
        if not self.n_receive:
            while self.senders:
                self.senders.popitem(last=False)[0].refuse(BrokenResourceError())
            self.buffer = collections.deque()  # nobody will receive what was in it


class MemoryObjectSendStream(SendEnd):
    """The end into which items are put."""

    __slots__ = ()

    async def send(self, item):
        """Sends an item; waits until a receiver takes it or the buffer has room."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        if self._closed:
            raise ClosedResourceError
        state = self._state
        receivers = state.receivers
        if receivers:
            receivers.popitem(last=False)[0].grant(item)
        elif not state.n_receive:
            raise BrokenResourceError
        elif len(state.buffer) < state.max_buffer_size:
            state.buffer.append(item)
        else:
            state.senders[task] = item, self
            state.driver = task.driver
            await park(task, self.leave_send)
            return
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)

    def send_nowait(self, item):
        """Sends an item if it need not wait; else WouldBlock."""
        if self._closed:
            raise ClosedResourceError
        state = self._state
        if not state.n_receive:
            raise BrokenResourceError
        if state.receivers:
            state.receivers.popitem(last=False)[0].grant(item)
        elif len(state.buffer) < state.max_buffer_size:
            state.buffer.append(item)
        else:
            raise WouldBlock


class MemoryObjectReceiveStream(ReceiveEnd):
    """The end from which items are taken; `async for` takes them until the last sending end is closed."""

    __slots__ = ()

    def __init__(self, state):
        self._state = state
        self._closed = False
        state.n_receive += 1

    async def receive(self):
        """Takes the next item; waits until there is one. EndOfStream when all sending ends are closed and nothing is left."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        if self._closed:
            raise ClosedResourceError
        state = self._state
        buffer = state.buffer
        if state.senders:
            waiter, (item, end) = state.senders.popitem(last=False)
            waiter.grant(None)
            if buffer:
                buffer.append(item)
                item = buffer.popleft()
        elif buffer:
            item = buffer.popleft()
        elif not state.n_send:
            raise EndOfStream
        else:
            state.receivers[task] = self
            state.driver = task.driver
            return await park(task, self.leave_receive)
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)
        return item

    def receive_nowait(self):
        """Takes the next item if there is one; else WouldBlock, or EndOfStream if none will come."""
        if self._closed:
            raise ClosedResourceError
        state = self._state
        buffer = state.buffer
        if state.senders:
            waiter, (item, end) = state.senders.popitem(last=False)
            buffer.append(item)
            waiter.grant(None)
        if buffer:
            return buffer.popleft()
        if not state.n_send:
            raise EndOfStream
        raise WouldBlock

    def clone(self):
        """Another end of the same stream. The senders get BrokenResourceError when all are closed."""
        if self._closed:
            raise ClosedResourceError
        return type(self)(self._state)

    def _remove(self):
        self._state.remove_receive()

    def _refuse_own(self):
        receivers = self._state.receivers
        if receivers:
            refuse_waiters(receivers, [waiter for waiter, end in receivers.items() if end is self])

    # --- for select() ---

    def enter_receive(self, waiter, task):
        self._state.receivers[waiter] = self
        self._state.driver = task.driver

    def leave_receive(self, waiter):
        self._state.receivers.pop(waiter, None)
        return True


def check_buffer_size(max_buffer_size):
    if max_buffer_size != math.inf and not isinstance(max_buffer_size, int):
        raise ValueError("max_buffer_size must be either an integer or math.inf")
    if max_buffer_size < 0:
        raise ValueError("max_buffer_size cannot be negative")


class create_memory_object_stream(tuple):
    """Makes the two ends (send, receive) of a stream that keeps up to max_buffer_size items; with 0, send() waits for the receiver.

    create_memory_object_stream[int](10) tells type checkers what the items are.
    """

    __class_getitem__ = classmethod(types.GenericAlias)

    def __new__(cls, max_buffer_size=0, item_type=None):
        check_buffer_size(max_buffer_size)
        state = _State(max_buffer_size)
        return MemoryObjectSendStream(state), MemoryObjectReceiveStream(state)
