// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {test, done, equal, ok, raised} from './tap.js';

const elapsed = begin => Math.round((Anyio.currentTime() - begin) * 1e6) / 1e6;

test('moveOnAfter ends silently and tells', async task => {
    const begin = Anyio.currentTime();
    const scope = await Anyio.moveOnAfter(2, inner => Anyio.sleep(10, inner), task);
    ok(scope.cancelledCaught && scope.cancelCalled);
    equal(scope.reason.kind, Anyio.CancelKind.DEADLINE);
    equal(elapsed(begin), 2);
    const other = await Anyio.moveOnAfter(2, inner => Anyio.sleep(1, inner), task);
    ok(!other.cancelledCaught && !other.cancelCalled);
});

test('withTimeout fails with TIMED_OUT, or gives the value', async task => {
    const error = await raised(() => Anyio.withTimeout(1, inner => Anyio.sleepForever(inner), task));
    ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT));
    equal(await Anyio.withTimeout(1, async () => 'value', task), 'value');
    const late = await raised(() => Anyio.withDeadline(Anyio.currentTime() + 1, inner => Anyio.sleepForever(inner), task));
    ok(late.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT));
});

test('an error that is no cancellation passes', async task => {
    const error = await raised(() => Anyio.withTimeout(1, async inner => {
        try {
            await Anyio.sleepForever(inner);
        } finally {
            throw new Error('cleanup');
        }
    }, task));
    equal(error.message, 'cleanup');
});

test('a cancelled scope stays cancelled, however often that is swallowed', async task => {
    let n = 0;
    await Anyio.moveOnAfter(1, async inner => {
        for (let i = 0; i < 5; i++) {
            const error = await raised(() => Anyio.sleep(10, inner));
            ok(Anyio.isCancelled(error));
            n++;
        }
        await raised(() => Anyio.checkpoint(inner));
    }, task);
    equal(n, 5);
});

test('what is not the scope\'s own cancellation passes it', async task => {
    const trace = [];
    const outer = await Anyio.moveOnAfter(1, async scope => {
        const inner = await Anyio.moveOnAfter(5, deep => Anyio.sleepForever(deep), scope);
        trace.push('not here', inner);
    }, task);
    ok(outer.cancelledCaught);
    equal(trace, []);
});

test('the outermost cancelled scope absorbs', async task => {
    const trace = [];
    await Anyio.moveOnAfter(5, async outer => {
        const inner = new Anyio.CancelScope();
        await inner.run(async scope => {
            outer.cancel();
            scope.cancel();
            await Anyio.checkpoint(scope);
        }, outer).catch(error => {
            trace.push(Anyio.isCancelled(error), inner.cancelledCaught);
            throw error;
        });
    }, task);
    equal(trace, [true, false]);
});

test('a shield holds, and can be lowered', async task => {
    const begin = Anyio.currentTime();
    await Anyio.moveOnAfter(1, async () => {
        const scope = new Anyio.CancelScope({shield: true});
        await scope.run(async inner => {
            await Anyio.sleep(3, inner);
            equal(elapsed(begin), 3);
            scope.shield = false;
            await raised(() => Anyio.sleep(1, inner));
            equal(elapsed(begin), 3);
        }, task);
    }, task);
    await Anyio.moveOnAfter(1, () => Anyio.shielded(inner => Anyio.sleep(2, inner), task), task);
    equal(elapsed(begin), 5);
});

test('deadlines can be moved', async task => {
    const begin = Anyio.currentTime();
    const scope = await Anyio.moveOnAfter(1, async inner => {
        equal(inner.deadline - begin, 1);
        inner.deadline += 2;
        equal(task.effectiveDeadline - begin, 3);
        await Anyio.sleepForever(inner);
    }, task);
    equal(elapsed(begin), 3);
    ok(scope.cancelledCaught);
});

