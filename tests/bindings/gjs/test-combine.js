// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {test, testOutside, done, equal, ok, raised} from './tap.js';

/* An async function that takes so many seconds, and traces if it was cancelled. */
function taking(seconds, value, trace = []) {
    return async task => {
        try {
            await Anyio.sleep(seconds, task);
        } catch (error) {
            trace.push(`${value} cancelled`);
            throw error;
        }
        if (value instanceof Error)
            throw value;
        return value;
    };
}

const elapsed = async func => {
    const begin = Anyio.currentTime();
    await func();
    return Math.round((Anyio.currentTime() - begin) * 1000) / 1000;
};

// --- gather, map, asCompleted ------------------------------------------------------------------------------------------------------------------

test('gather() gives the results in order, and fails as the first', async task => {
    equal(await Anyio.gather([taking(2, 'a'), taking(1, 'b')], task), ['a', 'b']);
    equal(await Anyio.gather([], task), []);
    const trace = [];
    const error = await raised(() => Anyio.gather([taking(1, new RangeError('no')), taking(2, 'b', trace)], task));
    ok(error instanceof RangeError);
    equal(trace, ['b cancelled']);
});

test('map() keeps its limit and the order', async task => {
    let running = 0;
    let most = 0;
    const double = async (item, child) => {
        most = Math.max(most, ++running);
        await Anyio.sleep(10 - item, child);
        running--;
        return 2 * item;
    };
    equal(await Anyio.map(double, [1, 2, 3, 4, 5], task, {limit: 2}), [2, 4, 6, 8, 10]);
    equal(most, 2);
    most = 0;
    equal(await Anyio.map(double, new Set([1, 2, 3]), task), [2, 4, 6]);
    equal(most, 3);
    const seen = [];
    const error = await raised(() => Anyio.map(async item => {
        seen.push(item);
        if (item === 2)
            throw new RangeError('no');
    }, [1, 2, 3, 4], task, {limit: 1}));
    ok(error instanceof RangeError);
    equal(seen, [1, 2, 3, 4]); // SEMANTICS 1.3
    ok(await raised(() => Anyio.map(double, [], task, {limit: 0})) instanceof RangeError);
});

test('asCompleted() gives the handles as they end', async task => {
    const trace = [];
    const value = await Anyio.asCompleted([taking(3, 'c'), taking(1, 'a'), taking(2, 'b')], async completed => {
        for await (const handle of completed)
            trace.push(handle.value);
        return 'over';
    }, task);
    equal([value, trace], ['over', ['a', 'b', 'c']]);
    equal(await Anyio.asCompleted([], async completed => (await completed.next()).done, task), true);
});

test('asCompleted(): leaving early cancels the others', async task => {
    const trace = [];
    equal(await elapsed(() => Anyio.asCompleted([taking(1, 'a', trace), taking(9, 'b', trace)], async completed => {
        for await (const handle of completed) {
            trace.push(handle.value);
            break;
        }
    }, task)), 1);
    equal(trace, ['a', 'b cancelled']);
});

test('asCompleted() gives also the handle that failed', async task => {
    const trace = [];
    const error = await raised(() => Anyio.asCompleted([taking(1, new RangeError('no')), taking(9, 'b')], async completed => {
        for await (const handle of completed)
            trace.push(handle.status);
    }, task));
    ok(error instanceof RangeError);
    equal(trace, [Anyio.TaskStatus.FAILED]);
});

// --- race, any ---------------------------------------------------------------------------------------------------------------------------------

test('race(): the first that ends, and all others have ended', async task => {
    const trace = [];
    equal(await Anyio.race([taking(2, 'a', trace), taking(1, 'b', trace), taking(3, 'c', trace)], task), 'b');
    equal(trace, ['a cancelled', 'c cancelled']);
    ok(await raised(() => Anyio.race([taking(2, 'a'), taking(1, new RangeError('no'))], task)) instanceof RangeError);
    ok((await raised(() => Anyio.race([], task))).matches(Anyio.Error, Anyio.Error.EMPTY));
});

