// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported isStopRequested, waitStopRequested */

// The soft stop: a scope asks what runs inside to come to an end by itself. The request is the core's; who waits for it is told by an event.

const tasks = imports.anyio.tasks;
const {succeed} = imports.anyio.queue;

/* Whether the task was asked to come to an end, by one of its scopes, past shields. */
function isStopRequested(context) {
    const task = tasks.taskOf(context, 'Anyio.isStopRequested');
    return task._driver.native.is_stop_requested(task._id);
}

/* Waits until it is. */
function waitStopRequested(context) {
    const task = tasks.taskOf(context, 'Anyio.waitStopRequested');
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    const {native, stopping} = task._driver;
    if (native.watch_stop(task._id))
        return succeed(task);
    const wait = new tasks.Pause(task, () => {
        const waits = stopping.get(task._id);
        waits.delete(wait);
        if (waits.size === 0) {
            stopping.delete(task._id);
            native.unwatch_stop(task._id);
        }
        return true;
    });
    if (!stopping.has(task._id))
        stopping.set(task._id, new Set());
    stopping.get(task._id).add(wait);
    return wait.promise;
}
