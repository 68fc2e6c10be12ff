// SPDX-License-Identifier: LGPL-2.1-or-later

// Fibers from Vala: the functions of the generated vapi and of its hand-written part, each called at least once.

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

void test_group () {
    run (() => {
        var trace = new StringBuilder ();
        var start = Anyio.current_time ();
        var group = Anyio.TaskGroup.open ();

        foreach (unowned var name in new string[] { "a", "b", "c" }) {
            var own = name;
            group.start_soon (() => {
                trace.append (own + "1 ");
                Anyio.sleep (own == "a" ? 2 : 1);
                trace.append (own + "2 ");
            }, name);
        }
        trace.append ("body ");
        group.join ();
        string[] words = trace.str.strip ().split (" ");
        assert (words.length == 7 && words[0] == "body" && words[6] == "a2");
        for (int i = 1; i < 4; i++)
            assert (words[i].has_suffix ("1"));
        assert (Anyio.current_time () - start == 2);
    });
}

void test_failure () {
    run (() => {
        bool cancelled = false;

        try {
            Anyio.with_task_group (group => {
                group.start_soon (() => {
                    Anyio.sleep (1);
                    throw new IOError.EXISTS ("there");
                });
                group.start_soon (() => {
                    try {
                        Anyio.sleep_forever ();
                    } catch (IOError.CANCELLED error) {
                        cancelled = true;
                        throw error;
                    }
                });
            });
            assert_not_reached ();
        } catch (IOError.EXISTS error) {
            assert (error.message == "there");
        }
        assert (cancelled);
    });
}

void test_two_failures () {
    run (() => {
        var group = Anyio.TaskGroup.open ();

        group.start_soon (() => { throw new IOError.EXISTS ("one"); });
        group.start_soon (() => { throw new IOError.BUSY ("two"); });
        try {
            group.join ();
            assert_not_reached ();
        } catch (Error error) {
            assert (error is Anyio.Error.GROUP);
            assert (Anyio.Error.matches (error, IOError.quark (), IOError.BUSY));
            assert (Anyio.Error.group_get_errors (error).length == 2);
        }
        assert (group.failures.get_n_items () == 2);
    });
}

void test_handle () {
    run (() => {
        var group = Anyio.TaskGroup.open ();
        var task = group.create_task (() => {
            Anyio.sleep (1);
            Anyio.Task.set_result (42);
        }, "worker");

        assert (task.name == "worker");
        assert (task.get_status () == Anyio.TaskStatus.PENDING);
        try {
            task.get_result ();
            assert_not_reached ();
        } catch (IOError.PENDING error) {
        }
        task.wait ();
        assert (task.get_result ().get_int () == 42);
        group.join ();
        assert (task.get_result ().get_int () == 42);
    });
}

void test_start () {
    run (() => {
        var group = Anyio.TaskGroup.open ();
        bool ended = false;
        var value = group.start (() => {
            Anyio.sleep (1);
            Anyio.Task.started ("ready");
            Anyio.sleep (1);
            ended = true;
        });

        assert (value.get_string () == "ready");
        assert (!ended);
        group.start (() => Anyio.Task.started ());
        try {
            group.start (() => { throw new IOError.EXISTS ("early"); });
            assert_not_reached ();
        } catch (IOError.EXISTS error) {
        }
        try {
            group.start (() => {});
            assert_not_reached ();
        } catch (Anyio.Error.NOT_STARTED error) {
        }
        group.join ();
        assert (ended);
    });
}

void test_scopes () {
    run (() => {
        var start = Anyio.current_time ();

        assert (Anyio.move_on_after (1, () => Anyio.sleep_forever ()));
        assert (!Anyio.move_on_after (1, () => {}));
        assert (Anyio.move_on_at (start + 2, () => Anyio.sleep_forever ()));
        assert (Anyio.current_time () - start == 2);
        try {
            Anyio.with_timeout (1, () => Anyio.sleep_forever ());
            assert_not_reached ();
        } catch (IOError.TIMED_OUT error) {
        }
        try {
            Anyio.with_deadline (start + 5, () => Anyio.sleep_forever ());
            assert_not_reached ();
        } catch (IOError.TIMED_OUT error) {
            assert (Anyio.current_time () - start == 5);
        }

        var scope = new Anyio.CancelScope ();
        string order = "";
        assert (scope.run (() => {
            scope.defer (() => { order += "a"; });
            scope.defer (() => { order += "b"; });
            scope.cancel ("enough");
            Anyio.checkpoint ();
        }));
        assert (order == "ba");
        assert (scope.cancelled_caught && scope.cancel_called);
        unowned string? text, by_task;
        assert (scope.get_reason (out text, out by_task) == Anyio.CancelKind.EXPLICIT);
        assert (text == "enough");
        assert (by_task == "test");

        var outer = new Anyio.CancelScope ();
        bool went_on = false;
        outer.run (() => {
            outer.cancel ();
            var shield = new Anyio.CancelScope () { shield = true };
            shield.run (() => {
                Anyio.sleep (1);
                went_on = true;
            });
        });
        assert (went_on);
    });
}

void test_gio () {
    run (() => {
        var file = File.new_for_path ("/");
        var call = new Anyio.Call ();

        file.query_info_async.begin ("standard::type", FileQueryInfoFlags.NONE, Priority.DEFAULT, call.begin (), call.ready);
        assert (file.query_info_async.end (call.await ()).get_file_type () == FileType.DIRECTORY);
        // The same one for the next.
        var missing = File.new_for_path ("/nothing/here");
        missing.query_info_async.begin ("standard::type", FileQueryInfoFlags.NONE, Priority.DEFAULT, call.begin (), call.ready);
        try {
            missing.query_info_async.end (call.await ());
            assert_not_reached ();
        } catch (IOError.NOT_FOUND error) {
        }
    });
}

async void in_async_method () throws Error {
    var trace = "";

    yield Anyio.sleep_async (0.01);
    yield Anyio.call_async (() => {
        Anyio.sleep (0.01);
        trace += "fiber ";
    }, "fiber");
    try {
        yield Anyio.call_async (() => { throw new IOError.EXISTS ("raised"); });
        assert_not_reached ();
    } catch (IOError.EXISTS error) {
        trace += error.message;
    }
    var cancellable = new Cancellable ();
    cancellable.cancel ();
    try {
        yield Anyio.sleep_async (100, cancellable);
        assert_not_reached ();
    } catch (IOError.CANCELLED error) {
    }
    assert (trace == "fiber raised");
}

void test_async () {
    var loop = new MainLoop ();

    in_async_method.begin ((object, result) => {
        try {
            in_async_method.end (result);
        } catch (Error error) {
            Test.message ("%s", error.message);
            Test.fail ();
        }
        loop.quit ();
    });
    loop.run ();
}

void test_start_in_loop () {
    var loop = new MainLoop ();

    Anyio.start (() => {
        Anyio.sleep (0.01);
        loop.quit ();
    }, "guest");
    loop.run ();
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/group", test_group);
    Test.add_func ("/vala/group/failure", test_failure);
    Test.add_func ("/vala/group/two-failures", test_two_failures);
    Test.add_func ("/vala/task/handle", test_handle);
    Test.add_func ("/vala/group/start", test_start);
    Test.add_func ("/vala/scopes", test_scopes);
    Test.add_func ("/vala/gio", test_gio);
    Test.add_func ("/vala/async-methods", test_async);
    Test.add_func ("/vala/start", test_start_in_loop);

    return Test.run ();
}
