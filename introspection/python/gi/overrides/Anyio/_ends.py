# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the ends of streams of objects have in common: how they are closed, cloned and dropped, and the queue of those that wait to send."""

import types
import warnings

from ._exceptions import ClosedResourceError, EndOfStream


class StreamEnd:
    """What all ends of streams of objects are: closed once, by hand, by a with block, or when they are dropped, with a warning."""

    __slots__ = ("_state", "_closed", "__weakref__")

    __class_getitem__ = classmethod(types.GenericAlias)

    def _remove(self):
        """Counts the end out, and wakes who waits for that."""

    def _refuse_own(self):
        """Wakes who waits at this very end."""

    def close(self):
        """Closes this end; tasks that wait at it get ClosedResourceError. Does nothing if it is closed."""
        if not self._closed:
            self._closed = True
            self._refuse_own()
            self._remove()

    async def aclose(self):
        self.close()

    def statistics(self):
        return self._state.statistics()

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback):
        self.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        self.close()

    def __del__(self):
        if not getattr(self, "_closed", True):
            self._closed = True
            driver = self._state.driver
            if driver is None or driver.is_closed:
                self._remove()
            else:
                driver.post(self._remove)  # this may be in the midst of anything, and in any thread
            warnings.warn(f"Unclosed <{type(self).__name__} at {id(self):x}>", ResourceWarning, stacklevel=1, source=self)


def refuse_waiters(queue, waiters):
    for waiter in waiters:
        del queue[waiter]
        waiter.refuse(ClosedResourceError())


class SendEnd(StreamEnd):
    """An end into which items are put. Its state counts such ends in n_send, and has in senders the (item, end) of each waiter."""

    __slots__ = ()

    def __init__(self, state):
        self._state = state
        self._closed = False
        state.n_send += 1

    def clone(self):
        """Another end of the same stream. The receivers come to its end when all are closed."""
        if self._closed:
            raise ClosedResourceError
        return type(self)(self._state)

    def _remove(self):
        self._state.remove_send()

    def _refuse_own(self):
        senders = self._state.senders
        if senders:
            refuse_waiters(senders, [waiter for waiter, (item, end) in senders.items() if end is self])

    # --- for select() ---

    def enter_send(self, waiter, task, item):
        self._state.senders[waiter] = item, self
        self._state.driver = task.driver

    def leave_send(self, waiter):
        self._state.senders.pop(waiter, None)
        return True


class ReceiveEnd(StreamEnd):
    """An end from which items are taken, one by one or by `async for`."""

    __slots__ = ()

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None
