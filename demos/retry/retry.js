// SPDX-License-Identifier: LGPL-2.1-or-later

// A server that fails three times is asked again, after 1, 2 and 4 seconds. Time is that of the testing library's clock, which jumps to whatever is waited for; so the program
// takes no time, and the delays are exact.

import GLib from 'gi://GLib';
import Anyio from 'gi://Anyio';
import AnyioTesting from 'gi://AnyioTesting';

let nFailuresLeft = 3;

async function ask() {
    if (nFailuresLeft > 0) {
        nFailuresLeft--;
        print(`${Anyio.currentTime()} s: no answer`);
        throw new Error('No answer');
    }
    print(`${Anyio.currentTime()} s: an answer`);
}

// Nothing is left to chance: no jitter.
async function askAgain(task) {
    await Anyio.retry(ask, task, {delay: 1, jitter: 0});
}

const start = GLib.get_monotonic_time();

await Anyio.run(askAgain, {clock: new AnyioTesting.VirtualClock()});
print(`By the clock on the wall it took ${Math.round((GLib.get_monotonic_time() - start) / 1e3)} ms`);
