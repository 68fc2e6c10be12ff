// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported _init */

// Anyio for JavaScript: async functions as tasks, on the scheduler of the C library.
//
// Tasks, scopes, groups and deadlines are the core's, known here by number; what JavaScript adds are the promises. JavaScript does not tell which task is running, so each
// function that waits is told: its last argument is a task, or a scope or group, which stands for the task that opened it.
//
// The core calls Driver._dispatch() on the thread's own stack. It resumes one task; the next one follows when the promise jobs of the first have run, so that what a task does between
// two waits is one piece, as in C, and what it cancels counts for all others. Each turn is an iteration of the main loop.
//
// A wait is an entry in Task._waits: whatever resolves it takes it out. A scope or task does not end while there are waits or scopes inside that nobody awaited: they are cancelled and
// waited for, and MISUSE says so.

const {Gio, GLib, GObject} = imports.gi;

let Native; // the introspected library; NativeClass: its classes, whose names are ours in the namespace
const NativeClass = {};
let driver = null;
let backgroundErrorHandler = null;

const CLOSED = 3; // kinds of events
const TIMER = 2;

const PENDING = 0; // Anyio.TaskStatus; a look into the namespace costs as much as a call
const CANCELLING = 1;
const FINISHED = 2;
const FAILED = 3;
const CANCELLED = 4;

const IS_CANCELLED = 1; // flags of the core
const ABSORBS = 2;
const CALLED = 4;
const EXPIRED = 8;
const GROUP_CLOSED = 16;
const ABSORBED = 32;
const SHIELD = 64;
const TIMEOUT = 128;

const NEW = 0; // states of a scope
const LIVE = 1;
const ENDED = 2;

const TURNS = 256; // in a row; then everything else in the main loop gets its turn

// --- errors ----------------------------------------------------------------------------------------------------------------------------------

const ours = new WeakSet(); // cancellations that answer a scope of ours, for which the state of the moment does not count any more

function isCancelled(error) {
    return error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
}

function makeCancelled(task) {
    const error = new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, task._driver.native.get_message(task._id));
    ours.add(error);
    return error;
}

function misuse(message) {
    return new GLib.Error(Native.Error, Native.Error.MISUSE, message);
}

function describe(error) {
    return error instanceof GLib.Error ? error.message : String(error);
}

/* One failure is itself; gjs prints nothing of the errors in an AggregateError, so its message tells them. */
function combine(errors, strict) {
    if (errors.length === 1 && !strict)
        return errors[0];
    return new AggregateError(errors, `${errors.length} failed: ${errors.map(describe).join('; ')}`);
}

function checkSeconds(seconds) {
    if (typeof seconds !== 'number' || Number.isNaN(seconds))
        throw new TypeError(`Expected a number of seconds, got ${seconds}`);
    return seconds;
}

/* What an async function returns, as a promise that never throws at the call. */
function callAsync(func, ...args) {
    try {
        const promise = func(...args);
        if (typeof promise?.then !== 'function')
            throw new TypeError(`Expected ${func.name || 'the function'}() to return a promise, but it returned ${promise}; write "async" before it`);
        return promise;
    } catch (error) {
        return Promise.reject(error);
    }
}

function checkFunction(func, where) {
    if (typeof func !== 'function')
        throw new TypeError(`${where}() expects an async function, got ${func}; pass the function, not what it returns`);
}

/* The task that a context stands for. */
function taskOf(context, where) {
    let task = context;
    if (context instanceof CancelScope || context instanceof TaskGroup) {
        const scope = context._scope;
        if (scope._state !== LIVE)
            throw misuse(`${where}(): the scope is ${scope._state === NEW ? 'not open yet' : 'closed'}`);
        if (scope._isJoining)
            throw misuse(`${where}(): the task group of task "${scope._task.name}" waits for its end; its children pass the task that they were given`);
        task = scope._task;
    } else if (!(context instanceof Task)) {
        throw new TypeError(`${where}() waits, so it has to know for whom: its last argument is the task, scope or group that the function around it was given, not ${context}`);
    }
    if (task._status !== PENDING)
        throw misuse(`${where}(): task "${task.name}" has ended`);
    return task;
}

