// SPDX-License-Identifier: LGPL-2.1-or-later

// A test program in JavaScript: test (name, async task => ...) for each case, run as a task with a virtual clock; then await done(). Prints TAP.

import GLib from 'gi://GLib';
import Anyio from 'gi://Anyio';
import AnyioTesting from 'gi://AnyioTesting';
import System from 'system';

const cases = [];

/* A case that never ends would end the program silently, as successful: gjs leaves when only promises are left. */
const SECONDS = 60;

/* In the order of arrival: the cases say in which order things happen. */
export function test(name, func) {
    cases.push([name, () => Anyio.run(func, {clock: new AnyioTesting.VirtualClock(), seed: 0})]);
}

/* What holds in any order. */
export function testSeeds(name, func) {
    for (let seed = 0; seed < 8; seed++)
        cases.push([`${name}, seed ${seed}`, () => Anyio.run(func, {clock: new AnyioTesting.VirtualClock(), seed})]);
}

/* Without a task, on the real clock. */
export function testOutside(name, func) {
    cases.push([name, func]);
}

export async function done() {
    let failed = 0;
    print(`1..${cases.length}`);
    GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, SECONDS, () => {
        print(`Bail out! not over after ${SECONDS} seconds`);
        System.exit(1);
    });
    for (const [index, [name, func]] of cases.entries()) {
        try {
            await func();
            print(`ok ${index + 1} ${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${index + 1} ${name}`);
            print(`# ${error}\n${error.stack}`.replaceAll('\n', '\n# '));
        }
        System.gc();
    }
    System.exit(failed > 0 ? 1 : 0);
}

export function equal(actual, expected) {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
        throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

export function ok(condition, what = 'a condition') {
    if (!condition)
        throw new Error(`${what} does not hold`);
}

/* What is thrown at the call or by the promise. */
export async function raised(func) {
    try {
        await func();
    } catch (error) {
        return error;
    }
    throw new Error('nothing was thrown');
}

let messages = null;
let hasWriter = false;

/* What is logged meanwhile, instead of the terminal. The writer of GLib can be set once in a program. */
export async function captureLog(func) {
    if (!hasWriter) {
        hasWriter = true;
        GLib.log_set_writer_func((level, fields) => {
            const message = fields.MESSAGE instanceof Uint8Array ? new TextDecoder().decode(fields.MESSAGE) : String(fields.MESSAGE);
            if (messages !== null)
                messages.push(message);
            else
                printerr(message);
            return GLib.LogWriterOutput.HANDLED;
        });
    }
    const own = messages = [];
    try {
        await func();
    } finally {
        messages = null;
    }
    return own;
}
