// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported TaskGroup, startIn */

// Task groups, and start().

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const driver = imports.anyio.driver;
const tasks = imports.anyio.tasks;
const {CancelScope, NEW, LIVE} = imports.anyio.scopes;
const {GroupExtra} = imports.anyio.policies;
const {FAILED, CANCELLED, IS_CANCELLED, ABSORBS, GROUP_CLOSED, ABSORBED, ALL, SUPERVISE} = library;

const shownGroups = new WeakMap(); // by the core's object

// --- task groups ------------------------------------------------------------------------------------------------------------------------------

var TaskGroup = class TaskGroup {
    constructor({strict = false, policy = ALL, maxConcurrency = Infinity, childFailed = null} = {}) {
        this.cancelScope = new CancelScope();
        this.strict = strict;
        this._errors = [];
        this._wasCancelled = false; // a cancellation came out of the body or a child
        this._native = null; // if not, other languages can have put tasks into it
        this._nStarts = 0; // pending start()s
        this._extra = null; // a GroupExtra, made when it is needed
        if (policy !== ALL)
            this.policy = policy;
        if (maxConcurrency !== Infinity)
            this.maxConcurrency = maxConcurrency;
        if (childFailed !== null)
            this.childFailed = childFailed;
    }

    _resolve(where) {
        return this.cancelScope._resolve(where);
    }

    get task() {
        return this.cancelScope.task;
    }

    // --- the driver's ---

    _bodyFailed(error) {
        const scope = this.cancelScope;
        const {native} = scope._task._driver;
        if (errors.isOurs(error, scope._task)) {
            this._wasCancelled = true;
            native.fail_body(scope._id, CANCELLED, null);
        } else {
            this._errors.push(error);
            this._extra?.failures.push(error);
            native.fail_body(scope._id, FAILED, errors.describe(error));
        }
        scope._task._driver.takeEvents();
    }

    _childEnded(task) {
        if (task._status === FAILED && this._extra === null)
            this._errors.push(task._error);
        const flags = this._extra === null ? task._end() : this._extra.childEnded(task);
        if (task._status === CANCELLED && !(flags & ABSORBED))
            this._wasCancelled = true;
        if (flags & GROUP_CLOSED)
            task._driver.closed(this.cancelScope._id);
    }

    _getExtra() {
        if (this._extra === null) {
            const live = this.cancelScope._state === LIVE ? [...this.task._driver.tasks.values()] : [];
            this._extra = new GroupExtra(this, live.filter(task => task._parent === this).length);
        }
        return this._extra;
    }

    async _run(body, task) {
        const scope = this.cancelScope;
        let value;
        let error = null;
        scope._enter(task, 'enter_group');
        try {
            value = await errors.callAsync(body, this);
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
        this._extra?.closing(this._wasCancelled);
        const flags = scope._leave(this._wasCancelled);
        if (this._errors.length > 0)
            throw errors.combine(this._errors, this.strict);
        if (!this._wasCancelled)
            return value;
        if (flags & ABSORBS)
            return value;
        throw error !== null && errors.isOurs(error, task) ? error : errors.makeCancelled(task);
    }

    /* What failed in tasks of other languages. */
    _takeFailures(native) {
        for (;;) {
            try {
                if (native.take_failure(this.cancelScope._id))
                    return;
            } catch (error) {
                this._errors.push(error);
                this._extra?.failures.push(error);
            }
        }
    }

    _checkOpen(func, where) {
        errors.checkFunction(func, where);
        if (this.cancelScope._state !== LIVE)
            throw errors.ioError('CLOSED', `${where}(): the task group is ${this.cancelScope._state === NEW ? 'not open yet' : 'closed'}`);
        return this.cancelScope._task._driver;
    }

    // --- public ---

    startSoon(func, name = func?.name || 'task') {
        const owner = this._checkOpen(func, 'TaskGroup.startSoon');
        return owner.spawn(this.cancelScope._id, name, func, this);
    }

    /* null if as many run as may. */
    tryStartSoon(func, name = func?.name || 'task') {
        this._checkOpen(func, 'TaskGroup.tryStartSoon');
        return this._extra !== null && this._extra.nChildren >= this._extra.maxConcurrency ? null : this.startSoon(func, name);
    }

    async start(func, context = this, name = func?.name || 'task') {
        const owner = this._checkOpen(func, 'TaskGroup.start');
        const task = tasks.taskOf(context, 'TaskGroup.start');
        return new Start(this).run(owner, task, func, name);
    }

    /* What the end of a child means. */
    get policy() {
        return this._extra?.policy ?? ALL;
    }

    set policy(policy) {
        if (!(Number.isInteger(policy) && policy >= ALL && policy <= SUPERVISE))
            throw new RangeError(`${policy} is no Anyio.JoinPolicy`);
        if (this._getExtra().nChildren > 0)
            throw errors.misuse('The policy of a task group is chosen before its first task is started');
        this._extra.policy = policy;
    }

    /* Told of failures under JoinPolicy.SUPERVISE. */
    get childFailed() {
        return this._extra?.childFailed ?? null;
    }

    set childFailed(func) {
        if (func !== null && typeof func !== 'function')
            throw new TypeError(`childFailed is a function or null, not ${func}`);
        this._getExtra().childFailed = func;
    }

    get maxConcurrency() {
        return this._extra?.maxConcurrency ?? Infinity;
    }

    set maxConcurrency(number) {
        if (!(number >= 1))
            throw new RangeError(`A task group runs 1 task or more at a time, not ${number}`);
        this._getExtra().maxConcurrency = number;
        this._extra.release();
    }

    /* The task that decided; null if none has. */
    get winner() {
        return this._extra?.winner ?? null;
    }

    /* In order of arrival. */
    get failures() {
        return [...this._extra?.failures ?? this._errors];
    }

    /* For "for await", from before the first task is started: the tasks in the order in which they end. */
    completed(context = this) {
        return this._getExtra().iterate(context);
    }

    cancel(reason = null) {
        this.cancelScope.cancel(reason);
    }

    get native() {
        if (this.cancelScope._state !== LIVE)
            throw errors.misuse('The task group is not open');
        this._native ??= this.task._driver.native.get_group(this.cancelScope._id);
        shownGroups.set(this._native, this);
        return this._native;
    }
};

/* A task in a group of another language, or in one of ours that was shown to it. */
function startIn(group, func, name = func?.name || 'task') {
    errors.checkFunction(func, 'Anyio.startIn');
    if (shownGroups.has(group))
        return shownGroups.get(group).startSoon(func, name);
    const owner = driver.use();
    return owner.add(owner.native.spawn_in(group, name), name, func, {_childEnded: task => task._endElsewhere()});
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
var Start = class Start extends CancelScope {
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
            throw errors.ioError('CLOSED', 'TaskGroup.start(): the task group is closed');
        this._task = caller;
        this._id = number >>> 1;
        this._state = LIVE;
        this._isJoining = true;
        this._outer = caller._scope;
        caller._scope = this;
        caller._isCancelled = (number & IS_CANCELLED) !== 0;
        const task = owner.spawn(this._id, name, func, this);
        task._start = this;
        this.target._nStarts++;
        await join(owner, this._id);
        this.target._nStarts--;
        this.target._extra?.tellEmpty();
        const flags = this._leave(this._wasCancelled);
        owner.takeEvents(); // the target may have waited for this
        if (task._parent === this && task._status === FAILED)
            throw task._error;
        if (this._wasCancelled && !(flags & ABSORBS))
            throw errors.makeCancelled(caller);
        if (!this.isStarted)
            throw new GLib.Error(library.Native.Error, library.Native.Error.NOT_STARTED, `Task "${name}" ended without calling started()`);
        return this.value;
    }
};
