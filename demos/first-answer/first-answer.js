// SPDX-License-Identifier: LGPL-2.1-or-later

// Three tasks ask the same question; the first answer is taken, and the others, which nobody wants any more, are cancelled through their group.

import Anyio from 'gi://Anyio';

async function ask(name, delay, task) {
    print(`${name} is asked`);
    try {
        await Anyio.sleep(delay, task);
    } catch (error) {
        print(`${name} is left alone. ${error.message}`);
        throw error;
    }
    print(`${name} answers`);
}

let winner = null;

await Anyio.withTaskGroup(async group => {
    for (const [name, delay] of [['North', 10], ['South', 0.5], ['West', 20]]) {
        group.startSoon(async task => {
            await ask(name, delay, task);
            winner = name;
            group.cancel('there is an answer');
        }, 'ask');
    }
});

print(`The answer is that of ${winner}`);
