// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import AnyioTesting from 'gi://AnyioTesting';
import {test, testOutside, done, equal, ok, raised, captureLog} from './tap.js';

const isMisuse = error => ok(error instanceof GLib.Error && error.matches(Anyio.Error, Anyio.Error.MISUSE), error);

test('a wait that is not told its task', async task => {
    for (const wrong of [undefined, null, 3, {}, task.native]) {
        const error = await raised(() => Anyio.sleep(1, wrong));
        ok(error instanceof TypeError && error.message.includes('last argument'));
    }
});

test('a callback that returns no promise', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(function plain() {
            return 3;
        });
    }, task));
    ok(error instanceof TypeError && error.message.includes('plain() to return a promise'));
    ok(await raised(() => Anyio.withTaskGroup(() => 3, task)) instanceof TypeError);
    ok(await raised(() => Anyio.wait(() => 3, task)) instanceof TypeError);
});

test('a callback that throws before its first wait', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(() => {
            throw new Error('at once');
        });
    }, task));
    equal(error.message, 'at once');
    equal((await raised(() => Anyio.wait(() => {
        throw new Error('at once');
    }, task))).message, 'at once');
});

test('what is no function', async task => {
    await Anyio.withTaskGroup(async tg => {
        for (const wrong of [undefined, 3, Promise.resolve()]) {
            ok(await raised(() => tg.startSoon(wrong)) instanceof TypeError);
            ok(await raised(() => tg.start(wrong)) instanceof TypeError);
            ok(await raised(() => Anyio.withTaskGroup(wrong, tg)) instanceof TypeError);
            ok(await raised(() => Anyio.moveOnAfter(1, wrong, tg)) instanceof TypeError);
            ok(await raised(() => Anyio.run(wrong)) instanceof TypeError);
            ok(await raised(() => Anyio.start(wrong)) instanceof TypeError);
        }
    }, task);
});

test('what is no time', async task => {
    for (const wrong of [NaN, '1', undefined]) {
        ok(await raised(() => Anyio.sleep(wrong, task)) instanceof TypeError);
        ok(await raised(() => Anyio.moveOnAfter(wrong ?? null, async () => {}, task)) instanceof TypeError);
    }
});

test('a task that has ended', async task => {
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async () => {});
        await handle.wait(tg);
        isMisuse(await raised(() => Anyio.sleep(1, handle)));
        handle.cancel();
        handle.started();
    }, task);
});

test('a scope that is closed or not open', async task => {
    const scope = new Anyio.CancelScope();
    isMisuse(await raised(() => Anyio.sleep(1, scope)));
    await scope.run(async () => {}, task);
    isMisuse(await raised(() => Anyio.sleep(1, scope)));
    isMisuse(await raised(() => scope.run(async () => {}, task)));
    isMisuse(await raised(() => scope.native));
});

test('a scope of another task', async task => {
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            await Anyio.sleep(1, tg);
        });
    }, task));
    isMisuse(error);
    ok(error.message.includes('children pass the task'));
    const scope = new Anyio.CancelScope();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => scope.run(inner => Anyio.sleep(1, inner), child));
        await Anyio.checkpoint(tg);
        isMisuse(await raised(() => scope.run(async () => {}, tg)));
    }, task);
});

test('a promise that nobody awaits is cancelled and reported', async task => {
    const trace = [];
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            Anyio.sleep(100, child).catch(e => trace.push(e.message));
        });
    }, task));
    isMisuse(error);
    equal(trace.length, 1);
    isMisuse(await raised(() => Anyio.withTimeout(5, async inner => {
        Anyio.sleep(100, inner);
    }, task)));
    isMisuse(await raised(() => Anyio.withTaskGroup(async tg => {
        Anyio.moveOnAfter(5, inner => Anyio.sleep(100, inner), tg).catch(() => {});
    }, task)));
    await Anyio.sleep(1, task);
});

test('scopes that one task opens side by side', async task => {
    const error = await raised(() => Promise.all([
        Anyio.moveOnAfter(9, () => Anyio.sleep(1, task), task),
        Anyio.moveOnAfter(9, () => Anyio.sleep(5, task), task),
    ]));
    isMisuse(error);
    await Anyio.sleep(10, task);
});

test('a task that waits for itself', async task => {
    isMisuse(await raised(() => task.wait(task)));
});

test('a promise of nobody\'s, in a task: it waits, and the next wait is cancelled', async task => {
    const trace = [];
    let resolve;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await new Promise(r => (resolve = r));
            trace.push('resolved');
            await Anyio.checkpoint(child);
            trace.push('not here');
        });
        await Anyio.sleep(1, tg);
        tg.cancel();
        resolve();
    }, task);
    equal(trace, ['resolved']);
});

testOutside('tasks that wait for what never comes are found by a virtual clock', async () => {
    const error = await raised(() => Anyio.run(async task => {
        await Anyio.withTaskGroup(async tg => {
            const a = tg.startSoon(async child => {
                await Anyio.sleep(1, child);
                await b.wait(child);
            }, 'a');
            const b = tg.startSoon(child => a.wait(child), 'b');
        }, task);
    }, {clock: new AnyioTesting.VirtualClock()}));
    ok(error.matches(Anyio.Error, Anyio.Error.DEADLOCK));
});

testOutside('a failure that nobody waits for is reported', async () => {
    const messages = await captureLog(async () => {
        const handle = Anyio.start(async function lonely() {
            throw new Error('nobody');
        });
        await Anyio.run(task => handle.wait(task));
    });
    ok(messages.some(message => message.includes('lonely') && message.includes('nobody')));
    const told = [];
    Anyio.setBackgroundErrorHandler((name, error) => told.push(name, error.message));
    const handle = Anyio.start(async function lonely() {
        throw new Error('told');
    });
    await Anyio.run(task => handle.wait(task));
    Anyio.setBackgroundErrorHandler(null);
    equal(told, ['lonely', 'told']);
});

testOutside('a dropped handle does not stop its task', async () => {
    let ended = false;
    Anyio.start(async task => {
        await Anyio.sleep(0.02, task);
        ended = true;
    });
    imports.system.gc();
    await Anyio.run(task => Anyio.sleep(0.05, task));
    ok(ended);
});

test('run() with options inside a run', async () => {
    isMisuse(await raised(() => Anyio.run(async () => {}, {backend: 'glib'})));
});

testOutside('an unknown back end', async () => {
    const error = await raised(() => Anyio.run(async () => {}, {backend: 'nothing'}));
    ok(error instanceof GLib.Error);
    equal(await Anyio.run(async () => 1, {backend: 'glib'}), 1);
});

await done();
