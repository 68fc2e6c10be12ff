// SPDX-License-Identifier: LGPL-2.1-or-later

// Worker threads and portals with lambdas: what comes back, and that each closure is freed exactly once, whichever thread lets go of it last.

int n_live = 0;

class Counted {
    public int n = 0;

    public Counted () {
        AtomicInt.inc (ref n_live);
    }

    ~Counted () {
        AtomicInt.add (ref n_live, -1);
    }
}

delegate void Case (Counted counted) throws Error;

void check (string name, owned Case body) {
    n_live = 0;
    try {
        Anyio.run (() => {
            var counted = new Counted ();

            body (counted);
            assert (counted.n > 0);
        }, name);
    } catch (Error error) {
        Test.message ("%s: %s", name, error.message);
        Test.fail ();
    }
    body = null;
    while (AtomicInt.get (ref n_live) > 0)
        Thread.yield ();
}

void test_to_thread () {
    check ("to_thread", counted => {
        unowned Thread<void*> here = Thread.self<void*> ();
        Anyio.to_thread (() => {
            assert (Thread.self<void*> () != here);
            Anyio.from_thread_call (() => {
                assert (Thread.self<void*> () == here);
                counted.n++;
            });
            Anyio.from_thread_run (() => {
                Anyio.sleep (0.001);
                counted.n++;
            });
        });
        assert (counted.n == 2);
    });
    check ("failure", counted => {
        try {
            Anyio.to_thread (() => {
                counted.n++;
                throw new IOError.NOT_FOUND ("gone");
            });
            assert_not_reached ();
        } catch (IOError.NOT_FOUND error) {
            assert (error.message == "gone");
        }
    });
    check ("limiter", counted => {
        var limiter = new Anyio.CapacityLimiter (1);
        Anyio.to_thread (() => { counted.n++; }, "limited", limiter);
        assert (limiter.borrowed_tokens == 0);
    });
    check ("check_cancelled", counted => {
        assert (Anyio.move_on_after (0.001, () => {
            Anyio.to_thread (() => {
                counted.n++;
                for (;;)
                    Anyio.thread_check_cancelled ();
            });
        }));
    });
}

void test_abandon () {
    check ("ends in time", counted => {
        Anyio.to_thread_abandon_on_cancel (() => { counted.n++; });
    });
    check ("abandoned", counted => {
        int go = 0;
        counted.n++; // the thread may not have begun when the deadline passes
        assert (Anyio.move_on_after (0.001, () => {
            Anyio.to_thread_abandon_on_cancel (() => {
                while (AtomicInt.get (ref go) == 0 && counted.n > 0)
                    Thread.yield ();
            });
        }));
        AtomicInt.set (ref go, 1);
    });
}

void test_portal () {
    check ("portal", counted => {
        var portal = Anyio.Portal.open ();
        Anyio.to_thread (() => {
            portal.call (() => { counted.n++; });
            portal.run (() => {
                Anyio.sleep (0.001);
                counted.n++;
            });
            var future = portal.start_task_soon (() => {
                counted.n++;
                Anyio.Task.set_result ("text");
            });
            assert (future.wait ().get_string () == "text");
            Value ready;
            var started = portal.start_task (() => {
                Anyio.Task.started (42);
                counted.n++;
                Anyio.sleep_forever ();
            }, out ready);
            assert (ready.get_int () == 42);
            started.cancel (null);
            try {
                started.wait ();
                assert_not_reached ();
            } catch (IOError.CANCELLED error) {
            }
            try {
                portal.call (() => { throw new IOError.NOT_FOUND ("gone"); });
                assert_not_reached ();
            } catch (IOError.NOT_FOUND error) {
            }
            portal.stop (false);
            try {
                portal.start_task_soon (() => { counted.n++; });
                assert_not_reached ();
            } catch (IOError.CLOSED error) {
            }
        });
        portal.join ();
        assert (counted.n == 4);
    });
}

void test_portal_thread () {
    try {
        var portal = Anyio.Portal.start_thread ("portal", null);
        string text = "";
        portal.run (() => {
            Anyio.sleep (0.001);
            text = "from the portal's thread";
        });
        assert (text == "from the portal's thread");
        portal.join ();
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/threads/to-thread", test_to_thread);
    Test.add_func ("/vala/threads/abandon", test_abandon);
    Test.add_func ("/vala/threads/portal", test_portal);
    Test.add_func ("/vala/threads/portal-thread", test_portal_thread);

    return Test.run ();
}
