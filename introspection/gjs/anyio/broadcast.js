// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported BroadcastStream */

// A broadcast stream: each receiver sees every item that is sent while it is subscribed, and says what happens when its buffer is full.
//
// An item goes to all receivers in the same breath, or to none yet: a sender waits until those that want to be waited for have room. So a send that was cancelled has
// reached nobody. While senders wait, some receiver has no room. The stream knows its receivers, so one that is dropped unclosed stays subscribed.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, WaitQueue} = imports.anyio.queue;
const {succeedOrFail, items, makeEndOfStream} = imports.anyio.streams;

const OVERFLOWS = ['block', 'drop-oldest', 'drop-newest', 'latest', 'fail']; // as in C

function makeClosed(what) {
    return errors.ioError('CLOSED', `${what} is closed`);
}

class BroadcastReceiveStream {
    constructor(stream, size, overflow) {
        this._stream = stream;
        this._size = overflow === 'latest' ? 1 : size;
        this._overflow = overflow;
        this._buffer = [];
        this._receivers = new WaitQueue();
        this._isClosed = false;
        this._nDropped = 0;
        this._nUntold = 0; // of these; with 'fail'
    }

    _canTake() {
        return this._overflow !== 'block' || this._receivers.first !== null || this._buffer.length < this._size;
    }

    _put(item) {
        const receiver = this._receivers.shift();
        if (receiver !== null) {
            receiver.serve(item);
            return;
        }
        if (this._buffer.length === this._size) {
            this._nDropped++;
            if (this._overflow === 'fail')
                this._nUntold++;
            if (this._overflow === 'drop-newest')
                return;
            this._buffer.shift();
        }
        this._buffer.push(item);
    }

    _attempt() {
        if (this._isClosed)
            throw makeClosed('This receiver');
        if (this._nUntold > 0) {
            const message = `${this._nUntold} items were lost, because the buffer was full`;
            this._nUntold = 0;
            throw new GLib.Error(library.Native.Error, library.Native.Error.LAGGED, message);
        }
        if (this._buffer.length > 0) {
            const item = this._buffer.shift();
            this._stream._sendWaiting();
            return item;
        }
        if (this._stream._isClosed)
            throw makeEndOfStream();
        return NOT_NOW;
    }

    get isClosed() {
        return this._isClosed;
    }

    /* How many items it has missed. */
    get dropped() {
        return this._nDropped;
    }

    receive(context) {
        const task = tasks.taskOf(context, 'BroadcastReceiveStream.receive');
        return succeedOrFail(task, () => this._attempt(), this._receivers);
    }

    receiveNowait() {
        const value = this._attempt();
        if (value === NOT_NOW)
            throw errors.ioError('WOULD_BLOCK', 'The stream is empty');
        return value;
    }

    toReceive() {
        return {queue: this._receivers, attempt: () => this._attempt()};
    }

    items(context) {
        return items(this, context);
    }

    close() {
        if (this._isClosed)
            return;
        this._isClosed = true;
        this._buffer = [];
        this._stream._streams.delete(this);
        this._receivers.failAll(() => makeClosed('This receiver'));
        this._stream._sendWaiting();
    }
}

var BroadcastStream = class BroadcastStream {
    constructor() {
        this._streams = new Set();
        this._senders = new WaitQueue(); // data: the item
        this._isClosed = false;
    }

    /* Whether the item went to all. */
    _put(item) {
        for (const stream of this._streams) {
            if (!stream._canTake())
                return false;
        }
        for (const stream of this._streams)
            stream._put(item);
        return true;
    }

    _sendWaiting() {
        while (this._senders.first !== null && this._put(this._senders.first.data))
            this._senders.shift().serve();
    }

    _attempt(item) {
        if (this._isClosed)
            throw makeClosed('The stream');
        return this._put(item) ? undefined : NOT_NOW;
    }

    // --- public ---

    get isClosed() {
        return this._isClosed;
    }

    get statistics() {
        return {openReceiveStreams: this._streams.size, tasksWaitingSend: this._senders.length};
    }

    subscribe(size, overflow = 'block') {
        if (this._isClosed)
            throw makeClosed('The stream');
        if (!(size === Infinity || (Number.isInteger(size) && size > 0)))
            throw new RangeError(`A receiver has a buffer of 1 item or more, or Infinity, not ${size}`);
        if (!OVERFLOWS.includes(overflow))
            throw new TypeError(`When the buffer is full: ${OVERFLOWS.map(name => `"${name}"`).join(', ')}, not ${overflow}`);
        const stream = new BroadcastReceiveStream(this, size, overflow);
        this._streams.add(stream);
        return stream;
    }

    send(item, context) {
        const task = tasks.taskOf(context, 'BroadcastStream.send');
        return succeedOrFail(task, () => this._attempt(item), this._senders, item);
    }

    sendNowait(item) {
        if (this._attempt(item) === NOT_NOW)
            throw errors.ioError('WOULD_BLOCK', 'A receiver is full');
    }

    toSend(item) {
        return {queue: this._senders, data: item, attempt: () => this._attempt(item)};
    }

    close() {
        if (this._isClosed)
            return;
        this._isClosed = true;
        this._senders.failAll(() => makeClosed('The stream'));
        for (const stream of this._streams)
            stream._receivers.failAll(makeEndOfStream);
    }
};
