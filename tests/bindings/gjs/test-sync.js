// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {test, testOutside, testSeeds, done, equal, ok, raised} from './tap.js';

const isMisuse = error => error.matches(Anyio.Error, Anyio.Error.MISUSE);
const isBlocked = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK);

/* Starts a task for each name, which traces what it gets; returns when all wait. */
async function line(tg, names, trace, wait) {
    const handles = names.map(name => tg.startSoon(async function waiter(task) {
        await wait(task, name);
        trace.push(name);
    }, name));
    await Anyio.sleep(0.001, tg);
    return handles;
}

// --- events, futures ---------------------------------------------------------------------------------------------------------------------------

test('an event wakes all who wait, in order, and stays', async task => {
    const event = new Anyio.Event();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await line(tg, ['a', 'b', 'c'], trace, child => event.wait(child));
        equal(event.tasksWaiting, 3);
        event.set();
        event.set();
        equal([event.tasksWaiting, event.isSet, trace], [0, true, []]);
        await event.wait(tg);
    }, task);
    equal(trace, ['a', 'b', 'c']);
});

test('a waiter that was woken and then cancelled has been woken', async task => {
    const event = new Anyio.Event();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const [first, second] = await line(tg, ['a', 'b'], trace, child => event.wait(child));
        first.cancel();
        event.set();
        second.cancel();
    }, task);
    equal(trace, ['b']);
});

test('in a cancelled scope nothing is got, also what is there', async task => {
    const event = new Anyio.Event();
    const lock = new Anyio.Lock();
    const semaphore = new Anyio.Semaphore(1);
    const limiter = new Anyio.CapacityLimiter(1);
    const rate = new Anyio.RateLimiter(1, 1);
    event.set();
    await Anyio.moveOnAfter(0, async inner => {
        for (const wait of [() => event.wait(inner), () => lock.acquire(inner), () => semaphore.acquire(inner), () => limiter.acquire(inner), () => rate.acquire(1, inner)])
            ok(Anyio.isCancelled(await raised(wait)));
    }, task);
    equal([lock.isLocked, semaphore.value, limiter.borrowedTokens, rate.availableTokens], [false, 1, 0, 1]);
});

test('a future is set once and read often', async task => {
    const future = new Anyio.Future();
    const trace = [];
    equal((await raised(() => future.value)).code, Gio.IOErrorEnum.PENDING);
    await Anyio.withTaskGroup(async tg => {
        const [first] = await line(tg, ['a', 'b'], trace, async child => trace.push(await future.result(child)));
        first.cancel();
        await Anyio.sleep(1, tg);
        equal(future.status, Anyio.TaskStatus.PENDING);
        future.set(null);
    }, task);
    equal(trace, [null, 'b']);
    equal(await future.result(task), null);
    ok(isMisuse(await raised(() => future.fail(new Error()))));
    ok(!future.cancel());

    const failed = new Anyio.Future();
    failed.fail(new RangeError('no'));
    await failed.wait(task);
    ok(await raised(() => failed.result(task)) instanceof RangeError);

    const cancelled = new Anyio.Future();
    ok(cancelled.cancel());
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => cancelled.result(child));
    }, task));
    ok(Anyio.isCancelled(error), 'the future\'s cancellation is not the scope\'s');
});

test('a barrier lets go when all are there, again and again', async task => {
    const barrier = new Anyio.Barrier(3);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
            tg.startSoon(async child => trace.push(name + await barrier.wait(child)));
    }, task);
    equal(trace.sort(), ['a0', 'b1', 'c2', 'd0', 'e1', 'f2']);
    await Anyio.moveOnAfter(1, inner => barrier.wait(inner), task);
    equal(barrier.tasksWaiting, 0);
});

test('a resource guard refuses the second', async task => {
    const guard = new Anyio.ResourceGuard('reading from');
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => guard.run(() => Anyio.sleep(1, child)));
        await Anyio.sleep(0.5, tg);
        const error = await raised(() => guard.enter());
        ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.PENDING) && error.message.includes('reading from'));
    }, task);
    ok(!guard.isBusy);
    ok(isMisuse(await raised(() => guard.leave())));
});

// --- locks -------------------------------------------------------------------------------------------------------------------------------------

test('a lock is handed over in order, and nobody slips in', async task => {
    const lock = new Anyio.Lock();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await lock.acquire(tg);
        await line(tg, ['a', 'b'], trace, async child => {
            await lock.acquire(child);
            await Anyio.sleep(1, child);
            lock.release(child);
        });
        lock.release(tg);
        equal(lock.owner.name, 'a');
        ok(isBlocked(await raised(() => lock.acquireNowait(tg))));
        await lock.acquire(tg);
        trace.push('body');
        lock.release(tg);
    }, task);
    equal(trace, ['a', 'b', 'body']);
    ok(!lock.isLocked);
});

test('who was cancelled before the hand-over is skipped, who was cancelled after it has the lock', async task => {
    const lock = new Anyio.Lock();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await lock.acquire(tg);
        const handles = await line(tg, ['a', 'b', 'c'], trace, async child => {
            await lock.acquire(child);
            trace.push(`${child.name}: ${child.hasPendingCancellation}`);
            lock.release(child);
        });
        handles[0].cancel();
        lock.release(tg);
        handles[1].cancel();
        equal(lock.owner.name, 'b');
    }, task);
    equal(trace, ['b: true', 'b', 'c: false', 'c']);
});

