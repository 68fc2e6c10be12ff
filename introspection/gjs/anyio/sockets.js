// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported SocketStream, SocketListener, connectTcp, connectUnix, createTcpListener, createUnixListener */

// Sockets: streams of bytes, and listeners. They are the C library's; what has come already is received at once, and who has to wait awaits the operation of the library.

const {Gio, GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const tasks = imports.anyio.tasks;
const {begin} = imports.anyio.operations;
const {succeed} = imports.anyio.queue;
const {CancelScope} = imports.anyio.scopes;
const {TaskGroup} = imports.anyio.groups;
const {isStopRequested, waitStopRequested} = imports.anyio.stop;

const CHUNK = 65536;

/* The operation of the library, for whom context stands for. */
function awaitNative(where, object, name, args, context) {
    const task = tasks.taskOf(context, where);
    return task._isCancelled ? tasks.yieldAndFail(task) : begin(task, object, name, args, false);
}

var SocketStream = class SocketStream {
    /* native: the object of the library. */
    constructor(native) {
        this.native = native;
        this._isReceiving = false;
        this._isSending = false;
    }

    _tryReceive(maxBytes) {
        try {
            return this.native.receive_nowait(maxBytes);
        } catch (error) {
            if (error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK))
                return null;
            throw error;
        }
    }

    async _receive(maxBytes, task) {
        this._isReceiving = true;
        try {
            const now = this._tryReceive(maxBytes);
            const bytes = now !== null ? await succeed(task, now) : await begin(task, this.native, 'receive_async', [maxBytes], false);
            return bytes.get_size() > 0 ? bytes.toArray() : null;
        } finally {
            this._isReceiving = false;
        }
    }

    /* At least one byte; null at the end of the stream. */
    async receive(maxBytes, context) {
        const task = tasks.taskOf(context, 'SocketStream.receive');
        if (!(maxBytes >= 1))
            throw new RangeError(`At least 1 byte is received, not ${maxBytes}`);
        if (this._isReceiving)
            throw errors.ioError('PENDING', 'Another task is already receiving from this stream');
        return task._isCancelled ? tasks.yieldAndFail(task) : this._receive(Math.min(maxBytes, CHUNK), task);
    }

    /* For "for await", until the end of the stream. */
    items(context) {
        const task = tasks.taskOf(context, 'SocketStream.items');
        const stream = this;
        return {
            [Symbol.asyncIterator]() {
                return this;
            },
            async next() {
                const chunk = await stream.receive(CHUNK, task);
                return chunk !== null ? {done: false, value: chunk} : {done: true, value: undefined};
            },
        };
    }

    /* All of data, which is bytes, or text that is sent as UTF-8. */
    async send(data, context) {
        const task = tasks.taskOf(context, 'SocketStream.send');
        const array = typeof data === 'string' ? new TextEncoder().encode(data) : data;
        if (!(array instanceof Uint8Array))
            throw new TypeError(`A stream sends a Uint8Array or a string, not ${data}`);
        if (this._isSending)
            throw errors.ioError('PENDING', 'Another task is already sending to this stream');
        this._isSending = true;
        try {
            await awaitNative('SocketStream.send', this.native, 'send_async', [new GLib.Bytes(array)], task);
        } finally {
            this._isSending = false;
        }
    }

    async sendEof(context) {
        await awaitNative('SocketStream.sendEof', this.native, 'send_eof_async', [], context);
    }

    close() {
        this.native.close_now();
    }

    get isClosed() {
        return this.native.is_closed();
    }

    get localAddress() {
        return this.native.get_local_address();
    }

    get remoteAddress() {
        return this.native.get_remote_address();
    }
};

/* One connection of a server whose others go on when it fails. */
async function runConnection(handler, stream, task) {
    try {
        await errors.callAsync(() => handler(stream, task));
    } catch (error) {
        if (errors.isOurs(error, task))
            throw error;
        roots.report(task.name, error);
    } finally {
        stream.close();
    }
}

var SocketListener = class SocketListener {
    /* native: the object of the library. */
    constructor(native) {
        this.native = native;
    }

    async accept(context) {
        return new SocketStream(await awaitNative('SocketListener.accept', this.native, 'accept_async', [], context));
    }

    /* Runs handler (stream, task) for each connection, until a soft stop is requested; then waits for those that there are. */
    async serve(handler, context) {
        const task = tasks.taskOf(context, 'SocketListener.serve');
        errors.checkFunction(handler, 'SocketListener.serve');
        await new TaskGroup()._run(async tg => {
            const accepting = new CancelScope();
            const watcher = tg.startSoon(async child => {
                await waitStopRequested(child);
                accepting.cancel('a stop was requested');
            }, 'serve');
            await accepting.run(async scope => {
                while (!isStopRequested(scope)) {
                    const stream = await this.accept(scope);
                    tg.startSoon(child => runConnection(handler, stream, child), handler.name || 'connection');
                }
            }, tg);
            watcher.cancel();
        }, task);
    }

    close() {
        this.native.close_now();
    }

    get isClosed() {
        return this.native.is_closed();
    }

    get localAddress() {
        return this.native.get_local_address();
    }

    /* 0 for a UNIX socket. */
    get localPort() {
        return this.native.get_local_port();
    }
};

/* localHost: an address of this machine, as text. */
async function connectTcp(host, port, context, {localHost = null, happyEyeballsDelay = 0.25} = {}) {
    const localAddress = localHost !== null ? Gio.InetSocketAddress.new_from_string(localHost, 0) : null;
    if (localHost !== null && localAddress === null)
        throw new TypeError(`"${localHost}" is no address`);
    errors.checkSeconds(happyEyeballsDelay);
    return new SocketStream(await awaitNative('Anyio.connectTcp', library.Native, 'connect_tcp_from_async', [localAddress, host, port, happyEyeballsDelay], context));
}

async function connectUnix(path, context) {
    return new SocketStream(await awaitNative('Anyio.connectUnix', library.Native, 'connect_unix_async', [path], context));
}

/* Without localHost: at all addresses of this machine. */
async function createTcpListener(context, {localHost = null, localPort = 0, reusePort = false} = {}) {
    const flags = reusePort ? library.Native.ListenFlags.REUSE_PORT : library.Native.ListenFlags.NONE;
    return new SocketListener(await awaitNative('Anyio.createTcpListener', library.Native, 'create_tcp_listener_async', [localHost, localPort, flags], context));
}

/* Needs no time. */
function createUnixListener(path, {mode = -1} = {}) {
    return new SocketListener(library.NativeClass.SocketListener.new_unix(path, mode));
}
