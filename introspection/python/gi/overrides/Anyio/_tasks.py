# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task handles, and what can be asked about tasks."""

import enum
import threading

from ._driver import BUDGET, Driver, checkpoint, copy_context, current, local, park, refuse_cancelled
from ._exceptions import TaskCancelled, TaskFailed, TaskNotFinished, WouldBlock
from ._moment import Moment
from ._native import Native, STATUS_CANCELLED, STATUS_FAILED, STATUS_FINISHED, STATUS_PENDING


class TaskStatus(enum.IntEnum):  # also what the functions of the C library return
    PENDING = STATUS_PENDING
    CANCELLING = STATUS_PENDING + 1
    FINISHED = STATUS_FINISHED
    FAILED = STATUS_FAILED
    CANCELLED = STATUS_CANCELLED


class TaskHandle(Moment):
    """A task: to wait for it, to cancel it alone, and to read its result."""

    # The first line is the driver's, and empty once the task has ended; nothing then refers to the coroutine or its frames.
    __slots__ = ("driver", "id", "coro", "send", "throw", "run", "context", "me", "scope", "cancelled", "abort", "aborted", "error", "parent", "on_end",
                 "budget", "granted", "guarded", "name", "_outcome", "_value", "_exception", "_start")  # fmt: skip

    def __init__(self, driver, number, coro, name, parent, context):
        self.driver = driver
        self.id = number
        self.coro = coro
        self.send = coro.send
        self.throw = coro.throw
        self.context = context = copy_context() if context is None else context
        self.run = context.run
        self.me = None
        self.scope = None
        self.abort = None
        self.error = None
        self.parent = parent
        self.on_end = None
        self.budget = BUDGET
        self.granted = None
        self.guarded = None  # the locks of this task that others wait for, and the limiters of which it has a token
        self.name = name
        self._outcome = STATUS_PENDING
        self._waiters = None
        self._start = None

    # --- the driver's ---

    def set_outcome(self, outcome, value, error):
        """Before the group learns of it: who waits keeps its result, although a failure cancels the group."""
        self._outcome = outcome
        self._value = value
        self._exception = error
        if self._waiters is not None:
            self._wake()

    def grant(self, value):
        """Ends the wait of park(); true, as the task had no other."""
        self.granted = value
        self.abort = None
        driver = self.driver
        driver.ready.append(self)
        if not driver.awake:
            driver.awake = True
            driver.wake()
        return True

    def refuse(self, error):
        """The same with an exception."""
        self.error = error
        self.driver.make_ready(self)

    def hand_back(self):
        """What the task has when it ends, the last that was noted first. Before the group learns of it: who gets something keeps it, although a failure cancels the group."""
        guarded = self.guarded
        self.guarded = None
        for thing in reversed(guarded):
            thing.owner_ended(self)

    def forget(self):
        self.coro = self.send = self.throw = self.run = self.context = self.me = self.parent = self.on_end = None

    # --- public ---

    @property
    def status(self):
        outcome = self._outcome
        if outcome == STATUS_PENDING and self.cancelled:
            return TaskStatus.CANCELLING
        return TaskStatus(outcome)

    def cancel(self, reason=None):
        """Cancels this task alone; does nothing when it has ended. It still runs to its first checkpoint."""
        if self._outcome != STATUS_PENDING:
            return
        driver = self.driver
        if threading.get_ident() != driver.thread:
            driver.post(lambda: self.cancel(reason))
            return
        by = driver.current
        driver.native.cancel_task(self.id, by.id if by is not None else 0, reason)
        driver.take_events()

    async def wait(self):
        """Waits until the task has ended, in whatever way."""
        task = current()
        if self._outcome != STATUS_PENDING:
            await checkpoint()
            return
        if task.cancelled:
            await refuse_cancelled(task)
        self.enter_wait(task, task)
        await park(task, self.leave_wait)

    def wait_nowait(self):
        if self._outcome == STATUS_PENDING:
            raise WouldBlock

    def enter_wait(self, waiter, task):
        if task is self:
            raise RuntimeError(f"Task {self.name!r} waits for itself")
        if task.driver is not self.driver:
            raise RuntimeError(f"Task {task.name!r} waits for a task of another thread")
        super().enter_wait(waiter, task)

    def __await__(self):
        yield from self.wait().__await__()
        return self._result()

    def _result(self):
        if self._outcome == STATUS_FINISHED:
            return self._value
        if self._outcome == STATUS_FAILED:
            raise TaskFailed(f"Task {self.name!r} failed: {self._exception}") from self._exception
        raise TaskCancelled(f"Task {self.name!r} was cancelled")

    @property
    def return_value(self):
        if self._outcome == STATUS_PENDING:
            self._check_ended()
        return self._result()

    @property
    def exception(self):
        """What the task failed with; None if it succeeded."""
        if self._outcome == STATUS_PENDING:
            self._check_ended()
        if self._outcome == STATUS_CANCELLED:
            raise TaskCancelled(f"Task {self.name!r} was cancelled")
        return self._exception

    def _check_ended(self):
        if self.cancelled:
            raise TaskCancelled(f"Task {self.name!r} is being cancelled")
        raise TaskNotFinished(f"Task {self.name!r} has not ended")

    @property
    def start_value(self):
        """What the task gave to task_status.started()."""
        if self._start is None:
            raise RuntimeError("This task was not started by TaskGroup.start()")
        return self._start.value

    @property
    def native(self):
        """The core's object for this task, while it lives."""
        if self._outcome != STATUS_PENDING:
            raise RuntimeError("The task has ended")
        self.driver.is_shared = True
        return self.driver.native.get_task(self.id)

    def __repr__(self):
        return f"<Anyio.TaskHandle {self.name!r} {self.status.name.lower()}>"


TaskHandle.Status = TaskStatus
Driver.task_class = TaskHandle


class TaskInfo:
    """What can be asked about a task that may be of any language."""

    __slots__ = ("id", "parent_id", "name", "coro", "_task", "_native")

    def __init__(self, native, task=None):
        parent = native.get_parent()
        self.id = native.get_id()
        self.parent_id = parent.get_id() if parent is not None else None
        self.name = task.name if task is not None else native.get_name()
        self.coro = task.coro if task is not None else None
        self._task = task
        self._native = native

    def has_pending_cancellation(self):
        """Whether the task's next checkpoint would raise."""
        return self._native.has_pending_cancellation()

    def __eq__(self, other):
        return self.id == other.id if isinstance(other, TaskInfo) else NotImplemented

    def __hash__(self):
        return hash(self.id)

    def __repr__(self):
        return f"TaskInfo(id={self.id}, name={self.name!r})"


def get_task_info(task):
    """The TaskInfo of a task of ours; None if it has ended."""
    return TaskInfo(task.driver.native.get_task(task.id), task) if task._outcome == STATUS_PENDING else None


def get_current_task():
    """The running task, as a TaskInfo."""
    task = current()
    return TaskInfo(task.driver.native.get_task(task.id), task)


def get_running_tasks():
    """All tasks of this thread's main context that are alive, those of other languages included."""
    driver = local.driver
    ours = {driver.native.get_task(task.id).get_id(): task for task in driver.tasks.values()} if driver is not None else {}
    model = Native.get_running_tasks()
    natives = [model.get_item(i) for i in range(model.get_n_items())]
    return [TaskInfo(native, ours.get(native.get_id())) for native in natives]
