// SPDX-License-Identifier: LGPL-2.1-or-later

// Streams of bytes and sockets (SEMANTICS 8.3, 8.4, 8.6, 8.7). The clock is virtual, the sockets are real.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import {test, testSeeds, done, equal, ok, raised} from './tap.js';

const is = (error, name) => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum[name]);
const text = chunk => (chunk !== null ? new TextDecoder().decode(chunk) : null);
const makePair = () => Anyio.SocketStream.new_pair().filter(each => typeof each === 'object').map(each => new Anyio.SocketStream(each));
const echo = async (stream, task) => {
    for await (const chunk of stream.items(task))
        await stream.send(chunk, task);
};

/* What is told to the background error handler meanwhile. */
async function gatherErrors(func) {
    const told = [];
    Anyio.setBackgroundErrorHandler((name, error) => told.push(`${name}: ${error.message}`));
    try {
        await func();
    } finally {
        Anyio.setBackgroundErrorHandler(null);
    }
    return told;
}

// --- streams -----------------------------------------------------------------------------------------------------------------------------------

test('receiving waits, takes what there is, at most so much, and ends with null', async task => {
    const [one, other] = makePair();
    const trace = [];
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            trace.push(text(await other.receive(99, child)));
            await Anyio.sleep(1, child);
            trace.push(text(await other.receive(3, child)), text(await other.receive(99, child)), await other.receive(99, child), await other.receive(99, child));
        });
        await Anyio.sleep(1, tg);
        equal(trace, []);
        await one.send('first', tg);
        await one.send('', tg);
        await one.send(new TextEncoder().encode('second'), tg);
        await one.sendEof(tg);
        await one.sendEof(tg);
        ok(is(await raised(() => one.send('x', tg)), 'CLOSED'));
    }, task);
    equal(trace, ['first', 'sec', 'ond', null, null]);
    await other.send('the other way', task);
    equal(text(await one.receive(99, task)), 'the other way');
    one.close();
    other.close();
});

testSeeds('a sender waits for one who takes', async task => {
    const [one, other] = makePair();
    const size = 3000000;
    let received = 0;
    let isSent = false;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await one.send(new Uint8Array(size), child);
            isSent = true;
            one.close();
        });
        await Anyio.sleep(1, tg);
        ok(!isSent);
        for await (const chunk of other.items(tg)) {
            ok(chunk instanceof Uint8Array && chunk.length <= 65536);
            received += chunk.length;
        }
    }, task);
    equal([received, isSent], [size, true]);
    other.close();
});

test('closing tells who waits, and who comes after', async task => {
    const [one, other] = makePair();
    await Anyio.withTaskGroup(async tg => {
        const waiting = tg.startSoon(child => raised(() => one.receive(9, child)));
        await Anyio.sleep(1, tg);
        ok(!one.isClosed);
        one.close();
        one.close();
        ok(one.isClosed);
        ok(is(await waiting.result(tg), 'CLOSED'));
    }, task);
    for (const name of ['receive', 'send', 'sendEof']) {
        const args = {receive: [9], send: ['x'], sendEof: []}[name];
        ok(is(await raised(() => one[name](...args, task)), 'CLOSED'), name);
    }
    equal(await other.receive(9, task), null);
    const error = await raised(() => other.send('x', task));
    ok(is(error, 'BROKEN_PIPE') && error.message.includes('Broken pipe'));
    other.close();
});

test('one receives and one sends', async task => {
    const [one, other] = makePair();
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => one.receive(9, child));
        tg.startSoon(child => one.send(new Uint8Array(3000000), child));
        await Anyio.sleep(1, tg);
        ok(is(await raised(() => one.receive(9, tg)), 'PENDING'));
        ok(is(await raised(() => one.send('x', tg)), 'PENDING'));
        tg.cancel();
    }, task);
    one.close();
    other.close();
});

test('a cancelled receiver has received nothing', async task => {
    const [one, other] = makePair();
    const scope = await Anyio.moveOnAfter(1, inner => one.receive(9, inner), task);
    ok(scope.cancelledCaught);
    await other.send('kept', task);
    await new Anyio.CancelScope().run(async inner => {
        inner.cancel();
        ok(Anyio.isCancelled(await raised(() => one.receive(9, inner))));
        ok(Anyio.isCancelled(await raised(() => one.send('x', inner))));
    }, task);
    equal(text(await one.receive(9, task)), 'kept');
    one.close();
    other.close();
});

test('arguments', async task => {
    const [one, other] = makePair();
    ok(await raised(() => one.send(3, task)) instanceof TypeError);
    ok(await raised(() => one.receive(0, task)) instanceof RangeError);
    ok(await raised(() => one.receive(9)) instanceof TypeError);
    ok(await raised(() => Anyio.connectTcp('127.0.0.1', 1, task, {localHost: 'name'})) instanceof TypeError);
    ok(one instanceof Anyio.SocketStream && !(other instanceof Anyio.SocketListener));
    one.close();
    other.close();
});

