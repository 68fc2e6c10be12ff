// SPDX-License-Identifier: LGPL-2.1-or-later

// The interpreter of the conformance programs in JavaScript: README.md says what each statement does. Reads cases from standard input, writes their traces.

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';
import AnyioTesting from 'gi://AnyioTesting';
import System from 'system';
import {Combinators} from './combinators.js';
import {Failure, KNOWN as TOOLBOX_ERRORS} from './toolbox.js';

const KINDS = {
    [Anyio.CancelKind.EXPLICIT]: 'explicit',
    [Anyio.CancelKind.DEADLINE]: 'deadline',
    [Anyio.CancelKind.CHILD_FAILED]: 'child-failed',
    [Anyio.CancelKind.BODY_FAILED]: 'body-failed',
    [Anyio.CancelKind.LINKED]: 'linked',
};
const STATUSES = ['pending', 'cancelling', 'finished', 'failed', 'cancelled'];
const KNOWN = [
    [Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, 'cancelled'],
    [Gio.IOErrorEnum, Gio.IOErrorEnum.CLOSED, 'closed'],
    [Gio.IOErrorEnum, Gio.IOErrorEnum.PENDING, 'pending'],
    [Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT, 'timed-out'],
    [Anyio.Error, Anyio.Error.MISUSE, 'misuse'],
    [Anyio.Error, Anyio.Error.NOT_STARTED, 'not-started'],
    ...TOOLBOX_ERRORS,
];

function parse(lines) {
    const root = {words: [], body: [], cleanup: []};
    const open = [root];
    for (const line of lines) {
        const words = line.trim().split(' ');
        open.length = line.search(/\S/) / 2 + 1;
        const parent = open.at(-1);
        const node = {words, body: [], cleanup: []};
        if (words[0] === 'finally')
            parent.body.at(-1).cleanup = node.body;
        else
            parent.body.push(node);
        open.push(node);
    }
    return root.body;
}

function describe(error) {
    if (error instanceof AggregateError)
        return `(${error.errors.map(describe).join(',')})`;
    if (error instanceof Failure)
        return error.message;
    if (error instanceof RangeError)
        return 'misuse';
    if (error instanceof GLib.Error) {
        for (const [domain, code, word] of KNOWN) {
            if (error.matches(domain, code))
                return word;
        }
    }
    return `[${error}]`.replaceAll(/\s/g, '_');
}

const number = word => (word === 'never' ? Infinity : Number(word));
const show = value => (value === Infinity ? 'inf' : value === -Infinity ? '-inf' : String(value));
const say = word => print(`${show(Anyio.currentTime())} ${word}`);

/* One case. A task of the program is a task; its frame keeps what it will return. Each function gets the context in which it waits: the innermost scope, group or task.
 * A block of statements tells whether it left the body of the group early. */
class Run extends Combinators {
    constructor() {
        super(say);
        this.scopes = new Map();
        this.groups = new Map();
        this.handles = new Map();
        this.values = new Map();
        this.cancellables = new Map();
    }

    describe(error) {
        return describe(error);
    }

    scopeOf(name) {
        return this.groups.get(name)?.cancelScope ?? this.scopes.get(name);
    }

    cancellable(name) {
        if (!this.cancellables.has(name))
            this.cancellables.set(name, new Gio.Cancellable());
        return this.cancellables.get(name);
    }

    /* What does not wait is not awaited: each await lets new tasks begin. */
    async block(nodes, frame, context) {
        for (const node of nodes) {
            const statement = this[node.words[0]];
            if (statement === undefined)
                throw new Error(`There is no statement "${node.words[0]}"`);
            const result = statement.call(this, node, frame, context, ...node.words.slice(1));
            if (result instanceof Promise ? await result : result)
                return true;
        }
        return false;
    }

    /* The function of a task. */
    child(nodes) {
        return async task => {
            const frame = {task, result: undefined};
            await this.block(nodes, frame, task);
            return frame.result;
        };
    }

    /* The body of a scope, for the functions that give its value and for those that give the scope. */
    body(node, frame, name, left) {
        return async scope => {
            this.scopes.set(name, scope);
            left.is = await this.block(node.body, frame, scope);
        };
    }

    // --- what waits ---

