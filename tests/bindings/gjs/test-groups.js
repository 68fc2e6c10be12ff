// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {test, testOutside, done, equal, ok, raised, captureLog} from './tap.js';

test('three tasks end in the order of their delays', async task => {
    const trace = [];
    const begin = Anyio.currentTime();
    await Anyio.withTaskGroup(async tg => {
        for (const [name, delay] of [['A', 2], ['B', 1], ['C', 3]]) {
            tg.startSoon(async child => {
                trace.push(`${name}+`);
                await Anyio.sleep(delay, child);
                trace.push(`${name}-`);
            });
        }
        trace.push('body');
    }, task);
    equal(trace, ['body', 'A+', 'B+', 'C+', 'B-', 'A-', 'C-']);
    equal(Math.round((Anyio.currentTime() - begin) * 1e6) / 1e6, 3);
});

test('a task goes on as one piece to its next wait', async task => {
    const trace = [];
    const hop = async name => {
        trace.push(`${name}1`);
        await null;
        await null;
        trace.push(`${name}2`);
    };
    await Anyio.withTaskGroup(async tg => {
        for (const name of ['a', 'b', 'c']) {
            tg.startSoon(async child => {
                await Anyio.sleep(1, child);
                await hop(name);
                await hop(name);
            });
        }
    }, task);
    equal(trace.join(' '), 'a1 a2 a1 a2 b1 b2 b1 b2 c1 c2 c1 c2');
});

test('the body gives the value', async task => {
    equal(await Anyio.withTaskGroup(async () => 42, task), 42);
});

test('a failure cancels the others and stays what it is', async task => {
    const trace = [];
    const failure = new RangeError('boom');
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async function failing(child) {
            await Anyio.sleep(1, child);
            throw failure;
        });
        tg.startSoon(async child => {
            try {
                await Anyio.sleepForever(child);
            } catch (e) {
                trace.push(e.message);
                throw e;
            }
        });
        await Anyio.sleep(10, tg);
        trace.push('not here');
    }, task));
    ok(error === failure);
    equal(trace, ['Operation was cancelled: task "failing" failed: RangeError: boom']);
});

test('errors of GLib are kept', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async () => {
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND, 'nothing there');
        });
    }, task));
    ok(error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND));
});

test('two failures are an AggregateError that tells both', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async () => {
            throw new Error('one');
        });
        tg.startSoon(async () => {
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.EXISTS, 'two');
        });
    }, task));
    ok(error instanceof AggregateError);
    equal(error.message, '2 failed: Error: one; two');
    equal(error.errors.length, 2);
});

test('groups in groups stay a tree', async task => {
    const failing = text => async () => {
        throw new Error(text);
    };
    const error = await raised(() => Anyio.withTaskGroup(async outer => {
        outer.startSoon(child => Anyio.withTaskGroup(async inner => {
            inner.startSoon(failing('a'));
            inner.startSoon(failing('b'));
        }, child));
        outer.startSoon(failing('c'));
    }, task));
    equal(error.errors.map(e => e.message), ['c', '2 failed: Error: a; Error: b']);
    ok(error.message.includes('Error: a; Error: b'));
});

test('strict wraps one failure', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async () => {
        throw new Error('one');
    }, task, {strict: true}));
    ok(error instanceof AggregateError && error.errors.length === 1);
});

test('a failing body cancels the children', async task => {
    let cancelled = false;
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            try {
                await Anyio.sleepForever(child);
            } finally {
                cancelled = child.hasPendingCancellation;
            }
        });
        await Anyio.checkpoint(tg);
        throw new Error('body');
    }, task));
    equal(error.message, 'body');
    ok(cancelled);
});

test('cancel() ends the group silently', async task => {
    const value = await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => Anyio.sleepForever(child));
        await Anyio.checkpoint(tg);
        tg.cancel('enough');
        equal(tg.cancelScope.reason, {kind: Anyio.CancelKind.EXPLICIT, text: 'enough', byTask: null});
        await Anyio.sleepForever(tg);
    }, task);
    equal(value, undefined);
});

