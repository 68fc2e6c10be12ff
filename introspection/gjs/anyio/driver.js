// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Driver, current, use, replace */

// The JavaScript end of the scheduler: the queue of what can go on, and what the core tells of.
//
// The core calls Driver._dispatch() on the thread's own stack. It resumes one task; the next one follows when the promise jobs of the first have run, so that what a
// task does between two waits is one piece, as in C, and what it cancels counts for all others. Each such turn is an iteration of the main loop. The beginning of a
// task and what follows its end need no turn if nothing is before them in the queue.

const {GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const {ReadyQueue} = imports.anyio.ready;
const {CLOSED, TIMER, STOP_REQUESTED, IS_CANCELLED} = library;

const settled = Promise.resolve(); // then() of it, its result unused, is the cheapest way to a promise job
const TURNS = 256; // in a row; then everything else in the main loop gets its turn

var Driver = class Driver {
    constructor(options = null, seed = null) {
        this.native = library.NativeClass.Driver.new(options, nEvents => this._dispatch(nEvents));
        this.tasks = new Map();
        this.joining = new Map(); // groups whose closing is awaited, by the number of their scope
        this.stopping = new Map(); // Sets of waits for the soft stop, by the number of their task
        this.ready = new ReadyQueue(seed);
        this.doomed = []; // GCancellables, to be cancelled in the next turn
        this.isAwake = false;
        this.isTurning = false;
        this.turns = 0;
        this.hasClock = false;
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
            if (!this.ready.isEmpty) {
                this.isTurning = true;
                this.ready.shift().run();
                settled.then(this.endTurn);
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
        if (!this.ready.isEmpty || this.doomed.length > 0)
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
        // When nothing else is to be done, or a millisecond later.
        let other = 0;
        const wake = id => () => {
            GLib.source_remove(id ?? other);
            this.native.wake();
            return GLib.SOURCE_REMOVE;
        };
        const timeout = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, wake(null));
        other = GLib.idle_add(GLib.PRIORITY_LOW, wake(timeout));
    }

    push(turn) {
        this.ready.push(turn);
        this.wake();
    }

    /* For what follows the end of a task and cannot be withdrawn: without a turn if nothing is before it. */
    pushOrRun(turn) {
        if (this.ready.canSkip)
            turn.run();
        else
            this.push(turn);
    }

    /* A new task begins when its spawner waits: without a turn if nothing is before it. Those spawned meanwhile follow. */
    _begin(turn) {
        if (this.beginning.length === 0) {
            if (!this.ready.canSkip || ++this.turns % TURNS === 0) {
                this.push(turn);
                return;
            }
            settled.then(this.begin);
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
            const kind = word & 7;
            const id = word >>> 3;
            if (kind === CLOSED) {
                this.push({run: this._takeJoining(id)}); // a task that called started() goes on first
                continue;
            }
            const task = this.tasks.get(id);
            if (task === undefined)
                continue;
            if (kind === TIMER) {
                task._timeHasCome();
            } else if (kind === STOP_REQUESTED) {
                this._stopRequested(id);
            } else {
                task._isCancelled = kind !== 0;
                if (kind !== 0)
                    task._deliver();
            }
        }
    }

    _stopRequested(id) {
        const waits = this.stopping.get(id) ?? [];
        this.stopping.delete(id);
        for (const wait of waits)
            wait.tell();
    }

    _takeJoining(id) {
        const run = this.joining.get(id);
        this.joining.delete(id);
        return run;
    }

    closed(id) {
        this.pushOrRun({run: this._takeJoining(id)});
    }

    /* An operation is under way outside the scheduler; meanwhile a replaced clock does not jump. */
    beginOperation(cancellable) {
        if (this.hasClock)
            this.native.begin_operation(cancellable);
    }

    endOperation(cancellable) {
        if (this.hasClock)
            this.native.end_operation(cancellable);
    }

    /* number: what the core's spawn returned. */
    add(number, name, func, parent) {
        if (number === 0)
            throw errors.ioError('CLOSED', `Task "${name}" cannot be started: the task group is closed`);
        const task = new imports.anyio.tasks.Task(this, number >>> 1, name, parent);
        task._isCancelled = (number & IS_CANCELLED) !== 0;
        this.tasks.set(task._id, task);
        const turn = {
            run() {
                errors.callAsync(func, task).then(result => task._finish(result, false), error => task._finish(undefined, true, error));
            },
        };
        if (!parent._extra?.holdBack(turn))
            this._begin(turn);
        return task;
    }

    spawn(scopeId, name, func, parent) {
        return this.add(this.native.spawn(scopeId, name), name, func, parent);
    }

    close() {
        this.native.close();
        if (current === this)
            current = null;
    }
};

/* The one of this thread. */
var current = null;

function use() {
    current ??= new Driver();
    return current;
}

function replace(options, seed) {
    current?.close();
    current = new Driver(options, seed);
    return current;
}
