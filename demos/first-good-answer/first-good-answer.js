// SPDX-License-Identifier: LGPL-2.1-or-later

// The first good answer of three servers. The next one is asked when the last has failed, or has been silent for half a second; when there is an answer, nobody else is waited for.

import Anyio from 'gi://Anyio';

async function ask(name, delay, isBroken, task) {
    print(`${name} is asked`);
    try {
        await Anyio.sleep(delay, task);
    } catch (error) {
        print(`${name} is left alone`);
        throw error;
    }
    if (isBroken) {
        print(`${name} fails`);
        throw new Error(`${name} is broken`);
    }
    print(`${name} answers`);
    return name;
}

const servers = [['North', 0.2, true], ['South', 10, false], ['West', 0.3, false]];
const answer = await Anyio.any(servers.map(server => task => ask(...server, task)), null, {stagger: 0.5});

print(`The answer is that of ${answer}`);
