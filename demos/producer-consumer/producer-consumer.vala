// SPDX-License-Identifier: LGPL-2.1-or-later

// A producer and two consumers, with a stream between them that holds two items. Who produces too fast waits for room; each item goes to one consumer; when the
// producer closes its end, the consumers take what is left, and end.

void produce (Anyio.MemoryObjectSendStream<string> stream) throws Error {
    for (int i = 1; i <= 6; i++) {
        print ("Here is item %d\n", i);
        stream.send (@"item $i");
    }
    print ("That was the last one\n");
    stream.close ();
}

void consume (string name, double delay, Anyio.MemoryObjectReceiveStream<string> stream) throws Error {
    foreach (var item in stream) {
        print ("%s takes %s\n", name, item);
        Anyio.sleep (delay);
    }
    print ("%s has done\n", name);
}

void run_all () throws Error {
    Anyio.MemoryObjectSendStream<string> send;
    Anyio.MemoryObjectReceiveStream<string> receive;
    var group = Anyio.TaskGroup.open ();

    Anyio.create_memory_object_stream<string> (2, out send, out receive);
    group.start_soon (() => consume ("Ann", 0.2, receive), "consume");
    group.start_soon (() => consume ("Bob", 0.5, receive), "consume");
    group.start_soon (() => produce (send), "produce");
    group.join ();
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
