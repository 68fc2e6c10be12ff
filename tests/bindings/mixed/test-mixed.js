// SPDX-License-Identifier: LGPL-2.1-or-later

// Tasks of C and of JavaScript in one tree: fibers of a small library (mixed.c) and async functions.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Mixed from 'gi://Mixed';
import {test, done, equal, ok, raised} from '../gjs/tap.js';

Gio._promisify(Mixed, 'add_async');
Gio._promisify(Mixed.Host.prototype, 'join_async');

function items(model) {
    return Array.from({length: model.get_n_items()}, (_, i) => model.get_item(i));
}

function isError(error, code) {
    ok(error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, code), `${error}`);
}

async function openHost(task, timeout = Infinity) {
    Mixed.take_trace();
    const host = Mixed.Host.new(timeout);
    while (host.get_group() === null)
        await Anyio.sleep(0, task);
    return [host, host.get_group()];
}

function join(host, task) {
    return Anyio.wait(cancellable => host.join_async(cancellable), task);
}

test('an operation of C is cancelled by our deadline', async task => {
    Mixed.take_trace();
    equal(await Anyio.wait(cancellable => Mixed.add_async(2, 3, 1, cancellable), task), 5);
    await Anyio.moveOnAfter(1, inner => Anyio.wait(cancellable => Mixed.add_async(2, 3, 5, cancellable), inner), task);
    equal(Anyio.currentTime(), 2);
    equal(Mixed.take_trace(), 'add- add!');
});

test('fibers in our group', async task => {
    Mixed.take_trace();
    await Anyio.withTaskGroup(async tg => {
        Mixed.start_fiber(tg.native, 'c', 3, null);
        tg.startSoon(child => Anyio.sleep(1, child), 'js');
        await Anyio.sleep(0.5, tg);
        equal(items(tg.native).map(each => each.name), ['c', 'js']);
        ok(items(tg.native).every(each => each.parent === task.native), 'the parent of all');
    }, task);
    equal(Anyio.currentTime(), 3);
    equal(Mixed.take_trace(), 'c+ c-');
});

test('our failure cancels fibers, theirs cancels us', async task => {
    Mixed.take_trace();
    let error = await raised(() => Anyio.withTaskGroup(async tg => {
        Mixed.start_fiber(tg.native, 'c', 5, null);
        await Anyio.sleep(1, tg);
        throw new Error('ours');
    }, task));
    equal(error.message, 'ours');
    equal(Mixed.take_trace(), 'c+ c!');
    error = await raised(() => Anyio.withTaskGroup(async tg => {
        Mixed.start_fiber(tg.native, 'c', 1, 'theirs');
        await Anyio.sleep(5, tg);
    }, task));
    isError(error, Gio.IOErrorEnum.NOT_FOUND);
    equal(Anyio.currentTime(), 2);
});

test('one deadline over both', async task => {
    Mixed.take_trace();
    const error = await raised(() => Anyio.withTimeout(2, inner => Anyio.withTaskGroup(async tg => {
        Mixed.start_fiber(tg.native, 'c', 5, null);
        tg.startSoon(child => Anyio.sleep(5, child));
    }, inner), task));
    isError(error, Gio.IOErrorEnum.TIMED_OUT);
    equal(Mixed.take_trace(), 'c+ c@2 c!');
});

test('the failures of both as a list', async task => {
    let failures;
    await raised(() => Anyio.withTaskGroup(async tg => {
        ({failures} = tg.native);
        Mixed.start_fiber(tg.native, 'c', 1, 'theirs');
        tg.startSoon(async child => {
            try {
                await Anyio.sleepForever(child);
            } finally {
                throw new TypeError('ours');
            }
        }, 'js');
    }, task));
    await Anyio.sleep(0, task);
    equal(items(failures).map(each => `${each.taskName}: ${each.message}`), ['c: theirs', 'js: TypeError: ours']);
    isError(items(failures).find(each => each.taskName === 'c').error, Gio.IOErrorEnum.NOT_FOUND);
});

test('our tasks in a group of C', async task => {
    const [host, group] = await openHost(task);
    const ours = Anyio.startIn(group, child => Anyio.sleep(2, child), 'js');
    Mixed.start_fiber(group, 'c', 1, null);
    await Anyio.sleep(0.5, task);
    equal(items(group).map(each => each.name), ['js', 'c']);
    equal(items(group).map(each => each.parent.name), ['host', 'host']);
    const all = items(Anyio.get_running_tasks()).map(each => each.name);
    ok(['host', 'js', 'c'].every(name => all.includes(name)), `${all}`);
    await join(host, task);
    equal(ours.status, Anyio.TaskStatus.FINISHED);
    equal(Mixed.take_trace(), 'c+ c- joined');
});

test('our errors in a group of C', async task => {
    let [host, group] = await openHost(task);
    Anyio.startIn(group, async child => {
        await Anyio.sleep(1, child);
        throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE, 'full');
    });
    Mixed.start_fiber(group, 'c', 5, null);
    let error = await raised(() => join(host, task));
    isError(error, Gio.IOErrorEnum.NO_SPACE);
    equal(error.message, 'full');
    equal(Mixed.take_trace(), 'c+ c! failed');
    [host, group] = await openHost(task);
    Anyio.startIn(group, async () => {
        throw new TypeError('ours');
    });
    error = await raised(() => join(host, task));
    isError(error, Gio.IOErrorEnum.FAILED);
    equal(error.message, 'TypeError: ours');
});

test('a group of C is cancelled from here, and by its deadline', async task => {
    let [host, group] = await openHost(task);
    let ours = Anyio.startIn(group, child => Anyio.sleep(5, child));
    Mixed.start_fiber(group, 'c', 5, null);
    await Anyio.sleep(1, task);
    group.cancel('from JavaScript');
    await join(host, task);
    equal(ours.status, Anyio.TaskStatus.CANCELLED);
    equal(Mixed.take_trace(), 'c+ c! joined');
    [host, group] = await openHost(task, 2);
    ours = Anyio.startIn(group, child => Anyio.sleep(5, child));
    const error = await raised(() => join(host, task));
    isError(error, Gio.IOErrorEnum.TIMED_OUT);
    equal(ours.status, Anyio.TaskStatus.CANCELLED);
});

await done();
