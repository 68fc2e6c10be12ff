# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sleeping, and waiting until all others wait. A sleeper is a timer in the core's heap and nothing else."""

import math
import types

from ._driver import WAIT, YIELD, cancelled, checkpoint, current, local, park, refuse_cancelled

inf = math.inf


def _abort(task):
    task.driver.native.disarm(task.id)
    _abort_forever(task)


def _abort_forever(task):
    task.aborted = True
    task.driver.make_ready(task)


@types.coroutine
def _sleep_until(task, deadline):
    if task.cancelled:
        yield YIELD
        raise cancelled(task)
    task.aborted = False
    if deadline == inf:
        task.abort = _abort_forever
    else:
        task.driver.arm(task.id, deadline)
        task.abort = _abort
    yield WAIT
    # Also one whose time has come reports that it was cancelled meanwhile. One that was aborted may have met a shield since.
    if task.cancelled or task.aborted and task.driver.now() < deadline:
        raise cancelled(task)


async def sleep(delay):
    """Waits for delay seconds. A checkpoint, also with 0 and less."""
    driver = local.driver
    if driver is None or driver.current is None:
        current()
    if delay <= 0:
        await checkpoint()
    elif delay != delay:
        raise ValueError("NaN is no time")
    else:
        await _sleep_until(driver.current, driver.now() + delay)


async def sleep_until(deadline):
    """Waits until deadline, on the clock of current_time(); the past is a checkpoint."""
    if deadline != deadline:
        raise ValueError("NaN is no time")
    task = current()
    if deadline <= task.driver.now():
        await checkpoint()
    else:
        await _sleep_until(task, deadline)


async def sleep_forever():
    """Waits until the task is cancelled."""
    await _sleep_until(current(), inf)


def _leave_blocked(task):
    task.driver.when_blocked.remove(task)
    return True


async def wait_all_tasks_blocked():
    """Waits until every other task of the thread that is written in Python waits for something."""
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    task.driver.when_blocked.append(task)
    await park(task, _leave_blocked)