// --- the driver -------------------------------------------------------------------------------------------------------------------------------

class Driver {
    constructor(options = null) {
        this.native = NativeClass.Driver.new(options, nEvents => this._dispatch(nEvents));
        this.tasks = new Map();
        this.joining = new Map(); // groups whose closing is awaited, by the number of their scope
        this.ready = []; // objects with a run() each: its turn
        this.doomed = []; // GCancellables, to be cancelled in the next turn
        this.isAwake = false;
        this.isTurning = false;
        this.turns = 0;
        this.hasClock = false;
        this.nOutstanding = 0;
        this.beginning = [];
        this.endTurn = () => this._endTurn();
        this.begin = () => this._beginAll();
    }

    _dispatch(nEvents) {
        try {
            if (nEvents > 0)
                this.takeEvents();
            if (this.doomed.length > 0)
                this._cancelDoomed();
            if (this.isTurning)
                return false;
            if (this.ready.length > 0) {
                this.isTurning = true;
                this.ready.shift().run();
                Promise.resolve().then(this.endTurn);
            } else {
                this.isAwake = false;
            }
        } catch (error) {
            logError(error, 'Anyio: a defect');
        }
        return false;
    }

    /* In a promise job, after those of the task that was resumed. */
    _endTurn() {
        this.isTurning = false;
        this.isAwake = false;
        if (this.ready.length > 0 || this.doomed.length > 0)
            this.wake();
        else
            this.turns = 0;
    }

    wake() {
        if (this.isAwake)
            return;
        this.isAwake = true;
        if (++this.turns % TURNS !== 0) {
            this.native.wake();
            return;
        }
        GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
            this.native.wake();
            return GLib.SOURCE_REMOVE;
        });
    }

    push(turn) {
        this.ready.push(turn);
        this.wake();
    }

    /* For what follows the end of a task and cannot be withdrawn: without a turn if nothing is before it. */
    pushOrRun(turn) {
        if (this.ready.length === 0)
            turn.run();
        else
            this.push(turn);
    }

    /* A new task begins when its spawner waits: without a turn if nothing is before it. Those spawned meanwhile follow. */
    _begin(turn) {
        if (this.beginning.length === 0) {
            if (this.ready.length > 0 || ++this.turns % TURNS === 0) {
                this.push(turn);
                return;
            }
            Promise.resolve().then(this.begin);
        }
        this.beginning.push(turn);
    }

    _beginAll() {
        const beginning = this.beginning;
        this.beginning = [];
        for (const turn of beginning)
            turn.run();
    }

    doom(cancellable) {
        this.doomed.push(cancellable);
        this.wake();
    }

    _cancelDoomed() {
        const doomed = this.doomed;
        this.doomed = [];
        for (const cancellable of doomed)
            cancellable.cancel();
    }

    takeEvents() {
        for (const word of this.native.take_events()) {
            const kind = word & 3;
            const id = word >>> 2;
            if (kind === CLOSED) {
                this.closed(id);
                continue;
            }
            const task = this.tasks.get(id);
            if (task === undefined)
                continue;
            if (kind === TIMER) {
                task._timeHasCome();
            } else {
                task._isCancelled = kind !== 0;
                if (kind !== 0)
                    task._deliver();
            }
        }
    }

    closed(id) {
        const run = this.joining.get(id);
        this.joining.delete(id);
        this.pushOrRun({run});
    }

    addOutstanding(n) {
        if (!this.hasClock)
            return;
        this.nOutstanding += n;
        this.native.set_outstanding(this.nOutstanding > 0);
    }

    /* number: what the core's spawn returned. */
    add(number, name, func, parent) {
        if (number === 0)
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED, `Task "${name}" cannot be started: the task group is closed`);
        const task = new Task(this, number >>> 1, name, parent);
        task._isCancelled = (number & IS_CANCELLED) !== 0;
        this.tasks.set(task._id, task);
        this._begin({run: () => callAsync(func, task).then(result => task._finish(result, false), error => task._finish(undefined, true, error))});
        return task;
    }

    spawn(scopeId, name, func, parent) {
        return this.add(this.native.spawn(scopeId, name), name, func, parent);
    }

    close() {
        this.native.close();
        if (driver === this)
            driver = null;
    }
}