test('a task of a cancelled group still runs to its first wait', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.cancel();
        tg.startSoon(async child => {
            trace.push('begins');
            await Anyio.checkpoint(child);
            trace.push('not here');
        });
    }, task);
    equal(trace, ['begins']);
});

test('a task may start others while the group waits for its end', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            tg.startSoon(async late => {
                await Anyio.sleep(1, late);
                trace.push('late');
            });
        });
    }, task);
    equal(trace, ['late']);
});

test('starting a task in a closed group fails with CLOSED', async task => {
    let group;
    await Anyio.withTaskGroup(async tg => {
        group = tg;
    }, task);
    const error = await raised(() => group.startSoon(async () => {}));
    ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED));
});

test('a cancelled task is alone', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(child => Anyio.sleepForever(child));
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            trace.push('goes on');
        });
        await Anyio.checkpoint(tg);
        handle.cancel();
        equal(handle.status, Anyio.TaskStatus.CANCELLING);
        await handle.wait(tg);
        equal(handle.status, Anyio.TaskStatus.CANCELLED);
    }, task);
    equal(trace, ['goes on']);
});

test('handles give results to any number of waiters', async task => {
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            return {any: 'value'};
        }, 'worker');
        equal(handle.name, 'worker');
        equal((await raised(() => handle.value)).code, Gio.IOErrorEnum.PENDING);
        tg.startSoon(async child => equal(await handle.result(child), {any: 'value'}));
        equal(await handle.result(tg), {any: 'value'});
        equal(handle.value, {any: 'value'});
        equal(await handle.result(tg), {any: 'value'});
    }, task);
});

test('a wait that is over keeps its result', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(child => Anyio.sleep(1, child));
        const scope = new Anyio.CancelScope();
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            scope.cancel();
        });
        await scope.run(async inner => {
            await handle.wait(inner);
            trace.push('ended');
            await Anyio.checkpoint(inner);
            trace.push('not here');
        }, tg);
    }, task);
    equal(trace, ['ended']);
    await raised(() => Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            throw new Error('failed');
        });
        await handle.wait(tg);
        trace.push(tg.task.hasPendingCancellation);
    }, task));
    equal(trace, ['ended', true]);
});

test('a waiter that is cancelled does not disturb the task', async task => {
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async child => {
            await Anyio.sleep(2, child);
            return 1;
        });
        const scope = await Anyio.moveOnAfter(1, inner => handle.wait(inner), tg);
        ok(scope.cancelledCaught);
        equal(await handle.result(tg), 1);
    }, task);
});

test('start() gives what started() was given', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const value = await tg.start(async child => {
            await Anyio.sleep(1, child);
            child.started([1, 2]);
            await Anyio.sleep(1, child);
            trace.push('end');
        });
        trace.push(value);
    }, task);
    equal(trace, [[1, 2], 'end']);
});

test('what calls started() goes on before its caller', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        await tg.start(async child => {
            await Anyio.shielded(async () => {
                child.started();
            }, child);
            trace.push('child');
            await Anyio.checkpoint(child);
            trace.push('end');
        });
        trace.push('caller');
    }, task);
    equal(trace, ['child', 'caller', 'end']);
});

test('start() fails as its task does, and the group goes on', async task => {
    await Anyio.withTaskGroup(async tg => {
        const error = await raised(() => tg.start(async () => {
            throw new Error('early');
        }));
        equal(error.message, 'early');
        const nothing = await raised(() => tg.start(async () => {}));
        ok(nothing.matches(Anyio.Error, Anyio.Error.NOT_STARTED));
        await Anyio.checkpoint(tg);
    }, task);
});

test('a failure after started() is the group\'s', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        await tg.start(async child => {
            child.started();
            await Anyio.sleep(1, child);
            throw new Error('late');
        });
        await Anyio.sleepForever(tg);
    }, task));
    equal(error.message, 'late');
});

test('start() that is cancelled cancels its task', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const scope = await Anyio.moveOnAfter(1, inner => tg.start(async child => {
            try {
                await Anyio.sleepForever(child);
            } finally {
                trace.push('cleaned');
            }
        }, inner), tg);
        ok(scope.cancelledCaught);
        ok(!tg.cancelScope.cancelCalled);
    }, task);
    equal(trace, ['cleaned']);
});

