# SPDX-License-Identifier: LGPL-2.1-or-later
"""Things that are entered and closed: the context manager mixins, and closing without ceremony."""

import contextlib
import inspect

from ._scopes import CancelScope


async def aclose_forcefully(resource):
    """Closes a resource in a cancelled scope: it lets go of what it has, and leaves out what would wait."""
    with CancelScope() as scope:
        scope.cancel("closed by force")
        await resource.aclose()


def _check_manager(self, manager, name, kind, is_generator, decorator):
    if manager is self:
        raise TypeError(f"{type(self).__qualname__}.{name}() returned self. Did you forget to add @{decorator} and a 'yield' statement?")
    if not isinstance(manager, kind):
        if is_generator(manager):
            manager = f"a generator. Did you forget to add @{decorator} to {name}()?"
        raise TypeError(f"{type(self).__qualname__}.{name}() did not return a context manager object, but {manager}")


class ContextManagerMixin:
    """Makes a context manager of a class that has __contextmanager__(), a method under @contextlib.contextmanager."""

    _entered = None

    def __contextmanager__(self):
        raise NotImplementedError(f"{type(self).__qualname__} must have __contextmanager__()")

    def __enter__(self):
        if self._entered is not None:
            raise RuntimeError(f"this {type(self).__qualname__} has already been entered")
        manager = self.__contextmanager__()
        _check_manager(self, manager, "__contextmanager__", contextlib.AbstractContextManager, inspect.isgenerator, "contextmanager")
        value = manager.__enter__()
        self._entered = manager
        return value

    def __exit__(self, exc_type, exc, traceback):
        manager = self._entered
        if manager is None:
            raise RuntimeError(f"this {type(self).__qualname__} has not been entered yet")
        self._entered = None
        return manager.__exit__(exc_type, exc, traceback)


class AsyncContextManagerMixin:
    """The same with `async with` and __asynccontextmanager__(), a method under @contextlib.asynccontextmanager."""

    _entered_async = None

    def __asynccontextmanager__(self):
        raise NotImplementedError(f"{type(self).__qualname__} must have __asynccontextmanager__()")

    async def __aenter__(self):
        if self._entered_async is not None:
            raise RuntimeError(f"this {type(self).__qualname__} has already been entered")
        manager = self.__asynccontextmanager__()
        if inspect.iscoroutine(manager):
            manager.close()
            raise TypeError(
                f"{type(self).__qualname__}.__asynccontextmanager__() returned a coroutine. Did you forget to add @asynccontextmanager and a 'yield' statement?"
            )
        _check_manager(self, manager, "__asynccontextmanager__", contextlib.AbstractAsyncContextManager, inspect.isasyncgen, "asynccontextmanager")
        value = await manager.__aenter__()
        self._entered_async = manager
        return value

    async def __aexit__(self, exc_type, exc, traceback):
        manager = self._entered_async
        if manager is None:
            raise RuntimeError(f"this {type(self).__qualname__} has not been entered yet")
        self._entered_async = None
        return await manager.__aexit__(exc_type, exc, traceback)