function useDriver() {
    driver ??= new Driver();
    return driver;
}

// --- tasks ------------------------------------------------------------------------------------------------------------------------------------

/* Something that a task waits for. abort() withdraws it and returns true, or begins to end it and returns false: then it ends by itself. */
class Wait {
    constructor(task) {
        this.task = task;
        this.scope = task._scope;
        this.deadline = Infinity;
        task._waits.add(this);
    }

    remove() {
        this.task._waits.delete(this);
        if (this.task._onIdle !== null)
            this.task._checkIdle();
    }
}

/* A wait that a turn ends, with a promise. */
class Pause extends Wait {
    constructor(task, withdraw) {
        super(task);
        this.withdraw = withdraw; // null: nothing can be withdrawn any more
        this.promise = new Promise((resolve, reject) => {
            this._resolve = resolve;
            this._reject = reject;
        });
    }

    wake() {
        this.withdraw = null;
        this.task._driver.push(this);
    }

    abort() {
        const {withdraw} = this;
        this.withdraw = null;
        return withdraw !== null && withdraw();
    }

    /* A cancellation that came meanwhile counts, because there is no result to lose. */
    run() {
        this.remove();
        if (this.task._isCancelled)
            this._reject(makeCancelled(this.task));
        else
            this._resolve();
    }
}

/* A wait that is cancelled or over from the beginning: it yields, once. */
function yieldOnce(task) {
    const wait = new Pause(task, null);
    wait.wake();
    return wait.promise;
}

class Task {
    constructor(owner, id, name, parent) {
        this.name = name;
        this._driver = owner;
        this._id = id;
        this._parent = parent; // is told of the end
        this._scope = null; // the innermost open one
        this._isCancelled = false;
        this._waits = new Set();
        this._armed = Infinity;
        this._status = PENDING;
        this._value = undefined;
        this._error = null;
        this._waiters = new Set();
        this._start = null;
        this._onIdle = null;
    }

    // --- the driver's ---

    _arm(wait, deadline) {
        wait.deadline = deadline;
        if (deadline < this._armed) {
            this._armed = deadline;
            this._driver.native.arm(this._id, deadline);
        }
    }

    _timeHasCome() {
        const time = this._armed;
        this._armed = Infinity;
        for (const wait of this._waits) {
            if (wait.deadline <= time) {
                wait.deadline = Infinity;
                wait.wake();
            } else if (wait.deadline < Infinity) {
                this._arm(wait, wait.deadline);
            }
        }
    }

    /* To what waits in the scope where the task is now; further out it comes when this scope has been left. */
    _deliver() {
        for (const wait of this._waits) {
            if (wait.scope === this._scope && wait.abort())
                wait.wake();
        }
    }

    /* Whether there are waits in scope, or scopes inside it, that nobody awaited. null: in the whole task. */
    _hasLeft(scope) {
        if (this._scope !== scope)
            return true;
        for (const wait of this._waits) {
            if (wait.scope === scope)
                return true;
        }
        return false;
    }

    /* Cancels what is left inside, which may be shielded, and waits for its end. */
    async _settle(scope) {
        let inner = this._scope;
        while (inner !== scope && inner._outer !== scope)
            inner = inner._outer;
        for (const wait of this._waits)
            wait.promise?.catch(() => {}); // nobody listens
        if (inner !== scope)
            inner.cancel('left open');
        (scope ?? this).cancel('left with something open inside');
        await new Promise(resolve => {
            this._onIdle = {scope, resolve};
            this._checkIdle();
        });
    }

    _checkIdle() {
        const {scope, resolve} = this._onIdle;
        if (this._hasLeft(scope))
            return;
        this._onIdle = null;
        resolve();
    }

    _leftError() {
        return misuse(`Task "${this.name}" went on while something it had begun was not over: await every promise of Anyio, and run what shall go on at the same time in a task group`);
    }

