// SPDX-License-Identifier: LGPL-2.1-or-later

// Signals. GJS cannot raise a signal itself, so a shell sends them to this program; it has ended before the test goes on.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Anyio from 'gi://Anyio';
import {test, testOutside, done, equal, ok, raised} from './tap.js';

const isClosed = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED);
const isBlocked = error => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK);
const pid = new Gio.Credentials().get_unix_pid();

/* The kernel may give them to any thread of this process, so they are there when they are counted. */
function raise(receiver, ...names) {
    for (const name of names) {
        const before = receiver.pending;
        GLib.spawn_command_line_sync(`sh -c 'kill -${name} ${pid}'`);
        while (receiver.pending === before)
            GLib.usleep(1000);
    }
}

test('signals are received by name, in the order of arrival', async task => {
    const signals = Anyio.openSignalReceiver('SIGUSR1', 'SIGUSR2', 1);
    equal((await raised(() => signals.receiveNowait())).code, Gio.IOErrorEnum.WOULD_BLOCK);
    raise(signals, 'USR2', 'USR1', 'HUP', 'USR1');
    equal([signals.pending, signals.lost, signals.isClosed], [4, 0, false]);
    equal([await signals.receive(task), signals.receiveNowait(), await signals.receive(task)], ['SIGUSR2', 'SIGUSR1', 'SIGHUP']);
    equal(signals.receiveNowait(), 'SIGUSR1');
    ok(isBlocked(await raised(() => signals.receiveNowait())));
    signals.close();
    signals.close();
    ok(signals.isClosed);
    ok(isClosed(await raised(() => signals.receive(task))));
});

test('the loop over them ends with the receiver closed, however it ends', async task => {
    const names = [];
    const signals = Anyio.openSignalReceiver('SIGUSR1');
    const other = Anyio.openSignalReceiver('SIGUSR1');
    raise(other, 'USR1', 'USR1', 'USR1');
    for await (const name of signals.items(task)) {
        names.push(name);
        if (names.length === 2)
            break;
    }
    equal([names, signals.isClosed, other.pending], [['SIGUSR1', 'SIGUSR1'], true, 3]);
    const scope = await Anyio.moveOnAfter(5, async inner => {
        for await (const name of other.items(inner))
            names.push(name);
    }, task);
    equal([names.length, scope.cancelledCaught, other.isClosed, Anyio.currentTime()], [5, true, true, 5]);
});

test('those who wait get CLOSED when it is closed', async task => {
    const signals = Anyio.openSignalReceiver('SIGUSR1');
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(async child => isClosed(await raised(() => signals.receive(child))));
        await Anyio.sleep(0.001, tg);
        equal(signals.tasksWaiting, 1);
        signals.close();
        ok(await handle.result(tg));
    }, task);
});

test('in a cancelled scope nothing is received', async task => {
    const signals = Anyio.openSignalReceiver('SIGUSR1');
    raise(signals, 'USR1');
    const scope = new Anyio.CancelScope();
    await scope.run(async inner => {
        scope.cancel();
        await signals.receive(inner);
    }, task);
    equal([scope.cancelledCaught, signals.receiveNowait()], [true, 'SIGUSR1']);
    signals.close();
});

test('what is no signal is refused', async () => {
    for (const bad of [['TERM'], [0], [1.5], ['SIGTERM', null]])
        ok(await raised(() => Anyio.openSignalReceiver(...bad)) instanceof RangeError, String(bad));
    for (const bad of [['SIGKILL'], ['SIGSEGV'], []])
        equal((await raised(() => Anyio.openSignalReceiver(...bad))).code, Gio.IOErrorEnum.INVALID_ARGUMENT);
});

testOutside('a source of GLib gets them, too', async () => {
    let nCalls = 0;
    const source = GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 10, () => {
        nCalls++;
        return GLib.SOURCE_CONTINUE;
    });
    await Anyio.run(async task => {
        const signals = Anyio.openSignalReceiver('SIGUSR1');
        raise(signals, 'USR1');
        equal(await signals.receive(task), 'SIGUSR1');
        signals.close();
        while (nCalls === 0)
            await Anyio.sleep(0.001, task);
    });
    equal(nCalls, 1);
    GLib.source_remove(source);
});

await done();
