# SPDX-License-Identifier: LGPL-2.1-or-later
"""The introspected library, as it is below this override."""

import sys

from gi.repository import Gio, GLib

Native = sys.modules["gi.repository.Anyio"]._introspection_module

# The wrapper classes are registered for their GTypes now, before the override gives the names another meaning.
NativeCancelScope = Native.CancelScope
NativeTaskGroup = Native.TaskGroup
NativeTask = Native.Task
NativeProcess = Native.Process
NativeSocketListener = Native.SocketListener
NativeSocketStream = Native.SocketStream

CancelKind = Native.CancelKind
JoinPolicy = Native.JoinPolicy

STATUS_PENDING = int(Native.TaskStatus.PENDING)
STATUS_CANCELLING = int(Native.TaskStatus.CANCELLING)
STATUS_FINISHED = int(Native.TaskStatus.FINISHED)
STATUS_FAILED = int(Native.TaskStatus.FAILED)
STATUS_CANCELLED = int(Native.TaskStatus.CANCELLED)


# An exception that leaves a callback is printed, and sys.last_traceback then keeps the task alive: the group would wait for ever. So it fails the task.
_start_callback = NativeTaskGroup.start_callback


def _start_callback_safely(self, name, func, *user_data):
    def begin(task, *unused):
        try:
            func(task, *user_data)
        except BaseException as error:
            if int(task.get_status()) >= STATUS_FINISHED:
                raise
            text = f"{type(error).__name__}: {error}"
            task.return_error(GLib.Error.new_literal(Gio.io_error_quark(), text, Gio.IOErrorEnum.FAILED))

    _start_callback(self, name, begin)


NativeTaskGroup.start_callback = _start_callback_safely
