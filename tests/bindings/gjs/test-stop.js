// SPDX-License-Identifier: LGPL-2.1-or-later

// The soft stop (SEMANTICS 8.7), and supervise().

import Anyio from 'gi://Anyio';
import {test, testSeeds, done, equal, ok, raised} from './tap.js';

const isMisuse = error => error.matches(Anyio.Error, Anyio.Error.MISUSE);
const now = () => Math.round(Anyio.currentTime() * 1000) / 1000;

// --- the soft stop -----------------------------------------------------------------------------------------------------------------------------

test('a request makes nothing fail, is inherited and passes shields', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async function looking(child) {
            for (;;) {
                await Anyio.sleep(1, child);
                trace.push(`looks ${Anyio.isStopRequested(child)}`);
                if (Anyio.isStopRequested(child))
                    return;
            }
        });
        tg.startSoon(child => Anyio.shielded(async inner => {
            await Anyio.waitStopRequested(inner);
            trace.push(`was asked ${inner.stopRequested} ${inner.cancelCalled}`);
        }, child));
        await Anyio.sleep(1.5, tg);
        equal([tg.cancelScope.stopRequested, Anyio.isStopRequested(tg)], [false, false]);
        tg.cancelScope.requestStop(Infinity);
        equal([tg.cancelScope.stopRequested, Anyio.isStopRequested(tg), Anyio.isStopRequested(task)], [true, true, true]);
        await Anyio.waitStopRequested(tg);
        tg.startSoon(async child => trace.push(`born ${Anyio.isStopRequested(child)}`));
    }, task);
    equal(trace, ['looks false', 'was asked true false', 'born true', 'looks true']);
    equal(Anyio.isStopRequested(task), false);
});

test('after the grace comes the hard cancel; a second request can only shorten it', async task => {
    const begin = now();
    let group;
    const message = await Anyio.withTaskGroup(async tg => {
        group = tg;
        tg.cancelScope.requestStop(5, 'the user is in a hurry');
        tg.cancelScope.requestStop(9);
        tg.cancelScope.requestStop(2, 'another reason');
        const error = await raised(() => Anyio.sleep(99, tg));
        ok(Anyio.isCancelled(error));
        return error.message;
    }, task);
    equal([now() - begin, group.cancelScope.cancelCalled, message], [2, true, 'Operation was cancelled: the user is in a hurry']);
    ok(group.cancelScope.stopRequested);
    const scope = await Anyio.moveOnAfter(Infinity, async inner => {
        inner.requestStop(0);
        await Anyio.sleep(1, inner);
    }, task);
    equal([scope.cancelledCaught, now() - begin], [true, 2]);
});

test('a cancelled wait for the stop has waited for nothing', async task => {
    await Anyio.withTaskGroup(async tg => {
        ok((await Anyio.moveOnAfter(1, inner => Anyio.waitStopRequested(inner), tg)).cancelledCaught);
        const scope = await Anyio.moveOnAfter(1, async inner => {
            inner.requestStop(Infinity);
            await Anyio.sleep(9, inner);
        }, tg);
        ok(scope.stopRequested && scope.cancelledCaught);
        const waiting = tg.startSoon(child => Anyio.waitStopRequested(child));
        await Anyio.sleep(1, tg);
        equal(waiting.status, Anyio.TaskStatus.PENDING); // that scope was another one
        tg.cancelScope.requestStop(Infinity);
        waiting.cancel();
        await waiting.wait(tg);
        equal(waiting.status, Anyio.TaskStatus.FINISHED);
        ok((await Anyio.moveOnAfter(0, inner => Anyio.waitStopRequested(inner), tg)).cancelledCaught);
    }, task);
});

test('two waits of one task, of which one is withdrawn', async task => {
    await Anyio.withTaskGroup(async tg => {
        const waiting = tg.startSoon(async child => {
            const both = [Anyio.waitStopRequested(child), Anyio.waitStopRequested(child)];
            await Promise.all(both);
            return now();
        });
        await Anyio.sleep(1, tg);
        const at = now();
        tg.cancelScope.requestStop(Infinity);
        equal(await waiting.result(tg), at);
    }, task);
});

test('a request of C reaches tasks of JavaScript, and the other way round', async task => {
    await Anyio.withTaskGroup(async tg => {
        const waiting = tg.startSoon(child => Anyio.waitStopRequested(child));
        await Anyio.sleep(1, tg);
        tg.cancelScope.native.request_stop(Infinity, null);
        await waiting.wait(tg);
        equal([waiting.status, tg.cancelScope.stopRequested], [Anyio.TaskStatus.FINISHED, true]);
    }, task);
    await Anyio.moveOnAfter(Infinity, async scope => {
        const {native} = scope;
        equal(native.get_stop_requested(), false);
        scope.requestStop(Infinity);
        equal(native.get_stop_requested(), true);
    }, task);
});

test('select() on the soft stop and on work', async task => {
    const trace = [];
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async function serving(child) {
            for (;;) {
                const {index, value} = await Anyio.select([receive.toReceive(), Anyio.toStopRequested(), Anyio.toStopRequested()], child);
                if (index > 0)
                    break;
                trace.push(value);
            }
            trace.push(now() - begin);
            trace.push((await Anyio.select([receive.toReceive(), Anyio.toStopRequested()], child)).index); // at once, too
        });
        const begin = now();
        await Anyio.sleep(1, tg);
        await send.send('job', tg);
        await Anyio.sleep(1, tg);
        tg.cancelScope.requestStop(Infinity);
    }, task);
    equal(trace, ['job', 2, 1]);
});

