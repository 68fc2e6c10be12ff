# SPDX-License-Identifier: LGPL-2.1-or-later
"""Awaiting any _async/_finish pair of any introspected library.

The task resumes when the ready callback has come, also when it is cancelled: only then is the operation over, and its own result tells how. Each call
gets a GCancellable of its own, one that was never cancelled; it goes back to the pool if it still is and nobody else holds it.
"""

import sys
import types

import gi
from gi.repository import Gio, GLib, GObject

from ._driver import WAIT, cancelled, current

MOST_CANCELLABLES = 64

_IO_ERROR = GLib.quark_to_string(Gio.io_error_quark())
_CANCELLED = int(Gio.IOErrorEnum.CANCELLED)

_finishers = {}  # (namespace, container, name): (finish function, whether it is a method)
_born_cancelled = None


def _no_finish(name, finish_name):
    return TypeError(f"{name}() has no {finish_name}() beside it; give the function as finish=")


def _get_finish_name(name):
    return (name[: -len("_async")] if name.endswith("_async") else name) + "_finish"


def _get_bound_finisher(method):
    """The same for a method that knows its object: those of newer versions of PyGObject, and methods that overrides have in Python."""
    name = _get_finish_name(method.__name__)
    finish = getattr(method.__self__, name, None)
    if finish is None:
        raise _no_finish(method.__name__, name)
    return finish


def _get_finisher(func):
    """The finish function of an introspected function, and whether it wants the object."""
    container = func.get_container()
    key = func.get_namespace(), container.get_name() if container is not None else None, func.__name__
    found = _finishers.get(key)
    if found is None:
        namespace, container_name, name = key
        module = sys.modules.get("gi.repository." + namespace) or getattr(__import__("gi.repository", fromlist=[namespace]), namespace)
        module = getattr(module, "_introspection_module", module)  # below the overrides, where a class may have another meaning
        owner = getattr(module, container_name) if container_name is not None else module
        finish_name = _get_finish_name(name)
        finish = getattr(owner, finish_name, None)
        if finish is None:
            raise _no_finish(name, finish_name)
        found = _finishers[key] = finish, func.is_method()
    return found


class Call:
    """One operation under way."""

    __slots__ = ("task", "source", "result", "cancellable", "is_waiting", "is_aborted")

    def ready(self, source, result, *unused):
        self.source = source
        self.result = result
        if self.is_waiting:
            self.task.driver.make_ready(self.task)

    def abort(self, task):
        self.is_aborted = True
        task.driver.doom(self.cancellable)
        return False


def _is_ours(func):
    """Whether the operation is the library's own, so that the scheduler knows what it waits for."""
    if isinstance(func, types.MethodType):
        return type(func.__self__).__module__ == "gi.repository.Anyio"
    return isinstance(func, gi._gi.CallableInfo) and func.get_namespace() == "Anyio"


@types.coroutine
def _wait(call, task, func):
    call.is_waiting = True
    driver = task.driver
    is_outside = driver.clock is not None and not _is_ours(func)
    if is_outside:
        shown = call.cancellable if call.cancellable is not _born_cancelled else None
        driver.native.begin_operation(shown)
    task.abort = call.abort
    try:
        while call.result is None:
            yield WAIT
    finally:
        call.is_waiting = False
        if is_outside:
            driver.native.end_operation(shown)


async def wait(func, *args, finish=None):
    """Awaits func(*args, cancellable, callback), the first half of a pair x_async and x_finish, and returns what x_finish returns.

    The call gets a GCancellable that is cancelled with the task's scope. A GLib.Error CANCELLED that answers that becomes Cancelled; any other
    stays what it is. finish: x_finish as a callable that takes the result, where it cannot be found by name.
    """
    global _born_cancelled
    task = current()
    driver = task.driver
    if finish is None:
        if isinstance(func, types.MethodType):
            finish = _get_bound_finisher(func)
        elif not isinstance(func, gi._gi.CallableInfo):
            raise TypeError(f"Anyio.wait() takes an introspected function like obj.read_async, not {func!r}; for others give finish=")
        else:
            finisher, is_method = _get_finisher(func)
    call = Call()
    call.task = task
    call.result = None
    call.is_waiting = False
    call.is_aborted = False
    if task.cancelled:
        if _born_cancelled is None:
            _born_cancelled = Gio.Cancellable()
            _born_cancelled.cancel()
        call.cancellable = _born_cancelled
        call.is_aborted = True
    else:
        pool = driver.cancellables
        call.cancellable = pool.pop() if pool else Gio.Cancellable()
    func(*args, call.cancellable, call.ready)
    if call.result is None:
        await _wait(call, task, func)
    try:
        if finish is not None:
            return finish(call.result)
        if not is_method:
            return finisher(call.result)
        if call.source is None:
            raise TypeError(f"{func.__name__}() does not tell its callback which object it belongs to; give the function as finish=")
        return finisher(call.source, call.result)
    except GLib.Error as error:
        if error.code == _CANCELLED and error.domain == _IO_ERROR and (call.is_aborted or task.cancelled):
            raise cancelled(task) from None
        raise
    finally:
        cancellable = call.cancellable
        call.task = call.source = call.result = call.cancellable = None
        if not call.is_aborted and cancellable.__grefcount__ == 1 and len(driver.cancellables) < MOST_CANCELLABLES and not cancellable.is_cancelled():
            driver.cancellables.append(cancellable)


def _make_method(name):
    async def method(self, *args):
        return await wait(getattr(self, name), *args)

    method.__name__ = name[: -len("_async")]
    method.__doc__ = f"Awaits {name}()."
    return method


def add_awaitable_methods(namespace):
    """Gives the classes of an introspected library a coroutine method `x` for each method `x_async`, where there is no other."""
    for class_name in dir(namespace):
        cls = getattr(namespace, class_name) if class_name[0].isupper() else None
        if isinstance(cls, type) and issubclass(cls, GObject.Object):
            for name in list(vars(cls)):
                short = name[: -len("_async")]
                if name.endswith("_async") and not hasattr(cls, short):
                    method = _make_method(name)
                    method.__qualname__ = f"{class_name}.{short}"
                    setattr(cls, short, method)
