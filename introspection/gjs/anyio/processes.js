// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported Process, openProcess, runProcess */

// Subprocesses: the C library's, with promises. The launcher that starts them is GIO's.

const {Gio, GLib} = imports.gi;
const library = imports.anyio.library;
const errors = imports.anyio.errors;
const tasks = imports.anyio.tasks;
const {begin} = imports.anyio.operations;

const CHUNK = 65536;

/* What releases something begins in a cancelled task, too: it is released then with force. */
const awaitClose = (where, object, name, args, context) => begin(tasks.taskOf(context, where), object, name, args, false);

function awaitNative(where, object, name, args, context) {
    const task = tasks.taskOf(context, where);
    return task._isCancelled ? tasks.yieldAndFail(task) : begin(task, object, name, args, false);
}

const encode = data => new GLib.Bytes(typeof data === 'string' ? new TextEncoder().encode(data) : data);

class PipeToProcess {
    constructor(native) {
        this.native = native;
    }

    /* All of data, which is bytes, or text that is sent as UTF-8. */
    async send(data, context) {
        await awaitNative('Process.stdin.send', this.native, 'send_async', [encode(data)], context);
    }

    /* Tells the process that nothing more comes. */
    async close(context) {
        await awaitClose('Process.stdin.close', this.native, 'close_async', [], context);
    }
}

class PipeFromProcess {
    constructor(native) {
        this.native = native;
    }

    /* At least one byte; null at the end of the stream. */
    async receive(maxBytes, context) {
        if (!(maxBytes >= 1))
            throw new RangeError(`At least 1 byte is received, not ${maxBytes}`);
        const bytes = await awaitNative('Process.stdout.receive', this.native, 'receive_async', [Math.min(maxBytes, CHUNK)], context);
        return bytes.get_size() > 0 ? bytes.toArray() : null;
    }

    /* For "for await", until the end of the stream. */
    async *items(context) {
        for (let chunk; (chunk = await this.receive(CHUNK, context)) !== null;)
            yield chunk;
    }

    async close(context) {
        await awaitClose('Process.stdout.close', this.native, 'close_async', [], context);
    }
}

var Process = class Process {
    /* native: the object of the library. */
    constructor(native) {
        const [stdin, stdout, stderr] = [native.get_stdin(), native.get_stdout(), native.get_stderr()];
        this.native = native;
        this.stdin = stdin !== null ? new PipeToProcess(stdin) : null;
        this.stdout = stdout !== null ? new PipeFromProcess(stdout) : null;
        this.stderr = stderr !== null ? new PipeFromProcess(stderr) : null;
    }

    /* 0 if it ended too quickly to be asked. */
    get pid() {
        return this.native.get_pid();
    }

    /* The exit status, or minus the signal that ended it; null while it runs. */
    get returncode() {
        return this.native.has_exited() ? this.native.get_returncode() : null;
    }

    /* Until it has ended, whoever still holds its pipes. */
    async wait(context) {
        await awaitNative('Process.wait', this.native, 'wait_async', [], context);
        return this.returncode;
    }

    sendSignal(number) {
        this.native.send_signal(number);
    }

    terminate() {
        this.native.terminate();
    }

    kill() {
        this.native.kill();
    }

    /* SIGTERM; SIGKILL if it still runs after so many seconds, or if this is cancelled. */
    async stop(grace, context) {
        errors.checkSeconds(grace);
        await awaitClose('Process.stop', this.native, 'stop_async', [grace], context);
        return this.returncode;
    }

    /* Closes the pipes, then waits until it has ended; if that is cancelled, kills it and waits for that. */
    async close(context) {
        await awaitClose('Process.close', this.native, 'close_async', [], context);
    }
};

function launch(command, {flags, cwd = null, env = null}) {
    const launcher = new Gio.SubprocessLauncher({flags});
    if (cwd !== null)
        launcher.set_cwd(cwd);
    for (const [name, value] of Object.entries(env ?? {}))
        launcher.setenv(name, value, true);
    return new Process(library.Native.open_process_from(launcher, typeof command === 'string' ? ['/bin/sh', '-c', command] : command));
}

const ALL_PIPES = Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE;

/* command: a line for the shell, or the program and its arguments. env: what is set besides the environment of this program. Never waits. */
function openProcess(command, options = {}) {
    return launch(command, {flags: ALL_PIPES, ...options});
}

/* Runs a program to its end; gives {returncode, stdout, stderr}. check: a status that is not 0 is an error of GLib.spawn_exit_error_quark (), with these. */
async function runProcess(command, context, {input = null, check = true, ...options} = {}) {
    const task = tasks.taskOf(context, 'Anyio.runProcess');
    if (task._isCancelled)
        return tasks.yieldAndFail(task);
    const process = launch(command, {flags: ALL_PIPES, ...options});
    const [stdout, stderr] = (await begin(task, process.native, 'communicate_async', [input !== null ? encode(input) : null], false))
        .map(each => each?.toArray() ?? null);
    const outcome = {returncode: process.returncode, stdout, stderr};
    if (check) {
        try {
            process.native.check_exit();
        } catch (error) {
            throw Object.assign(error, outcome);
        }
    }
    return outcome;
}
