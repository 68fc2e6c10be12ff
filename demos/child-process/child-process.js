// SPDX-License-Identifier: LGPL-2.1-or-later

// The lines of a program as it prints them, but not for ever: after a time limit it is asked to end, and killed if it does not listen.
//
// The arguments are a program and its own arguments. Without any, it is a shell that counts, and does not listen.

import Anyio from 'gi://Anyio';
import Gio from 'gi://Gio';
import {programArgs} from 'system';

const TIME_LIMIT_S = 0.5;
const GRACE_S = 0.2;
const STUBBORN = ['/bin/sh', '-c', `trap 'echo "I do not listen"' TERM; for i in 1 2 3; do echo "line $i"; done; while :; do sleep 0.05; done`];

async function showOutput(output, task) {
    const decoder = new TextDecoder();
    let text = '';

    for await (const chunk of output.items(task)) {
        const lines = (text + decoder.decode(chunk)).split('\n');

        text = lines.pop();
        lines.forEach(line => print(`> ${line}`));
    }
}

async function runProgram(command, task) {
    const process = Anyio.openProcess(command, {flags: Gio.SubprocessFlags.STDOUT_PIPE});

    try {
        await Anyio.withTimeout(TIME_LIMIT_S, scope => showOutput(process.stdout, scope), task);
    } catch (error) {
        if (!error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT))
            throw error;
        print('It is asked to end: the time is over');
        await process.stop(GRACE_S, task);
    } finally {
        await process.close(task);
    }
    if (process.returncode < 0)
        print(`It was ended by signal ${-process.returncode}`);
    else
        print(`It has ended with status ${process.returncode}`);
}

await Anyio.run(task => runProgram(programArgs.length > 0 ? programArgs : STUBBORN, task));
