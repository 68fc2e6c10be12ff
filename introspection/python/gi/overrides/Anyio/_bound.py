# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups that live as long as an object: a widget, a window, an application. They are the core's; Python only starts tasks in them."""

import collections
import threading

from ._driver import Parent, callable_name, local, make_coroutine, use_driver
from ._native import NativeTaskGroup


class BoundTaskGroup(Parent):
    """Runs tasks until its owner is disposed or it is cancelled. Nobody waits for them: failures go to the handler of set_background_error_handler()."""

    def __init__(self, owner):
        self.native = NativeTaskGroup.new_for_object(owner)
        self._thread = threading.get_ident()

    def _spawn(self, coro, name, context=None):
        if threading.get_ident() != self._thread:
            coro.close()
            raise RuntimeError("Tasks are started by the thread of the task group")
        return use_driver().spawn_in(self.native, self, coro, name, context)

    def start_soon(self, func, *args, name=None):
        """Starts func(*args) as a task of the group, also outside of tasks. Returns its TaskHandle."""
        return self._spawn(make_coroutine(func, args), str(name) if name is not None else callable_name(func))

    def create_task(self, coro, *, name=None, context=None):
        """The same with a coroutine object."""
        if not isinstance(coro, collections.abc.Coroutine):
            raise TypeError(f"Expected a coroutine object, got {coro!r}")
        return self._spawn(coro, str(name) if name is not None else getattr(coro, "__qualname__", "coroutine"), context)

    def cancel(self, reason=None):
        """Cancels all tasks and closes the group, from any thread."""
        self.native.cancel(reason)
        if threading.get_ident() == self._thread and local.driver is not None:
            local.driver.take_events()

    def __repr__(self):
        return f"<Anyio.{type(self).__name__} with {self.native.get_n_items()} tasks>"