test('a lock is not re-entrant, and its owner\'s alone', async task => {
    const lock = new Anyio.Lock();
    await lock.acquire(task);
    ok(isMisuse(await raised(() => lock.acquire(task))));
    ok(isMisuse(await raised(() => lock.acquireNowait(task))));
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => ok(isMisuse(await raised(() => lock.release(child)))));
    }, task);
    lock.release(task);
});

test('an owner that ends breaks its lock', async task => {
    const lock = new Anyio.Lock();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async function careless(child) {
            await lock.acquire(child);
            await Anyio.sleep(1, child);
        });
        await Anyio.sleep(0.5, tg);
        const error = await raised(() => lock.acquire(tg));
        ok(error.matches(Anyio.Error, Anyio.Error.BROKEN) && error.message.includes('careless'), error.message);
        ok((await raised(() => lock.acquire(tg))).matches(Anyio.Error, Anyio.Error.BROKEN));
    }, task);
});

test('a condition: one is notified, all are, and the lock is held', async task => {
    const condition = new Anyio.Condition();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await line(tg, ['a', 'b', 'c'], trace, child => condition.run(() => condition.wait(child), child));
        equal(condition.tasksWaiting, 3);
        ok(isMisuse(await raised(() => condition.notify(1, tg))));
        ok(isMisuse(await raised(() => condition.wait(tg))));
        await condition.run(async () => condition.notify(1, tg), tg);
        await Anyio.sleep(1, tg);
        equal(trace, ['a']);
        await condition.run(async () => condition.notifyAll(tg), tg);
    }, task);
    equal(trace, ['a', 'b', 'c']);
});

test('a lock forgets its conditions when nobody waits on them any more', async task => {
    const lock = new Anyio.Lock();
    const ways = [
        (condition, child) => condition.wait(child),
        (condition, child) => Anyio.select([condition.toWait()], child),
        (condition, child) => Anyio.select([condition.toWait(), Anyio.toSleep(0.005)], child),
        (condition, child) => Anyio.moveOnAfter(0.005, inner => condition.wait(inner), child),
    ];
    for (const wait of ways) {
        const condition = new Anyio.Condition(lock);
        await Anyio.withTaskGroup(async tg => {
            await line(tg, ['a', 'b'], [], child => lock.run(() => wait(condition, child), child));
            equal([condition.tasksWaiting, lock._conditions.size], [2, 1]);
            await Anyio.sleep(0.01, tg);
            await condition.run(async () => condition.notifyAll(tg), tg);
        }, task);
        equal(lock._conditions.size, 0);
    }
});

test('a cancelled waiter of a condition has the lock again, and no notification', async task => {
    const condition = new Anyio.Condition();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const handles = await line(tg, ['a', 'b'], trace, child => condition.run(async () => {
            try {
                await condition.wait(child);
            } finally {
                ok(condition.lock.owner === child);
                trace.push(`${child.name} holds`);
            }
        }, child));
        await condition.acquire(tg);
        handles[0].cancel();
        await Anyio.sleep(1, tg);
        equal(trace, []);
        condition.notify(1, tg);
        condition.release(tg);
    }, task);
    equal(trace, ['a holds', 'b holds', 'b']);
});

test('a notified waiter that is cancelled has been notified', async task => {
    const condition = new Anyio.Condition();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const [first] = await line(tg, ['a', 'b'], trace, child => condition.run(() => condition.wait(child), child));
        await condition.acquire(tg);
        condition.notify(1, tg);
        first.cancel();
        await Anyio.sleep(1, tg);
        condition.release(tg);
        await Anyio.sleep(1, tg);
        equal([trace, condition.tasksWaiting], [['a'], 1]);
        tg.cancel();
    }, task);
});

test('waitFor() looks again after each notification', async task => {
    const condition = new Anyio.Condition();
    let count = 0;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => condition.run(async () => {
            await condition.waitFor(() => count === 3, child);
            equal(count, 3);
        }, child));
        while (count < 3) {
            await Anyio.sleep(1, tg);
            await condition.run(async () => {
                count++;
                condition.notifyAll(tg);
            }, tg);
        }
    }, task);
});

// --- semaphores, limiters ----------------------------------------------------------------------------------------------------------------------

test('a semaphore is handed over in order, by anyone', async task => {
    const semaphore = new Anyio.Semaphore(1, 2);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await semaphore.acquire(tg);
        ok(isBlocked(await raised(() => semaphore.acquireNowait())));
        const handles = await line(tg, ['a', 'b', 'c'], trace, child => semaphore.acquire(child));
        handles[1].cancel();
        semaphore.release();
        equal(semaphore.value, 0);
        semaphore.release();
        equal(semaphore.value, 0);
    }, task);
    equal(trace, ['a', 'c']);
    semaphore.release();
    semaphore.release();
    ok(isMisuse(await raised(() => semaphore.release())));
    equal(semaphore.value, 2);
});

