// SPDX-License-Identifier: LGPL-2.1-or-later

// A service that works until it is told to end. SIGHUP has it read its settings again. At SIGTERM it finishes what it has begun, for which it has five seconds; a second SIGTERM
// ends it at once. Here it has a shell send it the signals. With `--slow` its work takes so long that the second one is needed.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Anyio from 'gi://Anyio';
import {programArgs} from 'system';

function raise(name) {
    GLib.spawn_command_line_sync(`sh -c 'kill -${name.replace('SIG', '')} ${new Gio.Credentials().get_unix_pid()}'`);
}

async function receiveSignals(scope, task) {
    const signals = Anyio.openSignalReceiver('SIGHUP', 'SIGINT', 'SIGTERM');

    task.started();
    for await (const name of signals.items(task)) {
        if (name === 'SIGHUP') {
            print(`${name}: the settings are read again`);
        } else if (!scope.stopRequested) {
            print(`${name}: nothing new is begun`);
            scope.requestStop(5, name);
        } else {
            print(`${name}: at once`);
            scope.cancel(name);
        }
    }
}

// In the middle of it somebody sends a signal; null: nobody does.
async function doPiece(number, signal, seconds, task) {
    await Anyio.sleep(seconds / 2, task);
    if (signal !== null)
        raise(signal);
    await Anyio.sleep(seconds / 2, task);
    print(`Piece ${number} is done`);
}

async function sendAgain(task) {
    await Anyio.sleep(0.3, task);
    raise('SIGTERM');
}

async function work(tg, slow) {
    if (slow) {
        raise('SIGTERM');
        tg.startSoon(sendAgain);
        await doPiece(1, null, 60, tg);
    }
    for (let i = 0; !Anyio.isStopRequested(tg); i++)
        await doPiece(i + 1, [null, 'SIGHUP', 'SIGTERM'][i % 3], 0.2, tg);
}

await Anyio.withTaskGroup(async tg => {
    await tg.start(task => receiveSignals(tg.cancelScope, task));
    try {
        await work(tg, programArgs.includes('--slow'));
    } catch (error) {
        print('The work is given up');
        throw error;
    }
    print('The work is done');
    tg.cancel('the work has ended');
});
