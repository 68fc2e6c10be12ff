// SPDX-License-Identifier: LGPL-2.1-or-later

// A server that sends back what it receives, and a client in the same program. Each connection has a task of its own. When the client has heard its three answers it asks the
// server to stop: it accepts no more, and ends when the connections have ended.

void echo (Anyio.ByteStream stream) throws Error {
    uint8 buffer[4096];
    ssize_t n;

    while ((n = stream.receive (buffer)) > 0)
        stream.send (buffer[0:n]);
}

void talk (uint16 port) throws Error {
    var stream = Anyio.connect_tcp ("127.0.0.1", port);
    uint8 buffer[16];

    foreach (unowned string text in new string[] { "one", "two", "three" }) {
        stream.send (text.data);
        print ("The server says %.*s\n", (int) stream.receive (buffer), (string) buffer);
    }
    stream.close ();
}

void run_all () throws Error {
    var listener = Anyio.create_tcp_listener ("127.0.0.1");
    var group = Anyio.TaskGroup.open ();

    group.start_soon (() => listener.serve ((stream) => echo (stream)), "serve");
    talk (listener.get_local_port ());
    group.cancel_scope.request_stop (1, "the client has gone");
    group.join ();
    print ("The server has stopped\n");
}

int main () {
    try {
        Anyio.run (run_all);
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
