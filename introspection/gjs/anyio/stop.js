// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported isStopRequested, toStopRequested, waitStopRequested */

// The soft stop: a scope asks what runs inside to come to an end by itself. The request is the core's; who waits for it is told by an event.

const tasks = imports.anyio.tasks;
const {NOT_NOW, succeed} = imports.anyio.queue;

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
    if (task._driver.native.is_stop_requested(task._id))
        return succeed(task);
    const wait = new tasks.Pause(task, () => {
        unwatch();
        return true;
    });
    const unwatch = watch(task, wait);
    return wait.promise;
}

/* Has wait.tell() called when the task is asked. Returns what takes that back, also while others are told. */
function watch(task, wait) {
    const {native, stopping} = task._driver;
    let waits = stopping.get(task._id);
    if (waits === undefined) {
        waits = new Set();
        stopping.set(task._id, waits);
    }
    waits.add(wait);
    native.watch_stop(task._id); // again each time: it counts for the scope in which the task is now
    return () => {
        waits.delete(wait);
        if (waits.size === 0 && stopping.get(task._id) === waits) {
            stopping.delete(task._id);
            native.unwatch_stop(task._id);
        }
    };
}

/* An operation for select() that is possible when a stop was requested. */
function toStopRequested() {
    return {
        queue: null,
        attempt: task => (task._driver.native.is_stop_requested(task._id) ? undefined : NOT_NOW),
        entered(branch) {
            branch.data = watch(branch.task, {tell: () => branch.serve(undefined)});
        },
        left: branch => branch.data(),
    };
}
