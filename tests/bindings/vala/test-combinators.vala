// SPDX-License-Identifier: LGPL-2.1-or-later

// The combinators from Vala: functions that are run together, again, or for each item; select; caches. What closures and items hold is freed once.

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
    assert (Item.n_alive == 0);
}

class Item {
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

Anyio.Backoff doubling (uint max_attempts) {
    return Anyio.Backoff () { delay = 1, factor = 2, max_delay = 8, max_attempts = max_attempts };
}

void test_retry () {
    run (() => {
        var item = new Item (0);
        var told = "";

        try {
            Anyio.retry (() => {
                item.number++;
                throw new IOError.BUSY ("no %d", item.number);
            }, doubling (5), (error, n_failures) => {
                told += @"$(error.message):$n_failures ";
                return item.number < 3;
            });
            assert_not_reached ();
        } catch (IOError.BUSY error) {
            assert (error.message == "no 3");
        }
        assert (told == "no 1:1 no 2:2 no 3:3 ");
        assert (Anyio.current_time () == 3);
    });
}

void test_supervise () {
    run (() => {
        var item = new Item (0);
        var told = "";
        var group = Anyio.TaskGroup.open ();

        group.start_soon (() => {
            Anyio.supervise (() => {
                if (++item.number < 3)
                    throw new IOError.BUSY ("no %d", item.number);
            }, doubling (5), Anyio.Restart.ON_FAILURE, 0, (error, n_failures) => { told += @"$(error.message):$n_failures "; });
        }, "service");
        group.join ();
        assert (told == "no 1:1 no 2:2 ");
        assert (Anyio.current_time () == 3);

        item.number = 0;
        try {
            Anyio.supervise (() => {
                if (++item.number == 4)
                    throw new IOError.BUSY ("enough");
            }, doubling (1), Anyio.Restart.ALWAYS);
            assert_not_reached ();
        } catch (IOError.BUSY error) {
            assert (item.number == 4);
        }
    });
}

void test_parts () {
    run (() => {
        var parts = new Anyio.Parts ();
        var item = new Item (0);

        parts.gather ();
        parts.add (() => {
            Anyio.sleep (2);
            item.number += 1;
        }, "slow");
        parts.add (() => {
            Anyio.sleep (1);
            item.number += 10;
            if (item.number < 20)
                throw new IOError.BUSY ("not at first");
        });
        try {
            parts.gather ();
            assert_not_reached ();
        } catch (IOError.BUSY error) {
            assert (item.number == 10);
            assert (Anyio.current_time () == 1);
        }
        parts.gather ();
        assert (item.number == 21);
        assert (Anyio.current_time () == 3);
        assert (parts.race () == 1);
        assert (Anyio.current_time () == 4);
        item.number = 0;
        assert (parts.first_success (0.5) == 0);
        assert (item.number == 11);
        assert (Anyio.current_time () == 6);
        try {
            new Anyio.Parts ().race ();
            assert_not_reached ();
        } catch (Anyio.Error.EMPTY error) {
        }
    });
}

void test_map () {
    run (() => {
        Item[] items = { new Item (1), new Item (2), new Item (3) };
        string[] words = { "a", "b" };
        var seen = "";

        Anyio.map<Item> (items, item => {
            Anyio.sleep (1);
            item.number *= 2;
        }, 2);
        assert (items[0].number + items[1].number + items[2].number == 12);
        assert (Anyio.current_time () == 2);
        Anyio.map<string> (words, word => { seen += word; });
        assert (seen == "ab");
        try {
            Anyio.map<Item> (items, item => {
                Anyio.sleep (1);
                throw new IOError.BUSY ("%d", item.number);
            }, 1, "failing");
            assert_not_reached ();
        } catch (IOError.BUSY error) {
            assert (error.message == "2");
        }
    });
}

void test_select () {
    run (() => {
        Anyio.MemoryObjectSendStream<Item> send;
        Anyio.MemoryObjectReceiveStream<Item> receive;
        Anyio.create_memory_object_stream<Item> (1, out send, out receive);
        var event = new Anyio.Event ();
        var select = new Anyio.Select ();
        var group = Anyio.TaskGroup.open ();

        assert (select.add_receive<Item> (receive) == 0);
        assert (select.add_event (event) == 1);
        assert (select.add_sleep (3) == 2);
        assert (select.add_send<Item> (send, new Item (7)) == 3);
        assert (select.wait () == 3);
        assert (select.wait () == 0);
        assert (select.take<Item> ().number == 7);
        group.start_soon (() => {
            Anyio.sleep (1);
            send.send (new Item (8));
            Anyio.sleep (1);
            event.set ();
        });
        assert (select.wait () == 0);
        assert (Anyio.current_time () == 1);
        assert (select.wait () == 1);
        assert (Anyio.current_time () == 2);
        group.join ();
        send.close ();
        receive.close ();
        assert (new Anyio.Select ().get_failed () == -1);
    });
}

delegate int AddFunc (Anyio.Select select);

// Whether the operation is possible at once; then it has been done.
bool one (AddFunc add) throws Error {
    var select = new Anyio.Select ();

    select.add_sleep_until (9);
    add (select);
    try {
        return select.try_now () == 1;
    } catch (IOError.WOULD_BLOCK error) {
        return false;
    }
}

void test_select_others () {
    run (() => {
        var group = Anyio.TaskGroup.open ();
        var lock = new Anyio.Lock ();
        var semaphore = new Anyio.Semaphore (1);
        var limiter = new Anyio.CapacityLimiter (1);
        var future = new Anyio.Future ();
        var stream = new Anyio.BroadcastStream<Item> ();
        var subscription = stream.subscribe (1, Anyio.OverflowPolicy.BLOCK);
        var task = group.create_task (() => Anyio.sleep (1));
        int[] fds = new int[2];

        Posix.pipe (fds);
        assert (one (select => select.add_lock (lock)));
        assert (one (select => select.add_semaphore (semaphore)) && semaphore.value == 0);
        assert (one (select => select.add_capacity_limiter (limiter)) && limiter.available_tokens == 0);
        assert (one (select => select.add_broadcast<Item> (stream, new Item (1))));
        assert (subscription.receive ().number == 1);
        assert (!one (select => select.add_task (task)));
        assert (!one (select => select.add_future (future)));
        assert (!one (select => select.add_readable (fds[0])));
        assert (one (select => select.add_writable (fds[1])));
        assert (!one (select => select.add_semaphore (semaphore)));
        task.wait ();
        future.set_value (1);
        Posix.write (fds[1], "x", 1);
        assert (one (select => select.add_task (task)));
        assert (one (select => select.add_future (future)));
        assert (one (select => select.add_readable (fds[0])));
        subscription.close ();
        stream.close ();
        limiter.release ();
        lock.release ();

        Posix.close (fds[0]);
        Posix.close (fds[1]);

        var failing = new Anyio.Select ();
        failing.add_sleep (1);
        failing.add_broadcast<Item> (stream, new Item (3));
        try {
            failing.wait ();
            assert_not_reached ();
        } catch (IOError.CLOSED error) {
            assert (failing.get_failed () == 1);
        }
        group.join ();
    });
}

// Apart from the test, whose closures hold the cache: it would hold itself.
Anyio.Cache<string,Item> make_cache (StringBuilder loads) {
    return new Anyio.Cache<string,Item> (key => {
        Anyio.sleep (1);
        loads.append (key);
        if (key == "bad")
            throw new IOError.BUSY ("no");
        return new Item (key.length);
    });
}

void test_select_stop () {
    run (() => {
        var group = Anyio.TaskGroup.open ();
        var chosen = -1;

        group.start_soon (() => {
            var select = new Anyio.Select ();

            select.add_sleep (9);
            select.add_stop_requested ();
            chosen = select.wait ();
        });
        Anyio.sleep (1);
        group.get_cancel_scope ().request_stop (double.INFINITY, "the program ends");
        group.join ();
        assert (chosen == 1);
        assert (Anyio.current_time () == 1);
    });
}

void test_cache () {
    run (() => {
        var loads = new StringBuilder ();
        var cache = make_cache (loads);
        var group = Anyio.TaskGroup.open ();

        for (int i = 0; i < 3; i++)
            group.start_soon (() => assert (cache.get ("word").number == 4));
        group.join ();
        assert (loads.str == "word");
        assert (cache.n_misses == 1 && cache.n_hits == 2 && cache.size == 1);
        assert (cache.peek ("word").number == 4);
        assert (cache.peek ("other") == null);
        try {
            cache.get ("bad");
            assert_not_reached ();
        } catch (IOError.BUSY error) {
        }
        cache.max_size = 1;
        cache.max_age = 5;
        cache.get ("ab");
        assert (cache.peek ("word") == null);
        assert (cache.remove ("ab") && !cache.remove ("ab"));

        var numbers = new Anyio.Cache<int,string> (key => key.to_string ());
        assert (numbers.get (7) == "7" && numbers.get (7) == "7" && numbers.n_misses == 1);
        numbers.remove_all ();
        assert (numbers.size == 0);
    });
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala-combinators/retry", test_retry);
    Test.add_func ("/vala-combinators/supervise", test_supervise);
    Test.add_func ("/vala-combinators/parts", test_parts);
    Test.add_func ("/vala-combinators/map", test_map);
    Test.add_func ("/vala-combinators/select", test_select);
    Test.add_func ("/vala-combinators/select-others", test_select_others);
    Test.add_func ("/vala-combinators/select-stop", test_select_stop);
    Test.add_func ("/vala-combinators/cache", test_cache);

    return Test.run ();
}
