// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported _init */

// Anyio for JavaScript: async functions as tasks, on the scheduler of the C library.
//
// Tasks, scopes, groups and deadlines are the core's, known here by number; what JavaScript adds are the promises. JavaScript does not tell which task is running, so
// each function that waits is told: its last argument is a task, or a scope or group, which stands for the task that opened it.

const {GLib, GObject} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const driver = imports.anyio.driver;
const tasks = imports.anyio.tasks;
const operations = imports.anyio.operations;
const roots = imports.anyio.roots;
const processes = imports.anyio.processes;
const sockets = imports.anyio.sockets;
const streams = imports.anyio.streams;
const {select, toNever, toSleep, toSleepUntil} = imports.anyio.select;
const {gather, map, asCompleted, race, any} = imports.anyio.combine;
const {retry} = imports.anyio.retry;
const {supervise} = imports.anyio.supervise;
const {isStopRequested, toStopRequested, waitStopRequested} = imports.anyio.stop;
const {CancelScope} = imports.anyio.scopes;
const {TaskGroup, startIn} = imports.anyio.groups;
const {Event, Future, Barrier, ResourceGuard} = imports.anyio.events;
const {Lock, Condition} = imports.anyio.locks;
const {Semaphore, CapacityLimiter, RateLimiter} = imports.anyio.limiters;
const {BroadcastStream} = imports.anyio.broadcast;
const {SignalReceiver, openSignalReceiver} = imports.anyio.signals;
const {TaskSlot} = imports.anyio.slot;
const {Cache} = imports.anyio.cache;

let Native; // the namespace

