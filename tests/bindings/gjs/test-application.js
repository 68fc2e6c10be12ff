// SPDX-License-Identifier: LGPL-2.1-or-later

// An application whose end is the end of its tasks. The program has no top-level await before run(), which blocks.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

const trace = [];

async function serve(name, task) {
    trace.push(`${name}+`);
    try {
        await Anyio.sleepForever(task);
    } finally {
        trace.push(`${name}!`);
        await Anyio.shielded(shielded => Anyio.sleep(0.001, shielded), task);
        trace.push(`${name}~`);
    }
}

const application = new Gio.Application({flags: Gio.ApplicationFlags.NON_UNIQUE});
Anyio.bind_application(application);
application.connect('activate', () => {
    application.hold();
    Anyio.start(task => serve('root', task));
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 5, () => {
        trace.push('quit');
        application.release();
        return GLib.SOURCE_REMOVE;
    });
});
application.run([]);
trace.push('returned');

print('1..1');
const actual = trace.join(' ');
print(`${actual === 'root+ quit root! root~ returned' ? 'ok' : 'not ok'} 1 the shutdown ends the tasks`);
print(`# ${actual}`);
System.exit(actual === 'root+ quit root! root~ returned' ? 0 : 1);
