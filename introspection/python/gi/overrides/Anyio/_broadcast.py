# SPDX-License-Identifier: LGPL-2.1-or-later
"""Broadcast streams: every receiver gets every item that is sent after it subscribed, and says itself what becomes of items for which it has no room.

An item goes to all receivers in one step or, while one that makes senders wait has no room, to none.
"""

import collections
import types

from ._driver import current, give_way, park, refuse_cancelled
from ._ends import ReceiveEnd, SendEnd
from ._exceptions import BrokenResourceError, ClosedResourceError, EndOfStream, Lagged, WouldBlock
from ._memory import check_buffer_size

BroadcastStatistics = collections.namedtuple("BroadcastStatistics", "open_send_streams open_receive_streams tasks_waiting_send tasks_waiting_receive")

OVERFLOWS = ("wait", "drop_oldest", "drop_newest", "latest", "fail", "break")


class _State:
    __slots__ = ("n_send", "ends", "senders", "driver")

    def __init__(self):
        self.n_send = 0
        self.ends = {}
        self.senders = collections.OrderedDict()  # to (item, end)
        self.driver = None

    def statistics(self):
        return BroadcastStatistics(self.n_send, len(self.ends), len(self.senders), sum(len(inbox.receivers) for inbox in self.ends))

    def has_room(self):
        for inbox in self.ends:
            if inbox.overflow == "wait" and not inbox.receivers and len(inbox.buffer) >= inbox.max_buffer_size:
                return False
        return True

    def deliver(self, item):
        for inbox in list(self.ends):
            inbox.put(item)

    def let_senders_in(self):
        while self.senders and self.has_room():
            waiter, (item, end) = self.senders.popitem(last=False)
            self.deliver(item)
            waiter.grant(None)

    def remove_send(self):
        self.n_send -= 1
        if not self.n_send:
            for inbox in self.ends:
                inbox.end(EndOfStream)

    def remove_inbox(self, inbox):
        self.ends.pop(inbox, None)
        self.let_senders_in()


class _Inbox:
    """What one receiver has not received yet."""

    __slots__ = ("state", "buffer", "max_buffer_size", "overflow", "receivers", "n_dropped", "n_untold", "is_broken")

    def __init__(self, state, max_buffer_size, overflow):
        self.state = state
        self.buffer = collections.deque()
        self.max_buffer_size = 1 if overflow == "latest" else max_buffer_size
        self.overflow = overflow
        self.receivers = collections.OrderedDict()
        self.n_dropped = 0
        self.n_untold = 0  # of these, with "fail"
        self.is_broken = False

    def put(self, item):
        if self.receivers:
            self.receivers.popitem(last=False)[0].grant(item)
        elif len(self.buffer) < self.max_buffer_size:
            self.buffer.append(item)
        else:
            self.n_dropped += 1
            if self.overflow in ("drop_oldest", "latest", "fail"):
                if self.buffer:
                    self.buffer.popleft()
                    self.buffer.append(item)
                if self.overflow == "fail":
                    self.n_untold += 1
            elif self.overflow == "break":
                self.is_broken = True
                del self.state.ends[self]

    def end(self, error):
        while self.receivers:
            self.receivers.popitem(last=False)[0].refuse(error())

    def statistics(self):
        return self.state.statistics()

    # The driver that finalizers call, of StreamEnd.
    @property
    def driver(self):
        return self.state.driver


class _Now:
    """Stands in a queue of receivers for as long as a sender can give it something."""

    __slots__ = ("item",)

    def grant(self, item):
        self.item = item


class BroadcastSendStream(SendEnd):
    """The end into which items are put, and that hands out receiving ends."""

    __slots__ = ()

    def subscribe(self, max_buffer_size, *, overflow="wait"):
        """A receiving end for the items that are sent from now on, with room for max_buffer_size of them.

        overflow says what becomes of an item when there is no room: "wait" makes senders wait, "drop_oldest" and "drop_newest" lose one and count it in
        n_dropped, "latest" keeps the last item only, "fail" is "drop_oldest" and has the next receive() raise Lagged once, "break" ends this receiver: it gets what it has
        room for, then BrokenResourceError.
        """
        if self._closed:
            raise ClosedResourceError
        check_buffer_size(max_buffer_size)
        if overflow not in OVERFLOWS:
            raise ValueError(f"overflow must be one of {', '.join(OVERFLOWS)}")
        return BroadcastReceiveStream(_Inbox(self._state, max_buffer_size, overflow))

    async def send(self, item):
        """Sends an item to all receivers; waits until those of overflow "wait" have room. Without receivers it goes nowhere."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        try:
            self.send_nowait(item)
        except WouldBlock:
            self.enter_send(task, task, item)
            await park(task, self.leave_send)
            return
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)

    def send_nowait(self, item):
        if self._closed:
            raise ClosedResourceError
        state = self._state
        if not state.has_room():
            raise WouldBlock
        state.deliver(item)


class BroadcastReceiveStream(ReceiveEnd):
    """A receiver's own end; `async for` takes the items until the last sending end is closed."""

    __slots__ = ()

    def __init__(self, inbox):
        self._state = inbox
        self._closed = False
        inbox.state.ends[inbox] = None

    @property
    def n_dropped(self):
        """How many items this receiver has lost for want of room."""
        return self._state.n_dropped

    async def receive(self):
        """Takes the next item; waits until there is one."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        try:
            item = self.receive_nowait()
        except WouldBlock:
            self.enter_receive(task, task)
            return await park(task, self.leave_receive)
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)
        return item

    def receive_nowait(self):
        if self._closed:
            raise ClosedResourceError
        inbox = self._state
        state = inbox.state
        if inbox.n_untold:
            n_lost = inbox.n_untold
            inbox.n_untold = 0
            raise Lagged(n_lost)
        if inbox.buffer:
            item = inbox.buffer.popleft()
            if state.senders:
                state.let_senders_in()
            return item
        if state.senders:
            at_once = _Now()
            inbox.receivers[at_once] = None
            state.let_senders_in()
            if inbox.receivers.pop(at_once, self) is self:
                return at_once.item
        if inbox.is_broken:
            raise BrokenResourceError("Items were sent for which this receiver had no room")
        if not state.n_send:
            raise EndOfStream
        raise WouldBlock

    def _remove(self):
        self._state.state.remove_inbox(self._state)

    def _refuse_own(self):
        self._state.end(ClosedResourceError)

    # --- for select() ---

    def enter_receive(self, waiter, task):
        inbox = self._state
        inbox.receivers[waiter] = None
        inbox.state.driver = task.driver

    def leave_receive(self, waiter):
        self._state.receivers.pop(waiter, None)
        return True


class create_broadcast_stream:
    """Makes the sending end of a broadcast stream; its subscribe() makes receiving ends.

    create_broadcast_stream[int]() tells type checkers what the items are.
    """

    __class_getitem__ = classmethod(types.GenericAlias)

    def __new__(cls):
        return BroadcastSendStream(_State())
