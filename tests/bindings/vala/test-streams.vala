// SPDX-License-Identifier: LGPL-2.1-or-later

// Streams from Vala: they have the type of their items, and foreach receives up to the end.

[CCode (cname = "anyio_virtual_clock_new", cheader_filename = "anyio-testing.h")]
extern Anyio.Clock virtual_clock_new ();

void run (Anyio.Func func) {
    var options = new Anyio.RunOptions ();

    options.set_clock (virtual_clock_new ());
    try {
        Anyio.run (func, "test", options);
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

class Item : Object {
    public static int n_alive = 0;
    public int number;

    public Item (int number) {
        this.number = number;
        n_alive++;
    }

    ~Item () {
        n_alive--;
    }
}

void test_foreach () {
    run (() => {
        Anyio.MemoryObjectSendStream<Item> send;
        Anyio.MemoryObjectReceiveStream<Item> receive;
        var group = Anyio.TaskGroup.open ();
        int sum = 0;

        Anyio.create_memory_object_stream<Item> (2, out send, out receive);
        group.start_soon (() => {
            for (int i = 1; i <= 10; i++)
                send.send (new Item (i));
            send.close ();
        });
        foreach (var item in receive) {
            assert (item.get_type () == typeof (Item));
            assert (Item.n_alive <= 5);
            sum += item.number;
        }
        group.join ();
        assert (sum == 55);
    });
    assert (Item.n_alive == 0);
}

void test_strings () {
    run (() => {
        Anyio.MemoryObjectSendStream<string> send;
        Anyio.MemoryObjectReceiveStream<string> receive;
        var words = new StringBuilder ();

        Anyio.create_memory_object_stream<string> (Anyio.UNBOUNDED, out send, out receive);
        assert (send.item_type == typeof (string));
        assert (send.max_buffer_size == uint64.MAX);
        for (int i = 0; i < 3; i++)
            send.send_nowait (@"w$i");
        var clone = receive.clone ();
        words.append (clone.receive ());
        words.append (clone.receive_nowait ());
        assert (send.open_receive_streams == 2);
        assert (send.current_buffer_used == 1);
        send.close ();
        foreach (var word in receive)
            words.append (word);
        assert (words.str == "w0w1w2");
    });
}

void test_numbers () {
    run (() => {
        Anyio.MemoryObjectSendStream<int> send;
        Anyio.MemoryObjectReceiveStream<int> receive;

        Anyio.create_memory_object_stream<int> (3, out send, out receive);
        send.send (42);
        send.send (0);
        assert (receive.receive () == 42);
        assert (receive.receive () == 0);
    });
}

void test_failures () {
    run (() => {
        Anyio.MemoryObjectSendStream<Item> send;
        Anyio.MemoryObjectReceiveStream<Item> receive;
        bool caught = false;

        Anyio.create_memory_object_stream<Item> (1, out send, out receive);
        send.send (new Item (1));
        try {
            send.send_nowait (new Item (2));
        } catch (IOError.WOULD_BLOCK error) {
            caught = true;
        }
        assert (caught && Item.n_alive == 1);
        assert (Anyio.move_on_after (1, () => send.send (new Item (3))));
        assert (Item.n_alive == 1);
        receive.close ();
        assert (Item.n_alive == 0);
        caught = false;
        try {
            send.send (new Item (4));
        } catch (IOError.BROKEN_PIPE error) {
            caught = true;
        }
        assert (caught && Item.n_alive == 0);
        caught = false;
        try {
            foreach (var item in receive)
                assert (item == null);
        } catch (IOError.CLOSED error) {
            caught = true;
        }
        assert (caught);
    });
}

void test_cancelled_foreach () {
    run (() => {
        Anyio.MemoryObjectSendStream<Item> send;
        Anyio.MemoryObjectReceiveStream<Item> receive;
        int n = 0;

        Anyio.create_memory_object_stream<Item> (1, out send, out receive);
        send.send (new Item (1));
        assert (Anyio.move_on_after (5, () => {
            foreach (var item in receive)
                n += item.number;
        }));
        assert (n == 1);
        assert (Anyio.current_time () == 5);
    });
    assert (Item.n_alive == 0);
}

void test_broadcast () {
    run (() => {
        var stream = new Anyio.BroadcastStream<Item> ();
        var all = stream.subscribe (5, Anyio.OverflowPolicy.BLOCK);
        var latest = stream.subscribe (1, Anyio.OverflowPolicy.LATEST);
        int sum = 0;

        for (int i = 1; i <= 2; i++)
            stream.send (new Item (i));
        stream.send_nowait (new Item (3));
        assert (latest.items_lost == 2);
        stream.close ();
        try {
            stream.send_nowait (new Item (4));
            assert_not_reached ();
        } catch (IOError.CLOSED error) {
        }
        foreach (var item in all)
            sum += item.number;
        foreach (var item in latest)
            sum += 10 * item.number;
        assert (sum == 36);
    });
    assert (Item.n_alive == 0);
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala-streams/foreach", test_foreach);
    Test.add_func ("/vala-streams/strings", test_strings);
    Test.add_func ("/vala-streams/numbers", test_numbers);
    Test.add_func ("/vala-streams/failures", test_failures);
    Test.add_func ("/vala-streams/cancelled-foreach", test_cancelled_foreach);
    Test.add_func ("/vala-streams/broadcast", test_broadcast);

    return Test.run ();
}
