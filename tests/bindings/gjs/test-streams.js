// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Anyio from 'gi://Anyio';
import System from 'system';
import {test, testOutside, testSeeds, done, equal, ok, raised} from './tap.js';

const isIo = (error, code) => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum[code]);
const isEnd = error => error.matches(Anyio.Error, Anyio.Error.END_OF_STREAM);

// --- memory object streams ---------------------------------------------------------------------------------------------------------------------

test('items come in order, and the last close ends the stream', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(2);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            for (const item of [1, null, undefined, 'four', 0]) {
                await send.send(item, child);
                trace.push(`sent ${item}`);
            }
            send.close();
        });
        for await (const item of receive.items(tg))
            trace.push(item);
    }, task);
    equal(trace.filter(item => !String(item).startsWith('sent')), [1, null, undefined, 'four', 0]);
    ok(trace.indexOf('sent four') > trace.indexOf(1), 'the sender waited for room');
    ok(isEnd(await raised(() => receive.receive(task))));
    ok(isEnd(await raised(() => receive.receiveNowait())));
});

test('a size of 0 is a rendezvous', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        ok(isIo(await raised(() => send.sendNowait(1)), 'WOULD_BLOCK'));
        tg.startSoon(async child => {
            await send.send(1, child);
            trace.push(`taken at ${Math.round(Anyio.currentTime() - begin)}`);
        });
        const begin = Anyio.currentTime();
        await Anyio.sleep(1, tg);
        equal(receive.receiveNowait(), 1);
        ok(isIo(await raised(() => receive.receiveNowait()), 'WOULD_BLOCK'));
        tg.startSoon(async child => trace.push(await receive.receive(child)));
        await Anyio.sleep(1, tg);
        send.sendNowait(2);
    }, task);
    equal(trace, ['taken at 1', 2]);
});

test('each item goes to one receiver, first come first served', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        for (const name of ['a', 'b', 'c'])
            tg.startSoon(async child => trace.push(name + await receive.receive(child)));
        await Anyio.sleep(1, tg);
        for (const item of [1, 2, 3])
            await send.send(item, tg);
    }, task);
    equal(trace, ['a1', 'b2', 'c3']);
});

test('waiting senders move up in order', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(1);
    await Anyio.withTaskGroup(async tg => {
        for (const item of [1, 2, 3])
            tg.startSoon(child => send.send(item, child));
        await Anyio.sleep(1, tg);
        equal(receive.statistics, {
            currentBufferUsed: 1, maxBufferSize: 1, openSendStreams: 1, openReceiveStreams: 1, tasksWaitingSend: 2, tasksWaitingReceive: 0,
        });
        equal([receive.receiveNowait(), receive.receiveNowait(), receive.receiveNowait()], [1, 2, 3]);
    }, task);
});

test('an item that was handed over has arrived, whatever is cancelled then', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const receiver = tg.startSoon(async child => trace.push(`received ${await receive.receive(child)}`));
        await Anyio.sleep(1, tg);
        send.sendNowait(1);
        receiver.cancel();
        await receiver.wait(tg);
        const sender = tg.startSoon(async child => {
            await send.send(2, child);
            trace.push('sent');
        });
        await Anyio.sleep(1, tg);
        equal(receive.receiveNowait(), 2);
        sender.cancel();
    }, task);
    equal(trace, ['received 1', 'sent']);
});

test('who is cancelled first neither gives nor takes', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        const first = tg.startSoon(async child => trace.push(`a${await receive.receive(child)}`));
        tg.startSoon(async child => trace.push(`b${await receive.receive(child)}`));
        await Anyio.sleep(1, tg);
        first.cancel();
        send.sendNowait(1);
        const sender = tg.startSoon(child => send.send(2, child));
        await Anyio.sleep(1, tg);
        sender.cancel();
        ok(isIo(await raised(() => receive.receiveNowait()), 'WOULD_BLOCK'));
        await Anyio.moveOnAfter(0, async inner => {
            await raised(() => send.send(3, inner));
            await raised(() => receive.receive(inner));
        }, tg);
        equal([send.statistics.tasksWaitingSend, send.statistics.tasksWaitingReceive], [0, 0]);
    }, task);
    equal(trace, ['b1']);
});

