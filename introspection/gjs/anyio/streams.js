// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported SendStream, ReceiveStream, createMemoryObjectStream, succeedOrFail, items, addItems, makeEndOfStream */

// Memory object streams: items go from any number of senders to any number of receivers, each to exactly one, in order.
//
// While receivers wait, the buffer is empty and no sender waits; while senders wait, the buffer is full. What both ends share is the channel. It does not know its ends, so
// that an end which is dropped unclosed can be collected; then it is closed, in a later turn and never inside the collection.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, WaitQueue, Waiter, succeed} = imports.anyio.queue;

function makeClosed() {
    return errors.ioError('CLOSED', 'This end of the stream is closed');
}

function makeBroken() {
    return errors.ioError('BROKEN_PIPE', 'All receivers have closed the stream');
}

function makeEndOfStream() {
    return new GLib.Error(library.Native.Error, library.Native.Error.END_OF_STREAM, 'All senders have closed the stream');
}

class Channel {
    constructor(size) {
        this.size = size;
        this.buffer = [];
        this.nSendStreams = 0;
        this.nReceiveStreams = 0;
        this.senders = new WaitQueue(); // data: {end, item}
        this.receivers = new WaitQueue(); // data: {end}
    }

    put(item) {
        if (this.nReceiveStreams === 0)
            throw makeBroken();
        const receiver = this.receivers.shift();
        if (receiver !== null)
            receiver.serve(item);
        else if (this.buffer.length < this.size)
            this.buffer.push(item);
        else
            return NOT_NOW;
        return undefined;
    }

    take() {
        if (this.buffer.length > 0) {
            const item = this.buffer.shift();
            const sender = this.senders.shift();
            if (sender !== null) {
                this.buffer.push(sender.data.item);
                sender.serve();
            }
            return item;
        }
        const sender = this.senders.shift();
        if (sender !== null) {
            sender.serve();
            return sender.data.item;
        }
        if (this.nSendStreams === 0)
            throw makeEndOfStream();
        return NOT_NOW;
    }

    senderClosed() {
        if (--this.nSendStreams === 0)
            this.receivers.failAll(makeEndOfStream);
    }

    receiverClosed() {
        if (--this.nReceiveStreams > 0)
            return;
        this.buffer = [];
        this.senders.failAll(makeBroken);
    }

    get statistics() {
        return {
            currentBufferUsed: this.buffer.length,
            maxBufferSize: this.size,
            openSendStreams: this.nSendStreams,
            openReceiveStreams: this.nReceiveStreams,
            tasksWaitingSend: this.senders.length,
            tasksWaitingReceive: this.receivers.length,
        };
    }
}

/* Runs as a job, never inside a collection. */
const collected = new FinalizationRegistry(({channel, close}) => {
    console.warn('Anyio: an end of a memory object stream was dropped without close()');
    channel[close]();
});

/* What both ends have in common. */
class End {
    constructor(channel, close) {
        this._channel = channel;
        this._isClosed = false;
        collected.register(this, {channel, close}, this);
    }

    _checkOpen() {
        if (this._isClosed)
            throw makeClosed();
    }

    _closeIn(queue, close) {
        if (this._isClosed)
            return;
        this._isClosed = true;
        collected.unregister(this);
        const own = [];
        for (let entry = queue.first; entry !== null; entry = entry.next) {
            if (entry.data.end === this)
                own.push(entry);
        }
        for (const entry of own) {
            if (entry.queue !== null) {
                queue.remove(entry);
                entry.fail(makeClosed());
            }
        }
        this._channel[close]();
    }

    get isClosed() {
        return this._isClosed;
    }

    get statistics() {
        return this._channel.statistics;
    }
}

/* As a promise: what attempt returns or throws, else what the waiter in the queue gets. */
function succeedOrFail(task, attempt, queue, data) {
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    let value;
    try {
        value = attempt();
    } catch (error) {
        return Promise.reject(error);
    }
    return value === NOT_NOW ? new Waiter(task, queue, data).promise : succeed(task, value);
}

function checkNow(value, message) {
    if (value === NOT_NOW)
        throw errors.ioError('WOULD_BLOCK', message);
    return value;
}

var SendStream = class MemoryObjectSendStream extends End {
    constructor(channel) {
        super(channel, 'senderClosed');
        channel.nSendStreams++;
    }

    _attempt(item) {
        this._checkOpen();
        return this._channel.put(item);
    }

    send(item, context) {
        const task = tasks.taskOf(context, 'MemoryObjectSendStream.send');
        return succeedOrFail(task, () => this._attempt(item), this._channel.senders, {end: this, item});
    }

    sendNowait(item) {
        checkNow(this._attempt(item), 'The stream is full');
    }

    toSend(item) {
        return {queue: this._channel.senders, data: {end: this, item}, attempt: () => this._attempt(item)};
    }

    clone() {
        this._checkOpen();
        return new SendStream(this._channel);
    }

    close() {
        this._closeIn(this._channel.senders, 'senderClosed');
    }
};

var ReceiveStream = class MemoryObjectReceiveStream extends End {
    constructor(channel) {
        super(channel, 'receiverClosed');
        channel.nReceiveStreams++;
    }

    _attempt() {
        this._checkOpen();
        return this._channel.take();
    }

    receive(context) {
        const task = tasks.taskOf(context, 'MemoryObjectReceiveStream.receive');
        return succeedOrFail(task, () => this._attempt(), this._channel.receivers, {end: this});
    }

    receiveNowait() {
        return checkNow(this._attempt(), 'The stream is empty');
    }

    toReceive() {
        return {queue: this._channel.receivers, data: {end: this}, attempt: () => this._attempt()};
    }

    /* For "for await": until the end of the stream. */
    items(context) {
        return items(this, context);
    }

    clone() {
        this._checkOpen();
        return new ReceiveStream(this._channel);
    }

    close() {
        this._closeIn(this._channel.receivers, 'receiverClosed');
    }
};

/* Whatever has receive(). */
function items(stream, context) {
    const task = tasks.taskOf(context, 'items');
    return {
        [Symbol.asyncIterator]() {
            return this;
        },
        async next() {
            try {
                return {done: false, value: await stream.receive(task)};
            } catch (error) {
                if (error instanceof GLib.Error && error.matches(library.Native.Error, library.Native.Error.END_OF_STREAM))
                    return {done: true, value: undefined};
                throw error;
            }
        },
    };
}

/* The receiving ends that C has, by any name, get the same. */
function addItems(nativeClass) {
    if (typeof nativeClass.prototype.receive === 'function') {
        nativeClass.prototype.items = function (context) {
            return items(this, context);
        };
    }
}

/* size: how many items stand between; 0: a sender waits until its item is taken; Infinity is said, not assumed. */
function createMemoryObjectStream(size) {
    if (!(size === Infinity || (Number.isInteger(size) && size >= 0)))
        throw new RangeError(`A stream has a whole number as size of its buffer, or Infinity, not ${size}`);
    const channel = new Channel(size);
    return {send: new SendStream(channel), receive: new ReceiveStream(channel)};
}
