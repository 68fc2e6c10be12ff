# SPDX-License-Identifier: LGPL-2.1-or-later
"""Anyio for Python: AnyIO's names, on the scheduler of the C library.

    import gi
    gi.require_version("Anyio", "1")
    from gi.repository import Anyio as anyio

The documentation of AnyIO serves; what differs is on the page python.md of the library's documentation. All other names are those of the C library.
"""

import importlib
import types

from . import lowlevel
from ._driver import Cancelled, NoEventLoopError, set_background_error_handler
from ._gio import wait
from ._groups import TASK_STATUS_IGNORED, TaskGroup, create_task_group, start_in
from ._run import get_all_backends, get_cancelled_exc_class, handler, run, start
from ._scopes import CancelReason, CancelScope, current_effective_deadline, current_time, fail_after, fail_at, move_on_after, move_on_at
from ._tasks import TaskCancelled, TaskFailed, TaskHandle, TaskInfo, TaskNotFinished, TaskStatus, get_current_task, get_running_tasks
from ._time import sleep, sleep_forever, sleep_until



class _Testing(types.ModuleType):
    """Anyio.testing, loaded when it is used: it needs unittest and the typelib of libanyio-glib-testing."""

    def __getattr__(self, name):
        return getattr(importlib.import_module(self.__name__), name)


testing = _Testing("gi.overrides.Anyio.testing")

__all__ = [
    "CancelReason",
    "CancelScope",
    "Cancelled",
    "NoEventLoopError",
    "TASK_STATUS_IGNORED",
    "TaskCancelled",
    "TaskFailed",
    "TaskGroup",
    "TaskHandle",
    "TaskInfo",
    "TaskNotFinished",
    "TaskStatus",
    "create_task_group",
    "current_effective_deadline",
    "current_time",
    "fail_after",
    "fail_at",
    "get_all_backends",
    "get_cancelled_exc_class",
    "get_current_task",
    "get_running_tasks",
    "handler",
    "lowlevel",
    "move_on_after",
    "move_on_at",
    "run",
    "set_background_error_handler",
    "sleep",
    "sleep_forever",
    "sleep_until",
    "start",
    "start_in",
    "testing",
    "wait",
]
