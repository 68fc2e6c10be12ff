// SPDX-License-Identifier: LGPL-2.1-or-later

// The JavaScript rows: GIO operations awaited as GJS does it, and in tasks. `meson devenv -C _build gjs -m ../tests/bench/gjs/rows.js` prints the least and the
// median of many short rounds, which take turns: a machine that does other things disturbs all alike. The last figure compares a row with the bare one before it, round by
// round, and is the median of that.

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';

Gio._promisify(Gio.File.prototype, 'query_info_async');

const N = 50;
const ROUNDS = 60;
const file = Gio.File.new_for_path('/');
const operation = cancellable => file.query_info_async('standard::size', Gio.FileQueryInfoFlags.NONE, GLib.PRIORITY_DEFAULT, cancellable);

const call = task => Anyio.call(file, 'query_info_async', 'standard::size', Gio.FileQueryInfoFlags.NONE, GLib.PRIORITY_DEFAULT, task);

const rows = task => ({
    async 'bare, one after another'() {
        for (let i = 0; i < N; i++)
            await operation(null);
    },
    async 'with a GCancellable for each'() {
        for (let i = 0; i < N; i++)
            await operation(new Gio.Cancellable());
    },
    async 'in one task, one after another'() {
        for (let i = 0; i < N; i++)
            await Anyio.wait(operation, task);
    },
    async 'the same by call()'() {
        for (let i = 0; i < N; i++)
            await call(task);
    },
    async 'a task and its handle for each'() {
        await Anyio.withTaskGroup(async tg => {
            for (let i = 0; i < N; i++)
                await tg.startSoon(child => Anyio.wait(operation, child)).wait(tg);
        }, task);
    },
    async 'handles, by call()'() {
        await Anyio.withTaskGroup(async tg => {
            for (let i = 0; i < N; i++)
                await tg.startSoon(call).wait(tg);
        }, task);
    },
    async 'bare, all at once'() {
        await Promise.all(Array.from({length: N}, async () => {
            await operation(null);
        }));
    },
    async 'tasks, all at once'() {
        await Anyio.withTaskGroup(async tg => {
            for (let i = 0; i < N; i++) {
                tg.startSoon(async child => {
                    await Anyio.wait(operation, child);
                });
            }
        }, task);
    },
    async 'all at once, by call()'() {
        await Anyio.withTaskGroup(async tg => {
            for (let i = 0; i < N; i++) {
                tg.startSoon(async child => {
                    await call(child);
                });
            }
        }, task);
    },
    async 'sleep(0)'() {
        for (let i = 0; i < N; i++)
            await Anyio.sleep(0, task);
    },
    async 'spawn and join'() {
        await Anyio.withTaskGroup(async tg => {
            for (let i = 0; i < N; i++)
                tg.startSoon(async () => {});
        }, task);
    },
    async 'lock and release'() {
        const lock = new Anyio.Lock();
        for (let i = 0; i < N; i++) {
            await lock.acquire(task);
            lock.release(task);
        }
    },
    async 'an item through a buffer'() {
        const {send, receive} = Anyio.createMemoryObjectStream(N);
        for (let i = 0; i < N; i++)
            await send.send(i, task);
        for (let i = 0; i < N; i++)
            await receive.receive(task);
        send.close();
        receive.close();
    },
    async 'an item from task to task'() {
        const {send, receive} = Anyio.createMemoryObjectStream(0);
        await Anyio.withTaskGroup(async tg => {
            tg.startSoon(async child => {
                for (let i = 0; i < N; i++)
                    await send.send(i, child);
            });
            for (let i = 0; i < N; i++)
                await receive.receive(tg);
            send.close();
            receive.close();
        }, task);
    },
    async 'moveOnAfter'() {
        for (let i = 0; i < N; i++)
            await Anyio.moveOnAfter(10, async () => {}, task);
    },
});

await Anyio.run(async task => {
    const times = {};
    for (let round = 0; round < ROUNDS; round++) {
        for (const [name, row] of Object.entries(rows(task))) {
            const begin = GLib.get_monotonic_time();
            await row();
            (times[name] ??= []).push((GLib.get_monotonic_time() - begin) / N);
        }
    }
    const median = list => [...list].sort((a, b) => a - b)[ROUNDS / 2];
    let bare = null;
    for (const [name, list] of Object.entries(times)) {
        if (name.startsWith('bare'))
            bare = list;
        else if (name === 'sleep(0)')
            bare = null;
        const ratio = bare !== null ? median(list.map((time, round) => time / bare[round])).toFixed(2) : '';
        print(`${name.padEnd(32)} ${Math.min(...list).toFixed(1).padStart(6)} ${median(list).toFixed(1).padStart(6)} us  ${ratio}`);
    }
});