test('started() a second time is misuse, and in other tasks nothing', async task => {
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => child.started(3));
        const error = await raised(() => Anyio.withTaskGroup(async inner => {
            await inner.start(async child => {
                child.started();
                child.started();
            });
        }, tg));
        ok(error.matches(Anyio.Error, Anyio.Error.MISUSE));
    }, task);
});

test('the tasks are in the tree of the core', async task => {
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => Anyio.sleep(1, child), 'sleeper');
        await Anyio.checkpoint(tg);
        ok(Anyio.dump_tree().includes('sleeper'));
        ok(tg.native instanceof Gio.ListModel);
        equal(tg.native.get_item(0).get_name(), 'sleeper');
        ok(task.native.get_id() > 0);
    }, task);
});

test('a task in the core\'s object of a group', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        Anyio.startIn(tg.native, async child => {
            await Anyio.sleep(1, child);
            throw new Error('inside');
        });
    }, task));
    equal(error.message, 'inside');
});

test('tasks in a group that is bound to an object', async task => {
    const trace = [];
    const owner = new Gio.SimpleAction({name: 'owner'});
    const group = Anyio.TaskGroup.new_for_object(owner);
    Anyio.startIn(group, async child => {
        trace.push('begins');
        try {
            await Anyio.sleepForever(child);
        } catch (error) {
            trace.push(error.message);
            throw error;
        }
    });
    await Anyio.sleep(1, task);
    group.cancel('over');
    await Anyio.sleep(1, task);
    equal(trace, ['begins', 'Operation was cancelled: over']);
    const messages = await captureLog(async () => {
        Anyio.startIn(Anyio.TaskGroup.new_for_object(owner), async function failing() {
            throw new Error('nobody waits');
        });
        await Anyio.sleep(1, task);
    });
    ok(messages.some(message => message.includes('failing') && message.includes('nobody waits')), messages.join());
});

testOutside('groups and scopes without a task begin at the root', async () => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.sleep(0.01, child);
            trace.push('child');
        });
    });
    const scope = await Anyio.moveOnAfter(0.01, inner => Anyio.sleepForever(inner));
    ok(scope.cancelledCaught);
    equal(await Anyio.run(async () => 7), 7);
    equal((await raised(() => Anyio.run(async () => {
        throw new Error('main');
    }))).message, 'main');
    equal(trace, ['child']);
});

testOutside('10,000 tasks', async () => {
    let ended = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 10000; i++) {
            tg.startSoon(async child => {
                await Anyio.sleep(0.01, child);
                ended++;
            });
        }
    });
    equal(ended, 10000);
});

testOutside('a seed permutes each batch, as the core does, and the same seed in the same way', async () => {
    const order = seed => Anyio.run(async task => {
        const trace = [];
        await Anyio.withTaskGroup(async tg => {
            for (const name of 'abcde') {
                tg.startSoon(async child => {
                    trace.push(name);
                    await Anyio.checkpoint(child);
                    trace.push(name.toUpperCase());
                });
            }
        }, task);
        return trace.join('');
    }, {seed});
    equal(await order(0), 'abcdeABCDE');
    const first = await order(1);
    equal(first.slice(0, 5), permuted(1n));
    equal([...first].sort().join(''), 'ABCDEabcde');
    equal([await order(1), await order(1)], [first, first]);
    ok(new Set([await order(2), await order(3), await order(4), first]).size > 2);
});

/* What splitmix64 makes of the first batch, which is the body, alone, and of the second, which is the five tasks. */
function permuted(seed) {
    const letters = [...'abcde'];
    let state = seed;
    for (let i = 4; i > 0; i--) {
        state = BigInt.asUintN(64, state + 0x9E3779B97F4A7C15n);
        let word = state;
        word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xBF58476D1CE4E5B9n);
        word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94D049BB133111EBn);
        const j = Number((word ^ (word >> 31n)) % BigInt(i + 1));
        [letters[i], letters[j]] = [letters[j], letters[i]];
    }
    return letters.join('');
}

await done();
