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
}
