// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported gather, map, asCompleted, race, any */

// Several functions at the same time, each as a task of one hidden group: nothing of them runs any more when these return.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const tasks = imports.anyio.tasks;
const {TaskGroup} = imports.anyio.groups;
const {Event} = imports.anyio.events;
const {createMemoryObjectStream} = imports.anyio.streams;
const {select, toSleep} = imports.anyio.select;
const {succeed} = imports.anyio.queue;

function listOf(functions, where) {
    const list = [...functions];
    for (const func of list)
        errors.checkFunction(func, where);
    return list;
}

/* The results in the order of the functions; the first failure cancels the others. */
function gather(functions, context) {
    const list = listOf(functions, 'Anyio.gather');
    return roots.withContext(context, 'gather', async task => {
        const results = new Array(list.length);
        await new TaskGroup()._run(async tg => {
            list.forEach((func, index) => tg.startSoon(async child => {
                results[index] = await errors.callAsync(func, child);
            }, func.name || 'gather'));
        }, task);
        return results;
    });
}

/* The same for one function and many items, at most limit of them at a time: so many tasks take one after another. */
function map(func, items, context, {limit = Infinity} = {}) {
    errors.checkFunction(func, 'Anyio.map');
    if (!(limit >= 1))
        throw new RangeError(`Anyio.map() runs 1 or more at a time, not ${limit}`);
    return roots.withContext(context, 'map', async task => {
        const list = [...items];
        const results = new Array(list.length);
        let next = 0;
        await new TaskGroup()._run(async tg => {
            for (let i = Math.min(limit, list.length); i > 0; i--) {
                tg.startSoon(async child => {
                    while (next < list.length) {
                        const index = next++;
                        results[index] = await errors.callAsync(item => func(item, child), list[index]);
                        await (child._isCancelled ? tasks.yieldAndFail(child) : succeed(child));
                    }
                }, func.name || 'map');
            }
        }, task);
        return results;
    });
}

/* Tells of the end of each child, before a failure cancels the others. */
class Telling extends TaskGroup {
    constructor(send, count) {
        super();
        this._send = send;
        this._left = count;
    }

    _childEnded(task) {
        this._send.sendNowait(task);
        if (--this._left === 0)
            this._send.close();
        super._childEnded(task);
    }
}

/* Calls body with the handles, to "for await" over, in the order in which they end. What is left when it returns is cancelled. */
function asCompleted(functions, body, context) {
    const list = listOf(functions, 'Anyio.asCompleted');
    errors.checkFunction(body, 'Anyio.asCompleted');
    return roots.withContext(context, 'asCompleted', async task => {
        const {send, receive} = createMemoryObjectStream(Infinity);
        const group = new Telling(send, list.length);
        if (list.length === 0)
            send.close();
        let value;
        await group._run(async tg => {
            for (const func of list)
                tg.startSoon(func);
            value = await errors.callAsync(body, receive.items(tg));
            if (group._left > 0)
                tg.cancel('nobody waits for the others any more');
        }, task).finally(() => {
            send.close();
            receive.close();
        });
        return value;
    });
}

/* What the first of several functions has come to; the others are cancelled. */
class Decision {
    constructor(group) {
        this.group = group;
        this.outcome = null;
    }

    decide(outcome) {
        this.outcome = outcome;
        this.group.cancel('another one was first');
    }

    /* Runs func as a task; failed is told of its failure, if nothing is decided. */
    start(func, failed) {
        this.group.startSoon(async child => {
            try {
                const value = await errors.callAsync(func, child);
                if (this.outcome === null)
                    this.decide({value});
            } catch (error) {
                if (errors.isOurs(error, child))
                    throw error;
                if (this.outcome === null)
                    failed(error);
                else
                    roots.report(child.name, error);
            }
        }, func.name || 'task');
    }

    get() {
        if ('error' in this.outcome)
            throw this.outcome.error;
        return this.outcome.value;
    }
}

function checkNotEmpty(list, where) {
    if (list.length === 0)
        throw new GLib.Error(library.Native.Error, library.Native.Error.EMPTY, `${where}() was given no function`);
}

/* The result, or the failure, of the first that ends. */
function race(functions, context) {
    const list = listOf(functions, 'Anyio.race');
    return roots.withContext(context, 'race', async task => {
        checkNotEmpty(list, 'Anyio.race');
        let decision;
        await new TaskGroup()._run(async tg => {
            decision = new Decision(tg);
            for (const func of list)
                decision.start(func, error => decision.decide({error}));
        }, task);
        return decision.get();
    });
}

/* The result of the first that succeeds. Each begins when the one before has failed, or after stagger seconds. */
function any(functions, context, {stagger = 0} = {}) {
    const list = listOf(functions, 'Anyio.any');
    errors.checkSeconds(stagger);
    return roots.withContext(context, 'any', async task => {
        checkNotEmpty(list, 'Anyio.any');
        const failures = [];
        let decision;
        await new TaskGroup()._run(async tg => {
            decision = new Decision(tg);
            for (const func of list) {
                const hasFailed = new Event();
                decision.start(func, error => {
                    failures.push(error);
                    if (failures.length === list.length)
                        decision.decide({error: errors.combine(failures)});
                    else
                        hasFailed.set();
                });
                if (stagger > 0 && func !== list[list.length - 1])
                    await select([hasFailed.toWait(), toSleep(stagger)], tg);
            }
        }, task);
        return decision.get();
    });
}