    async _settleAndFinish(hasFailed, error) {
        await this._settle(null);
        this._finish(undefined, true, hasFailed && !isCancelled(error) ? combine([error, this._leftError()]) : this._leftError());
    }

    _finish(value, hasFailed, error) {
        if (this._hasLeft(null)) {
            this._settleAndFinish(hasFailed, error);
            return;
        }
        this._driver.tasks.delete(this._id);
        const isOurs = hasFailed && isCancelled(error) && (this._isCancelled || ours.has(error));
        if (!hasFailed) {
            this._status = FINISHED;
            this._value = value;
        } else {
            this._status = isOurs ? CANCELLED : FAILED;
            this._error = error;
        }
        this._parent._childEnded(this);
        for (const wait of this._waiters) {
            wait.withdraw = null;
            this._driver.pushOrRun(wait);
        }
        this._waiters.clear();
    }

    /* Ends the task in the core. */
    _end() {
        const owner = this._driver;
        const flags = owner.native.end(this._id, this._status, this._error !== null ? describe(this._error) : null);
        if (this._error !== null)
            owner.takeEvents();
        return flags;
    }

    _checkAlive() {
        if (this._status !== PENDING)
            throw misuse(`Task "${this.name}" has ended`);
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
            throw misuse(`Task "${this.name}" called started() twice`);
        start.isStarted = true;
        start.value = value;
        if (this._driver.native.started(this._id)) {
            this._parent = start.target;
            this._driver.takeEvents();
        }
    }

    wait(context) {
        const task = taskOf(context, 'Task.wait');
        if (this._status !== PENDING || task._isCancelled)
            return yieldOnce(task);
        if (task === this)
            throw misuse(`Task "${this.name}" waits for itself`);
        const wait = new Pause(task, () => this._waiters.delete(wait));
        this._waiters.add(wait);
        return wait.promise;
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
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.PENDING, `Task "${this.name}" has not ended`);
        if (this._error !== null)
            throw this._error;
        return this._value;
    }

    toString() {
        return `[Anyio.Task "${this.name}"]`;
    }
}

/* The parent of tasks at the root: whoever started them is told. */
class Root {
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
}

// --- cancel scopes ----------------------------------------------------------------------------------------------------------------------------

class CancelScope {
    constructor({deadline = Infinity, timeout = Infinity, shield = false} = {}) {
        this._state = NEW;
        this._isTimeout = timeout !== Infinity;
        this._deadline = this._isTimeout ? Math.max(checkSeconds(timeout), 0) : checkSeconds(deadline);
        this._shield = shield;
        this._called = false;
        this._caught = false;
        this._reason = null;
        this._isJoining = false;
    }

    get _scope() {
        return this;
    }

    _enter(task, enter) {
        if (this._state !== NEW)
            throw misuse(`Task "${task.name}" enters a scope that was entered by task "${this._task.name}"; each is entered once`);
        const flags = (this._shield ? SHIELD : 0) | (this._isTimeout ? TIMEOUT : 0);
        const number = task._driver.native[enter](task._id, this._deadline, flags);
        this._task = task;
        this._id = number >>> 1;
        this._state = LIVE;
        this._outer = task._scope;
        task._scope = this;
        task._isCancelled = (number & IS_CANCELLED) !== 0;
        if (this._called) {
            task._driver.native.cancel(this._id, 0, this._reason.text);
            task._driver.takeEvents();
        }
    }

    /* Everything inside is over. Returns the core's flags. */
    _leave(wasCancelled) {
        const task = this._task;
        const native = task._driver.native;
        const flags = native.exit(this._id, wasCancelled);
        this._state = ENDED;
        task._scope = this._outer;
        task._isCancelled = (flags & IS_CANCELLED) !== 0;
        if (flags & CALLED) {
            this._called = true;
            this._reason = readReason(native, this._id);
            native.drop_scope(this._id);
        }
        if (wasCancelled && flags & ABSORBS)
            this._caught = true;
        if (task._isCancelled)
            task._deliver();
        if (task._onIdle !== null)
            task._checkIdle();
        return flags;
    }

