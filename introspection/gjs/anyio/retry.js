// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported retry */

// A function that is tried again when it fails, after delays that grow, so that what is overloaded can recover. Chance cuts them short, so that many clients do not come
// back at once.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const tasks = imports.anyio.tasks;

function pause(task, seconds) {
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    if (!(seconds > 0))
        return tasks.yieldOnce(task);
    return tasks.sleepUntil(task, library.Native.current_time() + seconds);
}

function retry(func, context, {delay = 0.1, factor = 2, maxDelay = 30, jitter = 0.5, maxAttempts = Infinity, shouldRetry = () => true} = {}) {
    errors.checkFunction(func, 'Anyio.retry');
    if (!(delay >= 0 && factor >= 1 && maxDelay >= 0 && jitter >= 0 && jitter <= 1 && maxAttempts >= 1))
        throw new RangeError('Anyio.retry(): a delay of 0 or more, a factor of 1 or more, jitter from 0 to 1, and 1 attempt or more');
    return roots.withContext(context, func.name || 'retry', async task => {
        let next = delay;
        for (let nFailures = 1; ; nFailures++) {
            try {
                return await errors.callAsync(func, task);
            } catch (error) {
                if (errors.isOurs(error, task) || nFailures >= maxAttempts || !shouldRetry(error, nFailures))
                    throw error;
            }
            const most = Math.min(next, maxDelay);
            await pause(task, most - most * jitter * GLib.random_double());
            next *= factor;
        }
    });
}
