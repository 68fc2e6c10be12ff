// SPDX-License-Identifier: LGPL-2.1-or-later

// Joiner policies (SEMANTICS 3.9), the bound on the tasks at once (3.11), and tasks in the order in which they end.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import {test, testSeeds, done, equal, ok, raised} from './tap.js';

const {ALL, COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE} = Anyio.JoinPolicy;
const isMisuse = error => error.matches(Anyio.Error, Anyio.Error.MISUSE);
const isEmpty = error => error.matches(Anyio.Error, Anyio.Error.EMPTY);
const now = () => Math.round(Anyio.currentTime() * 1000) / 1000;

/* An async function that takes so many seconds and gives value, or fails with it if that is an error. */
function taking(seconds, value, trace = []) {
    return async function taking(task) {
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

/* Runs the functions in a group with the policy. Gives the group, and what came out. */
async function joined(policy, functions, task, options = {}) {
    let group;
    let outcome;
    try {
        outcome = await Anyio.withTaskGroup(async tg => {
            group = tg;
            functions.forEach(func => tg.startSoon(func));
            return 'body';
        }, task, {policy, ...options});
    } catch (error) {
        outcome = error;
    }
    return {group, outcome};
}

// --- policies ----------------------------------------------------------------------------------------------------------------------------------

test('COLLECT: failures disturb nobody, and are kept', async task => {
    const trace = [];
    const begin = now();
    const {group, outcome} = await joined(COLLECT, [taking(2, new RangeError('two'), trace), taking(1, new RangeError('one'), trace), taking(3, 'three', trace)], task);
    equal([outcome, trace, now() - begin], ['body', [], 3]);
    equal([group.failures.map(error => error.message), group.winner], [['one', 'two'], null]);
    equal((await joined(COLLECT, [], task)).outcome, 'body');
    await Anyio.withTaskGroup(async tg => {
        const failing = tg.startSoon(taking(1, new RangeError('own')));
        ok(await raised(() => failing.result(tg)) instanceof RangeError, 'the result of the handle');
        equal(failing.status, Anyio.TaskStatus.FAILED);
    }, task, {policy: COLLECT});
});

test('a body that fails cancels the group under every policy', async task => {
    for (const policy of [ALL, COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE]) {
        const trace = [];
        const error = await raised(() => Anyio.withTaskGroup(async tg => {
            tg.startSoon(taking(9, 'child', trace));
            await Anyio.sleep(1, tg);
            throw new RangeError('body');
        }, task, {policy}));
        ok(error instanceof RangeError);
        equal(trace, ['child cancelled']);
    }
});

test('FIRST_DONE: the first to end decides, a failure too', async task => {
    const trace = [];
    const {group, outcome} = await joined(FIRST_DONE, [taking(2, 'a', trace), taking(1, 'b', trace), taking(3, 'c', trace)], task);
    equal([outcome, group.winner.value, trace], ['body', 'b', ['a cancelled', 'c cancelled']]);
    equal(group.cancelScope.reason, {kind: Anyio.CancelKind.EXPLICIT, text: 'another task of the group was done first', byTask: 'taking'});
    const failed = await joined(FIRST_DONE, [taking(2, 'a', trace), taking(1, new RangeError('no'))], task);
    ok(failed.outcome instanceof RangeError && failed.group.winner.status === Anyio.TaskStatus.FAILED);
    ok(isEmpty((await joined(FIRST_DONE, [], task)).outcome));
});

test('FIRST_DONE: one that was cancelled alone has ended, and the earlier of two wins', async task => {
    let handles;
    const {group, outcome} = await joined(FIRST_DONE, [taking(1, 'a'), taking(1, 'b')], task);
    equal([outcome, group.winner.value], ['body', 'a']);
    await Anyio.withTaskGroup(async tg => {
        handles = [tg.startSoon(taking(2, 'a')), tg.startSoon(taking(9, 'b'))];
        await Anyio.sleep(1, tg);
        handles[1].cancel();
        await handles[0].wait(tg).catch(() => {});
        ok(tg.winner === handles[1]);
    }, task, {policy: FIRST_DONE});
    equal(handles.map(handle => handle.status), [Anyio.TaskStatus.CANCELLED, Anyio.TaskStatus.CANCELLED]);
});

test('FIRST_SUCCESS: failures are kept, and come out if nobody succeeds', async task => {
    const trace = [];
    const {group, outcome} = await joined(FIRST_SUCCESS, [taking(1, new RangeError('one')), taking(2, 'b', trace), taking(3, 'c', trace)], task);
    equal([outcome, group.winner.value, group.failures.length, trace], ['body', 'b', 1, ['c cancelled']]);
    const none = (await joined(FIRST_SUCCESS, [taking(2, new RangeError('two')), taking(1, new RangeError('one'))], task)).outcome;
    equal(none.errors.map(error => error.message), ['one', 'two']);
    ok((await joined(FIRST_SUCCESS, [taking(1, new RangeError('alone'))], task)).outcome instanceof RangeError);
    ok(isEmpty((await joined(FIRST_SUCCESS, [], task)).outcome));
    const alone = await raised(() => Anyio.withTaskGroup(async tg => tg.startSoon(taking(1, 'a')).cancel(), task, {policy: FIRST_SUCCESS}));
    ok(isEmpty(alone), 'cancelled alone is no success');
});

test('one that succeeds although it was cancelled comes too late', async task => {
    for (const policy of [FIRST_DONE, FIRST_SUCCESS]) {
        const stubborn = child => Anyio.sleep(2, child).catch(() => 'stubborn');
        const {group, outcome} = await joined(policy, [stubborn, taking(1, 'first')], task);
        equal([outcome, group.winner.value], ['body', 'first']);
    }
});

test('FIRST_SUCCESS: a cancelled group is cancelled, not empty', async task => {
    const scope = await Anyio.moveOnAfter(1, inner => joined(FIRST_SUCCESS, [taking(2, 'a')], inner).then(({outcome}) => {
        ok(Anyio.isCancelled(outcome));
        throw outcome;
    }), task);
    ok(scope.cancelledCaught);
});

test('FIRST_SUCCESS: a failure decides nothing, so a deadline has passed', async task => {
    const failing = taking(1, new RangeError('one'));
    let group;
    const late = await raised(() => Anyio.withTimeout(2, async inner => Anyio.withTaskGroup(async tg => {
        group = tg;
        tg.startSoon(failing);
        tg.startSoon(taking(9, 'b'));
    }, inner, {policy: FIRST_SUCCESS}), task));
    ok(late.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT), late);
    equal([group.winner, group.failures.length], [null, 1]);
    for (const stagger of [0, 5]) {
        const none = await raised(() => Anyio.withTimeout(2, async inner => Anyio.any([failing, taking(9, 'b'), taking(9, 'c')], inner, {stagger}), task));
        ok(none.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT), none);
    }
});