    async _run(body, task, fails) {
        let value;
        let error = null;
        this._enter(task, 'enter');
        try {
            value = await callAsync(body, this);
        } catch (raised) {
            error = raised;
        }
        if (task._hasLeft(this)) {
            await task._settle(this);
            error = error !== null && !isCancelled(error) ? combine([error, task._leftError()]) : task._leftError();
        }
        const wasCancelled = error !== null && isCancelled(error);
        const flags = this._leave(wasCancelled);
        if (this._caught) {
            if (fails && flags & EXPIRED)
                throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT, `The deadline of a scope in task "${task.name}" passed`);
            return undefined;
        }
        if (error !== null)
            throw error;
        return value;
    }

    // --- public ---

    run(body, context) {
        checkFunction(body, 'CancelScope.run');
        return this._run(body, taskOf(context, 'CancelScope.run'), false);
    }

    cancel(reason = null) {
        if (this._state === LIVE) {
            const owner = this._task._driver;
            owner.native.cancel(this._id, 0, reason);
            owner.takeEvents();
        } else if (!this._called) {
            this._called = true;
            if (this._state === NEW)
                this._reason = {kind: Native.CancelKind.EXPLICIT, text: reason, byTask: null};
        }
    }

    get task() {
        return this._task ?? null;
    }

    get deadline() {
        if (this._state === LIVE)
            return this._task._driver.native.get_deadline(this._id);
        return this._isTimeout && this._state === NEW ? this._deadline + Native.current_time() : this._deadline;
    }

    set deadline(deadline) {
        this._deadline = checkSeconds(deadline);
        this._isTimeout = false;
        if (this._state === LIVE) {
            this._task._driver.native.set_deadline(this._id, deadline);
            this._task._driver.takeEvents();
        }
    }

    get shield() {
        return this._shield;
    }

    set shield(shield) {
        this._shield = !!shield;
        if (this._state === LIVE) {
            this._task._driver.native.set_shield(this._id, this._shield);
            this._task._driver.takeEvents();
        }
    }

    get cancelCalled() {
        if (this._state !== LIVE)
            return this._called;
        const called = this._task._driver.native.get_called(this._id);
        this._task._driver.takeEvents();
        return called;
    }

    get cancelledCaught() {
        return this._caught;
    }

    get reason() {
        if (this._state !== LIVE)
            return this._reason;
        return readReason(this._task._driver.native, this._id);
    }

    get native() {
        if (this._state !== LIVE)
            throw misuse('The scope is not open');
        return this._task._driver.native.get_scope(this._id);
    }
}

function readReason(native, id) {
    const [kind, text, byTask] = native.get_reason(id);
    return kind === Native.CancelKind.NONE ? null : {kind, text, byTask};
}

const shownGroups = new WeakMap(); // by the core's object

// --- task groups ------------------------------------------------------------------------------------------------------------------------------

class TaskGroup {
    constructor({strict = false} = {}) {
        this.cancelScope = new CancelScope();
        this.strict = strict;
        this._errors = [];
        this._wasCancelled = false; // a cancellation came out of the body or a child
        this._native = null; // if not, other languages can have put tasks into it
    }

    get _scope() {
        return this.cancelScope;
    }

    get task() {
        return this.cancelScope.task;
    }

    // --- the driver's ---

    _bodyFailed(error) {
        const scope = this.cancelScope;
        const {native} = scope._task._driver;
        if (isCancelled(error) && (scope._task._isCancelled || ours.has(error))) {
            this._wasCancelled = true;
            native.fail_body(scope._id, CANCELLED, null);
        } else {
            this._errors.push(error);
            native.fail_body(scope._id, FAILED, describe(error));
        }
        scope._task._driver.takeEvents();
    }

    _childEnded(task) {
        if (task._status === FAILED)
            this._errors.push(task._error);
        const flags = task._end();
        if (task._status === CANCELLED && !(flags & ABSORBED))
            this._wasCancelled = true;
        if (flags & GROUP_CLOSED)
            task._driver.closed(this.cancelScope._id);
    }

