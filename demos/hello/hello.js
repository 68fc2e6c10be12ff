// SPDX-License-Identifier: LGPL-2.1-or-later

// One task: it sleeps for a second while the main loop runs.

import Anyio from 'gi://Anyio';

await Anyio.run(async function hello(task) {
    print('Hello ...');
    await Anyio.sleep(1, task);
    print('... world!');
});
