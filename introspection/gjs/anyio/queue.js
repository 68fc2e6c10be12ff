// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported NOT_NOW, WaitQueue, Waiter, succeed */

// The queue of those who wait for a primitive: first come, first served.
//
// A primitive changes its own state and takes the waiter out of the queue in the same breath as it serves it, so no third task can slip in. From then on the waiter has
// it: a cancellation that comes later strikes at the task's next wait, so nothing that was handed over ever has to be passed on. A cancellation that comes earlier takes
// the waiter out at once. What stands in a queue has task, data, serve() and fail(); a Waiter stands in one, a select() in several.
//
// Nothing here calls the core until a task that waited goes on.

const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;

const PASSES = 256; // without a real wait, in a row; then the task goes to the back of the queue

var NOT_NOW = Symbol('not now'); // what the attempt of an operation for select() returns if it has to wait

var WaitQueue = class WaitQueue {
    constructor() {
        this.first = null;
        this.last = null;
        this.length = 0;
    }

    append(entry) {
        entry.queue = this;
        entry.previous = this.last;
        entry.next = null;
        if (this.last === null)
            this.first = entry;
        else
            this.last.next = entry;
        this.last = entry;
        this.length++;
    }

    remove(entry) {
        if (entry.previous === null)
            this.first = entry.next;
        else
            entry.previous.next = entry.next;
        if (entry.next === null)
            this.last = entry.previous;
        else
            entry.next.previous = entry.previous;
        entry.queue = null;
        this.length--;
    }

    /* The first, which is taken out; null if there is none. */
    shift() {
        const {first} = this;
        if (first !== null)
            this.remove(first);
        return first;
    }

    serveAll(value) {
        for (let left = this.length; left > 0 && this.first !== null; left--)
            this.shift().serve(value);
    }

    failAll(makeError) {
        while (this.first !== null)
            this.shift().fail(makeError());
    }
};

/* A task in a queue. */
var Waiter = class Waiter extends tasks.Pause {
    constructor(task, queue, data) {
        super(task, null);
        this.data = data;
        this.queue = null;
        this.isServed = false;
        this.isShielded = false; // a cancellation does not reach it
        this.value = undefined;
        this.error = null;
        queue?.append(this);
    }

    serve(value) {
        this.isServed = true;
        this.value = value;
        this.wake();
    }

    fail(error) {
        this.error = error;
        this.serve(undefined);
    }

    abort() {
        if (this.queue === null || this.isShielded)
            return false;
        this.queue.remove(this);
        return true;
    }

    run() {
        this.remove();
        if (!this.isServed)
            this._reject(errors.makeCancelled(this.task));
        else if (this.error !== null)
            this._reject(this.error);
        else
            this._resolve(this.value);
    }
};

const settled = Promise.resolve();

/* The task got value without a wait. */
function succeed(task, value) {
    if (++task._passes % PASSES !== 0)
        return value === undefined ? settled : Promise.resolve(value);
    const waiter = new Waiter(task, null);
    waiter.serve(value);
    return waiter.promise;
}