    async _run(body, task) {
        const scope = this.cancelScope;
        let value;
        let error = null;
        scope._enter(task, 'enter_group');
        try {
            value = await callAsync(body, this);
        } catch (raised) {
            error = raised;
            this._bodyFailed(raised);
        }
        if (task._hasLeft(scope)) {
            await task._settle(scope);
            this._bodyFailed(task._leftError());
        }
        scope._isJoining = true;
        await join(task._driver, scope._id);
        if (this._native !== null)
            this._takeFailures(task._driver.native);
        const flags = scope._leave(this._wasCancelled);
        if (this._errors.length > 0)
            throw combine(this._errors, this.strict);
        if (!this._wasCancelled)
            return value;
        if (flags & ABSORBS)
            return undefined;
        throw error !== null && ours.has(error) ? error : makeCancelled(task);
    }

    /* What failed in tasks of other languages. */
    _takeFailures(native) {
        for (;;) {
            try {
                if (native.take_failure(this.cancelScope._id))
                    return;
            } catch (error) {
                this._errors.push(error);
            }
        }
    }

    _checkOpen(func, where) {
        checkFunction(func, where);
        if (this.cancelScope._state !== LIVE)
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED, `${where}(): the task group is ${this.cancelScope._state === NEW ? 'not open yet' : 'closed'}`);
        return this.cancelScope._task._driver;
    }

    // --- public ---

    startSoon(func, name = func?.name || 'task') {
        const owner = this._checkOpen(func, 'TaskGroup.startSoon');
        return owner.spawn(this.cancelScope._id, name, func, this);
    }

    async start(func, context = this, name = func?.name || 'task') {
        const owner = this._checkOpen(func, 'TaskGroup.start');
        const task = taskOf(context, 'TaskGroup.start');
        return new Start(this).run(owner, task, func, name);
    }

    cancel(reason = null) {
        this.cancelScope.cancel(reason);
    }

    get native() {
        if (this.cancelScope._state !== LIVE)
            throw misuse('The task group is not open');
        this._native ??= this.task._driver.native.get_group(this.cancelScope._id);
        shownGroups.set(this._native, this);
        return this._native;
    }
}

/* Ends the body of a group and waits until all in it has ended. It cannot be aborted. */
function join(owner, id) {
    return new Promise(resolve => {
        if (owner.native.end_body(id))
            owner.push({run: resolve});
        else
            owner.joining.set(id, resolve);
    });
}

/* A pending start(): a scope of its caller, and the parent of the child until that is ready. */
class Start extends CancelScope {
    constructor(target) {
        super();
        this.target = target;
        this.isStarted = false;
        this.value = undefined;
        this._child = null;
        this._wasCancelled = false;
    }

    _childEnded(task) {
        const flags = task._end();
        if (task._status === CANCELLED && !(flags & ABSORBED))
            this._wasCancelled = true;
        if (flags & GROUP_CLOSED)
            task._driver.closed(this._id);
    }

    async run(owner, caller, func, name) {
        const number = owner.native.enter_start(caller._id, this.target.cancelScope._id);
        if (number === 0)
            throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED, 'TaskGroup.start(): the task group is closed');
        this._task = caller;
        this._id = number >>> 1;
        this._state = LIVE;
        this._isJoining = true;
        this._outer = caller._scope;
        caller._scope = this;
        caller._isCancelled = (number & IS_CANCELLED) !== 0;
        const task = owner.spawn(this._id, name, func, this);
        task._start = this;
        await join(owner, this._id);
        this._leave(this._wasCancelled);
        if (task._parent === this && task._status === FAILED)
            throw task._error;
        if (this._wasCancelled)
            throw makeCancelled(caller);
        if (!this.isStarted)
            throw new GLib.Error(Native.Error, Native.Error.NOT_STARTED, `Task "${name}" ended without calling started()`);
        return this.value;
    }
}

// --- what the namespace gets -------------------------------------------------------------------------------------------------------------------

/* Runs func as a task at the root; the promise settles as it ends. */
function runAtRoot(owner, func, name) {
    return new Promise((resolve, reject) => {
        owner.spawn(0, name, func, new Root(task => (task._error !== null ? reject(task._error) : resolve(task._value))));
    });
}

