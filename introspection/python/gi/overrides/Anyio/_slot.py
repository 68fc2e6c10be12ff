# SPDX-License-Identifier: LGPL-2.1-or-later
"""A place for one task, where the newest wins: for what a user changes his mind about, such as a search as he types."""

from ._driver import callable_name, current
from ._lock import Lock
from ._time import sleep


class TaskSlot:
    """Holds one task of the group, the newest. It begins when the one before has ended, but not before the delay has passed without a newer one."""

    def __init__(self, group, delay=0):
        if not delay >= 0:
            raise ValueError("delay must be >= 0")
        self.group = group
        self.delay = delay
        self.task = None  # the newest, while it runs
        self._lock = Lock()

    def start(self, func, *args, name=None):
        """Cancels the task in the slot and starts func(*args) after it. Returns the TaskHandle."""
        self.cancel("it was replaced by a newer task")
        self.task = self.group.start_soon(self._run, func, args, name=str(name) if name is not None else callable_name(func))
        return self.task

    async def _run(self, func, args):
        try:
            if self.delay > 0:
                await sleep(self.delay)
            async with self._lock:
                return await func(*args)
        finally:
            if self.task is current():
                self.task = None

    def cancel(self, reason=None):
        """Cancels the task in the slot, if there is one."""
        if self.task is not None:
            self.task.cancel(reason)
