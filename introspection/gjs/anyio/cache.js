// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Cache */

// A cache whose values are loaded by tasks: by the first that asks; those that ask meanwhile wait for the same load. If that one is cancelled, the next of them loads.
// Failures are told to all who wait, and not kept. The Map is in the order of use.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {Future} = imports.anyio.events;
const {succeed} = imports.anyio.queue;

var Cache = class Cache {
    /* load (key, task). maxAge in seconds. */
    constructor(load, {maxSize = Infinity, maxAge = Infinity} = {}) {
        errors.checkFunction(load, 'new Anyio.Cache');
        this.maxSize = maxSize;
        this.maxAge = errors.checkSeconds(maxAge);
        this._load = load;
        this._values = new Map(); // {value, expires}
        this._loading = new Map(); // futures
    }

    _find(key) {
        const entry = this._values.get(key);
        if (entry === undefined)
            return undefined;
        this._values.delete(key);
        if (entry.expires <= library.Native.current_time())
            return undefined;
        this._values.set(key, entry);
        return entry;
    }

    _keep(key, value) {
        this._values.delete(key);
        this._values.set(key, {value, expires: library.Native.current_time() + this.maxAge});
        if (this._values.size > this.maxSize)
            this._values.delete(this._values.keys().next().value);
    }

    async _loadFor(key, task) {
        const future = new Future();
        this._loading.set(key, future);
        const end = () => {
            if (this._loading.get(key) === future)
                this._loading.delete(key);
        };
        try {
            const value = await errors.callAsync(() => this._load(key, task));
            if (this._loading.get(key) === future)
                this._keep(key, value);
            end();
            future.set(value);
            return value;
        } catch (error) {
            end();
            if (errors.isOurs(error, task))
                future.cancel();
            else
                future.fail(error);
            throw error;
        }
    }

    get size() {
        return this._values.size;
    }

    async get(key, context) {
        const task = tasks.taskOf(context, 'Cache.get');
        for (;;) {
            if (task._isCancelled)
                await tasks.yieldAndFail(task);
            const entry = this._find(key);
            if (entry !== undefined) {
                await succeed(task);
                return entry.value;
            }
            const future = this._loading.get(key);
            if (future === undefined)
                return this._loadFor(key, task);
            await future.wait(task);
            if (future.status !== library.CANCELLED)
                return future.value;
        }
    }

    /* The value if it is there, else undefined. */
    peek(key) {
        return this._find(key)?.value;
    }

    /* Forgets a value; one that is being loaded is not kept. */
    remove(key) {
        const wasLoading = this._loading.delete(key);
        return this._values.delete(key) || wasLoading;
    }

    removeAll() {
        this._values.clear();
        this._loading.clear();
    }
};
