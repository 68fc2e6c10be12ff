// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Wait, Pause, Task, Root, taskOf, yieldOnce, yieldAndFail, yieldShielded, sleepUntil */

// Tasks and what they wait for.
//
// A wait is in the list of its task; whatever resolves it takes it out. A scope or task does not end while there are waits or scopes inside that nobody awaited: they are
// cancelled and waited for, and MISUSE says so.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const {PENDING, CANCELLING, FINISHED, FAILED, CANCELLED} = library;

/* The task that a context stands for. */
function taskOf(context, where) {
    if (typeof context?._resolve !== 'function') {
        throw new TypeError(`${where}() has to know for whom: its last argument is the task, scope or group ` +
            `that the function around it was given, not ${context}`);
    }
    return context._resolve(where);
}

/* Something that a task waits for. abort() withdraws it and returns true, or begins to end it and returns false: then it ends by itself. */
var Wait = class Wait {
    constructor(task) {
        this.task = task;
        this.scope = task._scope;
        this.deadline = Infinity;
        this._before = task._lastWait; // in the list of the task
        this._after = null;
        if (this._before !== null)
            this._before._after = this;
        else
            task._firstWait = this;
        task._lastWait = this;
    }

    /* Its time does not count any more. */
    disarm() {
        if (this.deadline === Infinity)
            return;
        this.task._isStale ||= this.deadline === this.task._armed;
        this.deadline = Infinity;
    }

    remove() {
        const {task} = this;
        this.disarm();
        if (this._after !== null)
            this._after._before = this._before;
        else
            task._lastWait = this._before;
        if (this._before !== null)
            this._before._after = this._after;
        else
            task._firstWait = this._after;
        if (task._onIdle !== null)
            task._onIdle();
    }
};

/* A wait that a turn ends, with a promise. */
var Pause = class Pause extends Wait {
    constructor(task, withdraw) {
        super(task);
        this.withdraw = withdraw; // null: nothing can be withdrawn any more
        this.isOver = false; // what was waited for has happened: a cancellation that comes now strikes at the next wait
        this.isAborted = false;
        this.due = Infinity; // of a sleep
        this.promise = new Promise((resolve, reject) => {
            this._resolve = resolve;
            this._reject = reject;
        });
    }

    wake() {
        this.withdraw = null;
        this.task._driver.push(this);
    }

    /* What was waited for has happened. */
    tell() {
        this.isOver = true;
        this.wake();
    }

    timeHasCome() {
        this.wake();
    }

    abort() {
        const {withdraw} = this;
        this.withdraw = null;
        this.isAborted = withdraw !== null && withdraw();
        return this.isAborted;
    }

    /* A cancellation that came meanwhile counts if there is no result to lose. What was aborted may have met a shield since; a sleep whose time has come as well is over. */
    run() {
        this.remove();
        if (this.task._isCancelled && !this.isOver || this.isAborted && this.due > library.Native.current_time())
            this._reject(errors.makeCancelled(this.task));
        else
            this._resolve();
    }
};

/* A checkpoint: yields once, then looks. */
function yieldOnce(task) {
    const wait = new Pause(task, null);
    wait.wake();
    return wait.promise;
}

/* A wait that is cancelled from the beginning yields once and fails, also if a shield was raised meanwhile. */
function yieldAndFail(task) {
    const wait = new Pause(task, null);
    wait.isAborted = true;
    wait.wake();
    return wait.promise;
}

/* Yields once, and succeeds also when it is cancelled. */
function yieldShielded(task) {
    const wait = new Pause(task, null);
    wait.isOver = true;
    wait.wake();
    return wait.promise;
}

