// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Semaphore, CapacityLimiter, RateLimiter */

// How many at the same time, and how many per second.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, WaitQueue, Waiter, succeed} = imports.anyio.queue;

function wouldBlock(what) {
    return errors.ioError('WOULD_BLOCK', `No ${what} is free now`);
}

/* Anyone may release. */
var Semaphore = class Semaphore {
    constructor(value, maxValue = Infinity) {
        if (!(Number.isInteger(value) && value >= 0 && value <= maxValue))
            throw new RangeError(`A semaphore begins with 0 to its maximum of ${maxValue}, not with ${value}`);
        this._value = value;
        this.maxValue = maxValue;
        this._queue = new WaitQueue();
    }

    _take() {
        if (this._value === 0)
            return false;
        this._value--;
        return true;
    }

    get value() {
        return this._value;
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    acquire(context) {
        const task = tasks.taskOf(context, 'Semaphore.acquire');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        return this._take() ? succeed(task) : new Waiter(task, this._queue).promise;
    }

    acquireNowait() {
        if (!this._take())
            throw wouldBlock('unit of the semaphore');
    }

    toAcquire() {
        return {queue: this._queue, attempt: () => (this._take() ? undefined : NOT_NOW)};
    }

    release() {
        if (this._value === this.maxValue)
            throw errors.misuse(`Semaphore.release(): the value is ${this.maxValue} already, which is the maximum`);
        const next = this._queue.shift();
        if (next === null)
            this._value++;
        else
            next.serve();
    }

    async run(body, context) {
        errors.checkFunction(body, 'Semaphore.run');
        await this.acquire(context);
        try {
            return await errors.callAsync(body);
        } finally {
            this.release();
        }
    }
};

function checkTotal(total) {
    if (!(total === Infinity || (Number.isInteger(total) && total >= 0)))
        throw new RangeError(`A limiter has a whole number of tokens, or Infinity, not ${total}`);
    return total;
}

/* One token for each borrower: a task, or any other value. A task that ends gives its token back. */
var CapacityLimiter = class CapacityLimiter {
    constructor(totalTokens) {
        this._total = checkTotal(totalTokens);
        this._borrowers = new Set();
        this._queued = new Set(); // the borrowers of those who wait
        this._queue = new WaitQueue();
    }

    /* Before it waits or gets a token. */
    _check(borrower, where) {
        if (this._borrowers.has(borrower) || this._queued.has(borrower))
            throw errors.misuse(`${where}(): ${borrower} ${this._borrowers.has(borrower) ? 'has a token' : 'waits for a token'} already; each borrower gets one`);
    }

    _lend(borrower) {
        this._borrowers.add(borrower);
        if (borrower instanceof tasks.Task)
            borrower._hold(this);
    }

    _take(borrower) {
        if (this._borrowers.size >= this._total)
            return false;
        this._lend(borrower);
        return true;
    }

    _lendToWaiters() {
        while (this._queue.first !== null && this._borrowers.size < this._total) {
            const next = this._queue.shift();
            this._queued.delete(next.data);
            this._lend(next.data);
            next.serve();
        }
    }

    _acquire(borrower, task, where) {
        this._check(borrower, where);
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        if (this._take(borrower))
            return succeed(task);
        this._queued.add(borrower);
        return new Borrowing(task, this._queue, borrower, this._queued).promise;
    }

    _enqueue(branch) {
        this._check(branch.task, 'CapacityLimiter.toAcquire');
        branch.data = branch.task;
        this._queued.add(branch.task);
    }

    _release(borrower, where) {
        if (!this._borrowers.delete(borrower))
            throw errors.misuse(`${where}(): ${borrower} has no token`);
        if (borrower instanceof tasks.Task)
            borrower._held.delete(this);
        this._lendToWaiters();
    }

    _ownerEnded(task) {
        this._borrowers.delete(task);
        this._lendToWaiters();
    }

    // --- public ---

    get totalTokens() {
        return this._total;
    }

    set totalTokens(total) {
        this._total = checkTotal(total);
        this._lendToWaiters();
    }

    get borrowedTokens() {
        return this._borrowers.size;
    }

    /* Negative if the total was lowered below what is lent. */
    get availableTokens() {
        return this._total - this._borrowers.size;
    }

    get borrowers() {
        return [...this._borrowers];
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    acquire(context) {
        const task = tasks.taskOf(context, 'CapacityLimiter.acquire');
        return this._acquire(task, task, 'CapacityLimiter.acquire');
    }

    acquireOnBehalfOf(borrower, context) {
        return this._acquire(borrower, tasks.taskOf(context, 'CapacityLimiter.acquireOnBehalfOf'), 'CapacityLimiter.acquireOnBehalfOf');
    }

    toAcquire() {
        const attempt = task => {
            this._check(task, 'CapacityLimiter.toAcquire');
            return this._take(task) ? undefined : NOT_NOW;
        };
        return {queue: this._queue, attempt, entered: branch => this._enqueue(branch), left: branch => this._queued.delete(branch.data)};
    }

    acquireNowait(context) {
        this.acquireOnBehalfOfNowait(tasks.taskOf(context, 'CapacityLimiter.acquireNowait'));
    }

    acquireOnBehalfOfNowait(borrower) {
        this._check(borrower, 'CapacityLimiter.acquireOnBehalfOfNowait');
        if (!this._take(borrower))
            throw wouldBlock('token of the limiter');
    }

    release(context) {
        this._release(tasks.taskOf(context, 'CapacityLimiter.release'), 'CapacityLimiter.release');
    }

    releaseOnBehalfOf(borrower) {
        this._release(borrower, 'CapacityLimiter.releaseOnBehalfOf');
    }

    async run(body, context) {
        errors.checkFunction(body, 'CapacityLimiter.run');
        await this.acquire(context);
        try {
            return await errors.callAsync(body);
        } finally {
            this.release(context);
        }
    }
};

class Borrowing extends Waiter {
    constructor(task, queue, borrower, queued) {
        super(task, queue, borrower);
        this.queued = queued;
    }

    abort() {
        const isWithdrawn = super.abort();
        if (isWithdrawn)
            this.queued.delete(this.data);
        return isWithdrawn;
    }
}

const ROUNDING = 1e-9; // tokens, and seconds

/* Tokens that come back with time, up to burst of them. */
var RateLimiter = class RateLimiter {
    constructor(tokensPerSecond, burst = 1) {
        if (!(tokensPerSecond > 0 && Number.isFinite(tokensPerSecond)) || !(Number.isInteger(burst) && burst > 0))
            throw new RangeError(`A rate limiter has more than 0 tokens per second and a whole number as burst, not ${tokensPerSecond} and ${burst}`);
        this.tokensPerSecond = tokensPerSecond;
        this.burst = burst;
        this._tokens = burst;
        this._since = -Infinity;
        this._queue = new WaitQueue();
    }

    _fill() {
        const now = library.Native.current_time();
        if (now > this._since) {
            this._tokens = Math.min(this.burst, this._tokens + (now - this._since) * this.tokensPerSecond);
            this._since = now;
        }
        return now;
    }

    _take(count) {
        if (this._tokens < count - ROUNDING * (1 + this.tokensPerSecond))
            return false;
        this._tokens -= count;
        return true;
    }

    _check(count, where) {
        if (!(Number.isInteger(count) && count > 0 && count <= this.burst))
            throw new RangeError(`${where}(): ${count} is no number of tokens from 1 to the burst of ${this.burst}`);
    }

    _serve() {
        this._fill();
        while (this._queue.first !== null && this._take(this._queue.first.data))
            this._queue.shift().serve();
        this._armFirst();
    }

    /* The first in the queue has the timer. */
    _armFirst() {
        const {first} = this._queue;
        first?.arm(this._since + (first.data - this._tokens) / this.tokensPerSecond);
    }

    // --- public ---

    get availableTokens() {
        this._fill();
        return this._tokens;
    }

    get tasksWaiting() {
        return this._queue.length;
    }

    acquire(count, context) {
        const task = tasks.taskOf(context, 'RateLimiter.acquire');
        this._check(count, 'RateLimiter.acquire');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        this._fill();
        if (this._queue.first === null && this._take(count))
            return succeed(task);
        const waiter = new Metered(task, this, count);
        if (this._queue.length === 1)
            this._serve();
        return waiter.promise;
    }

    toAcquire(count) {
        this._check(count, 'RateLimiter.toAcquire');
        const attempt = () => {
            this._fill();
            return this._queue.first === null && this._take(count) ? undefined : NOT_NOW;
        };
        const serve = () => this._serve();
        return {queue: this._queue, data: count, attempt, entered: () => this._armFirst(), left: serve, timeHasCome: serve};
    }

    acquireNowait(count) {
        this._check(count, 'RateLimiter.acquireNowait');
        this._fill();
        if (this._queue.first !== null || !this._take(count))
            throw wouldBlock('token of the rate limiter');
    }
};

class Metered extends Waiter {
    constructor(task, limiter, count) {
        super(task, limiter._queue, count);
        this.limiter = limiter;
    }

    arm(deadline) {
        this.task._arm(this, deadline);
    }

    timeHasCome() {
        if (this.queue !== null)
            this.limiter._serve();
    }

    abort() {
        const wasFirst = this.limiter._queue.first === this;
        const isWithdrawn = super.abort();
        this.disarm();
        if (wasFirst)
            this.limiter._serve();
        return isWithdrawn;
    }
}
