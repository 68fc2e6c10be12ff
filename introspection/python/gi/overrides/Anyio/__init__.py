# SPDX-License-Identifier: LGPL-2.1-or-later
"""Anyio for Python: AnyIO's names, on the scheduler of the C library.

    import gi
    gi.require_version("Anyio", "1")
    from gi.repository import Anyio as anyio

The documentation of AnyIO serves; what differs is on the page python.md of the library's documentation. All other names are those of the C library.
"""

import importlib
import types

from . import abc, functools, lowlevel
from ._attributes import TypedAttributeProvider, TypedAttributeSet, typed_attribute
from . import from_thread, functools, lowlevel, to_thread
from ._bound import BoundTaskGroup
from ._broadcast import BroadcastReceiveStream, BroadcastSendStream, BroadcastStatistics, create_broadcast_stream
from ._combinators import amap, as_completed, first_success, gather, race
from ._driver import Cancelled, NoEventLoopError, set_background_error_handler
from ._event import Barrier, BarrierStatistics, Event, EventStatistics
from ._exceptions import (
    BrokenResourceError,
    BusyResourceError,
    ClosedResourceError,
    ConnectionFailed,
    DelimiterNotFound,
    EndOfStream,
    FutureAlreadyFinished,
    FutureCancelled,
    FutureFailed,
    FutureNotFinished,
    IncompleteRead,
    Lagged,
    RunFinishedError,
    TaskCancelled,
    TaskFailed,
    TaskNotFinished,
    TypedAttributeLookupError,
    WouldBlock,
)
from ._future import Future
from ._gio import add_awaitable_methods, wait
from ._groups import TASK_STATUS_IGNORED, TaskGroup, start_in
from ._limits import CapacityLimiter, CapacityLimiterStatistics, RateLimiter, RateLimiterStatistics, Semaphore, SemaphoreStatistics
from ._lock import Condition, ConditionStatistics, Lock, LockStatistics, ResourceGuard
from ._memory import MemoryObjectReceiveStream, MemoryObjectSendStream, MemoryObjectStreamStatistics, create_memory_object_stream
from ._native import Native as native
from ._policies import create_task_group
from ._resources import AsyncContextManagerMixin, ContextManagerMixin, aclose_forcefully
from ._retry import Backoff, Restart, retry, supervise
from ._run import get_all_backends, get_available_backends, get_cancelled_exc_class, handler, run, start
from ._scopes import CancelReason, CancelScope, current_effective_deadline, current_time, fail_after, fail_at, move_on_after, move_on_at
from ._select import Selected, select
from ._signals import open_signal_receiver
from ._slot import TaskSlot
from ._stop import is_stop_requested, wait_stop_requested
from ._tasks import TaskHandle, TaskInfo, TaskStatus, get_current_task, get_running_tasks
from ._time import sleep, sleep_forever, sleep_until, wait_all_tasks_blocked


class _Testing(types.ModuleType):
    """Anyio.testing, loaded when it is used: it needs unittest and the typelib of libanyio-glib-testing."""

    def __getattr__(self, name):
        return getattr(importlib.import_module(self.__name__), name)


testing = _Testing("gi.overrides.Anyio.testing")

__all__ = [
    "AsyncContextManagerMixin",
    "Backoff",
    "Barrier",
    "BarrierStatistics",
    "BoundTaskGroup",
    "BroadcastReceiveStream",
    "BroadcastSendStream",
    "BroadcastStatistics",
    "BrokenResourceError",
    "BusyResourceError",
    "CancelReason",
    "CancelScope",
    "Cancelled",
    "CapacityLimiter",
    "CapacityLimiterStatistics",
    "ClosedResourceError",
    "Condition",
    "ConditionStatistics",
    "ConnectionFailed",
    "ContextManagerMixin",
    "DelimiterNotFound",
    "EndOfStream",
    "Event",
    "EventStatistics",
    "Future",
    "FutureAlreadyFinished",
    "FutureCancelled",
    "FutureFailed",
    "FutureNotFinished",
    "IncompleteRead",
    "Lagged",
    "Lock",
    "LockStatistics",
    "MemoryObjectReceiveStream",
    "MemoryObjectSendStream",
    "MemoryObjectStreamStatistics",
    "NoEventLoopError",
    "RateLimiter",
    "RateLimiterStatistics",
    "ResourceGuard",
    "Restart",
    "RunFinishedError",
    "Selected",
    "Semaphore",
    "SemaphoreStatistics",
    "TASK_STATUS_IGNORED",
    "TaskCancelled",
    "TaskFailed",
    "TaskGroup",
    "TaskHandle",
    "TaskInfo",
    "TaskNotFinished",
    "TaskSlot",
    "TaskStatus",
    "TypedAttributeLookupError",
    "TypedAttributeProvider",
    "TypedAttributeSet",
    "WouldBlock",
    "abc",
    "aclose_forcefully",
    "amap",
    "as_completed",
    "create_broadcast_stream",
    "create_memory_object_stream",
    "create_task_group",
    "current_effective_deadline",
    "current_time",
    "fail_after",
    "fail_at",
    "first_success",
    "from_thread",
    "functools",
    "gather",
    "get_all_backends",
    "get_available_backends",
    "get_cancelled_exc_class",
    "get_current_task",
    "get_running_tasks",
    "handler",
    "is_stop_requested",
    "lowlevel",
    "move_on_after",
    "move_on_at",
    "native",
    "open_signal_receiver",
    "race",
    "retry",
    "run",
    "select",
    "set_background_error_handler",
    "sleep",
    "sleep_forever",
    "sleep_until",
    "start",
    "start_in",
    "supervise",
    "testing",
    "typed_attribute",
    "to_thread",
    "wait",
    "wait_all_tasks_blocked",
    "wait_stop_requested",
]

# What C returns is of the introspected classes, also where a class here has taken the name: PyGObject looks a class up by name unless it knows it already,
# as it does after this.
add_awaitable_methods(native)
