// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported makeBackoff, retry */

// A function that is tried again when it fails, after delays that grow, so that what is overloaded can recover. Chance cuts them short, so that many clients do not come
// back at once.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const tasks = imports.anyio.tasks;

/* How long to wait after so many failures in a row. */
function makeBackoff({delay = 0.1, factor = 2, maxDelay = 30, jitter = 0.5, maxAttempts = Infinity}, where) {
    if (!(delay >= 0 && factor >= 1 && maxDelay >= 0 && jitter >= 0 && jitter <= 1 && maxAttempts >= 1))
        throw new RangeError(`${where}(): a delay of 0 or more, a factor of 1 or more, jitter from 0 to 1, and 1 attempt or more`);
    return {
        maxAttempts,
        getDelay(nFailures) {
            const most = delay > 0 ? Math.min(delay * factor ** (nFailures - 1), maxDelay) : 0; // 0 times infinity is no number
            return most - most * jitter * GLib.random_double();
        },
    };
}

function pause(task, seconds) {
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    if (!(seconds > 0))
        return tasks.yieldOnce(task);
    return tasks.sleepUntil(task, library.Native.current_time() + seconds);
}

function retry(func, context, {shouldRetry = () => true, ...delays} = {}) {
    errors.checkFunction(func, 'Anyio.retry');
    const backoff = makeBackoff(delays, 'Anyio.retry');
    return roots.withContext(context, func.name || 'retry', async task => {
        for (let nFailures = 1; ; nFailures++) {
            try {
                return await errors.callAsync(func, task);
            } catch (error) {
                if (errors.isOurs(error, task) || nFailures >= backoff.maxAttempts || !shouldRetry(error, nFailures))
                    throw error;
            }
            await pause(task, backoff.getDelay(nFailures));
        }
    });
}
