// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported gather, map, asCompleted, race, any */

// Several functions at the same time, each as a task of one hidden group: nothing of them runs any more when these return.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const {TaskGroup} = imports.anyio.groups;
const {select, toSleep} = imports.anyio.select;
const {FIRST_DONE, FIRST_SUCCESS} = library;

function listOf(functions, where) {
    const list = errors.listOf(functions, where);
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

/* The same for one function and many items, at most limit of them at a time; after a failure those that were held back begin, too, as all tasks of a cancelled group do. */
function map(func, items, context, {limit = Infinity} = {}) {
    errors.checkFunction(func, 'Anyio.map');
    if (!(limit >= 1))
        throw new RangeError(`Anyio.map() runs 1 or more at a time, not ${limit}`);
    const list = errors.listOf(items, 'Anyio.map');
    return roots.withContext(context, 'map', async task => {
        const results = new Array(list.length);
        await new TaskGroup({maxConcurrency: limit < list.length ? limit : Infinity})._run(async tg => {
            list.forEach((item, index) => tg.startSoon(async child => {
                results[index] = await errors.callAsync(() => func(item, child));
            }, func.name || 'map'));
        }, task);
        return results;
    });
}

/* Calls body with the handles, to "for await" over, in the order in which they end. What is left when it returns is cancelled. */
function asCompleted(functions, body, context) {
    const list = listOf(functions, 'Anyio.asCompleted');
    errors.checkFunction(body, 'Anyio.asCompleted');
    return roots.withContext(context, 'asCompleted', async task => {
        let value;
        await new TaskGroup()._run(async tg => {
            const completed = tg.completed();
            for (const func of list)
                tg.startSoon(func);
            value = await errors.callAsync(body, completed);
            if (tg._extra.nChildren > 0)
                tg.cancel('nobody waits for the others any more');
        }, task);
        return value;
    });
}

/* A group in which one task decides; what fails after that is told to the background error handler. */
function contest(functions, policy, where) {
    if (functions.length === 0)
        throw new GLib.Error(library.Native.Error, library.Native.Error.EMPTY, `${where}() was given no function`);
    const group = new TaskGroup({policy});
    group._extra.reportsLate = true;
    return group;
}

/* The result, or the failure, of the first that ends. */
function race(functions, context) {
    const list = listOf(functions, 'Anyio.race');
    return roots.withContext(context, 'race', async task => {
        const group = contest(list, FIRST_DONE, 'Anyio.race');
        await group._run(async tg => list.forEach(func => tg.startSoon(func)), task);
        return group.winner.value;
    });
}

/* The result of the first that succeeds. Each begins when the one before has failed, or after stagger seconds. */
function any(functions, context, {stagger = 0} = {}) {
    const list = listOf(functions, 'Anyio.any');
    errors.checkSeconds(stagger);
    return roots.withContext(context, 'any', async task => {
        const group = contest(list, FIRST_SUCCESS, 'Anyio.any');
        await group._run(async tg => {
            for (const [index, func] of list.entries()) {
                if (group.winner !== null)
                    return;
                const handle = tg.startSoon(func);
                if (stagger > 0 && index < list.length - 1)
                    await select([handle.toWait(), toSleep(stagger)], tg);
            }
        }, task);
        return group.winner.value;
    });
}