function scopeWith(options, name, body, context, isFailing) {
    const scope = new CancelScope(options);
    errors.checkFunction(body, name);
    const run = task => scope._run(body, task, isFailing);
    return roots.withContext(context, name, isFailing ? run : async task => {
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
    if (driver.current !== null && driver.current.tasks.size > 0)
        throw errors.misuse('Anyio.run() with options, while tasks are running already');
    const own = driver.replace(makeOptions(options), options.seed);
    own.hasClock = !!options.clock;
    let outcome;
    try {
        outcome = {value: await roots.runAtRoot(own, main, name)};
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
    isCancelled: errors.isCancelled,

    run(main, options = null) {
        errors.checkFunction(main, 'Anyio.run');
        const name = main.name || 'main';
        return options === null ? roots.runAtRoot(driver.use(), main, name) : runOnItsOwn(main, name, options);
    },

    runSync(main, options = null) {
        errors.checkFunction(main, 'Anyio.runSync');
        let hasRun = false;
        let outcome = null;
        const context = GLib.MainContext.ref_thread_default();
        Promise.resolve().then(() => (hasRun = true));
        context.iteration(false);
        if (!hasRun)
            throw errors.misuse('Anyio.runSync() blocks, so it cannot be called in an async function or after a top-level await: write "await Anyio.run (...)"');
        functions.run(main, options).then(value => (outcome = {value}), error => (outcome = {error}));
        while (outcome === null)
            context.iteration(true);
        if ('error' in outcome)
            throw outcome.error;
        return outcome.value;
    },

    start(func, name = func?.name || 'task') {
        errors.checkFunction(func, 'Anyio.start');
        return driver.use().spawn(0, name, func, new tasks.Root(roots.reportBackgroundError));
    },

    startIn,

    setBackgroundErrorHandler: roots.setBackgroundErrorHandler,

    sleep(seconds, context) {
        const task = tasks.taskOf(context, 'Anyio.sleep');
        if (!(errors.checkSeconds(seconds) > 0))
            return tasks.yieldOnce(task);
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        return tasks.sleepUntil(task, Native.current_time() + seconds);
    },

    sleepUntil(deadline, context) {
        const task = tasks.taskOf(context, 'Anyio.sleepUntil');
        if (!(errors.checkSeconds(deadline) > Native.current_time()))
            return tasks.yieldOnce(task);
        if (task._isCancelled)
            return tasks.yieldAndFail(task);
        return tasks.sleepUntil(task, deadline);
    },

    sleepForever(context) {
        const task = tasks.taskOf(context, 'Anyio.sleepForever');
        return task._isCancelled ? tasks.yieldAndFail(task) : new tasks.Pause(task, () => true).promise;
    },

    checkpoint(context) {
        return tasks.yieldOnce(tasks.taskOf(context, 'Anyio.checkpoint'));
    },

    checkpointIfCancelled(context) {
        const task = tasks.taskOf(context, 'Anyio.checkpointIfCancelled');
        return task._isCancelled ? tasks.yieldAndFail(task) : Promise.resolve();
    },

    shieldedCheckpoint(context) {
        return tasks.yieldShielded(tasks.taskOf(context, 'Anyio.shieldedCheckpoint'));
    },

    currentTime() {
        return Native.current_time();
    },

    wait: operations.wait,
    call: operations.call,

    openSignalReceiver,
    createMemoryObjectStream: streams.createMemoryObjectStream,
    openProcess: processes.openProcess,
    runProcess: processes.runProcess,
    connectTcp: sockets.connectTcp,
    connectUnix: sockets.connectUnix,
    createTcpListener: sockets.createTcpListener,
    createUnixListener: sockets.createUnixListener,
    select,
    toNever,
    toSleep,
    toSleepUntil,
    toStopRequested,
    gather,
    map,
    asCompleted,
    race,
    any,
    retry,
    supervise,
    isStopRequested,
    waitStopRequested,

    withTaskGroup(body, context, options) {
        errors.checkFunction(body, 'Anyio.withTaskGroup');
        const group = new TaskGroup(options);
        return roots.withContext(context, body.name || 'withTaskGroup', task => group._run(body, task));
    },

    withTimeout: (seconds, body, context) => scopeWith({timeout: seconds}, 'Anyio.withTimeout', body, context, true),
    withDeadline: (deadline, body, context) => scopeWith({deadline}, 'Anyio.withDeadline', body, context, true),
    moveOnAfter: (seconds, body, context) => scopeWith({timeout: seconds}, 'Anyio.moveOnAfter', body, context, false),
    moveOnAt: (deadline, body, context) => scopeWith({deadline}, 'Anyio.moveOnAt', body, context, false),
    shielded: (body, context) => roots.withContext(context, 'Anyio.shielded', task => new CancelScope({shield: true}).run(body, task)),

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

/* gjs finds the prototype of a wrapper through the name in the namespace, so the name stays the native class, except that `new` and `instanceof` mean ours. */
function standIn(nativeClass, ownClass) {
    return new Proxy(nativeClass, {
        construct: (target, args) => new ownClass(...args),
        get: (target, key, receiver) => (key === Symbol.hasInstance ? value => value instanceof ownClass : Reflect.get(target, key, receiver)),
    });
}

const classes = {
    CancelScope,
    Task: tasks.Task,
    TaskGroup,
    Event,
    Future,
    Barrier,
    ResourceGuard,
    Lock,
    Condition,
    Semaphore,
    CapacityLimiter,
    RateLimiter,
    MemoryObjectSendStream: streams.SendStream,
    MemoryObjectReceiveStream: streams.ReceiveStream,
    BroadcastStream,
    SignalReceiver,
    Process: processes.Process,
    SocketStream: sockets.SocketStream,
    SocketListener: sockets.SocketListener,
    TaskSlot,
    Cache,
};

function _init() {
    Native = this;
    library.setNative(this, Object.keys(classes));
    Object.assign(Native, functions);
    for (const [name, ownClass] of Object.entries(classes)) {
        const nativeClass = library.NativeClass[name];
        if (nativeClass !== undefined) {
            operations.addPromises(nativeClass);
            streams.addItems(nativeClass);
        }
        Native[name] = nativeClass !== undefined ? standIn(nativeClass, ownClass) : ownClass;
    }
    Native.Box = functions.Box = GObject.registerClass({GTypeName: 'AnyioJsBox'}, class Box extends GObject.Object {});
}