testSeeds('no item is lost or doubled, whoever is cancelled when', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(1);
    const sent = [];
    const received = [];
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 100; i++) {
            tg.startSoon(child => Anyio.moveOnAfter((i * 7) % 13, async inner => {
                await send.send(i, inner);
                sent.push(i);
            }, child));
            tg.startSoon(async child => {
                await Anyio.sleep((i * 5) % 11, child);
                await Anyio.moveOnAfter((i * 3) % 5, async inner => received.push(await receive.receive(inner)), child);
            });
        }
    }, task);
    ok(received.length > 30 && received.length < 100, `${received.length} received`);
    try {
        for (;;)
            received.push(receive.receiveNowait());
    } catch (error) {
        ok(isIo(error, 'WOULD_BLOCK'));
    }
    equal(received.sort((a, b) => a - b), sent.sort((a, b) => a - b));
});

test('closing: the last sender ends the stream, the last receiver breaks it', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const other = send.clone();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => ok(isEnd(await raised(() => receive.receive(child)))));
        await Anyio.sleep(1, tg);
        send.close();
        send.close();
        equal(receive.statistics.openSendStreams, 1);
        await Anyio.sleep(1, tg);
        equal(receive.statistics.tasksWaitingReceive, 1);
        other.close();
    }, task);

    const next = Anyio.createMemoryObjectStream(0);
    const clone = next.receive.clone();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => ok(isIo(await raised(() => next.send.send(1, child)), 'BROKEN_PIPE')));
        await Anyio.sleep(1, tg);
        next.receive.close();
        await Anyio.sleep(1, tg);
        equal(next.send.statistics.tasksWaitingSend, 1);
        clone.close();
    }, task);
    ok(isIo(await raised(() => next.send.sendNowait(1)), 'BROKEN_PIPE'));
});

test('one\'s own end: CLOSED, also for who is blocked on that clone', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const clone = receive.clone();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => ok(isIo(await raised(() => clone.receive(child)), 'CLOSED')));
        tg.startSoon(async child => trace.push(await receive.receive(child)));
        await Anyio.sleep(1, tg);
        clone.close();
        await send.send(1, tg);
    }, task);
    equal(trace, [1]);
    ok(isIo(await raised(() => clone.receive(task)), 'CLOSED'));
    ok(isIo(await raised(() => clone.clone()), 'CLOSED'));
    send.close();
    ok(isIo(await raised(() => send.send(1, task)), 'CLOSED'));
    ok(await raised(() => Anyio.createMemoryObjectStream()) instanceof RangeError);
});

// GJS 1.74 never calls back a FinalizationRegistry.
if (System.version >= 18200) {
    testOutside('an end that is dropped unclosed is closed after its collection', async () => {
        const path = GLib.build_filenamev([GLib.get_tmp_dir(), `anyio-dropped-${GLib.random_int()}.js`]);
        GLib.file_set_contents(path, `
            import Anyio from 'gi://Anyio';
            import System from 'system';
            let receive;
            (() => {
                const ends = Anyio.createMemoryObjectStream(1);
                receive = ends.receive;
                ends.send.sendNowait('item');
            })();
            await Anyio.run(async task => {
                for (let i = 0; i < 5; i++) {
                    await Anyio.sleep(0.01, task);
                    System.gc();
                }
                print(await receive.receive(task));
                await receive.receive(task).catch(error => print(error.message));
            });`);
        const [, output, log] = GLib.spawn_command_line_sync(`gjs -m ${path}`);
        GLib.unlink(path);
        equal(new TextDecoder().decode(output), 'item\nAll senders have closed the stream\n');
        ok(new TextDecoder().decode(log).includes('dropped without close()'));
    });
}

// --- broadcast ---------------------------------------------------------------------------------------------------------------------------------

