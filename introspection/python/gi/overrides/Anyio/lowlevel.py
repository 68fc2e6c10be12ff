# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checkpoints, variables of a run, and the token by which other threads name a run."""

from ._driver import cancelled, checkpoint as _checkpoint, current, local, NoEventLoopError, yield_once


async def checkpoint():
    """Lets other tasks run, and raises Cancelled if this one is cancelled."""
    current()
    await _checkpoint()


async def checkpoint_if_cancelled():
    """Raises Cancelled if the task is cancelled; otherwise does not yield."""
    task = current()
    if task.cancelled:
        await yield_once()
        raise cancelled(task)


async def cancel_shielded_checkpoint():
    """Lets other tasks run, and never raises Cancelled."""
    current()
    await yield_once()


class EventLoopToken:
    """Names the event loop of a thread: for from_thread.run() and from_thread.run_sync() in threads that are no workers."""

    __slots__ = ("_driver",)

    def __init__(self, driver):
        self._driver = driver

    def __eq__(self, other):
        return self._driver is other._driver if isinstance(other, EventLoopToken) else NotImplemented

    def __hash__(self):
        return hash(self._driver)


def current_token():
    """The token of this thread's event loop."""
    if local.driver is None:
        raise NoEventLoopError("This needs a running event loop; start one with Anyio.run()")
    return EventLoopToken(local.driver)


_MISSING = object()


def _variables():
    if local.driver is None:
        raise NoEventLoopError("This needs a running event loop; start one with Anyio.run()")
    return local.driver.variables


class RunvarToken:
    """What RunVar.set() returns: puts the old value back, by RunVar.reset() or at the end of a with block."""

    __slots__ = ("var", "_value", "_redeemed")

    def __init__(self, var, value):
        self.var = var
        self._value = value
        self._redeemed = False

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.var.reset(self)


class RunVar:
    """A variable that each run has for itself."""

    NO_VALUE_SET = _MISSING

    __slots__ = ("_name", "_default")

    def __init__(self, name, default=_MISSING):
        self._name = name
        self._default = default

    @property
    def name(self):
        return self._name

    def get(self, default=_MISSING):
        value = _variables().get(self, _MISSING)
        if value is not _MISSING:
            return value
        if default is not _MISSING:
            return default
        if self._default is not _MISSING:
            return self._default
        raise LookupError(f"Run variable {self._name!r} has no value and no default set")

    def set(self, value):
        variables = _variables()
        token = RunvarToken(self, variables.get(self, _MISSING))
        variables[self] = value
        return token

    def reset(self, token):
        if token.var is not self:
            raise ValueError("This token does not belong to this RunVar")
        if token._redeemed:
            raise ValueError("This token has already been used")
        token._redeemed = True
        if token._value is _MISSING:
            _variables().pop(self, None)
        else:
            _variables()[self] = token._value

    def __repr__(self):
        return f"<RunVar name={self._name!r}>"