test('a capacity limiter: a token each, and a total that changes', async task => {
    const limiter = new Anyio.CapacityLimiter(1);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await limiter.acquire(tg);
        ok(isMisuse(await raised(() => limiter.acquire(tg))));
        const handles = await line(tg, ['a', 'b', 'c', 'd'], trace, (child, name) => limiter.acquireOnBehalfOf(name, child));
        ok(isMisuse(await raised(() => limiter.acquireOnBehalfOf('b', tg))));
        ok(isBlocked(await raised(() => limiter.acquireOnBehalfOfNowait('e'))));
        limiter.totalTokens = 3;
        equal([limiter.borrowedTokens, limiter.tasksWaiting], [3, 2]);
        limiter.totalTokens = 1;
        equal(limiter.availableTokens, -2);
        limiter.releaseOnBehalfOf('a');
        limiter.releaseOnBehalfOf('b');
        equal([limiter.borrowedTokens, limiter.tasksWaiting], [1, 2]);
        handles[2].cancel();
        limiter.release(tg);
        equal(limiter.borrowers, ['d']);
        limiter.totalTokens = 2;
        await limiter.acquireOnBehalfOf('c', tg);
        ok(isMisuse(await raised(() => limiter.release(tg))));
    }, task);
    equal(trace, ['a', 'b', 'd']);
});

test('a task that ends gives its token back', async task => {
    const limiter = new Anyio.CapacityLimiter(1);
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => limiter.acquire(child));
        tg.startSoon(child => limiter.run(() => Anyio.sleep(1, child), child));
    }, task);
    equal(limiter.borrowedTokens, 0);
});

test('a rate limiter: burst first, then so many a second, in order', async task => {
    const limiter = new Anyio.RateLimiter(2, 3);
    const times = [];
    const begin = Anyio.currentTime();
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 6; i++) {
            tg.startSoon(async child => {
                await limiter.acquire(1, child);
                times.push([i, Math.round((Anyio.currentTime() - begin) * 1000)]);
            });
        }
        await Anyio.sleep(0.1, tg);
        ok(isBlocked(await raised(() => limiter.acquireNowait(1))));
        equal(limiter.tasksWaiting, 3);
    }, task);
    equal(times, [[0, 0], [1, 0], [2, 0], [3, 500], [4, 1000], [5, 1500]]);
    ok(await raised(() => limiter.acquire(4, task)) instanceof RangeError);
});

test('a cancelled waiter of a rate limiter takes no token', async task => {
    const limiter = new Anyio.RateLimiter(1, 2);
    const begin = Anyio.currentTime();
    let time = 0;
    await Anyio.withTaskGroup(async tg => {
        await limiter.acquire(2, tg);
        const [first] = await line(tg, ['a'], [], child => limiter.acquire(2, child));
        tg.startSoon(async child => {
            await limiter.acquire(1, child);
            time = Anyio.currentTime() - begin;
        });
        await Anyio.sleep(0.5, tg);
        first.cancel();
    }, task);
    equal(Math.round(time * 1000), 1000);
});

test('nobody overtakes the first at a rate limiter', async task => {
    const limiter = new Anyio.RateLimiter(1, 3);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await limiter.acquire(2, tg);
        await line(tg, ['a'], trace, child => limiter.acquire(3, child));
        await line(tg, ['b'], trace, child => limiter.acquire(1, child));
    }, task);
    equal(trace, ['a', 'b']);
});

testSeeds('one at a time, and no token is lost, whoever is cancelled when', async task => {
    const lock = new Anyio.Lock();
    const semaphore = new Anyio.Semaphore(3, 3);
    const limiter = new Anyio.CapacityLimiter(2);
    const most = {lock: 0, semaphore: 0, limiter: 0};
    const inside = {lock: 0, semaphore: 0, limiter: 0};
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 60; i++) {
            for (const [name, primitive] of Object.entries({lock, semaphore, limiter})) {
                tg.startSoon(child => Anyio.moveOnAfter((i * 7) % 17, inner => primitive.run(async () => {
                    most[name] = Math.max(most[name], ++inside[name]);
                    try {
                        await Anyio.sleep((i * 5) % 3, inner);
                    } finally {
                        inside[name]--;
                    }
                }, inner), child));
            }
        }
    }, task);
    equal(most, {lock: 1, semaphore: 3, limiter: 2});
    equal([lock.isLocked, semaphore.value, limiter.borrowedTokens], [false, 3, 0]);
});

test('what does not wait lets others run all the same', async task => {
    const lock = new Anyio.Lock();
    let turns = 0;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            for (;;) {
                await Anyio.sleep(0, child);
                turns++;
            }
        });
        for (let i = 0; i < 2000; i++)
            await lock.run(async () => {}, tg);
        ok(turns >= 3, `${turns} turns`);
        tg.cancel();
    }, task);
});

testOutside('primitives can be made and set outside tasks', async () => {
    const event = new Anyio.Event();
    imports.gi.GLib.timeout_add(0, 1, () => {
        event.set();
        return false;
    });
    await Anyio.run(task => event.wait(task));
});

await done();
