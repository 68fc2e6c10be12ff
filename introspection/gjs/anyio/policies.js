// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported GroupExtra */

// What few task groups have: a policy that says what the end of a child means, a bound on the tasks that run at once, and the tasks in the order in which they end.
//
// The policy sees ends in the order in which they happen, so a tie goes to the earlier one. A cancellation that answers ours decides nothing. A failure that the policy
// keeps does not cancel the group.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const roots = imports.anyio.roots;
const tasks = imports.anyio.tasks;
const {WaitQueue, Waiter, succeed} = imports.anyio.queue;
const {FINISHED, FAILED, CANCELLED, ABSORBED, ALL, COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE} = library;

const WON = {[FIRST_DONE]: 'another task of the group was done first', [FIRST_SUCCESS]: 'another task of the group succeeded first'};

var GroupExtra = class GroupExtra {
    /* nChildren: those that run already. */
    constructor(group, nChildren = 0) {
        this.group = group;
        this.policy = ALL;
        this.childFailed = null;
        this.reportsLate = false; // failures after the decision go to the background error handler
        this.winner = null;
        this.failures = [...group._errors]; // in order of arrival
        this.nChildren = nChildren;
        this.maxConcurrency = Infinity;
        this.held = []; // beginnings of tasks that are beyond the bound
        this.completed = null; // tasks that have ended and were not asked for
        this.waiting = new WaitQueue(); // who waits for the next end
    }

    // --- the bound ---

    /* Whether the beginning of a new child has to wait. */
    holdBack(turn) {
        this.nChildren++;
        if (this.held.length === 0 && this.nChildren <= this.maxConcurrency) // what childFailed starts comes behind those who wait
            return false;
        this.held.push(turn);
        return true;
    }

    /* One that start() has handed over runs already. */
    takeChild() {
        this.nChildren++;
    }

    release() {
        while (this.held.length > 0 && this.nChildren - this.held.length < this.maxConcurrency)
            this.group.task._driver._begin(this.held.shift());
    }

    // --- the ends ---

    /* Returns the core's flags. */
    childEnded(task) {
        this.nChildren--;
        this._complete(task);
        const flags = task._end(this._decide(task));
        if (task._status === CANCELLED && flags & ABSORBED && this.policy === FIRST_DONE)
            this._win(task, 0);
        this.release();
        this.tellEmpty();
        return flags;
    }

    /* Whether the end means no failure to the group. */
    _decide(task) {
        const status = task._status;
        if (status === CANCELLED)
            return false;
        if (status === FAILED && this.winner !== null && this.reportsLate) {
            roots.report(task.name, task._error);
            return true;
        }
        if (this.policy === FIRST_DONE || this.policy === FIRST_SUCCESS && status === FINISHED)
            this._win(task, task._id);
        if (status !== FAILED)
            return false;
        if (this.policy === SUPERVISE) {
            return this._tell(task);
        }
        if (this.policy !== COLLECT && this.policy !== FIRST_SUCCESS) {
            this._fail(task._error);
            return false;
        }
        this.failures.push(task._error);
        return true;
    }

    /* Fails the group. */
    _fail(error) {
        this.failures.push(error);
        this.group._errors.push(error);
    }

    /* id: by which the core still knows it, or 0. */
    _win(task, id) {
        if (this.winner !== null)
            return;
        this.winner = task;
        this.group.cancelScope._cancelBy(id, WON[this.policy]);
    }

    _tell(task) {
        if (this.childFailed === null) {
            roots.report(task.name, task._error);
            return true;
        }
        try {
            this.childFailed(task, task._error);
            return true;
        } catch (error) {
            this._fail(error);
            return false;
        }
    }

    /* All have ended. */
    closing(wasCancelled) {
        if (this.winner !== null || this.policy !== FIRST_DONE && this.policy !== FIRST_SUCCESS)
            return;
        const own = this.group._errors;
        if (wasCancelled && own.length === 0) // somebody might still have won
            return;
        if (this.policy === FIRST_SUCCESS)
            own.push(...this.failures.filter(error => !own.includes(error)));
        if (own.length === 0) {
            own.push(new GLib.Error(library.Native.Error, library.Native.Error.EMPTY,
                'No task of the task group came to an end of its own that could decide'));
        }
    }

    // --- in the order of the ends ---

    get _isEmpty() {
        return this.nChildren === 0 && this.group._nStarts === 0;
    }

    /* A failure is given before it cancels the group, so who waits always sees it. */
    _complete(task) {
        if (this.completed === null)
            return;
        if (this.waiting.first !== null)
            this.waiting.shift().serve({value: task, done: false});
        else
            this.completed.push(task);
    }

    tellEmpty() {
        if (this._isEmpty)
            this.waiting.serveAll({value: undefined, done: true});
    }

    next(context) {
        const task = tasks.taskOf(context, 'TaskGroup.completed');
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        if (this.completed.length > 0)
            return succeed(task, {value: this.completed.shift(), done: false});
        return this._isEmpty ? succeed(task, {value: undefined, done: true}) : new Waiter(task, this.waiting).promise;
    }

    iterate(context) {
        this.completed ??= [];
        return {
            next: () => this.next(context),
            return: async value => ({value, done: true}),
            [Symbol.asyncIterator]() {
                return this;
            },
        };
    }
};
