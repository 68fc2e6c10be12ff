// SPDX-License-Identifier: LGPL-2.1-or-later

// The statements of the conformance programs about the toolbox, in JavaScript: what synchronises tasks, and the streams in memory.

import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';

export const KNOWN = [
    [Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK, 'would-block'],
    [Gio.IOErrorEnum, Gio.IOErrorEnum.BROKEN_PIPE, 'broken'],
    [Anyio.Error, Anyio.Error.BROKEN, 'broken'],
    [Anyio.Error, Anyio.Error.EMPTY, 'empty'],
    [Anyio.Error, Anyio.Error.END_OF_STREAM, 'end'],
    [Anyio.Error, Anyio.Error.LAGGED, 'lagged'],
];

/* What `raise` raises. */
export class Failure extends Error {}

const itemOf = word => (word === 'nothing' ? null : word);
const wordOf = item => item ?? 'nothing';

/* One case's objects; tell says an event. What uses it has block(). */
export class Toolbox {
    constructor(tell) {
        this.tell = tell;
        this.objects = new Map();
    }

    object(name) {
        if (!this.objects.has(name))
            throw new Error(`There is no "${name}" in this program`);
        return this.objects.get(name);
    }

    /* An end that is not closed warns when it is collected. */
    closeAll() {
        for (const object of this.objects.values())
            object.close?.();
    }

    // --- objects ---

    'event' = (node, frame, context, name) => void this.objects.set(name, new Anyio.Event());
    'lock' = (node, frame, context, name) => void this.objects.set(name, new Anyio.Lock());
    'limiter' = (node, frame, context, name, total) => void this.objects.set(name, new Anyio.CapacityLimiter(Number(total)));
    'condition' = (node, frame, context, name, lock) => void this.objects.set(name, new Anyio.Condition(this.object(lock)));
    'future' = (node, frame, context, name) => void this.objects.set(name, new Anyio.Future());
    'rate' = (node, frame, context, name, rate, burst) => void this.objects.set(name, new Anyio.RateLimiter(Number(rate), Number(burst)));
    'guard' = (node, frame, context, name) => void this.objects.set(name, new Anyio.ResourceGuard());
    'broadcast' = (node, frame, context, name) => void this.objects.set(name, new Anyio.BroadcastStream());
    'barrier' = (node, frame, context, name, parties) => void this.objects.set(name, new Anyio.Barrier(Number(parties)));

    'semaphore'(node, frame, context, name, value, most = Infinity) {
        this.objects.set(name, new Anyio.Semaphore(Number(value), Number(most)));
    }

    'stream'(node, frame, context, sendName, receiveName, size) {
        const {send, receive} = Anyio.createMemoryObjectStream(size === 'unbounded' ? Infinity : Number(size));
        this.objects.set(sendName, send);
        this.objects.set(receiveName, receive);
    }

    // --- what synchronises ---

    async 'await'(node, frame, context, name) {
        const object = this.object(name);
        const place = await object.wait(context);
        if (object instanceof Anyio.Barrier)
            this.tell(`${name}=${place}`);
    }

    'fire' = (node, frame, context, name) => void this.object(name).set();

    'notify'(node, frame, context, name, n) {
        if (n === 'all')
            this.object(name).notifyAll(context);
        else
            this.object(name).notify(Number(n), context);
    }

    // --- futures ---

    settleFuture(name, settle) {
        try {
            settle(this.object(name));
        } catch (error) {
            throw error.matches?.(Anyio.Error, Anyio.Error.MISUSE) ? new Failure('late') : error;
        }
    }

    async 'settle'(node, frame, context, name, value) {
        this.settleFuture(name, future => future.set(value));
    }

    async 'fail'(node, frame, context, name, error) {
        this.settleFuture(name, future => future.fail(new Failure(error)));
    }

    'cancel-future' = (node, frame, context, name) => void this.object(name).cancel();

    async 'read'(node, frame, context, name) {
        this.tell(`${name}=${await this.object(name).result(context)}`);
    }

    // --- having ---

    'acquire'(node, frame, context, name, borrower) {
        if (this.object(name) instanceof Anyio.RateLimiter)
            return this.object(name).acquire(Number(borrower ?? 1), context);
        return borrower === undefined ? this.object(name).acquire(context) : this.object(name).acquireOnBehalfOf(borrower, context);
    }

    'acquire-nowait'(node, frame, context, name, borrower) {
        if (this.object(name) instanceof Anyio.RateLimiter)
            this.object(name).acquireNowait(Number(borrower ?? 1));
        else if (borrower === undefined)
            this.object(name).acquireNowait(context);
        else
            this.object(name).acquireOnBehalfOfNowait(borrower);
    }

    'release'(node, frame, context, name, borrower) {
        if (borrower === undefined)
            this.object(name).release(context);
        else
            this.object(name).releaseOnBehalfOf(borrower);
    }

    'holding'(node, frame, context, name) {
        return this.object(name).run(() => this.block(node.body, frame, context), context);
    }

    'total'(node, frame, context, name, total) {
        this.object(name).totalTokens = Number(total);
    }

    // --- streams ---

    'send' = (node, frame, context, name, item) => this.object(name).send(itemOf(item), context);
    'send-nowait' = (node, frame, context, name, item) => void this.object(name).sendNowait(itemOf(item));

    async 'receive'(node, frame, context, name) {
        this.tell(`${name}=${wordOf(await this.object(name).receive(context))}`);
    }

    'receive-nowait' = (node, frame, context, name) => this.tell(`${name}=${wordOf(this.object(name).receiveNowait())}`);

    async 'drain'(node, frame, context, name) {
        for await (const item of this.object(name).items(context))
            this.tell(`${name}=${wordOf(item)}`);
    }

    'subscribe'(node, frame, context, name, end, size, policy) {
        this.objects.set(end, this.object(name).subscribe(size === 'unbounded' ? Infinity : Number(size), policy));
    }

    'lost' = (node, frame, context, name) => this.tell(`${name}=${this.object(name).dropped}`);
    'clone' = (node, frame, context, name, clone) => void this.objects.set(clone, this.object(name).clone());
    'close' = (node, frame, context, name) => void this.object(name).close();

    // --- questions ---

    'look'(node, frame, context, name) {
        const object = this.object(name);
        let word;
        if (object instanceof Anyio.Event)
            word = object.isSet ? 'set' : 'unset';
        else if (object instanceof Anyio.Lock)
            word = object.isLocked ? 'held' : 'free';
        else if (object instanceof Anyio.ResourceGuard)
            word = object.isBusy ? 'held' : 'free';
        else if (object instanceof Anyio.Semaphore)
            word = object.value;
        else
            word = object.availableTokens ?? object.statistics.currentBufferUsed;
        this.tell(`${name}=${word}`);
    }

    'waiting'(node, frame, context, name) {
        const object = this.object(name);
        let n = object.tasksWaiting;
        if (object instanceof Anyio.BroadcastStream || object instanceof Anyio.MemoryObjectSendStream)
            n = object.statistics.tasksWaitingSend;
        else if (object instanceof Anyio.MemoryObjectReceiveStream)
            n = object.statistics.tasksWaitingReceive;
        this.tell(`${name}=${n}`);
    }

    'ends'(node, frame, context, name) {
        const {openSendStreams, openReceiveStreams} = this.object(name).statistics;
        this.tell(`${name}=${openSendStreams}+${openReceiveStreams}`);
    }
}
