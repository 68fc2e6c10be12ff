// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Lock, LockWaiter, Condition */

// Locks, which belong to a task, and conditions.
//
// A lock hangs in its owner's set, so that the end of the owner breaks it instead of leaving others waiting for ever, for the lock or on its conditions.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, WaitQueue, Waiter, succeed} = imports.anyio.queue;

var Lock = class Lock {
    constructor() {
        this._owner = null;
        this._brokenBy = null; // the name of a task
        this._queue = new WaitQueue();
        this._conditions = null; // a Set of the queues of conditions in which somebody waits, made by the first
    }

    _give(task) {
        this._owner = task;
        task._hold(this);
    }

    _checkMisuse(task) {
        if (this._owner === task)
            throw errors.misuse(`Task "${task.name}" holds this lock already; a lock is not re-entrant`);
    }

    /* Whether task has it now. */
    _take(task) {
        this._checkMisuse(task);
        if (this._brokenBy !== null)
            throw this._makeBroken();
        if (this._owner !== null)
            return false;
        this._give(task);
        return true;
    }

    _makeBroken() {
        return new GLib.Error(library.Native.Error, library.Native.Error.BROKEN, `Task "${this._brokenBy}" ended while it held the lock`);
    }

    /* Who lost a lock that broke cannot know. */
    _checkHeld(task, where) {
        if (this._owner !== task && this._brokenBy === null)
            throw errors.misuse(`${where}(): task "${task.name}" does not hold the lock`);
    }

    _checkUsable(task, where) {
        this._checkHeld(task, where);
        if (this._brokenBy !== null)
            throw this._makeBroken();
    }

    /* To one that gave it back for a wait: at once, or in its turn, which no cancellation takes away. */
    _giveAgain(waiter) {
        if (this._brokenBy !== null) {
            waiter.fail(this._makeBroken());
        } else if (this._owner === null) {
            this._give(waiter.task);
            waiter.serve();
        } else {
            waiter.isShielded = true;
            this._queue.append(waiter);
        }
    }

    _handOver() {
        this._owner._held.delete(this);
        this._owner = null;
        const next = this._queue.shift();
        if (next === null)
            return;
        this._give(next.task);
        next.serve();
    }

    _ownerEnded() {
        this._brokenBy = this._owner.name;
        this._owner = null;
        this._queue.failAll(() => this._makeBroken());
        for (const queue of [...this._conditions ?? []])
            queue.failAll(() => this._makeBroken()); // nobody can notify them any more
    }

    // --- public ---

    /* Also if nobody will ever release it. */
    get isLocked() {
        return this._owner !== null || this._brokenBy !== null;
    }

    get owner() {
        return this._owner;
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    acquire(context) {
        const task = tasks.taskOf(context, 'Lock.acquire');
        if (task._isCancelled) {
            this._checkMisuse(task);
            return tasks.yieldAndFail(task);
        }
        return this._take(task) ? succeed(task) : new Waiter(task, this._queue).promise;
    }

    acquireNowait(context) {
        if (!this._take(tasks.taskOf(context, 'Lock.acquireNowait')))
            throw errors.ioError('WOULD_BLOCK', 'Another task holds the lock');
    }

    toAcquire() {
        return {queue: this._queue, attempt: task => (this._take(task) ? undefined : NOT_NOW)};
    }

    release(context) {
        this._checkHeld(tasks.taskOf(context, 'Lock.release'), 'Lock.release');
        if (this._brokenBy === null)
            this._handOver();
    }

    async run(body, context) {
        errors.checkFunction(body, 'Lock.run');
        const task = tasks.taskOf(context, 'Lock.run');
        await this.acquire(task);
        try {
            return await errors.callAsync(body);
        } finally {
            if (this._owner === task)
                this._handOver();
        }
    }
};

/* Has given a lock back, if it is not null. Notified or cancelled, it stands in the lock's queue at once, and always has the lock in the end. */
var LockWaiter = class LockWaiter extends Waiter {
    constructor(task, queue, lock) {
        super(task, queue);
        this.lock = lock;
        this.wasCancelled = false;
    }

    notified() {
        this.lock._giveAgain(this);
    }

    /* It does not wait for its notice any more. */
    abortForLock() {
        this.wasCancelled = true;
        this.lock._giveAgain(this);
        return false;
    }

    abort() {
        return super.abort() && this.abortForLock();
    }

    run() {
        if (this.wasCancelled && this.error === null)
            this.error = errors.makeCancelled(this.task);
        super.run();
    }
};

/* The queue of a condition. The lock knows it while somebody waits in it. */
class ConditionQueue extends WaitQueue {
    constructor(lock) {
        super();
        this.lock = lock;
    }

    append(entry) {
        super.append(entry);
        (this.lock._conditions ??= new Set()).add(this);
    }

    remove(entry) {
        super.remove(entry);
        if (this.length === 0)
            this.lock._conditions.delete(this);
    }
}

var Condition = class Condition {
    constructor(lock = new Lock()) {
        this.lock = lock;
        this._queue = new ConditionQueue(lock);
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    acquire(context) {
        return this.lock.acquire(context);
    }

    release(context) {
        this.lock.release(context);
    }

    run(body, context) {
        return this.lock.run(body, context);
    }

    /* Gives the lock back, waits for a notification, and has the lock again, whatever happens. */
    async wait(context) {
        const task = tasks.taskOf(context, 'Condition.wait');
        this.lock._checkUsable(task, 'Condition.wait');
        if (task._isCancelled) {
            await tasks.yieldAndFail(task);
            return;
        }
        const waiter = new LockWaiter(task, this._queue, this.lock);
        this.lock._handOver();
        await waiter.promise;
    }

    /* wait() as an operation for select(): whatever that does in the end, the task has the lock again. */
    toWait() {
        const attempt = task => {
            this.lock._checkUsable(task, 'Condition.toWait');
            return NOT_NOW;
        };
        return {queue: this._queue, lock: this.lock, attempt};
    }

    async waitFor(predicate, context) {
        while (!predicate())
            await this.wait(context);
    }

    notify(count, context) {
        this.lock._checkHeld(tasks.taskOf(context, 'Condition.notify'), 'Condition.notify');
        for (let left = count; left > 0 && this._queue.first !== null; left--)
            this._queue.shift().notified();
    }

    notifyAll(context) {
        this.notify(this._queue.length, context);
    }
};