test('SUPERVISE: failures are told, and the handler starts another one in its place', async task => {
    const told = [];
    let attempts = 0;
    let group;
    const flaky = async function flaky(child) {
        await Anyio.sleep(1, child);
        if (++attempts < 3)
            throw new RangeError(`attempt ${attempts}`);
    };
    const begin = now();
    await Anyio.withTaskGroup(async tg => {
        group = tg;
        tg.startSoon(flaky);
    }, task, {
        policy: SUPERVISE,
        maxConcurrency: 1,
        childFailed(handle, error) {
            told.push([handle.name, error.message, handle.status]);
            group.startSoon(flaky);
        },
    });
    const {FAILED} = Anyio.TaskStatus;
    equal([told, attempts, now() - begin], [[['flaky', 'attempt 1', FAILED], ['flaky', 'attempt 2', FAILED]], 3, 3]);
});

test('SUPERVISE: what the handler starts begins after those who wait', async task => {
    const begun = [];
    const work = name => async function work(child) {
        begun.push(name);
        await Anyio.sleep(1, child);
        if (name === 'a')
            throw new RangeError('broken');
    };
    await Anyio.withTaskGroup(async tg => {
        tg.childFailed = () => {
            equal(tg.tryStartSoon(work('x')), null);
            tg.startSoon(work('again'));
        };
        for (const name of ['a', 'b', 'c'])
            tg.startSoon(work(name));
    }, task, {policy: SUPERVISE, maxConcurrency: 1});
    equal(begun, ['a', 'b', 'c', 'again']);
});