test('every receiver sees every item, as it wants it', async task => {
    const broadcast = new Anyio.BroadcastStream();
    await broadcast.send('nobody', task);
    const all = broadcast.subscribe(Infinity);
    const newest = broadcast.subscribe(2, 'drop-oldest');
    const oldest = broadcast.subscribe(2, 'drop-newest');
    const latest = broadcast.subscribe(2, 'latest');
    const told = broadcast.subscribe(2, 'fail');
    for (const item of [1, 2, 3, 4])
        await broadcast.send(item, task);
    broadcast.close();
    const read = async stream => {
        const items = [];
        for await (const item of stream.items(task))
            items.push(item);
        return items;
    };
    equal([await read(all), await read(newest), await read(oldest)], [[1, 2, 3, 4], [3, 4], [1, 2]]);
    equal(await read(latest), [4]);
    const error = await raised(() => told.receive(task));
    ok(error.matches(Anyio.Error, Anyio.Error.LAGGED) && error.message.startsWith('2 items'));
    equal(await read(told), [3, 4]);
    equal([all.dropped, newest.dropped, oldest.dropped], [0, 2, 2]);
    ok(isIo(await raised(() => broadcast.send(5, task)), 'CLOSED'));
});

test('a sender waits for those that want it, and reaches all or none', async task => {
    const broadcast = new Anyio.BroadcastStream();
    const slow = broadcast.subscribe(1);
    const fast = broadcast.subscribe(5);
    await Anyio.withTaskGroup(async tg => {
        await broadcast.send(1, tg);
        ok(isIo(await raised(() => broadcast.sendNowait(2)), 'WOULD_BLOCK'));
        const scope = await Anyio.moveOnAfter(1, inner => broadcast.send(2, inner), tg);
        ok(scope.cancelledCaught);
        equal(fast.receiveNowait(), 1);
        ok(isIo(await raised(() => fast.receiveNowait()), 'WOULD_BLOCK'));
        tg.startSoon(child => broadcast.send(3, child));
        tg.startSoon(child => broadcast.send(4, child));
        await Anyio.sleep(1, tg);
        equal(broadcast.statistics, {openReceiveStreams: 2, tasksWaitingSend: 2});
        equal([slow.receiveNowait(), fast.receiveNowait()], [1, 3]);
        await Anyio.sleep(1, tg);
        slow.close();
        equal(broadcast.statistics, {openReceiveStreams: 1, tasksWaitingSend: 0});
        equal(await fast.receive(tg), 4);
        tg.startSoon(async child => ok(isIo(await raised(() => fast.receive(child)), 'CLOSED')));
        await Anyio.sleep(1, tg);
        fast.close();
    }, task);
});

// --- select ------------------------------------------------------------------------------------------------------------------------------------

test('select() does one of what is possible', async task => {
    const a = Anyio.createMemoryObjectStream(9);
    const b = Anyio.createMemoryObjectStream(9);
    for (let i = 0; i < 4; i++) {
        a.send.sendNowait(`a${i}`);
        b.send.sendNowait(`b${i}`);
    }
    const counts = [0, 0];
    for (let i = 0; i < 4; i++) {
        const {index, value} = await Anyio.select([a.receive.toReceive(), b.receive.toReceive()], task);
        equal(value[0], 'ab'[index]);
        counts[index]++;
    }
    equal(counts, [2, 2]);
    equal(a.receive.statistics.currentBufferUsed + b.receive.statistics.currentBufferUsed, 4);
});

