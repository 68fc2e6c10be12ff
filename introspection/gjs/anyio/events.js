// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Event, Future, Barrier, ResourceGuard */

// What becomes so once: events and futures; tasks that wait for each other; and the guard against using something twice at a time.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, WaitQueue, Waiter, succeed} = imports.anyio.queue;
const {PENDING, FINISHED, FAILED, CANCELLED} = library;

var Event = class Event {
    constructor() {
        this._isSet = false;
        this._queue = new WaitQueue();
    }

    set() {
        this._isSet = true;
        this._queue.serveAll();
    }

    get isSet() {
        return this._isSet;
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    wait(context) {
        const task = tasks.taskOf(context, 'Event.wait');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        return this._isSet ? succeed(task) : new Waiter(task, this._queue).promise;
    }

    toWait() {
        return {queue: this._queue, attempt: () => (this._isSet ? undefined : NOT_NOW)};
    }
};

/* A result that is set once, from anywhere. */
var Future = class Future {
    constructor() {
        this._status = PENDING;
        this._value = undefined;
        this._error = null;
        this._queue = new WaitQueue();
    }

    _settle(status, value, error) {
        if (this._status !== PENDING)
            return false;
        this._status = status;
        this._value = value;
        this._error = error;
        this._queue.serveAll();
        return true;
    }

    _mustSettle(status, value, error) {
        if (!this._settle(status, value, error))
            throw errors.misuse('The future has its result already');
    }

    set(value) {
        this._mustSettle(FINISHED, value, null);
    }

    fail(error) {
        this._mustSettle(FAILED, undefined, error);
    }

    /* Whether that was in time. */
    cancel() {
        return this._settle(CANCELLED, undefined, errors.ioError('CANCELLED', 'The future was cancelled'));
    }

    get status() {
        return this._status;
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    get value() {
        if (this._status === PENDING)
            throw errors.ioError('PENDING', 'The future has no result yet');
        if (this._error !== null)
            throw this._error;
        return this._value;
    }

    /* Until there is a result, whatever it is. */
    wait(context) {
        const task = tasks.taskOf(context, 'Future.wait');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        return this._status !== PENDING ? succeed(task) : new Waiter(task, this._queue).promise;
    }

    async result(context) {
        await this.wait(context);
        return this.value;
    }

    toWait() {
        return {queue: this._queue, attempt: () => (this._status !== PENDING ? undefined : NOT_NOW)};
    }
};

/* The last of n lets all go on; then it begins anew. */
var Barrier = class Barrier {
    constructor(parties) {
        if (!Number.isInteger(parties) || parties < 1)
            throw new RangeError(`A barrier is for 1 task or more, not ${parties}`);
        this.parties = parties;
        this._queue = new WaitQueue();
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    /* Gives the place at which the task arrived, from 0. */
    wait(context) {
        const task = tasks.taskOf(context, 'Barrier.wait');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        if (this._queue.length + 1 < this.parties)
            return new Waiter(task, this._queue).promise;
        for (let place = 0; place < this.parties - 1; place++)
            this._queue.shift().serve(place);
        return succeed(task, this.parties - 1);
    }
};

var ResourceGuard = class ResourceGuard {
    constructor(action = 'using') {
        this.action = action;
        this._isBusy = false;
    }

    get isBusy() {
        return this._isBusy;
    }

    enter() {
        if (this._isBusy)
            throw errors.ioError('PENDING', `Another task is already ${this.action} this resource`);
        this._isBusy = true;
    }

    leave() {
        if (!this._isBusy)
            throw errors.misuse('ResourceGuard.leave(): nobody has entered');
        this._isBusy = false;
    }

    async run(body) {
        errors.checkFunction(body, 'ResourceGuard.run');
        this.enter();
        try {
            return await errors.callAsync(body);
        } finally {
            this.leave();
        }
    }
};
