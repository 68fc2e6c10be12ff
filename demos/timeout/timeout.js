// SPDX-License-Identifier: LGPL-2.1-or-later

// Two kinds of time limit: one gives up quietly, the other one says that the time is over. What has to be tidied up then is done under a shield.

import Gio from 'gi://Gio';
import Anyio from 'gi://Anyio';

async function ask(what, seconds, task) {
    print(`Asking for ${what}`);
    await Anyio.sleep(seconds, task);
    print(`Here is ${what}`);
}

// The limit is over when this runs; without the shield its sleep would fail at once.
async function sayGoodBye(task) {
    await Anyio.shielded(async shield => {
        print('Saying good-bye');
        await Anyio.sleep(0.2, shield);
        print('Said good-bye');
    }, task);
}

async function talk(task) {
    await ask('the time', 0.1, task);
    try {
        await ask('the future', 10, task);
    } catch (error) {
        if (Anyio.isCancelled(error))
            await sayGoodBye(task);
        throw error;
    }
}

await Anyio.run(async function runAll(task) {
    const scope = await Anyio.moveOnAfter(0.2, inner => ask('the weather', 10, inner), task);
    if (scope.cancelledCaught)
        print('Going on without the weather');

    try {
        await Anyio.withTimeout(0.3, talk, task);
    } catch (error) {
        if (!error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT))
            throw error;
        print('Timed out');
    }
});
