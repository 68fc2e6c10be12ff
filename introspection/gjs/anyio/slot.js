// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported TaskSlot */

// A place for one task, where the newest wins: for what a user changes his mind about, such as a search as he types.

const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const library = imports.anyio.library;
const {startIn} = imports.anyio.groups;
const {Lock} = imports.anyio.locks;

var TaskSlot = class TaskSlot {
    constructor(group, {delay = 0} = {}) {
        this.group = group;
        this.delay = errors.checkSeconds(delay);
        this._task = null;
        this._lock = new Lock();
    }

    /* The newest task; null if it has ended. */
    get task() {
        return this._task;
    }

    /* Cancels what is there; func begins when that has ended and the delay has passed. */
    start(func, name = func?.name || 'task') {
        errors.checkFunction(func, 'TaskSlot.start');
        this._task?.cancel('a newer one came');
        const body = async task => {
            try {
                if (this.delay > 0 && !task._isCancelled)
                    await tasks.sleepUntil(task, library.Native.current_time() + this.delay);
                return await this._lock.run(() => func(task), task);
            } finally {
                if (this._task === task)
                    this._task = null;
            }
        };
        this._task = typeof this.group.startSoon === 'function' ? this.group.startSoon(body, name) : startIn(this.group, body, name);
        return this._task;
    }

    cancel(reason = null) {
        this._task?.cancel(reason);
    }
};