test('something else than a list', async task => {
    const one = taking(1, 'a');
    const calls = [() => Anyio.gather(one, task), () => Anyio.race(one, task), () => Anyio.map(one, 3, task), () => Anyio.select(Anyio.toSleep(1), task)];
    for (const call of calls)
        ok((await raised(call)).message.includes('expects an array'));
});

test('race(): what fails while it is being cancelled is told to the handler', async task => {
    const told = [];
    Anyio.setBackgroundErrorHandler((name, error) => told.push(`${name}: ${error.message}`));
    try {
        equal(await Anyio.race([taking(1, 'a'), async function careless(child) {
            try {
                await Anyio.sleep(2, child);
            } finally {
                throw new Error('cleanup'); // eslint-disable-line no-unsafe-finally
            }
        }], task), 'a');
    } finally {
        Anyio.setBackgroundErrorHandler(null);
    }
    equal(told, ['careless: cleanup']);
});

test('any(): the first that succeeds', async task => {
    const trace = [];
    equal(await Anyio.any([taking(1, new Error('no')), taking(2, 'b'), taking(3, 'c', trace)], task), 'b');
    equal(trace, ['c cancelled']);
    const error = await raised(() => Anyio.any([taking(2, new Error('two')), taking(1, new Error('one'))], task));
    equal(error.errors.map(e => e.message), ['one', 'two']);
    ok(await raised(() => Anyio.any([taking(1, new RangeError('alone'))], task)) instanceof RangeError);
});

test('any(): the next begins after a while, or at once when one fails', async task => {
    const begun = [];
    const begin = Anyio.currentTime();
    const at = func => child => {
        begun.push(Math.round((Anyio.currentTime() - begin) * 1000) / 1000);
        return func(child);
    };
    equal(await Anyio.any([at(taking(9, 'a')), at(taking(0.1, new Error('no'))), at(taking(9, 'c')), at(taking(0.5, 'd'))], task, {stagger: 0.25}), 'd');
    equal(begun, [0, 0.25, 0.35, 0.6]);
    equal(Math.round((Anyio.currentTime() - begin) * 1000) / 1000, 1.1);
    begun.length = 0;
    equal(await Anyio.any([at(taking(0.1, 'a')), at(taking(9, 'b'))], task, {stagger: 0.25}), 'a');
    equal(begun.length, 1);
});

test('a cancelled race is a cancelled wait', async task => {
    const trace = [];
    const scope = await Anyio.moveOnAfter(1, inner => Anyio.any([taking(2, 'a', trace), taking(3, 'b', trace)], inner, {stagger: 0.1}), task);
    ok(scope.cancelledCaught);
    equal(trace, ['a cancelled', 'b cancelled']);
});

// --- retry, slot, cache ------------------------------------------------------------------------------------------------------------------------

test('retry(): delays that grow, up to a bound', async task => {
    let attempts = 0;
    const failing = n => async () => {
        if (++attempts <= n)
            throw new Error(`attempt ${attempts}`);
        return attempts;
    };
    equal(await elapsed(async () => equal(await Anyio.retry(failing(4), task, {delay: 1, maxDelay: 3, jitter: 0}), 5)), 1 + 2 + 3 + 3);
    attempts = 0;
    const error = await raised(() => Anyio.retry(failing(9), task, {maxAttempts: 3}));
    equal([error.message, attempts], ['attempt 3', 3]);
    attempts = 0;
    await raised(() => Anyio.retry(failing(9), task, {shouldRetry: (e, nFailures) => e.message === 'attempt 1' && nFailures === 1}));
    equal(attempts, 2);
    attempts = 0;
    const seconds = await elapsed(() => Anyio.retry(failing(1), task, {delay: 8, jitter: 0.5}));
    ok(seconds >= 4 && seconds <= 8, `${seconds} seconds`);
});

