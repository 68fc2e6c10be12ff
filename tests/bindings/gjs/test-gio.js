// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import {test, testOutside, done, equal, ok, raised} from './tap.js';

Gio._promisify(Gio.File.prototype, 'query_info_async');
Gio._promisify(Gio.Subprocess.prototype, 'wait_async');

const query = (path, cancellable) => Gio.File.new_for_path(path).query_info_async('standard::type', 0, GLib.PRIORITY_DEFAULT, cancellable);

test('an operation gives its result or its own error', async task => {
    equal((await Anyio.wait(c => query('/', c), task)).get_file_type(), Gio.FileType.DIRECTORY);
    const error = await raised(() => Anyio.wait(c => query('/nothing/here', c), task));
    ok(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND));
});

testOutside('an operation is cancelled with its scope, and awaited', async () => {
    const trace = [];
    await Anyio.run(async task => {
        const process = Gio.Subprocess.new(['sleep', '100'], Gio.SubprocessFlags.NONE);
        const scope = await Anyio.moveOnAfter(0.05, async inner => {
            try {
                await Anyio.wait(c => process.wait_async(c), inner);
            } catch (error) {
                trace.push(error.message);
                throw error;
            }
        }, task);
        ok(scope.cancelledCaught);
        process.force_exit();
        await Anyio.wait(c => process.wait_async(c), task);
        ok(!process.get_if_exited());
    });
    equal(trace, ['Operation was cancelled: the deadline passed']);
});

test('in a cancelled scope the operation tells itself', async task => {
    await Anyio.moveOnAfter(0, async inner => {
        const error = await raised(() => Anyio.wait(c => query('/', c), inner));
        ok(Anyio.isCancelled(error));
    }, task);
});

test('someone else\'s cancellation is not the scope\'s', async task => {
    const foreign = new Gio.Cancellable();
    foreign.cancel();
    const error = await raised(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => Anyio.wait(() => query('/', foreign), child));
    }, task));
    ok(Anyio.isCancelled(error));
});

test('any promise can be waited for', async task => {
    equal(await Anyio.wait(() => Promise.resolve(5), task), 5);
});

test('call() finds the second half, and passes the GCancellable on', async task => {
    const root = Gio.File.new_for_path('/');
    const info = await Anyio.call(root, 'query_info_async', 'standard::type', 0, GLib.PRIORITY_DEFAULT, task);
    equal(info.get_file_type(), Gio.FileType.DIRECTORY);
    const [contents] = await Anyio.call(Gio.File.new_for_path('/proc/self/comm'), 'load_contents_async', task);
    ok(new TextDecoder().decode(contents).length > 1);
    const missing = await raised(() => Anyio.call(Gio.File.new_for_path('/nothing/here'), 'query_info_async', 'standard::type', 0, 0, task));
    ok(missing.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND));
    ok(await raised(() => Anyio.call(root, 'query_info_async', task)) instanceof TypeError);
    ok(await raised(() => Anyio.call(root, 'no_such_async', task)) instanceof TypeError);
    const process = Gio.Subprocess.new(['sleep', '100'], Gio.SubprocessFlags.NONE);
    await Anyio.withTaskGroup(async tg => {
        const handle = tg.startSoon(child => Anyio.call(process, 'wait_async', child));
        await Anyio.call(root, 'query_info_async', 'standard::type', 0, 0, tg);
        handle.cancel('enough');
        await handle.wait(tg);
        equal(handle.status, Anyio.TaskStatus.CANCELLED);
    }, task);
    process.force_exit();
});

test('the objects of C under names that are ours have promises', async task => {
    const event = Anyio.Event.new();
    ok(!(event instanceof Anyio.Event) && new Anyio.Event() instanceof Anyio.Event);
    const limiter = Anyio.CapacityLimiter.new(1);
    const begin = Anyio.currentTime();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
            event.set();
        });
        await event.wait(tg);
        await limiter.acquire(tg);
        const scope = await Anyio.moveOnAfter(1, inner => limiter.acquire(inner), tg);
        ok(scope.cancelledCaught);
        limiter.release();
        await limiter.acquire(tg);
    }, task);
    equal(Math.round(Anyio.currentTime() - begin), 2);
});

test('streams and locks of C, from JavaScript', async task => {
    const [send, receive] = Anyio.create_memory_object_stream(1, GObject.TYPE_OBJECT);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            for (const item of ['one', {two: 2}])
                await send.send(Anyio.box({item}), child);
            send.close();
        });
        for await (const box of receive.items(tg))
            trace.push(Anyio.unbox(box).item);
        const lock = Anyio.Lock.new();
        await lock.acquire(tg);
        tg.startSoon(async child => {
            await lock.acquire(child);
            trace.push('locked');
        });
        await Anyio.sleep(1, tg);
        trace.push('unlocks');
        lock.release();
    }, task);
    equal(trace, ['one', {two: 2}, 'unlocks', 'locked']);
});

test('values of any kind can go through GObject', async () => {
    const list = new Gio.ListStore({itemType: GObject.Object});
    const value = {function: () => 3};
    list.append(Anyio.box(value));
    ok(Anyio.unbox(list.get_item(0)) === value);
    for (const same of [1, 'two', true, null, list])
        ok(Anyio.box(same) === same && Anyio.unbox(same) === same);
});

testOutside('runSync blocks, and refuses where it would hang', async () => {
    const error = await raised(() => Anyio.runSync(async () => 1));
    ok(error.matches(Anyio.Error, Anyio.Error.MISUSE));
    const path = GLib.build_filenamev([GLib.get_tmp_dir(), `anyio-run-sync-${GLib.random_int()}.js`]);
    GLib.file_set_contents(path, `
        const {Anyio} = imports.gi;
        print(Anyio.runSync(async task => {
            await Anyio.sleep(0.01, task);
            return 'value';
        }));
        try {
            Anyio.runSync(async task => {
                throw new Error('raised');
            });
        } catch (error) {
            print(error.message);
        }`);
    const [, output] = GLib.spawn_command_line_sync(`gjs ${path}`);
    GLib.unlink(path);
    equal(new TextDecoder().decode(output), 'value\nraised\n');
});

await done();
