// SPDX-License-Identifier: LGPL-2.1-or-later

// select() over what is not a stream: limiters, conditions, tasks, time.

import Anyio from 'gi://Anyio';
import {test, testSeeds, done, equal, ok, raised} from './tap.js';

const isMisuse = error => error.matches(Anyio.Error, Anyio.Error.MISUSE);
const isBroken = error => error.matches(Anyio.Error, Anyio.Error.BROKEN);
const now = () => Math.round(Anyio.currentTime() * 1000) / 1000;

test('a capacity limiter lends to the task that selects, which gives it back as ever', async task => {
    const limiter = new Anyio.CapacityLimiter(1);
    equal((await Anyio.select([limiter.toAcquire()], task)).index, 0);
    equal([limiter.borrowers.length, limiter.borrowers[0] === task], [1, true]);
    ok(isMisuse(await raised(() => Anyio.select([limiter.toAcquire()], task))));
    await Anyio.withTaskGroup(async tg => {
        const waiting = tg.startSoon(child => Anyio.select([Anyio.toNever(), limiter.toAcquire()], child));
        const late = tg.startSoon(child => Anyio.select([limiter.toAcquire(), Anyio.toSleep(1)], child));
        const twice = tg.startSoon(child => raised(() => Anyio.select([limiter.toAcquire(), limiter.toAcquire()], child)));
        await Anyio.sleep(2, tg);
        ok(isMisuse(await twice.result(tg)));
        equal([limiter.tasksWaiting, late.value.index], [1, 1]);
        ok(limiter.borrowers[0] === task);
        limiter.release(tg);
        equal((await waiting.result(tg)).index, 1);
        equal([limiter.borrowedTokens, limiter.tasksWaiting], [0, 0]);
        await limiter.acquireOnBehalfOf(late, tg);
    }, task);
});

test('a cancelled select() asks a limiter for nothing any more', async task => {
    const limiter = new Anyio.CapacityLimiter(0);
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            ok((await Anyio.moveOnAfter(1, inner => Anyio.select([limiter.toAcquire()], inner), child)).cancelledCaught);
            limiter.totalTokens = 1;
            await Anyio.select([limiter.toAcquire()], child);
        });
    }, task);
    equal([limiter.borrowedTokens, limiter.tasksWaiting], [0, 0]);
});

test('tokens of a rate limiter come with time, also among other operations', async task => {
    const limiter = new Anyio.RateLimiter(1, 4);
    const begin = now();
    const take = (count, child, ...others) => Anyio.select([limiter.toAcquire(count), ...others], child);
    equal([(await take(3, task)).index, limiter.availableTokens], [0, 1]);
    equal((await take(3, task, Anyio.toSleep(1.5))).index, 1);
    equal([now() - begin, limiter.tasksWaiting], [1.5, 0]);
    equal((await take(3, task, Anyio.toSleep(9))).index, 0);
    equal(now() - begin, 2);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => trace.push(['a', (await take(4, child, Anyio.toSleep(1))).index, now() - begin]));
        tg.startSoon(async child => trace.push(['b', (await take(2, child)).index, now() - begin]));
        tg.startSoon(async child => trace.push(['c', await limiter.acquire(1, child), now() - begin]));
    }, task);
    equal(trace, [['a', 1, 3], ['b', 0, 4], ['c', null, 5]]);
    ok(await raised(() => limiter.toAcquire(5)) instanceof RangeError);
    const both = await Anyio.select([limiter.toAcquire(3), limiter.toAcquire(1)], task);
    equal([both.index, now() - begin], [0, 8]);
});

test('a condition: the lock is given back for the wait, and is held again after it', async task => {
    const condition = new Anyio.Condition();
    const {lock} = condition;
    const held = [];
    ok(isMisuse(await raised(() => Anyio.select([condition.toWait()], task))));
    await Anyio.withTaskGroup(async tg => {
        const wait = (...operations) => child => condition.run(async () => {
            const {index} = await Anyio.select([condition.toWait(), ...operations], child);
            held.push([index, lock.owner === child, now()]);
        }, child);
        const begin = now();
        tg.startSoon(wait(Anyio.toSleep(9)));
        tg.startSoon(wait(Anyio.toSleep(1)));
        tg.startSoon(wait());
        await Anyio.sleep(0.5, tg);
        equal([condition.tasksWaiting, lock.isLocked], [3, false]);
        await condition.acquire(tg);
        condition.notify(1, tg);
        await Anyio.sleep(2, tg);
        equal([held, condition.tasksWaiting], [[], 1]);
        condition.notifyAll(tg);
        condition.release(tg);
        await Anyio.sleep(1, tg);
        equal(held, [[0, true, begin + 2.5], [1, true, begin + 2.5], [0, true, begin + 2.5]]);
    }, task);
});