// --- sockets -----------------------------------------------------------------------------------------------------------------------------------

test('TCP', async task => {
    const listener = await Anyio.createTcpListener(task, {localHost: '127.0.0.1'});
    const client = await Anyio.connectTcp('localhost', listener.localPort, task, {localHost: '127.0.0.1'});
    const server = await listener.accept(task);
    await client.send('hello', task);
    equal(text(await server.receive(9, task)), 'hello');
    equal([client.remoteAddress.get_port(), client.localAddress.get_port()], [listener.localAddress.get_port(), server.remoteAddress.get_port()]);
    ok(is(await raised(() => Anyio.createTcpListener(task, {localHost: '127.0.0.1', localPort: listener.localPort})), 'ADDRESS_IN_USE'));
    const waiting = await Anyio.moveOnAfter(1, scope => listener.accept(scope), task);
    ok(waiting.cancelledCaught);
    listener.close();
    ok(listener.isClosed);
    ok(is(await raised(() => listener.accept(task)), 'CLOSED'));
    ok(is(await raised(() => Anyio.connectTcp('127.0.0.1', listener.localPort, task)), 'CONNECTION_REFUSED'));
    client.close();
    server.close();
});

test('UNIX', async task => {
    const folder = GLib.Dir.make_tmp('anyio-XXXXXX');
    const path = `${folder}/socket`;
    ok(is(await raised(() => Anyio.connectUnix(path, task)), 'NOT_FOUND'));
    const listener = Anyio.createUnixListener(path, {mode: 0o600});
    const client = await Anyio.connectUnix(path, task);
    const server = await listener.accept(task);
    await server.send('hello', task);
    equal(text(await client.receive(9, task)), 'hello');
    listener.close();
    ok(!GLib.file_test(path, GLib.FileTest.EXISTS));
    GLib.rmdir(folder);
    client.close();
    server.close();
});

// --- serving -----------------------------------------------------------------------------------------------------------------------------------

testSeeds('a server stops softly: the connections that there are go on', async task => {
    const listener = await Anyio.createTcpListener(task, {localHost: '127.0.0.1'});
    let isOver = false;
    await Anyio.withTaskGroup(async tg => {
        tg.startSoon(async child => {
            await listener.serve(echo, child);
            isOver = true;
        });
        const ask = async (stream, what) => {
            await stream.send(what, tg);
            equal(text(await stream.receive(99, tg)), what);
        };
        const stream = await Anyio.connectTcp('127.0.0.1', listener.localPort, tg);
        await ask(stream, 'before');
        tg.cancelScope.requestStop(Infinity);
        await Anyio.sleep(1, tg);
        await ask(stream, 'after');
        const late = await Anyio.connectTcp('127.0.0.1', listener.localPort, tg);
        const scope = await Anyio.moveOnAfter(1, inner => late.receive(9, inner), tg);
        ok(scope.cancelledCaught);
        ok(!isOver);
        stream.close();
        late.close();
    }, task);
    ok(isOver);
    listener.close();
});

test('a connection that fails is closed and told to the background error handler', async task => {
    const listener = await Anyio.createTcpListener(task, {localHost: '127.0.0.1'});
    const told = await gatherErrors(() => Anyio.withTaskGroup(async tg => {
        tg.startSoon(child => listener.serve(async function talk(stream, inner) {
            if (text(await stream.receive(9, inner)) === 'bad')
                throw new Error('a bad word');
            await stream.send('good', inner);
        }, child));
        const [good, bad] = [await Anyio.connectTcp('127.0.0.1', listener.localPort, tg), await Anyio.connectTcp('127.0.0.1', listener.localPort, tg)];
        await bad.send('bad', tg);
        equal(await bad.receive(9, tg), null);
        await good.send('ok', tg);
        equal([text(await good.receive(9, tg)), await good.receive(9, tg)], ['good', null]);
        good.close();
        bad.close();
        tg.cancelScope.requestStop(Infinity);
    }, task));
    equal(told, ['talk: a bad word']);
    listener.close();
});

test('a closed listener ends the server, and its connections', async task => {
    const listener = await Anyio.createTcpListener(task, {localHost: '127.0.0.1'});
    await Anyio.withTaskGroup(async tg => {
        const serving = tg.startSoon(child => raised(() => listener.serve(echo, child)));
        const stream = await Anyio.connectTcp('127.0.0.1', listener.localPort, tg);
        await stream.send('x', tg);
        equal(text(await stream.receive(9, tg)), 'x');
        listener.close();
        equal(await stream.receive(9, tg), null);
        ok(is(await serving.result(tg), 'CLOSED'));
        stream.close();
    }, task);
});

await done();
