// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported select, toNever, toSleep, toSleepUntil */

// select(): waits for several operations and does exactly one of them.
//
// First it tries each once, beginning at a place that moves on from call to call. If none is possible now, it stands in the queues of all; whoever serves one branch takes
// the others out in the same breath. A passed deadline or a cancellation does the same, so nothing is done that is not told.
//
// An operation has attempt(task). queue is where its branch waits, deadline when it is possible, lock what is given back meanwhile; entered(branch) and left(branch) do what
// else there is to do when the wait begins, and when it ends because of another branch; timeHasCome() says what a deadline means that the queue has set.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {LockWaiter} = imports.anyio.locks;
const {NOT_NOW, succeed} = imports.anyio.queue;

let rotation = 0;

class Branch {
    constructor(selection, index, operation) {
        this.selection = selection;
        this.task = selection.task;
        this.index = index;
        this.operation = operation;
        this.data = operation.data;
        this.deadline = operation.deadline ?? Infinity;
        this.queue = null;
    }

    serve(value) {
        this.selection.leaveQueues(this);
        this.selection.decide({index: this.index, value}, null);
    }

    fail(error) {
        this.selection.leaveQueues(this);
        this.selection.decide(undefined, error);
    }

    /* Of a condition. */
    notified() {
        this.serve(undefined);
    }

    arm(deadline) {
        this.deadline = deadline;
        this.selection.armFirst();
    }
}

class Selection extends LockWaiter {
    constructor(task, operations, lock) {
        super(task, null, lock);
        this.branches = [];
        this.decision = undefined;
        try {
            operations.forEach((operation, index) => this.enter(new Branch(this, index, operation)));
        } catch (error) {
            this.leaveQueues(null);
            this.remove();
            throw error;
        }
        this.armFirst();
        if (lock !== null)
            lock._handOver();
    }

    enter(branch) {
        branch.operation.queue?.append(branch);
        this.branches.push(branch);
        branch.operation.entered?.(branch);
    }

    armFirst() {
        let deadline = Infinity;
        for (const branch of this.branches)
            deadline = Math.min(deadline, branch.deadline);
        if (deadline === this.deadline)
            return;
        this.disarm();
        if (deadline < Infinity)
            this.task._arm(this, deadline);
    }

    /* served: the branch that has its result, if one has. */
    leaveQueues(served) {
        this.disarm();
        const {branches} = this;
        this.branches = [];
        for (const branch of branches) {
            if (branch !== served)
                branch.queue?.remove(branch);
        }
        for (const branch of branches) {
            if (branch !== served)
                branch.operation.left?.(branch);
        }
    }

    decide(decision, error) {
        this.decision = decision;
        this.error = error;
        if (this.lock === null)
            this.serve();
        else
            this.lock._giveAgain(this);
    }

    serve() {
        super.serve(this.decision);
    }

    /* That of the branch with the earliest deadline. */
    timeHasCome() {
        let next = null;
        for (const branch of this.branches) {
            if (branch.deadline < (next?.deadline ?? Infinity))
                next = branch;
        }
        if (next?.operation.timeHasCome === undefined) {
            next?.serve(undefined);
        } else {
            next.deadline = Infinity;
            next.operation.timeHasCome(); // serves it, or arms it again
        }
    }

    abort() {
        if (this.branches.length === 0)
            return false;
        this.leaveQueues(null);
        return this.lock === null || this.abortForLock();
    }
}

/* The one that is given back while select() waits; null: none. */
function findLock(operations) {
    let found = null;
    for (const {lock} of operations) {
        if (lock === undefined || lock === found)
            continue;
        if (found !== null)
            throw errors.misuse('Anyio.select(): the conditions are of several locks; it can give back and take again one');
        found = lock;
    }
    return found;
}

function select(operations, context) {
    const task = tasks.taskOf(context, 'Anyio.select');
    const list = errors.listOf(operations, 'Anyio.select');
    if (list.length === 0 || !list.every(operation => typeof operation?.attempt === 'function'))
        throw new TypeError('Anyio.select() expects one operation or more: what functions like toReceive() return');
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    const first = rotation++ % list.length;
    try {
        for (let i = 0; i < list.length; i++) {
            const index = (first + i) % list.length;
            const value = list[index].attempt(task);
            if (value !== NOT_NOW)
                return succeed(task, {index, value});
        }
        return new Selection(task, list, findLock(list)).promise;
    } catch (error) {
        return Promise.reject(error);
    }
}

/* An operation that is never possible: for the place of one that has come to its end. */
function toNever() {
    return {queue: null, attempt: () => NOT_NOW};
}

function toSleepUntil(deadline) {
    errors.checkSeconds(deadline);
    return {queue: null, deadline, attempt: () => (deadline > library.Native.current_time() ? NOT_NOW : undefined)};
}

/* An operation that is possible after so many seconds. */
function toSleep(seconds) {
    return toSleepUntil(library.Native.current_time() + errors.checkSeconds(seconds));
}
