# SPDX-License-Identifier: LGPL-2.1-or-later
"""The soft stop: what a task does that was asked to come to an end. CancelScope.request_stop() asks.

Whether a stop was requested the core knows. It is asked only by those who look or wait, so a task that does neither pays nothing; it tells of a request those tasks for which
something waits here.
"""

from ._driver import current, give_way, local, park, refuse_cancelled
from ._exceptions import WouldBlock


def is_stop_requested():
    """Whether the current task was asked to come to an end: for loops, which look before they begin the next round. False outside tasks."""
    driver = local.driver
    return driver is not None and driver.current is not None and driver.native.is_stop_requested(driver.current.id)


async def wait_stop_requested():
    """Waits until the current task is asked to come to an end. Also a case for select()."""
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    if task.driver.native.is_stop_requested(task.id):
        task.budget -= 1
        if task.budget <= 0:
            await give_way(task)
        return
    enter_stop(task, task, task)
    await park(task, _leave)


def _leave(task):
    return leave_stop(task, task)


# --- for select(): the owner is the task that selects ---


def stop_nowait(task):
    if not task.driver.native.is_stop_requested(task.id):
        raise WouldBlock


def enter_stop(task, waiter, same):
    driver = task.driver
    driver.stop_waiters.setdefault(task, waiter)
    driver.native.watch_stop(task.id)


def leave_stop(task, waiter):
    if task.driver.stop_waiters.pop(task, None) is not None:
        task.driver.native.unwatch_stop(task.id)  # or a request to the scope in which the task is now would be told when it waits in another one
    return True
