# SPDX-License-Identifier: LGPL-2.1-or-later
"""Moment: what happens once and is waited for, which an event, a future and a task have in common."""


class Moment:
    """Wakes all that wait for it, in order of arrival. Whoever derives from it makes _waiters None and says when they may go on."""

    __slots__ = ("_waiters", "__weakref__")

    def _wake(self):
        waiters = self._waiters
        if waiters:
            self._waiters = None
            for waiter in waiters:
                waiter.grant(None)

    # --- for select() ---

    def enter_wait(self, waiter, task):
        if self._waiters is None:
            self._waiters = {}
        self._waiters[waiter] = None

    def leave_wait(self, waiter):
        if self._waiters is not None:
            self._waiters.pop(waiter, None)
        return True
