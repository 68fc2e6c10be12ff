// SPDX-License-Identifier: LGPL-2.1-or-later

// Checked, not run: what must be accepted, and what must not.

import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio?version=1';

async function fetchNumber(task: Anyio.Task): Promise<number> {
    await Anyio.sleep(1, task);
    return 3;
}

export async function accepted(context: Anyio.Context, read: (cancellable: Gio.Cancellable) => Promise<string>) {
    const text: string = await Anyio.wait(read, context);
    const count: number | undefined = await Anyio.withTaskGroup(async tg => {
        const task: Anyio.Task<number> = tg.startSoon(fetchNumber, 'fetch');
        const port: number = await tg.start(async child => child.started(80));
        tg.startSoon(async child => {
            await Anyio.sleep(1, child);
        });
        await Anyio.sleep(port, tg);
        task.cancel();
        if (task.status === Anyio.TaskStatus.FAILED)
            return task.value;
        return task.result(tg);
    }, context, {strict: true});
    await Anyio.checkpointIfCancelled(context);
    await Anyio.shieldedCheckpoint(context);
    const scope = await Anyio.moveOnAfter(2, inner => Anyio.sleepForever(inner), context);
    if (scope.cancelledCaught && scope.reason?.kind === Anyio.CancelKind.DEADLINE)
        scope.shield = true;
    const result: number = await Anyio.run(fetchNumber, {backend: 'epoll'});
    const group: Anyio.NativeTaskGroup | null = Anyio.get_current_task()?.get_group() ?? null;
    const bound: Anyio.NativeTaskGroup = Anyio.TaskGroup.new_for_object(new Gio.Cancellable());
    Anyio.startIn(bound, fetchNumber).cancel();
    const names: string = Anyio.dump_tree();
    try {
        await new Anyio.CancelScope({timeout: 1, shield: true}).run(async () => names, context);
    } catch (error) {
        if (Anyio.isCancelled(error) && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            throw error;
    }
    return [text, count, result, group?.get_n_items()];
}

export async function toolbox(context: Anyio.Context, group: Anyio.TaskGroup, file: Gio.Cancellable) {
    const {send, receive} = Anyio.createMemoryObjectStream<number>(3);
    await send.send(1, context);
    for await (const item of receive.items(context))
        send.clone().sendNowait(item + 1);
    const lock = new Anyio.Lock();
    const text: string = await lock.run(async () => 'text', context);
    const {index, value} = await Anyio.select([receive.toReceive(), receive.toReceive()], context);
    await Anyio.select<unknown>([receive.toReceive(), lock.toAcquire(), Anyio.toSleep(3)], context);
    const numbers: number[] = await Anyio.gather([fetchNumber, fetchNumber], context);
    const lengths: number[] = await Anyio.map(async (word: string) => word.length, ['a', 'b'], null, {limit: 2});
    const count: number = await Anyio.asCompleted([fetchNumber], async completed => {
        let sum = 0;
        for await (const handle of completed)
            sum += handle.value;
        return sum;
    }, context);
    const first: number = await Anyio.any([fetchNumber], context, {stagger: 0.25});
    const again: number = await Anyio.retry(fetchNumber, context, {maxAttempts: 3, shouldRetry: (error, nFailures) => nFailures < 3});
    const cache = new Anyio.Cache(async (key: string) => key.length, {maxSize: 10});
    const slot = new Anyio.TaskSlot(group, {delay: 0.3});
    const found: Anyio.Task<number> = slot.start(task => cache.get(text, task));
    const feed = new Anyio.BroadcastStream<string>().subscribe(3, 'drop-oldest');
    const event: Anyio.NativeEvent = Anyio.Event.new();
    await event.wait(context);
    await Anyio.call(file, 'x_async', 1, 'two', context);
    for await (const name of Anyio.openSignalReceiver('SIGTERM', 1).items(context))
        group.cancelScope.requestStop(name.length, 'the end');
    if (Anyio.isStopRequested(context) || group.cancelScope.stopRequested)
        new Anyio.SignalReceiver('SIGHUP').close();
    const lockOfC: Anyio.NativeLock = Anyio.Lock.new();
    await lockOfC.acquire(context);
    return [index + value, numbers, lengths, count, first + again, found, await feed.receive(context), Anyio.CapacityLimiter.new(2)];
}

export async function supervisor(context: Anyio.Context) {
    const seen: [string, unknown][] = [];
    const childFailed = (task: Anyio.Task, error: unknown) => void seen.push([task.name, error]);
    const failed = (error: unknown, nFailures: number) => void seen.push([`${nFailures}`, error]);
    const options: Anyio.TaskGroupOptions = {policy: Anyio.JoinPolicy.SUPERVISE, maxConcurrency: 3, childFailed};
    await Anyio.withTaskGroup(async tg => {
        const completed = tg.completed();
        const maybe: Anyio.Task<number> | null = tg.tryStartSoon(fetchNumber);
        tg.startSoon(task => Anyio.supervise(fetchNumber, task, {restart: 'always', stableAfter: 60, maxAttempts: 3, failed}));
        for await (const task of completed)
            seen.push([`${tg.failures.length}`, tg.winner === task]);
        tg.maxConcurrency = 1;
        tg.cancelScope.requestStop(5, maybe?.name);
        return tg.policy === Anyio.JoinPolicy.COLLECT && tg.cancelScope.stopRequested;
    }, context, options);
    if (!Anyio.isStopRequested(context))
        await Anyio.waitStopRequested(context);
    const task = Anyio.start(fetchNumber);
    const limiter = new Anyio.CapacityLimiter(1);
    const operations = [limiter.toAcquire(), new Anyio.RateLimiter(1).toAcquire(1), new Anyio.Condition().toWait(), task.toWait(), Anyio.toSleepUntil(3), Anyio.toStopRequested(), Anyio.toNever()];
    const first: number | undefined = await Anyio.supervise(fetchNumber);
    return (await Anyio.select<void>(operations, context)).index + (first ?? 0);
}

export async function refused(task: Anyio.Task) {
    // @ts-expect-error: for whom?
    await Anyio.sleep(1);
    // @ts-expect-error: not a number
    await Anyio.sleep('1', task);
    // @ts-expect-error: no promise comes out
    await Anyio.withTaskGroup(() => 3, task);
    // @ts-expect-error: the promise instead of the function
    Anyio.start(fetchNumber(task));
    // @ts-expect-error: the core's object is not the override's
    await Anyio.sleep(1, task.native);
    // @ts-expect-error: tasks are started, not made
    new Anyio.Task();
    // @ts-expect-error: a size is given
    Anyio.createMemoryObjectStream();
    // @ts-expect-error: for whom?
    await new Anyio.Lock().acquire();
    // @ts-expect-error: for whom?
    await Anyio.openSignalReceiver('SIGTERM').receive();
    // @ts-expect-error: the operation, not the wait
    await Anyio.select([new Anyio.Event().wait(task)], task);
    // @ts-expect-error: nothing like that
    new Anyio.BroadcastStream().subscribe(3, 'explode');
    // @ts-expect-error: a policy is of the enumeration
    await Anyio.withTaskGroup(async tg => tg, task, {policy: 'collect'});
    // @ts-expect-error: how long is the grace?
    new Anyio.CancelScope().requestStop();
    // @ts-expect-error: how many?
    new Anyio.RateLimiter(1).toAcquire();
    // @ts-expect-error: nothing like that
    await Anyio.supervise(fetchNumber, task, {restart: 'never'});
    // @ts-expect-error: the context is last
    await Anyio.call(task, 'x_async', 1, 2);
}

export async function sockets(context: Anyio.Context) {
    const listener = await Anyio.createTcpListener(context, {localHost: '127.0.0.1', reusePort: true});
    const stream: Anyio.SocketStream = await Anyio.connectTcp('127.0.0.1', listener.localPort, context, {happyEyeballsDelay: 1});
    await listener.serve(async (each, task) => {
        for await (const chunk of each.items(task))
            await each.send(chunk, task);
    }, context);
    // @ts-expect-error a number is neither bytes nor text
    await stream.send(3, context);
    // @ts-expect-error for whom?
    await stream.sendEof();
    const chunk: Uint8Array | null = await stream.receive(10, context);
    const accepted: Anyio.SocketStream = await Anyio.createUnixListener('/tmp/socket', {mode: 0o600}).accept(context);
    const port: number = listener.native.get_local_port();
    return [chunk, accepted, port];
}

export async function processes(context: Anyio.Context) {
    const {stdout} = await Anyio.runProcess(['cat'], context, {input: 'text', check: false, cwd: '/'});
    const process: Anyio.Process = Anyio.openProcess('cat', {env: {COLOUR: 'green'}});
    await process.stdin?.send(new Uint8Array([1]), context);
    for await (const chunk of process.stdout!.items(context))
        await process.stdin?.send(chunk, context);
    // @ts-expect-error the grace period is first
    await process.stop(context);
    const status: number = await process.wait(context);
    process.sendSignal(2);
    await process.close(context);
    return [stdout, status, process.native.get_wait_status()];
}
