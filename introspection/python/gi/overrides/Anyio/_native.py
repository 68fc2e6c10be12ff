# SPDX-License-Identifier: LGPL-2.1-or-later
"""The introspected library, as it is below this override."""

import sys

Native = sys.modules["gi.repository.Anyio"]._introspection_module

# The wrapper classes are registered for their GTypes now, before the override gives the names another meaning.
NativeCancelScope = Native.CancelScope
NativeTaskGroup = Native.TaskGroup
NativeTask = Native.Task

CancelKind = Native.CancelKind

STATUS_PENDING = int(Native.TaskStatus.PENDING)
STATUS_CANCELLING = int(Native.TaskStatus.CANCELLING)
STATUS_FINISHED = int(Native.TaskStatus.FINISHED)
STATUS_FAILED = int(Native.TaskStatus.FAILED)
STATUS_CANCELLED = int(Native.TaskStatus.CANCELLED)