test('a scope that is cancelled before it is entered', async task => {
    const scope = new Anyio.CancelScope();
    scope.cancel('early');
    await scope.run(async inner => {
        ok(task.hasPendingCancellation);
        equal((await raised(() => Anyio.checkpoint(inner))).message, 'Operation was cancelled: early');
        await Anyio.sleep(0, inner);
    }, task);
    ok(scope.cancelledCaught);
    equal(scope.reason.text, 'early');
});

test('sleep(0) lets others run, and sleepUntil keeps the time', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        for (const name of ['a', 'b']) {
            tg.startSoon(async child => {
                for (let i = 1; i <= 2; i++) {
                    trace.push(`${name}${i}`);
                    await Anyio.sleep(0, child);
                }
            });
        }
    }, task);
    equal(trace.join(' '), 'a1 b1 a2 b2');
    const begin = Anyio.currentTime();
    await Anyio.sleepUntil(begin + 2, task);
    await Anyio.sleepUntil(begin, task);
    equal(elapsed(begin), 2);
});

test('the other checkpoints', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.checkpoint(child);
            trace.push('other');
            await Anyio.checkpoint(child);
            trace.push('other');
        });
        await Anyio.checkpoint(tg);
        await Anyio.checkpointIfCancelled(tg);
        trace.push('one');
        await Anyio.shieldedCheckpoint(tg);
        trace.push('two');
        tg.cancel();
        await Anyio.shieldedCheckpoint(tg);
        ok(Anyio.isCancelled(await raised(() => Anyio.checkpointIfCancelled(tg))));
        trace.push('three');
    }, task);
    equal(trace, ['one', 'other', 'two', 'three']);
});

test('what was cancelled stays so under a shield that is raised meanwhile', async task => {
    const trace = [];
    const begin = Anyio.currentTime();
    await Anyio.withTaskGroup(async tg => {
        const scopes = [new Anyio.CancelScope(), new Anyio.CancelScope()];
        tg.startSoon(child => scopes[0].run(async inner => {
            trace.push(Anyio.isCancelled(await raised(() => Anyio.sleep(3, inner))), elapsed(begin));
        }, child));
        await Anyio.checkpoint(tg);
        tg.cancel();
        scopes[0].shield = true; // over a sleep that was aborted
        await Anyio.shieldedCheckpoint(tg);
        tg.startSoon(async () => {
            scopes[1].shield = true; // over one that was cancelled when it began
        });
        await scopes[1].run(async inner => {
            trace.push(Anyio.isCancelled(await raised(() => Anyio.sleep(3, inner))), elapsed(begin));
        }, tg);
    }, task);
    equal(trace, [true, 0, true, 0]);
});

test('a sleeper whose time comes as its scope is cancelled reports that', async task => {
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            tg.cancel();
        });
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            trace.push('not here');
        });
    }, task);
    equal(trace, []);
});

test('several sleeps of one task', async task => {
    const begin = Anyio.currentTime();
    const times = [];
    await Promise.all([3, 1, 2].map(async seconds => {
        await Anyio.sleep(seconds, task);
        times.push(elapsed(begin));
    }));
    equal(times, [1, 2, 3]);
});

test('a stray CANCELLED is an ordinary error', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async () => {
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, 'the user dismissed it');
        });
    }, task));
    equal(error.message, 'the user dismissed it');
});

test('the scope\'s GCancellable serves other code', async task => {
    let cancellable;
    await Anyio.moveOnAfter(1, async inner => {
        cancellable = task.cancellable;
        ok(!cancellable.is_cancelled());
        await Anyio.sleepForever(inner);
    }, task);
    ok(cancellable.is_cancelled());
});

test('a cancellation that answered a scope stays one, also when it is thrown later', async task => {
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async child => {
            let kept;
            const scope = new Anyio.CancelScope({timeout: 1});
            await scope.run(async () => {
                kept = await raised(() => Anyio.sleepForever(child));
            }, child);
            throw kept;
        });
        await handle.wait(tg);
        equal(handle.status, Anyio.TaskStatus.CANCELLED);
    }, task);
});

await done();