test('SUPERVISE: without a handler it is the background one; a handler that throws fails the group', async task => {
    const told = [];
    Anyio.setBackgroundErrorHandler((name, error) => told.push(`${name}: ${error.message}`));
    try {
        equal((await joined(SUPERVISE, [taking(1, new RangeError('no')), taking(2, 'b')], task)).outcome, 'body');
    } finally {
        Anyio.setBackgroundErrorHandler(null);
    }
    equal(told, ['taking: no']);
    const trace = [];
    const {outcome} = await joined(SUPERVISE, [taking(1, new RangeError('no')), taking(2, 'b', trace)], task, {
        childFailed() {
            throw new TypeError('handler');
        },
    });
    ok(outcome instanceof TypeError);
    equal(trace, ['b cancelled']);
});

test('what started() has handed over counts in the target', async task => {
    await Anyio.withTaskGroup(async tg => {
        await tg.start(async child => {
            child.started();
            await Anyio.sleep(1, child);
            return 'handed over';
        });
        tg.startSoon(taking(9, 'late'));
        await Anyio.sleepForever(tg);
    }, task, {policy: FIRST_SUCCESS});
    let group;
    await Anyio.withTaskGroup(async tg => {
        group = tg;
        tg.maxConcurrency = 1;
        await tg.start(async child => {
            child.started();
            await Anyio.sleep(1, child);
        });
        equal(tg.tryStartSoon(taking(1, 'refused')), null);
    }, task);
    equal([group.policy, group.maxConcurrency, group.failures], [ALL, 1, []]);
});

test('a policy is chosen before the first task', async task => {
    await Anyio.withTaskGroup(async tg => {
        tg.policy = COLLECT;
        equal(tg.policy, COLLECT);
        tg.startSoon(taking(1, new RangeError('kept')));
        ok(isMisuse(await raised(() => (tg.policy = ALL))));
    }, task);
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(taking(1, 'a'));
        tg.startSoon(taking(1, 'b'));
        tg.maxConcurrency = 2; // those that run already count
        equal(tg.tryStartSoon(taking(1, 'c')), null);
    }, task);
    ok(await raised(() => Anyio.withTaskGroup(async () => {}, task, {policy: 7})) instanceof RangeError);
    ok(await raised(() => Anyio.withTaskGroup(async () => {}, task, {maxConcurrency: 0})) instanceof RangeError);
    ok(await raised(() => Anyio.withTaskGroup(async () => {}, task, {childFailed: 3})) instanceof TypeError);
});

// --- at once -----------------------------------------------------------------------------------------------------------------------------------

test('no more than so many run at once, in the order of their spawn', async task => {
    const trace = [];
    const worker = name => async child => {
        trace.push(`${name}+`);
        await Anyio.sleep(1, child);
        trace.push(`${name}-`);
    };
    await Anyio.withTaskGroup(async tg => {
        for (const name of 'abcde')
            tg.startSoon(worker(name), name);
        equal([tg.maxConcurrency, tg.tryStartSoon(worker('x'))], [2, null]);
        await Anyio.sleep(0.5, tg);
        equal(trace.splice(0), ['a+', 'b+']);
        await Anyio.sleep(1, tg);
        equal(trace.splice(0), ['a-', 'b-', 'c+', 'd+']);
        tg.maxConcurrency = 3;
        await Anyio.checkpoint(tg);
        equal(trace.splice(0), ['e+']);
        tg.maxConcurrency = 1;
        await Anyio.sleep(2, tg);
        equal(trace.splice(0), ['c-', 'd-', 'e-']);
        ok(tg.tryStartSoon(worker('f')) !== null);
        equal(tg.tryStartSoon(worker('x')), null);
    }, task, {maxConcurrency: 2});
    equal(trace, ['f+', 'f-']);
});

test('what was held back begins in a cancelled group, too, and can be cancelled alone', async task => {
    const trace = [];
    const worker = name => async child => {
        trace.push(`${name} ${child.hasPendingCancellation}`);
        await Anyio.sleep(1, child);
    };
    await Anyio.withTaskGroup(async tg => {
        for (const name of 'ab')
            tg.startSoon(worker(name), name).cancel();
        const last = tg.startSoon(worker('c'));
        await last.wait(tg);
    }, task, {maxConcurrency: 1});
    equal(trace.splice(0), ['a true', 'b true', 'c false']);
    await Anyio.withTaskGroup(async tg => {
        for (const name of 'abc')
            tg.startSoon(worker(name), name);
        await Anyio.sleep(0.5, tg);
        tg.cancel();
    }, task, {maxConcurrency: 1});
    equal(trace, ['a false', 'b true', 'c true']);
});