function withContext(context, name, func) {
    return context === undefined || context === null ? runAtRoot(useDriver(), func, name) : func(taskOf(context, name));
}

function scopeWith(options, name, body, context, isFailing) {
    const scope = new CancelScope(options);
    checkFunction(body, name);
    const run = task => scope._run(body, task, isFailing);
    return withContext(context, name, isFailing ? run : async task => {
        await run(task);
        return scope;
    });
}

function makeOptions({clock = null, backend = null, seed = null}) {
    const options = new Native.RunOptions();
    if (clock !== null)
        options.set_clock(clock);
    if (backend !== null)
        options.set_backend(backend);
    if (seed !== null)
        options.set_seed(seed);
    return options;
}

/* A run with options of its own: it ends when all at the root has ended. */
async function runOnItsOwn(main, name, options) {
    if (driver !== null && driver.tasks.size > 0)
        throw misuse('Anyio.run() with options, while tasks are running already');
    driver?.close();
    const own = driver = new Driver(makeOptions(options));
    own.hasClock = !!options.clock;
    let outcome;
    try {
        outcome = {value: await runAtRoot(own, main, name)};
    } catch (error) {
        outcome = {error};
    }
    const deadlock = own.native.get_deadlock();
    while (!own.native.is_finished()) {
        own.takeEvents();
        await new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => resolve()));
    }
    own.close();
    if (deadlock !== null)
        throw new GLib.Error(Native.Error, Native.Error.DEADLOCK, `Nothing can run and nothing is outstanding:\n${deadlock}`);
    if ('error' in outcome)
        throw outcome.error;
    return outcome.value;
}

const functions = {
    isCancelled,

    run(main, options = null) {
        checkFunction(main, 'Anyio.run');
        const name = main.name || 'main';
        return options === null ? runAtRoot(useDriver(), main, name) : runOnItsOwn(main, name, options);
    },

    runSync(main, options = null) {
        checkFunction(main, 'Anyio.runSync');
        let hasRun = false;
        let outcome = null;
        const context = GLib.MainContext.ref_thread_default();
        Promise.resolve().then(() => (hasRun = true));
        context.iteration(false);
        if (!hasRun)
            throw misuse('Anyio.runSync() blocks, so it cannot be called in an async function or after a top-level await: write "await Anyio.run (...)"');
        functions.run(main, options).then(value => (outcome = {value}), error => (outcome = {error}));
        while (outcome === null)
            context.iteration(true);
        if ('error' in outcome)
            throw outcome.error;
        return outcome.value;
    },

    start(func, name = func?.name || 'task') {
        checkFunction(func, 'Anyio.start');
        return useDriver().spawn(0, name, func, new Root(reportBackgroundError));
    },

    startIn(group, func, name = func?.name || 'task') {
        checkFunction(func, 'Anyio.startIn');
        if (shownGroups.has(group))
            return shownGroups.get(group).startSoon(func, name);
        const owner = useDriver();
        return owner.add(owner.native.spawn_in(group, name), name, func, {_childEnded: task => task._end()});
    },

    setBackgroundErrorHandler(handler) {
        backgroundErrorHandler = handler;
    },

    sleep(seconds, context) {
        const task = taskOf(context, 'Anyio.sleep');
        if (!(checkSeconds(seconds) > 0) || task._isCancelled)
            return yieldOnce(task);
        return sleepUntil(task, Native.current_time() + seconds);
    },

    sleepUntil(deadline, context) {
        const task = taskOf(context, 'Anyio.sleepUntil');
        if (!(checkSeconds(deadline) > Native.current_time()) || task._isCancelled)
            return yieldOnce(task);
        return sleepUntil(task, deadline);
    },

    sleepForever(context) {
        const task = taskOf(context, 'Anyio.sleepForever');
        return task._isCancelled ? yieldOnce(task) : new Pause(task, () => true).promise;
    },

    checkpoint(context) {
        return yieldOnce(taskOf(context, 'Anyio.checkpoint'));
    },

    currentTime() {
        return Native.current_time();
    },

    wait(begin, context) {
        const task = taskOf(context, 'Anyio.wait');
        checkFunction(begin, 'Anyio.wait');
        const cancellable = new Gio.Cancellable();
        if (task._isCancelled)
            cancellable.cancel();
        const promise = begin(cancellable);
        if (typeof promise?.then !== 'function')
            throw new TypeError('Anyio.wait() expects a function that returns a promise: see Gio._promisify()');
        const operation = new Operation(task, cancellable);
        return promise.then(value => operation.succeeded(value), error => operation.failed(error));
    },

    withTaskGroup(body, context, options) {
        checkFunction(body, 'Anyio.withTaskGroup');
        const group = new TaskGroup(options);
        return withContext(context, body.name || 'withTaskGroup', task => group._run(body, task));
    },

    withTimeout: (seconds, body, context) => scopeWith({timeout: seconds}, 'Anyio.withTimeout', body, context, true),
    withDeadline: (deadline, body, context) => scopeWith({deadline}, 'Anyio.withDeadline', body, context, true),
    moveOnAfter: (seconds, body, context) => scopeWith({timeout: seconds}, 'Anyio.moveOnAfter', body, context, false),
    moveOnAt: (deadline, body, context) => scopeWith({deadline}, 'Anyio.moveOnAt', body, context, false),
    shielded: (body, context) => withContext(context, 'Anyio.shielded', task => new CancelScope({shield: true}).run(body, task)),

    box(value) {
        if (value === null || value instanceof GObject.Object || value instanceof GLib.Variant || ['string', 'number', 'boolean'].includes(typeof value))
            return value;
        const box = new functions.Box();
        box.value = value;
        return box;
    },

    unbox(value) {
        return value instanceof functions.Box ? value.value : value;
    },
};