test('select() waits for several, and the others are untouched', async task => {
    const a = Anyio.createMemoryObjectStream(0);
    const b = Anyio.createMemoryObjectStream(0);
    const event = new Anyio.Event();
    const lock = new Anyio.Lock();
    await Anyio.withTaskGroup(async tg => {
        await lock.acquire(tg);
        const wait = child => Anyio.select([a.receive.toReceive(), b.send.toSend('item'), event.toWait(), lock.toAcquire(), Anyio.toSleep(5)], child);
        const first = tg.startSoon(wait);
        await Anyio.sleep(1, tg);
        equal(b.receive.receiveNowait(), 'item');
        ok(isIo(await raised(() => a.send.sendNowait(1)), 'WOULD_BLOCK'), 'the same turn');
        equal(await first.result(tg), {index: 1});
        equal([a.send.statistics.tasksWaitingReceive, b.send.statistics.tasksWaitingSend, event.tasksWaiting, lock.tasksWaiting], [0, 0, 0, 0]);

        const second = tg.startSoon(wait);
        await Anyio.sleep(1, tg);
        lock.release(tg);
        event.set();
        equal((await second.result(tg)).index, 3);

        const begin = Anyio.currentTime();
        equal(await Anyio.select([a.receive.toReceive(), Anyio.toSleep(7), Anyio.toSleep(5)], tg), {index: 2});
        equal(Math.round(Anyio.currentTime() - begin), 5);
    }, task);
});

test('a select() that is cancelled has done nothing; one that fails tells', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const scope = await Anyio.moveOnAfter(1, inner => Anyio.select([receive.toReceive(), Anyio.toSleep(3)], inner), task);
    ok(scope.cancelledCaught);
    ok(isIo(await raised(() => send.sendNowait(1)), 'WOULD_BLOCK'));
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => ok(isEnd(await raised(() => Anyio.select([Anyio.toSleep(3), receive.toReceive()], child)))));
        await Anyio.sleep(1, tg);
        send.close();
    }, task);
    ok(await raised(() => Anyio.select([], task)) instanceof TypeError);
});

test('a select() that has its result keeps it, whatever is cancelled then', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    const begin = Anyio.currentTime();
    await Anyio.withTaskGroup(async tg => {
        const child = tg.startSoon(async inner => {
            const {value} = await Anyio.select([receive.toReceive(), Anyio.toSleep(9)], inner);
            await Anyio.shielded(shield => Anyio.sleep(1, shield), inner);
            return value;
        });
        await Anyio.sleep(1, tg);
        send.sendNowait('item');
        child.cancel();
        equal(await child.result(tg), 'item');
    }, task);
    equal(Math.round(Anyio.currentTime() - begin), 2);
});

testSeeds('each select() does one thing or none, whoever is cancelled when', async task => {
    const streams = [0, 1, 3].map(Anyio.createMemoryObjectStream);
    const given = [];
    const taken = [];
    await Anyio.withTaskGroup(async tg => {
        for (let i = 0; i < 60; i++) {
            tg.startSoon(child => Anyio.moveOnAfter((i * 7) % 11, async inner => {
                await Anyio.select(streams.map(({send}) => send.toSend(i)), inner);
                given.push(i);
            }, child));
            tg.startSoon(async child => {
                await Anyio.sleep((i * 5) % 7, child);
                await Anyio.moveOnAfter((i * 3) % 4, async inner => {
                    taken.push((await Anyio.select(streams.map(({receive}) => receive.toReceive()), inner)).value);
                }, child);
            });
        }
    }, task);
    for (const {receive} of streams) {
        while (receive.statistics.currentBufferUsed > 0)
            taken.push(receive.receiveNowait());
        equal([receive.statistics.tasksWaitingSend, receive.statistics.tasksWaitingReceive], [0, 0]);
    }
    ok(taken.length > 20, `${taken.length} taken`);
    equal(taken.sort((a, b) => a - b), given.sort((a, b) => a - b));
});

testSeeds('two select() meet', async task => {
    const {send, receive} = Anyio.createMemoryObjectStream(0);
    await Anyio.withTaskGroup(async tg => {
        const both = child => Anyio.select([send.toSend(child.name), receive.toReceive()], child);
        const [a, b] = [tg.startSoon(both, 'a'), tg.startSoon(both, 'b')];
        const outcomes = [await a.result(tg), await b.result(tg)];
        equal(outcomes.map(({index}) => index).sort(), [0, 1]);
        ok(outcomes.some(({index, value}) => index === 1 && value === (outcomes[0].index === 0 ? 'a' : 'b')));
    }, task);
});

await done();