test('select() on the soft stop: an operation that was not chosen, or was cancelled, waits no more', async task => {
    await Anyio.withTaskGroup(async tg => {
        const stop = Anyio.toStopRequested();
        equal((await Anyio.select([stop, Anyio.toSleep(1)], tg)).index, 1);
        ok((await Anyio.moveOnAfter(1, inner => Anyio.select([stop], inner), tg)).cancelledCaught);
        equal(tg.task._driver.stopping.size, 0);
        const scope = await Anyio.moveOnAfter(5, async inner => {
            inner.requestStop(Infinity);
            equal(await Anyio.select([stop], inner), {index: 0, value: undefined});
        }, tg);
        equal(scope.cancelledCaught, false);
        const waiting = tg.startSoon(child => Anyio.select([stop, Anyio.toSleep(99)], child));
        await Anyio.sleep(1, tg);
        tg.cancelScope.requestStop(Infinity);
        waiting.cancel();
        await waiting.wait(tg);
        equal([waiting.status, waiting.value?.index], [Anyio.TaskStatus.FINISHED, 0]); // what has happened is not lost
    }, task);
});

test('a scope is asked while it is open', async task => {
    const scope = new Anyio.CancelScope();
    ok(isMisuse(await raised(() => scope.requestStop(1))));
    await scope.run(async inner => {
        ok(await raised(() => inner.requestStop('soon')) instanceof TypeError);
    }, task);
    scope.requestStop(1);
    equal(scope.stopRequested, false);
    ok(await raised(() => Anyio.waitStopRequested()) instanceof TypeError);
    ok(await raised(() => Anyio.isStopRequested()) instanceof TypeError);
});

testSeeds('all who wait are told once', async task => {
    let told = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 10; i++) {
            tg.startSoon(child => Anyio.moveOnAfter(i, async inner => {
                await Anyio.waitStopRequested(inner);
                told++;
            }, child));
        }
        await Anyio.sleep(4.5, tg);
        tg.cancelScope.requestStop(Infinity);
    }, task);
    equal(told, 5);
});

// --- supervise() -------------------------------------------------------------------------------------------------------------------------------

/* An async function that fails so many times. */
function failing(times) {
    const self = async function service(task) {
        self.calls++;
        await Anyio.sleep(1, task);
        if (self.calls <= times)
            throw new RangeError(`failure ${self.calls}`);
        return self.calls;
    };
    self.calls = 0;
    return self;
}

test('supervise() calls again after failures, with growing delays', async task => {
    const told = [];
    const begin = now();
    equal(await Anyio.supervise(failing(3), task, {delay: 1, factor: 2, maxDelay: 3, jitter: 0, failed: (error, n) => told.push([error.message, n])}), 4);
    equal(told, [['failure 1', 1], ['failure 2', 2], ['failure 3', 3]]);
    equal(now() - begin, 4 + 1 + 2 + 3);
});

test('supervise(): too many failures in a row, and what ends a row', async task => {
    const told = [];
    const options = {delay: 0, maxAttempts: 2, failed: (error, n) => told.push(n)};
    equal((await raised(() => Anyio.supervise(failing(3), task, options))).message, 'failure 2');
    equal(told.splice(0), [1]);
    equal(await Anyio.supervise(failing(3), task, {...options, stableAfter: 1}), 4);
    equal(told.splice(0), [1, 1, 1]);
    ok(await raised(() => Anyio.supervise(failing(1), task, {restart: 'never'})) instanceof RangeError);
    ok(await raised(() => Anyio.supervise(failing(1), task, {jitter: 2})) instanceof RangeError);
});

test("supervise(): 'always' goes on after a success, until a stop is requested", async task => {
    const calls = [];
    await Anyio.withTaskGroup(async tg => {
        const service = tg.startSoon(child => Anyio.supervise(async inner => {
            await Anyio.sleep(1, inner);
            return calls.push(now());
        }, child, {restart: 'always', delay: 1, factor: 9, jitter: 0}));
        const begin = now();
        await Anyio.sleep(4.5, tg);
        tg.cancelScope.requestStop(Infinity);
        equal(await service.result(tg), 3);
        equal(calls.map(time => time - begin), [1, 3, 5]);
    }, task);
});

test('supervise(): a success ends the row of failures', async task => {
    const told = [];
    let calls = 0;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => Anyio.supervise(async inner => {
            await Anyio.sleep(1, inner);
            if (++calls % 2 === 1)
                throw new RangeError('every second one');
        }, child, {restart: 'always', delay: 0, maxAttempts: 2, failed: (error, n) => told.push(n)}));
        await Anyio.sleep(5.5, tg);
        tg.cancelScope.requestStop(Infinity);
    }, task);
    equal([calls, told], [6, [1, 1, 1]]);
});

test('supervise(): a stop while the next call is due ends it at once', async task => {
    const told = [];
    await Anyio.withTaskGroup(async tg => {
        const begin = now();
        const service = tg.startSoon(child => Anyio.supervise(failing(9), child, {delay: 60, jitter: 0, failed: error => told.push(error.message)}));
        await Anyio.sleep(3, tg);
        tg.cancelScope.requestStop(Infinity);
        equal([await service.result(tg), now() - begin], [null, 3]);
    }, task);
    equal(told, ['failure 1']);
});

test('supervise() ends with a cancellation, and tells failures to the background handler', async task => {
    const told = [];
    const service = failing(9);
    Anyio.setBackgroundErrorHandler((name, error) => told.push(`${name}: ${error.message}`));
    try {
        await Anyio.withTaskGroup(async tg => {
            tg.startSoon(child => Anyio.supervise(service, child, {delay: 1, jitter: 0}), 'supervised');
            await Anyio.sleep(2.5, tg);
            tg.cancel();
        }, task);
    } finally {
        Anyio.setBackgroundErrorHandler(null);
    }
    equal([service.calls, told], [2, ['supervised: failure 1']]);
});

await done();
