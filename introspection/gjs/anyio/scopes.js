// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported CancelScope, NEW, LIVE */

// Cancel scopes: the core's, by number, around an async function.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {IS_CANCELLED, ABSORBS, CALLED, EXPIRED, SHIELD, TIMEOUT} = library;

var NEW = 0; // states of a scope
var LIVE = 1;
var ENDED = 2;

var CancelScope = class CancelScope {
    constructor({deadline = Infinity, timeout = Infinity, shield = false} = {}) {
        this._state = NEW;
        this._isTimeout = timeout !== Infinity;
        this._deadline = this._isTimeout ? Math.max(errors.checkSeconds(timeout), 0) : errors.checkSeconds(deadline);
        this._shield = shield;
        this._called = false;
        this._caught = false;
        this._reason = null;
        this._isJoining = false;
        this._stopRequested = false;
    }

    _resolve(where) {
        if (this._state !== LIVE)
            throw errors.misuse(`${where}(): the scope is ${this._state === NEW ? 'not open yet' : 'closed'}`);
        if (this._isJoining)
            throw errors.misuse(`${where}(): the task group of task "${this._task.name}" waits for its end; its children pass the task that they were given`);
        return this._task._resolve(where);
    }

    _enter(task, enter) {
        if (this._state !== NEW)
            throw errors.misuse(`Task "${task.name}" enters a scope that was entered by task "${this._task.name}"; each is entered once`);
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
            task._onIdle();
        return flags;
    }

    /* id: of the task that cancels; 0: none. */
    _cancelBy(id, reason) {
        const owner = this._task._driver;
        owner.native.cancel(this._id, id, reason);
        owner.takeEvents();
    }

    async _run(body, task, fails) {
        let value;
        let error = null;
        this._enter(task, 'enter');
        try {
            value = await errors.callAsync(body, this);
        } catch (raised) {
            error = raised;
        }
        if (task._hasLeft(this)) {
            await task._settle(this);
            error = error !== null && !errors.isCancelled(error) ? errors.combine([error, task._leftError()]) : task._leftError();
        }
        const wasCancelled = error !== null && errors.isCancelled(error);
        const flags = this._leave(wasCancelled);
        if (this._caught) {
            if (fails && flags & EXPIRED)
                throw errors.ioError('TIMED_OUT', `The deadline of a scope in task "${task.name}" passed`);
            return undefined;
        }
        if (error !== null)
            throw error;
        return value;
    }

    // --- public ---

    run(body, context) {
        errors.checkFunction(body, 'CancelScope.run');
        return this._run(body, tasks.taskOf(context, 'CancelScope.run'), false);
    }

    cancel(reason = null) {
        if (this._state === LIVE) {
            this._cancelBy(0, reason);
        } else if (!this._called) {
            this._called = true;
            if (this._state === NEW)
                this._reason = {kind: library.Native.CancelKind.EXPLICIT, text: reason, byTask: null};
        }
    }

    /* The soft stop: nothing fails because of it before the grace, in seconds, is over. */
    requestStop(grace, reason = null) {
        errors.checkSeconds(grace);
        if (this._state === NEW)
            throw errors.misuse('CancelScope.requestStop(): the scope is not open yet');
        if (this._state !== LIVE)
            return;
        const owner = this._task._driver;
        this._stopRequested = true;
        owner.native.request_stop(this._id, grace, reason);
        owner.takeEvents();
    }

    get stopRequested() {
        return this._stopRequested || this._state === LIVE && this._task._driver.native.get_stop_requested(this._id);
    }

    get task() {
        return this._task ?? null;
    }

    get deadline() {
        if (this._state === LIVE)
            return this._task._driver.native.get_deadline(this._id);
        return this._isTimeout && this._state === NEW ? this._deadline + library.Native.current_time() : this._deadline;
    }

    set deadline(deadline) {
        this._deadline = errors.checkSeconds(deadline);
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
            throw errors.misuse('The scope is not open');
        return this._task._driver.native.get_scope(this._id);
    }
};

function readReason(native, id) {
    const [kind, text, byTask] = native.get_reason(id);
    return kind === library.Native.CancelKind.NONE ? null : {kind, text, byTask};
}
