# SPDX-License-Identifier: LGPL-2.1-or-later
"""What operations fail with, by AnyIO's names. Cancellation is not among them: see Cancelled."""


class WouldBlock(Exception):
    """What was asked for at once would have to wait."""


class ClosedResourceError(Exception):
    """The resource was closed on this side."""


class BrokenResourceError(Exception):
    """The resource cannot be used any more, for a reason that lies on the other side."""


class EndOfStream(Exception):
    """The other side has closed the stream, and all that it had sent has been received."""


class Lagged(Exception):
    """This receiver of a broadcast had no room for n_lost items, the oldest ones; what it receives next came after them."""

    def __init__(self, n_lost):
        super().__init__(f"{n_lost} items were lost, because the buffer was full")
        self.n_lost = n_lost


class BusyResourceError(Exception):
    """Another task is doing the same with the resource."""

    def __init__(self, action):
        super().__init__(f"Another task is already {action} this resource")


class IncompleteRead(Exception):
    """The stream ended before as much had come as was asked for."""

    def __init__(self):
        super().__init__("The stream was closed before the read operation could be completed")


class DelimiterNotFound(Exception):
    """So many bytes have come, and the delimiter was not among them."""

    def __init__(self, max_bytes):
        super().__init__(f"The delimiter was not found among the first {max_bytes} bytes")


class ConnectionFailed(OSError):
    """No connection could be made; the cause tells why."""


class RunFinishedError(RuntimeError):
    """The event loop that was called from another thread has ended."""

    def __init__(self):
        super().__init__("The event loop associated with this token has already finished")


class TypedAttributeLookupError(LookupError):
    """The object does not have the typed attribute, and no default was given."""


class TaskFailed(Exception):
    """The task whose result was asked for has failed; the cause tells how."""


class TaskCancelled(TaskFailed):
    """The task whose result was asked for was cancelled."""


class TaskNotFinished(Exception):
    """The task whose result was asked for has not ended."""


class FutureFailed(Exception):
    """The future was given an exception, which is the cause."""


class FutureCancelled(FutureFailed):
    """The future was cancelled."""


class FutureNotFinished(Exception):
    """The future has no result yet."""


class FutureAlreadyFinished(Exception):
    """The future has its result already."""