test('map(): after a failure all held back begin, and run to their first wait', async task => {
    const trace = [];
    const error = await raised(() => Anyio.map(async (item, child) => {
        trace.push(`${item}+`);
        if (item === 1)
            throw new RangeError('no');
        await Anyio.sleep(1, child);
        trace.push(`${item}-`);
    }, [0, 1, 2, 3], task, {limit: 2}));
    ok(error instanceof RangeError);
    equal(trace, ['0+', '1+', '2+', '3+']);
});

testSeeds('the bound holds in any order', async task => {
    let running = 0;
    let most = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 12; i++) {
            tg.startSoon(async child => {
                most = Math.max(most, ++running);
                try {
                    await Anyio.sleep(i % 3, child);
                } finally {
                    running--;
                }
            });
        }
    }, task, {maxConcurrency: 3});
    equal([running, most], [0, 3]);
});

// --- in the order of the ends ------------------------------------------------------------------------------------------------------------------

test('completed() gives each task once, as they end, and comes to its end with the last', async task => {
    const seen = [];
    await Anyio.withTaskGroup(async tg => {
        const completed = tg.completed();
        for (const seconds of [3, 1, 2])
            tg.startSoon(taking(seconds, seconds));
        await Anyio.sleep(1.5, tg);
        for await (const handle of completed) {
            seen.push([handle.value, now()]);
            if (handle.value === 3)
                tg.startSoon(taking(1, 4));
        }
        equal((await completed.next()).done, true);
    }, task);
    const begin = seen[0][1] - 1.5;
    equal(seen.map(([value, time]) => [value, time - begin]), [[1, 1.5], [2, 2], [3, 3], [4, 4]]);
});

test('completed() gives a failure before it cancels; with COLLECT the loop goes on', async task => {
    const seen = [];
    const failing = () => [taking(1, new RangeError('no')), taking(2, 'b')];
    const loop = policy => Anyio.withTaskGroup(async tg => {
        const completed = tg.completed();
        failing().forEach(func => tg.startSoon(func));
        for await (const handle of completed)
            seen.push(handle.status);
    }, task, {policy});
    const {FAILED, FINISHED} = Anyio.TaskStatus;
    ok(await raised(() => loop(ALL)) instanceof RangeError);
    equal(seen.splice(0), [FAILED]);
    await loop(COLLECT);
    equal(seen, [FAILED, FINISHED]);
});

test('completed(): of two who wait one gets the last task, and both come to the end', async task => {
    const seen = [];
    await Anyio.withTaskGroup(async tg => {
        tg.completed();
        tg.startSoon(taking(1, 'last'));
        await Anyio.withTaskGroup(async inner => {
            for (const name of 'ab') {
                inner.startSoon(async child => {
                    for await (const handle of tg.completed(child))
                        seen.push(name, handle.value);
                    seen.push(`${name} over`);
                });
            }
        }, tg);
        const failing = raised(() => tg.start(async child => {
            await Anyio.sleep(1, child);
            throw new RangeError('not ready');
        }));
        await Promise.all([tg.completed().next().then(({done: isOver}) => seen.push(isOver)), failing]);
    }, task);
    equal(seen, ['a', 'last', 'a over', 'b over', true]);
});

test('completed(): a pending start() is waited for; a cancelled wait takes nothing', async task => {
    await Anyio.withTaskGroup(async tg => {
        const completed = tg.completed();
        ok((await completed.next()).done);
        const seen = [];
        await Anyio.withTaskGroup(async inner => {
            inner.startSoon(async child => {
                for await (const handle of tg.completed(child))
                    seen.push(handle.value);
            });
            await tg.start(async child => {
                await Anyio.sleep(1, child);
                child.started();
                await Anyio.sleep(1, child);
                return 'ready';
            }, inner);
        }, tg);
        equal(seen, ['ready']);
        tg.startSoon(taking(2, 'late'));
        ok((await Anyio.moveOnAfter(1, inner => tg.completed(inner).next(), tg)).cancelledCaught);
        equal((await completed.next()).value.value, 'late');
    }, task);
});

await done();
