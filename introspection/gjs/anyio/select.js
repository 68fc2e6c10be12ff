// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported select, toSleep */

// select(): waits for several operations and does exactly one of them.
//
// First it tries each once, beginning at a place that moves on from call to call. If none is possible now, it stands in the queues of all; whoever serves one branch takes
// the others out in the same breath. A passed deadline or a cancellation does the same, so nothing is done that is not told.

const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {NOT_NOW, Waiter, succeed} = imports.anyio.queue;

let rotation = 0;

class Branch {
    constructor(selection, index, data) {
        this.selection = selection;
        this.task = selection.task;
        this.index = index;
        this.data = data;
        this.queue = null;
    }

    serve(value) {
        this.selection.leaveQueues();
        this.selection.serve({index: this.index, value});
    }

    fail(error) {
        this.selection.leaveQueues();
        this.selection.fail(error);
    }
}

class Selection extends Waiter {
    constructor(task, operations) {
        super(task, null);
        this.branches = [];
        this.timer = null;
        operations.forEach((operation, index) => {
            if (operation.queue === null) {
                if (this.timer === null || operation.deadline < this.timer.deadline)
                    this.timer = {index, deadline: operation.deadline};
                return;
            }
            const branch = new Branch(this, index, operation.data);
            operation.queue.append(branch);
            this.branches.push(branch);
        });
        if (this.timer !== null && this.timer.deadline < Infinity)
            task._arm(this, this.timer.deadline);
    }

    leaveQueues() {
        this.disarm();
        for (const branch of this.branches)
            branch.queue?.remove(branch);
        this.branches = [];
        this.timer = null;
    }

    timeHasCome() {
        if (this.timer === null)
            return;
        const {index} = this.timer;
        this.leaveQueues();
        this.serve({index, value: undefined});
    }

    abort() {
        if (this.isServed)
            return false;
        this.leaveQueues();
        return true;
    }
}

function select(operations, context) {
    const task = tasks.taskOf(context, 'Anyio.select');
    const list = [...operations];
    if (list.length === 0 || !list.every(operation => typeof operation?.attempt === 'function'))
        throw new TypeError('Anyio.select() expects one operation or more: what functions like toReceive() return');
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    const first = rotation++ % list.length;
    for (let i = 0; i < list.length; i++) {
        const index = (first + i) % list.length;
        let value;
        try {
            value = list[index].attempt(task);
        } catch (error) {
            return Promise.reject(error);
        }
        if (value !== NOT_NOW)
            return succeed(task, {index, value});
    }
    return new Selection(task, list).promise;
}

/* An operation that is possible after so many seconds. */
function toSleep(seconds) {
    const deadline = library.Native.current_time() + errors.checkSeconds(seconds);
    return {queue: null, deadline, attempt: () => (deadline > library.Native.current_time() ? NOT_NOW : undefined)};
}