test('a condition among others: a cancelled select() has the lock again', async task => {
    const condition = new Anyio.Condition();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await condition.acquire(child);
            const scope = await Anyio.moveOnAfter(1, inner => Anyio.select([condition.toWait(), Anyio.toSleep(9)], inner), child);
            trace.push([scope.cancelledCaught, condition.lock.owner === child, now()]);
            condition.release(child);
        });
        await Anyio.sleep(0.5, tg);
        const begin = now();
        await condition.run(() => Anyio.sleep(2, tg), tg);
        await Anyio.sleep(0, tg);
        equal([trace, condition.tasksWaiting], [[[true, true, begin + 2]], 0]);
    }, task);
    const other = new Anyio.Condition();
    await condition.acquire(task);
    await other.acquire(task);
    ok(isMisuse(await raised(() => Anyio.select([condition.toWait(), other.toWait()], task))));
    ok(condition.lock.owner === task && other.lock.owner === task);
    condition.release(task);
    other.release(task);
});

test('a broken lock fails all who wait for its conditions', async task => {
    const condition = new Anyio.Condition();
    const seen = [];
    await Anyio.withTaskGroup(async tg => {
        const wait = func => async child => {
            await condition.acquire(child);
            seen.push(isBroken(await raised(() => func(child))));
        };
        tg.startSoon(wait(child => condition.wait(child)));
        tg.startSoon(wait(child => Anyio.select([condition.toWait(), Anyio.toSleep(99)], child)));
        await Anyio.sleep(1, tg);
        tg.startSoon(child => condition.acquire(child));
    }, task);
    equal([seen, condition.tasksWaiting], [[true, true], 0]);
});

test('the end of a task, and time', async task => {
    const begin = now();
    await Anyio.withTaskGroup(async tg => {
        const short = tg.startSoon(child => Anyio.sleep(1, child));
        const long = tg.startSoon(child => Anyio.sleep(5, child));
        equal((await Anyio.select([long.toWait(), short.toWait()], tg)).index, 1);
        equal(now() - begin, 1);
        equal((await Anyio.select([long.toWait(), Anyio.toSleepUntil(begin + 3)], tg)).index, 1);
        equal(now() - begin, 3);
        equal((await Anyio.select([Anyio.toSleepUntil(begin + 3), long.toWait()], tg)).index, 0);
        const scope = await Anyio.moveOnAfter(1, inner => Anyio.select([long.toWait(), Anyio.toNever()], inner), tg);
        ok(scope.cancelledCaught);
        const both = await Promise.all([tg.startSoon(child => Anyio.select([long.toWait()], child)).result(tg), long.result(tg)]);
        equal([both[0].index, now() - begin], [0, 5]);
        ok(isMisuse(await tg.startSoon(child => raised(() => Anyio.select([child.toWait()], child))).result(tg)));
    }, task);
});

test('a task that ends later has forgotten a select() that is over', async task => {
    await Anyio.withTaskGroup(async tg => {
        const long = tg.startSoon(child => Anyio.sleep(2, child));
        equal((await Anyio.select([long.toWait(), Anyio.toSleep(1)], tg)).index, 1);
        ok((await Anyio.moveOnAfter(2, inner => Anyio.sleepForever(inner), tg)).cancelledCaught);
        equal(long.status, Anyio.TaskStatus.FINISHED);
    }, task);
});

test('the failure of a task is not that of who selects, and is seen before the group is cancelled', async task => {
    const seen = [];
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        const failing = tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            throw new RangeError('no');
        });
        seen.push((await Anyio.select([failing.toWait()], tg)).index, failing.status);
        await Anyio.sleep(1, tg);
        seen.push('not here');
    }, task));
    ok(error instanceof RangeError);
    equal(seen, [0, Anyio.TaskStatus.FAILED]);
});

testSeeds('tokens are conserved, whoever is cancelled when', async task => {
    const limiter = new Anyio.CapacityLimiter(2);
    const rate = new Anyio.RateLimiter(10, 1);
    let running = 0;
    let most = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 12; i++) {
            tg.startSoon(child => Anyio.moveOnAfter(0.15 * i, async inner => {
                await Anyio.select([rate.toAcquire(1)], inner);
                const {index} = await Anyio.select([limiter.toAcquire(), Anyio.toSleep(0.45)], inner);
                if (index === 1)
                    return;
                most = Math.max(most, ++running);
                try {
                    await Anyio.sleep(0.3, inner);
                } finally {
                    running--;
                    limiter.release(inner);
                }
            }, child));
        }
    }, task);
    equal([running, most, limiter.borrowedTokens, limiter.tasksWaiting, rate.tasksWaiting], [0, 2, 0, 0, 0]);
});

await done();
