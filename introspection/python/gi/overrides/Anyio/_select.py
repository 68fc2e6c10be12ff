# SPDX-License-Identifier: LGPL-2.1-or-later
"""select(): several operations, exactly one of which happens.

Each is tried at once first, from a place that moves on with every call so that none starves. If all would wait, a case stands in each of their queues;
the first that is granted something leaves the other queues in the same step, so nothing can happen twice, and cancellation finds all of them undone.
"""

import collections
import functools
import inspect
import types

from ._broadcast import BroadcastReceiveStream, BroadcastSendStream
from ._driver import current, give_way, park, refuse_cancelled
from ._event import Event
from ._exceptions import WouldBlock
from ._future import Future
from ._limits import CapacityLimiter, Semaphore
from ._lock import Lock
from ._memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from ._stop import enter_stop, leave_stop, stop_nowait, wait_stop_requested
from ._tasks import TaskHandle

Selected = collections.namedtuple("Selected", "index value")
Selected.__doc__ = "Which operation happened, counted from 0, and what it returned."

# To the ways to do it at once, to stand in its queue, and to leave that.
_OPERATIONS = {
    getattr(owner, name): (getattr(owner, name + "_nowait"), getattr(owner, "enter_" + name), getattr(owner, "leave_" + name))
    for owner, name in (
        (BroadcastReceiveStream, "receive"),
        (BroadcastSendStream, "send"),
        (CapacityLimiter, "acquire"),
        (Event, "wait"),
        (Future, "wait"),
        (Lock, "acquire"),
        (MemoryObjectReceiveStream, "receive"),
        (MemoryObjectSendStream, "send"),
        (Semaphore, "acquire"),
        (TaskHandle, "wait"),
    )
}


def _resolve(operation, task):
    args = ()
    if operation is wait_stop_requested:
        return task, args, stop_nowait, enter_stop, leave_stop
    if isinstance(operation, functools.partial) and not operation.keywords:
        args = operation.args
        operation = operation.func
    found = _OPERATIONS.get(operation.__func__) if isinstance(operation, types.MethodType) else None
    if found is None and inspect.iscoroutine(operation):
        operation.close()
        raise TypeError(f"select() expects operations that are not begun, got {operation!r}; pass the method itself, as stream.receive, without calling it")
    if found is None:
        raise TypeError(
            f"select() cannot take back {operation!r} when another operation comes first; it takes receive and send of memory and broadcast streams, "
            "acquire of locks, semaphores and capacity limiters, wait of events, futures and tasks, and wait_stop_requested. For other coroutines there is race()"
        )
    return operation.__self__, args, *found


class _Select:
    __slots__ = ("task", "cases", "is_decided")

    def leave_all(self):
        self.is_decided = True
        for case in self.cases:
            case.leave(case.owner, case)

    def abort(self, task):
        self.leave_all()
        return True


class _Case:
    """One operation of a select() that waits; stands in the operation's queue."""

    __slots__ = ("select", "index", "owner", "leave")

    def grant(self, value):
        select = self.select
        if not select.is_decided:
            select.leave_all()
            select.task.grant(Selected(self.index, value))

    def refuse(self, error):
        select = self.select
        if not select.is_decided:
            select.leave_all()
            error.index = self.index
            select.task.refuse(error)


async def select(*operations):
    """Waits until one of the operations can be done, does it, and returns (index, value). The others are as if they had not been asked for.

    An operation is a bound method, like `stream.receive` or `event.wait`, or functools.partial(stream.send, item). If it fails, as with EndOfStream, select()
    raises that, and the exception's .index tells which it was.
    """
    task = current()
    resolved = [_resolve(operation, task) for operation in operations]
    if not resolved:
        raise ValueError("at least one operation must be given")
    if task.cancelled:
        await refuse_cancelled(task)
    driver = task.driver
    driver.n_selects += 1
    for i in range(len(resolved)):
        index = (i + driver.n_selects) % len(resolved)
        owner, args, attempt, enter, leave = resolved[index]
        try:
            value = attempt(owner, *args)
        except WouldBlock:
            continue
        except Exception as error:
            error.index = index
            raise
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)
        return Selected(index, value)

    the_select = _Select()
    the_select.task = task
    the_select.cases = []
    the_select.is_decided = False
    for index, (owner, args, attempt, enter, leave) in enumerate(resolved):
        case = _Case()
        case.select = the_select
        case.index = index
        case.owner = owner
        case.leave = leave
        try:
            enter(owner, case, task, *args)
        except Exception as error:  # a case that stands there already
            the_select.leave_all()
            error.index = index
            raise
        the_select.cases.append(case)
    return await park(task, the_select.abort)
