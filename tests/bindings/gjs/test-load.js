// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import System from 'system';
import {testOutside, done, equal, ok} from './tap.js';

Gio._promisify(Gio.File.prototype, 'query_info_async');

testOutside('garbage collections between and during tasks', async () => {
    let ended = 0;
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 200; i++) {
            tg.startSoon(async task => {
                await Anyio.sleep(0.001 * (i % 7), task);
                if (i % 20 === 0)
                    System.gc();
                await Anyio.moveOnAfter(0.001, inner => Anyio.sleepForever(inner), task);
                await Anyio.withTaskGroup(async inner => {
                    inner.startSoon(child => Anyio.sleep(0, child));
                }, task);
                ended++;
            });
        }
    });
    equal(ended, 200);
});

testOutside('operations one after another, through garbage collections', async () => {
    const file = Gio.File.new_for_path('/');
    await Anyio.run(async task => {
        for (let i = 0; i < 200; i++) {
            if (i % 50 === 0)
                System.gc();
            await Anyio.wait(c => file.query_info_async('standard::size', 0, 0, c), task);
        }
    });
});

// GJS 1.74 never clears a WeakRef, so this looks at the memory of the process.
testOutside('nothing holds a task that has ended', async () => {
    const residentBytes = () => {
        System.gc();
        return 4096 * Number(new TextDecoder().decode(GLib.file_get_contents('/proc/self/statm')[1]).split(' ')[1]);
    };
    const again = async () => {
        for (let i = 0; i < 20; i++) {
            await Anyio.withTaskGroup(async tg => {
                for (let j = 0; j < 500; j++)
                    tg.startSoon(async () => {}, 'short');
            });
        }
    };
    for (let i = 0; i < 20; i++) // GJS 1.82 and 1.90 reach their heap's size only then
        await again();
    const before = residentBytes();
    for (let i = 0; i < 10; i++)
        await again();
    const grown = residentBytes() - before;
    ok(grown < 20e6, `${grown} bytes more`);
    ok(!Anyio.dump_tree().includes('short'));
});

testOutside('tasks that never wait long let the main loop run', async () => {
    let stop = false;
    let nIdles = 0;
    const id = GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE + 20, () => {
        stop = ++nIdles === 5;
        return stop ? GLib.SOURCE_REMOVE : GLib.SOURCE_CONTINUE;
    });
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 4; i++) {
            tg.startSoon(async task => {
                const end = Anyio.currentTime() + 5;
                while (!stop && Anyio.currentTime() < end)
                    await Anyio.sleep(0, task);
            });
        }
    });
    if (!stop)
        GLib.source_remove(id);
    ok(stop, 'an idle handler ran 5 times');
});

testOutside('tasks that begin tasks for ever let the main loop run', async () => {
    let stop = false;
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 20, () => {
        stop = true;
        return GLib.SOURCE_REMOVE;
    });
    await Anyio.withTaskGroup(async tg => {
        const next = async () => {
            if (!stop)
                tg.startSoon(next);
        };
        tg.startSoon(next);
    });
    ok(stop);
});

await done();
