// SPDX-License-Identifier: LGPL-2.1-or-later

// Subprocesses (SEMANTICS 8.3 to 8.5). The programs are real, and the clock stands still while they run.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import {test, done, equal, ok, raised} from './tap.js';

const is = (error, name) => error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum[name]);
const text = chunk => (chunk !== null ? new TextDecoder().decode(chunk) : null);

test('a line for the shell, input, both outputs', async task => {
    const {returncode, stdout, stderr} = await Anyio.runProcess('cat; echo oops >&2', task, {input: 'hello'});
    equal([returncode, text(stdout), text(stderr)], [0, 'hello', 'oops\n']);
    equal(text((await Anyio.runProcess(['echo', 'a  b'], task)).stdout), 'a  b\n');
    equal(text((await Anyio.runProcess('pwd; echo $COLOUR', task, {cwd: '/', env: {COLOUR: 'green'}})).stdout), '/\ngreen\n');
});

test('a status that is not 0 is an error with the outputs, unless it is not to be', async task => {
    const error = await raised(() => Anyio.runProcess('echo some; exit 3', task));
    equal([error.returncode, error.code, text(error.stdout)], [3, 3, 'some\n']);
    equal((await Anyio.runProcess('kill -KILL $$', task, {check: false})).returncode, -9);
});

test('what cannot be started is an error', async task => {
    const error = await raised(() => Anyio.runProcess(['no-such-program'], task));
    ok(error.matches(GLib.SpawnError, GLib.SpawnError.NOENT), error.message);
});

test('streams in both directions, up to their end', async task => {
    const process = Anyio.openProcess(['cat']);
    ok(process.pid > 0, 'a number');
    equal(process.returncode, null);
    await process.stdin.send('hello', task);
    equal(text(await process.stdout.receive(99, task)), 'hello');
    await process.stdin.close(task);
    for await (const chunk of process.stdout.items(task))
        ok(false, `nothing but ${chunk}`);
    equal(await process.wait(task), 0);
    await process.close(task);
    await process.close(task);
    ok(is(await raised(() => process.stdout.receive(1, task)), 'CLOSED'), 'closed');
});

test('it is stopped, and signals to one that has ended do nothing', async task => {
    const process = Anyio.openProcess(['sleep', '1000'], {flags: Gio.SubprocessFlags.NONE});
    equal([process.stdin, process.stdout, process.stderr], [null, null, null]);
    equal(await process.stop(1000, task), -15);
    process.kill();
    process.terminate();
    process.sendSignal(2);
    equal(await process.wait(task), -15);
});

test('a cancelled close kills and reaps', async task => {
    const process = Anyio.openProcess(['sleep', '1000']);
    await Anyio.moveOnAfter(Infinity, async scope => {
        scope.cancel();
        await process.close(scope);
    }, task);
    equal(process.returncode, -9);
});

await done();
