// SPDX-License-Identifier: LGPL-2.1-or-later

// A server that sends back what it receives, and a client in the same program. Each connection has a task of its own. When the client has heard its three answers it asks the
// server to stop: it accepts no more, and ends when the connections have ended.

import Anyio from 'gi://Anyio';

async function echo(stream, task) {
    for await (const chunk of stream.items(task))
        await stream.send(chunk, task);
}

async function talk(port, context) {
    const stream = await Anyio.connectTcp('127.0.0.1', port, context);
    for (const text of ['one', 'two', 'three']) {
        await stream.send(text, context);
        print(`The server says ${new TextDecoder().decode(await stream.receive(16, context))}`);
    }
    stream.close();
}

await Anyio.withTaskGroup(async group => {
    const listener = await Anyio.createTcpListener(group, {localHost: '127.0.0.1'});
    group.startSoon(task => listener.serve(echo, task), 'serve');
    await talk(listener.localPort, group);
    group.cancelScope.requestStop(1, 'the client has gone');
});
print('The server has stopped');