test('retry() does not try a cancellation again', async task => {
    let attempts = 0;
    const scope = await Anyio.moveOnAfter(1, inner => Anyio.retry(async child => {
        attempts++;
        await Anyio.sleep(5, child);
    }, inner, {shouldRetry: () => attempts++}), task);
    ok(scope.cancelledCaught);
    equal(attempts, 1);
});

test('a slot: the newest wins, after a pause', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const slot = new Anyio.TaskSlot(tg, {delay: 0.3});
        const search = word => async child => {
            trace.push(`${word} begins`);
            try {
                await Anyio.sleep(1, child);
                trace.push(`${word} found`);
            } finally {
                await Anyio.shielded(inner => Anyio.sleep(0.5, inner), child);
                trace.push(`${word} ends`);
            }
        };
        for (const word of ['g', 'gl', 'gli']) {
            slot.start(search(word));
            await Anyio.sleep(0.1, tg);
        }
        await Anyio.sleep(0.5, tg);
        slot.start(search('glib'));
        slot.start(search('glibc'));
        equal(slot.task.status, Anyio.TaskStatus.PENDING);
    }, task);
    equal(trace, ['gli begins', 'gli ends', 'glibc begins', 'glibc found', 'glibc ends']);
});

test('a slot in a group that is bound to an object', async task => {
    const owner = new Gio.SimpleAction({name: 'owner'});
    const group = Anyio.TaskGroup.new_for_object(owner);
    const slot = new Anyio.TaskSlot(group);
    const trace = [];
    for (const word of ['a', 'b'])
        slot.start(async child => trace.push(`${word} ${await Anyio.sleep(1, child)}`));
    await slot.task.wait(task);
    equal([trace, slot.task], [['b undefined'], null]);
    const later = slot.start(taking(5, 'c', trace));
    await Anyio.sleep(1, task);
    group.cancel('the owner has gone');
    await later.wait(task);
    equal(trace, ['b undefined', 'c cancelled']);
});

test('a cache loads once for all who ask', async task => {
    let loads = 0;
    const cache = new Anyio.Cache(async (key, child) => {
        loads++;
        await Anyio.sleep(1, child);
        if (key === 'bad')
            throw new RangeError('bad');
        return key.toUpperCase();
    }, {maxSize: 2, maxAge: 10});
    const get = key => child => cache.get(key, child);
    equal(await Anyio.gather([get('a'), get('a'), get('a')], task), ['A', 'A', 'A']);
    equal([loads, cache.peek('a'), cache.peek('b')], [1, 'A', undefined]);
    await cache.get('b', task);
    await cache.get('a', task);
    await cache.get('c', task);
    equal([cache.size, cache.peek('a'), cache.peek('b')], [2, 'A', undefined]);
    await Anyio.sleep(10, task);
    equal(cache.peek('a'), undefined);
    loads = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 3; i++)
            tg.startSoon(async child => ok(await raised(() => cache.get('bad', child)) instanceof RangeError));
    }, task);
    equal(loads, 1);
    await raised(() => cache.get('bad', task));
    equal(loads, 2);
    ok(cache.remove('c'));
    equal(cache.size, 0);
});

test('a cache: the cancelled loader is replaced by one who waits', async task => {
    let loads = 0;
    const cache = new Anyio.Cache(async (key, child) => {
        loads++;
        await Anyio.sleep(2, child);
        return key;
    });
    const got = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => Anyio.moveOnAfter(1, inner => cache.get('k', inner), child));
        for (let i = 0; i < 2; i++)
            tg.startSoon(async child => got.push(await cache.get('k', child)));
    }, task);
    equal([loads, got], [2, ['k', 'k']]);
});

testOutside('they may be called without a task', async () => {
    equal(await Anyio.gather([async () => 1, async () => 2]), [1, 2]);
    equal(await Anyio.race([task => Anyio.sleepForever(task), async () => 'b']), 'b');
    equal(await Anyio.retry(async () => 3), 3);
    equal(await Anyio.any([async () => 4]), 4);
});

await done();
