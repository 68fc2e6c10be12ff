// SPDX-License-Identifier: LGPL-2.1-or-later

// A producer and two consumers, with a stream between them that holds two items. Who produces too fast waits for room; each item goes to one consumer; when the
// producer closes its end, the consumers take what is left, and end.

import Anyio from 'gi://Anyio';

async function produce(stream, task) {
    for (let i = 1; i <= 6; i++) {
        print(`Here is item ${i}`);
        await stream.send(`item ${i}`, task);
    }
    print('That was the last one');
    stream.close();
}

async function consume(name, delay, stream, task) {
    for await (const item of stream.items(task)) {
        print(`${name} takes ${item}`);
        await Anyio.sleep(delay, task);
    }
    print(`${name} has done`);
}

const {send, receive} = Anyio.createMemoryObjectStream(2);

await Anyio.withTaskGroup(async group => {
    group.startSoon(task => consume('Ann', 0.2, receive, task), 'consume');
    group.startSoon(task => consume('Bob', 0.5, receive, task), 'consume');
    group.startSoon(task => produce(send, task), 'produce');
});