function sleepUntil(task, deadline) {
    const wait = new Pause(task, () => {
        wait.deadline = Infinity;
        return true;
    });
    if (deadline < Infinity)
        task._arm(wait, deadline);
    return wait.promise;
}

/* The task goes on when the operation is over, also when it is cancelled: its own result tells how. */
class Operation extends Wait {
    constructor(task, cancellable) {
        super(task);
        this.cancellable = cancellable;
        this.isAborted = task._isCancelled;
        task._driver.addOutstanding(1);
    }

    abort() {
        if (!this.isAborted)
            this.task._driver.doom(this.cancellable);
        this.isAborted = true;
        return false;
    }

    remove() {
        super.remove();
        this.task._driver.addOutstanding(-1);
    }

    succeeded(value) {
        this.remove();
        return value;
    }

    failed(error) {
        this.remove();
        if (isCancelled(error) && (this.isAborted || this.task._isCancelled))
            throw makeCancelled(this.task);
        throw error;
    }
}

function reportBackgroundError(task) {
    if (task._status !== FAILED || task._isObserved)
        return;
    if (backgroundErrorHandler !== null)
        backgroundErrorHandler(task.name, task._error);
    else
        logError(task._error, `Task "${task.name}", which nobody waits for, failed`);
}

/* gjs finds the prototype of a wrapper through the name in the namespace, so the name stays the native class, except that `new` and `instanceof` mean ours. */
function standIn(nativeClass, ownClass) {
    return new Proxy(nativeClass, {
        construct: (target, args) => new ownClass(...args),
        get: (target, key, receiver) => (key === Symbol.hasInstance ? value => value instanceof ownClass : Reflect.get(target, key, receiver)),
    });
}

function _init() {
    Native = this;
    for (const name of ['CancelScope', 'Driver', 'Task', 'TaskGroup'])
        NativeClass[name] = Native[name];
    Object.assign(Native, functions, {
        CancelScope: standIn(NativeClass.CancelScope, CancelScope),
        Task: standIn(NativeClass.Task, Task),
        TaskGroup: standIn(NativeClass.TaskGroup, TaskGroup),
    });
    Native.Box = functions.Box = GObject.registerClass({GTypeName: 'AnyioJsBox'}, class Box extends GObject.Object {});
}
