// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported wait, call, begin, addPromises */

// GIO operations, and promises of others.
//
// The task goes on when the operation is over, also when it is cancelled: its own result tells how. Each operation has a GCancellable of its own, one that was never
// cancelled. To make one, and above all to collect it, costs more than all else here; but a pool would stay empty, because the wrapper of the GTask holds it until it is
// collected itself.

const {Gio} = imports.gi;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;

class Operation extends tasks.Wait {
    constructor(task, cancellable, isOutside) {
        super(task);
        this.cancellable = cancellable;
        this.isAborted = task._isCancelled;
        this.isOutside = isOutside; // not on the scheduler: a replaced clock stands still meanwhile
        if (isOutside)
            task._driver.beginOperation(cancellable);
    }

    abort() {
        if (!this.isAborted)
            this.task._driver.doom(this.cancellable);
        this.isAborted = true;
        return false;
    }

    remove() {
        super.remove();
        if (this.isOutside)
            this.task._driver.endOperation(this.cancellable);
    }

    /* Ends with error; returns what the task is to see of it. */
    failed(error) {
        this.remove();
        return errors.isCancelled(error) && (this.isAborted || this.task._isCancelled) ? errors.makeCancelled(this.task) : error;
    }
}

function makeCancellable(task) {
    const cancellable = new Gio.Cancellable();
    if (task._isCancelled)
        cancellable.cancel();
    return cancellable;
}

/* Waits for the promise that begins() returns; it is given a GCancellable. */
function wait(begins, context) {
    const task = tasks.taskOf(context, 'Anyio.wait');
    errors.checkFunction(begins, 'Anyio.wait');
    const cancellable = makeCancellable(task);
    const promise = begins(cancellable);
    if (typeof promise?.then !== 'function')
        throw new TypeError('Anyio.wait() expects a function that returns a promise: see Gio._promisify()');
    const operation = new Operation(task, cancellable, true);
    return new Promise((resolve, reject) => {
        promise.then(value => {
            operation.remove();
            resolve(value);
        }, error => {
            reject(operation.failed(error));
        });
    });
}

const finishNames = new Map();

function finishNameOf(name) {
    let found = finishNames.get(name);
    if (found === undefined) {
        found = `${name.replace(/_(async|begin|start)$/, '')}_finish`;
        finishNames.set(name, found);
    }
    return found;
}

function finish(object, source, name, result) {
    const value = typeof object[name] === 'function' ? object[name](result) : source[name](result);
    if (Array.isArray(value) && value.length > 1 && value[0] === true)
        value.shift();
    return value;
}

function begin(task, object, name, args, isOutside) {
    const func = object[`_original_${name}`] ?? object[name]; // Gio._promisify() hides it
    if (typeof func !== 'function')
        throw new TypeError(`Anyio.call(): ${object} has no ${name}()`);
    const finishName = finishNameOf(name);
    const hasCancellable = func.length === args.length + 2;
    if (!hasCancellable && func.length !== args.length + 1)
        throw new TypeError(`Anyio.call(): ${name}() takes ${func.length} arguments, of which the GCancellable and the callback are added; got ${args.length}`);
    const cancellable = makeCancellable(task);
    if (hasCancellable)
        args.push(cancellable);
    return new Promise((resolve, reject) => {
        const operation = new Operation(task, cancellable, isOutside);
        args.push((source, result) => {
            try {
                const value = finish(object, source, finishName, result);
                operation.remove();
                resolve(value);
            } catch (error) {
                reject(operation.failed(error));
            }
        });
        try {
            func.apply(object, args);
        } catch (error) {
            operation.remove();
            throw error;
        }
    });
}

/* Waits for object.name (...args, cancellable, callback), the first half of a pair, and gives what the second half returns. */
function call(object, name, ...args) {
    return begin(tasks.taskOf(args.pop(), 'Anyio.call'), object, name, args, true);
}

/* Whatever a class of the library has as x_async (...) gets a form x (..., context) that returns a promise. */
function addPromises(nativeClass) {
    for (const asyncName of Object.keys(nativeClass.prototype)) {
        if (!asyncName.endsWith('_async'))
            continue;
        const name = asyncName.slice(0, -'_async'.length).replace(/_([a-z])/g, (match, letter) => letter.toUpperCase());
        nativeClass.prototype[name] = function (...args) {
            return begin(tasks.taskOf(args.pop(), `${nativeClass.name}.${name}`), this, asyncName, args, false);
        };
    }
}