    'sleep' = (node, frame, context, seconds) => Anyio.sleep(number(seconds), context);
    'sleep-until' = (node, frame, context, time) => Anyio.sleepUntil(number(time), context);
    'sleep-forever' = (node, frame, context) => Anyio.sleepForever(context);
    'checkpoint' = (node, frame, context) => Anyio.checkpoint(context);
    'checkpoint-if-cancelled' = (node, frame, context) => Anyio.checkpointIfCancelled(context);
    'shielded-checkpoint' = (node, frame, context) => Anyio.shieldedCheckpoint(context);

    // --- errors ---

    async 'raise'(node, frame, context, name) {
        throw new Failure(name);
    }

    async 'raise-cancelled'() {
        throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, 'Raised by the program');
    }

    async 'outcome'(node, frame, context) {
        let left;
        try {
            left = await this.block(node.body, frame, context);
        } catch (error) {
            say(describe(error));
            return false;
        }
        say('ok');
        return left;
    }

    async 'try'(node, frame, context) {
        try {
            return await this.block(node.body, frame, context);
        } finally {
            await this.block(node.cleanup, frame, context);
        }
    }

    // --- scopes ---

    'new'(node, frame, context, name, ...words) {
        const options = {};
        while (words.length > 0) {
            const word = words.shift();
            options[word] = word === 'shield' ? true : number(words.shift());
        }
        this.scopes.set(name, new Anyio.CancelScope(options));
    }

    async 'enter'(node, frame, context, name) {
        const left = {is: false};
        await this.scopes.get(name).run(this.body(node, frame, name, left), context);
        return left.is;
    }

    async 'scope'(node, frame, context, name, ...words) {
        this.new(node, frame, context, name, ...words);
        return this.enter(node, frame, context, name);
    }

    async withScope(func, time, node, frame, context, name) {
        const left = {is: false};
        await func(number(time), this.body(node, frame, name, left), context);
        return left.is;
    }

    'move-on-after' = (node, frame, context, seconds, name) => this.withScope(Anyio.moveOnAfter, seconds, node, frame, context, name);
    'move-on-at' = (node, frame, context, time, name) => this.withScope(Anyio.moveOnAt, time, node, frame, context, name);
    'fail-after' = (node, frame, context, seconds, name) => this.withScope(Anyio.withTimeout, seconds, node, frame, context, name);
    'fail-at' = (node, frame, context, time, name) => this.withScope(Anyio.withDeadline, time, node, frame, context, name);

    async 'shielded'(node, frame, context) {
        const left = {is: false};
        await Anyio.shielded(this.body(node, frame, null, left), context);
        return left.is;
    }

    'cancel'(node, frame, context, name, reason = null) {
        (this.groups.get(name) ?? this.scopes.get(name)).cancel(reason);
    }

    'shield'(node, frame, context, name, state) {
        this.scopeOf(name).shield = {on: true, off: false}[state];
    }

    'deadline'(node, frame, context, name, time) {
        this.scopeOf(name).deadline = number(time);
    }

    // --- groups and tasks ---

    setOptions(group, words) {
        while (words.length > 0) {
            const word = words.shift();
            if (word === 'limit')
                group.maxConcurrency = Number(words.shift());
            else
                group.policy = Anyio.JoinPolicy[word.toUpperCase().replace('-', '_')];
            if (word === 'supervise')
                group.childFailed = (task, error) => say(`${task.name}!${describe(error)}`);
        }
    }

    async 'group'(node, frame, context, name, ...words) {
        await Anyio.withTaskGroup(async group => {
            this.setOptions(group, words);
            this.groups.set(name, group);
            if (await this.block(node.body, frame, group))
                group.cancel('left early');
        }, context);
    }

    'leave' = () => true;

    'spawn'(node, frame, context, group, name) {
        this.groups.get(group).startSoon(this.child(node.body), name);
    }

    'try-spawn'(node, frame, context, group, name) {
        if (this.groups.get(group).tryStartSoon(this.child(node.body), name) === null)
            say(`${name}=refused`);
    }

    'bound'(node, frame, context, name, n) {
        this.groups.get(name).maxConcurrency = Number(n);
    }

    'request-stop'(node, frame, context, name, grace, reason = null) {
        this.scopeOf(name).requestStop(number(grace), reason);
    }

    'await-stop' = (node, frame, context) => Anyio.waitStopRequested(context);

    'create'(node, frame, context, group, name) {
        this.handles.set(name, this.groups.get(group).startSoon(this.child(node.body), name));
    }

    async 'start'(node, frame, context, group, name) {
        this.values.set(name, await this.groups.get(group).start(this.child(node.body), context, name));
    }

    'started'(node, frame, context, value) {
        frame.task.started(value);
    }

    'give'(node, frame, context, value) {
        frame.result = value;
    }

    'wait' = (node, frame, context, name) => this.handles.get(name).wait(context);

    'cancel-task'(node, frame, context, name, reason = null) {
        this.handles.get(name).cancel(reason);
    }

    // --- questions ---

    'say' = (node, frame, context, word) => say(word);

    'state'(node, frame, context, name) {
        const scope = this.scopeOf(name);
        const states = [scope.cancelCalled && 'called', scope.cancelledCaught && 'caught'].filter(word => word);
        say(`${name}=${states.join('+') || 'quiet'}`);
    }

    'reason'(node, frame, context, name) {
        const {reason} = this.scopeOf(name);
        if (reason === null)
            say(`${name}=none`);
        else if (reason.kind === Anyio.CancelKind.EXPLICIT && reason.text !== null)
            say(`${name}=explicit:${reason.text}`);
        else
            say(`${name}=${KINDS[reason.kind]}`);
    }

    'by' = (node, frame, context, name) => say(`${name}=by:${this.scopeOf(name).reason.byTask}`);
    'deadline-of' = (node, frame, context, name) => say(`${name}=${show(this.scopeOf(name).deadline)}`);
    'effective-deadline' = (node, frame) => say(show(frame.task.effectiveDeadline));
    'pending' = (node, frame) => say(frame.task.hasPendingCancellation ? 'cancelling' : 'going-on');
    'status' = (node, frame, context, name) => say(`${name}=${STATUSES[(this.handles.get(name) ?? this.object(name)).status]}`);

    'result'(node, frame, context, name) {
        let word;
        try {
            word = (this.handles.get(name) ?? this.object(name)).value ?? 'none';
        } catch (error) {
            word = describe(error);
        }
        say(`${name}=${word}`);
    }

    'winner' = (node, frame, context, name) => say(`${name}=${this.groups.get(name).winner?.name ?? 'none'}`);
    'failures' = (node, frame, context, name) => say(`${name}=${this.groups.get(name).failures.map(describe).join(',') || 'none'}`);
    'stopping' = (node, frame, context) => say(Anyio.isStopRequested(context) ? 'stopping' : 'going-on');
    'value' = (node, frame, context, name) => say(`${name}=${this.values.get(name) ?? 'none'}`);

    // --- other code's cancellables ---

    'link'(node, frame, context, scope, name) {
        this.scopeOf(scope).native.link(this.cancellable(name));
    }

    'hand-out'(node, frame, context, scope, name) {
        this.cancellables.set(name, this.scopeOf(scope).native.get_cancellable());
    }

    'cancel-foreign'(node, frame, context, name) {
        this.cancellable(name).cancel();
    }

    'foreign' = (node, frame, context, name) => say(`${name}=${this.cancellable(name).is_cancelled() ? 'cancelled' : 'clear'}`);
}

async function runCase(name, lines) {
    print(`case ${name}`);
    const run = new Run();
    const program = parse(lines);
    try {
        await Anyio.run(task => run.block(program, {task}, task), {clock: new AnyioTesting.VirtualClock()});
    } catch (error) {
        print(`= ${describe(error)}`);
    }
    run.closeAll();
    System.gc(); // now, because GJS before 1.82 loses callbacks while it collects
}

const [, bytes] = GLib.file_get_contents('/dev/stdin');
let name = null;
let program = [];
for (const line of [...new TextDecoder().decode(bytes).trimEnd().split('\n'), 'case']) {
    if (line.startsWith('case')) {
        if (name !== null)
            await runCase(name, program);
        name = line.slice(5);
        program = [];
    } else {
        program.push(line.slice(2));
    }
}
print('end');
System.exit(0);
