// SPDX-License-Identifier: LGPL-2.1-or-later

// Three tasks in a group: the group is left when the last of them has ended.

import Anyio from 'gi://Anyio';

async function doTask(name, delay, task) {
    print(`Task ${name} starting`);
    await Anyio.sleep(delay, task);
    print(`Task ${name} completed after ${delay} seconds`);
}

const start = Anyio.currentTime();

await Anyio.withTaskGroup(async tg => {
    tg.startSoon(task => doTask('A', 2, task));
    tg.startSoon(task => doTask('B', 1, task));
    tg.startSoon(task => doTask('C', 3, task));
});

print(`All tasks completed in ${(Anyio.currentTime() - start).toFixed(2)} seconds`);
