// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported runAtRoot, withContext, report, reportBackgroundError, setBackgroundErrorHandler */

// Tasks at the root, and the failures that nobody waits for.

const library = imports.anyio.library;
const driver = imports.anyio.driver;
const tasks = imports.anyio.tasks;

let backgroundErrorHandler = null;

function setBackgroundErrorHandler(handler) {
    backgroundErrorHandler = handler;
}

function report(name, error, what = 'which nobody waits for, failed') {
    if (backgroundErrorHandler !== null)
        backgroundErrorHandler(name, error);
    else
        logError(error, `Task "${name}", ${what}`);
}

function reportBackgroundError(task) {
    if (task._status === library.FAILED && !task._isObserved)
        report(task.name, task._error);
}

/* Runs func as a task at the root; the promise settles as it ends. */
function runAtRoot(owner, func, name) {
    return new Promise((resolve, reject) => {
        owner.spawn(0, name, func, new tasks.Root(task => (task._error !== null ? reject(task._error) : resolve(task._value))));
    });
}

/* Calls func with the task that context stands for; without one, with a new task at the root. */
function withContext(context, name, func) {
    return context === undefined || context === null ? runAtRoot(driver.use(), func, name) : func(tasks.taskOf(context, name));
}