var Task = class Task {
    constructor(owner, id, name, parent) {
        this.name = name;
        this._driver = owner;
        this._id = id;
        this._parent = parent; // is told of the end
        this._scope = null; // the innermost open one
        this._isCancelled = false;
        this._firstWait = null;
        this._lastWait = null;
        this._armed = Infinity;
        this._isStale = false; // armed for a wait that was withdrawn
        this._status = PENDING;
        this._value = undefined;
        this._error = null;
        this._waiters = null; // a Set, made by the first
        this._start = null;
        this._onIdle = null;
        this._passes = 0; // how often it got what it wanted without a wait
        this._held = null; // a Set of locks and limiters, made by the first
    }

    // --- the driver's ---

    _resolve(where) {
        if (this._status !== PENDING)
            throw errors.misuse(`${where}(): task "${this.name}" has ended`);
        return this;
    }

    _arm(wait, deadline) {
        wait.deadline = deadline;
        if (this._isStale) {
            for (let other = this._firstWait; other !== null; other = other._after)
                deadline = Math.min(deadline, other.deadline);
        }
        if (deadline < this._armed || this._isStale) {
            this._isStale = false;
            this._armed = deadline;
            this._driver.native.arm(this._id, deadline);
        }
    }

    /* Keeps what is to be told of the task's end. */
    _hold(what) {
        (this._held ??= new Set()).add(what);
    }

    _timeHasCome() {
        const time = this._armed;
        this._armed = Infinity;
        this._isStale = false;
        for (let wait = this._firstWait; wait !== null; wait = wait._after) {
            if (wait.deadline <= time) {
                wait.deadline = Infinity;
                wait.timeHasCome();
            } else if (wait.deadline < Infinity) {
                this._arm(wait, wait.deadline);
            }
        }
    }

    /* To what waits in the scope where the task is now; further out it comes when this scope has been left. */
    _deliver() {
        for (let wait = this._firstWait; wait !== null; wait = wait._after) {
            if (wait.scope === this._scope && wait.abort())
                wait.wake();
        }
    }

    /* Whether there are waits in scope, or scopes inside it, that nobody awaited. null: in the whole task. */
    _hasLeft(scope) {
        if (this._scope !== scope)
            return true;
        for (let wait = this._firstWait; wait !== null; wait = wait._after) {
            if (wait.scope === scope)
                return true;
        }
        return false;
    }

    /* Cancels what is left inside and waits for its end: first the scopes inside, then what else is waited for in this one. */
    async _settle(scope) {
        for (let wait = this._firstWait; wait !== null; wait = wait._after)
            wait.promise?.catch(() => {}); // nobody listens
        let inner = this._scope;
        while (inner !== scope && inner._outer !== scope)
            inner = inner._outer;
        if (inner !== scope) {
            inner.cancel('left open');
            await this._until(() => this._scope === scope);
        }
        if (this._hasLeft(scope)) {
            (scope ?? this).cancel('left with something open inside');
            await this._until(() => !this._hasLeft(scope));
        }
    }

    _until(isIdle) {
        return new Promise(resolve => {
            this._onIdle = () => {
                if (!isIdle())
                    return;
                this._onIdle = null;
                resolve();
            };
            this._onIdle();
        });
    }

    _leftError() {
        return errors.misuse(`Task "${this.name}" went on while something it had begun was not over: await every promise of Anyio, ` +
            'and run what shall go on at the same time in a task group');
    }

    async _settleAndFinish(hasFailed, error) {
        await this._settle(null);
        this._finish(undefined, true, hasFailed && !errors.isCancelled(error) ? errors.combine([error, this._leftError()]) : this._leftError());
    }

    _finish(value, hasFailed, error) {
        if (this._hasLeft(null)) {
            this._settleAndFinish(hasFailed, error);
            return;
        }
        this._driver.tasks.delete(this._id);
        if (this._held !== null)
            [...this._held].reverse().forEach(what => what._ownerEnded(this)); // the last first
        const isOurs = hasFailed && errors.isOurs(error, this);
        if (!hasFailed) {
            this._status = FINISHED;
            this._value = value;
        } else {
            this._status = isOurs ? CANCELLED : FAILED;
            this._error = error;
        }
        if (this._waiters === null)
            this._parent._childEnded(this);
        else
            this._endForWaiters();
    }

    /* Who waits keeps its result, but goes on only when the group has learned of a failure. */
    _endForWaiters() {
        const waiters = [];
        const isFirst = this._driver.ready.canSkip;
        for (const wait of this._waiters) {
            if (!(wait instanceof Pause)) {
                wait.serve(); // the branch of a select()
                continue;
            }
            waiters.push(wait);
            wait.withdraw = null;
            wait.isOver = true;
            if (!isFirst)
                this._driver.push(wait);
        }
        this._waiters = null;
        this._parent._childEnded(this);
        if (isFirst) {
            for (const wait of waiters)
                wait.run();
        }
    }

    /* Ends the task in the core. isKept: its failure is none for the group. */
    _end(isKept = false) {
        const owner = this._driver;
        const flags = owner.native.end(this._id, isKept ? FINISHED : this._status, this._error !== null ? errors.describe(this._error) : null);
        if (this._error !== null)
            owner.takeEvents();
        return flags;
    }

    /* Ends it in a group of another language, which gets an error of GLib as it is. */
    _endElsewhere() {
        if (!(this._status === FAILED && this._error instanceof GLib.Error))
            return this._end();
        const flags = this._driver.native.fail(this._id, this._error);
        this._driver.takeEvents();
        return flags;
    }

    _checkAlive() {
        if (this._status !== PENDING)
            throw errors.misuse(`Task "${this.name}" has ended`);
    }

    // --- public ---

    get status() {
        return this._status === PENDING && this._isCancelled ? CANCELLING : this._status;
    }

    get hasPendingCancellation() {
        return this._status === PENDING && this._isCancelled;
    }

    get native() {
        this._checkAlive();
        return this._driver.native.get_task(this._id);
    }

    get cancellable() {
        this._checkAlive();
        return this._driver.native.get_cancellable(this._id);
    }

    get effectiveDeadline() {
        this._checkAlive();
        const deadline = this._driver.native.get_effective_deadline(this._id);
        this._driver.takeEvents();
        return deadline;
    }

    cancel(reason = null) {
        if (this._status !== PENDING)
            return;
        this._driver.native.cancel_task(this._id, 0, reason);
        this._driver.takeEvents();
    }

    started(value) {
        const start = this._start;
        if (start === null)
            return;
        if (start.isStarted)
            throw errors.misuse(`Task "${this.name}" called started() twice`);
        start.isStarted = true;
        start.value = value;
        if (this._driver.native.started(this._id)) {
            this._parent = start.target;
            this._parent._extra?.takeChild();
            this._driver.takeEvents();
        }
    }

    wait(context) {
        const task = taskOf(context, 'Task.wait');
        if (task._isCancelled)
            return yieldAndFail(task);
        if (this._status !== PENDING)
            return yieldOnce(task);
        if (task === this)
            throw errors.misuse(`Task "${this.name}" waits for itself`);
        const wait = new Pause(task, () => this._waiters.delete(wait));
        (this._waiters ??= new Set()).add(wait);
        return wait.promise;
    }

    /* wait() as an operation for select(). */
    toWait() {
        const attempt = task => {
            if (task === this)
                throw errors.misuse(`Task "${this.name}" waits for itself`);
            return this._status !== PENDING ? undefined : imports.anyio.queue.NOT_NOW;
        };
        return {queue: null, attempt, entered: branch => (this._waiters ??= new Set()).add(branch), left: branch => this._waiters.delete(branch)};
    }

    async result(context) {
        this._isObserved = true;
        await this.wait(context);
        if (this._error !== null)
            throw this._error;
        return this._value;
    }

    get value() {
        if (this._status === PENDING)
            throw errors.ioError('PENDING', `Task "${this.name}" has not ended`);
        if (this._error !== null)
            throw this._error;
        return this._value;
    }

    toString() {
        return `[Anyio.Task "${this.name}"]`;
    }
};

/* The parent of tasks at the root: whoever started them is told. */
var Root = class Root {
    constructor(onEnd) {
        this._onEnd = onEnd;
    }

    _childEnded(task) {
        const owner = task._driver;
        const status = task._status;
        owner.native.end(task._id, status === FAILED ? FINISHED : status, null);
        owner.takeEvents();
        this._onEnd(task);
    }
};

function sleepUntil(task, deadline) {
    const wait = new Pause(task, () => {
        wait.disarm();
        return true;
    });
    wait.due = deadline;
    if (deadline < Infinity)
        task._arm(wait, deadline);
    return wait.promise;
}
