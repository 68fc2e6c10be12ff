// SPDX-License-Identifier: LGPL-2.1-or-later

// Each closure is freed exactly once, after its task: an object that it captures counts. Valgrind sees the rest.

int n_live = 0;

class Counted {
    public int n = 0;

    public Counted () {
        n_live++;
    }

    ~Counted () {
        n_live--;
    }
}

delegate void Case (Counted counted) throws Error;

void check (string name, owned Case body) {
    n_live = 0;
    try {
        Anyio.run (() => {
            var counted = new Counted ();

            assert (n_live == 1);
            body (counted);
            assert (counted.n > 0);
        }, name);
    } catch (Error error) {
        Test.message ("%s: %s", name, error.message);
        Test.fail ();
    }
    body = null;
    assert (n_live == 0);
}

void test_tasks () {
    check ("start_soon", counted => {
        var group = Anyio.TaskGroup.open ();
        for (int i = 0; i < 3; i++)
            group.start_soon (() => { counted.n++; });
        group.join ();
    });
    check ("create_task", counted => {
        var group = Anyio.TaskGroup.open ();
        var task = group.create_task (() => {
            counted.n++;
            Anyio.Task.set_result ("text");
        });
        group.join ();
        assert (task.get_result ().get_string () == "text");
    });
    check ("start", counted => {
        var group = Anyio.TaskGroup.open ();
        var value = group.start (() => {
            counted.n++;
            Anyio.Task.started (new Cancellable ());
        });
        assert (value.get_object () is Cancellable);
        group.join ();
    });
    check ("start that fails", counted => {
        var group = Anyio.TaskGroup.open ();
        try {
            group.start (() => {
                counted.n++;
                throw new IOError.FAILED ("early");
            });
        } catch (IOError.FAILED error) {
        }
        group.join ();
    });
    check ("cancelled before its first wait", counted => {
        var group = Anyio.TaskGroup.open ();
        group.start_soon (() => {
            counted.n++;
            Anyio.sleep_forever ();
        });
        group.cancel ();
        group.join ();
    });
    check ("failure", counted => {
        try {
            Anyio.with_task_group (group => {
                group.start_soon (() => {
                    counted.n++;
                    throw new IOError.FAILED ("one");
                });
                group.start_soon (() => {
                    counted.n++;
                    throw new IOError.FAILED ("two");
                });
            });
        } catch (Anyio.Error.GROUP error) {
        }
    });
}

void test_scopes () {
    check ("scope", counted => {
        var scope = new Anyio.CancelScope ();
        scope.run (() => {
            scope.defer (() => { counted.n++; });
            counted.n++;
        });
    });
    check ("move_on_after", counted => {
        Anyio.move_on_after (0, () => {
            counted.n++;
            Anyio.sleep_forever ();
        });
    });
    check ("with_timeout", counted => {
        try {
            Anyio.with_timeout (0, () => {
                counted.n++;
                Anyio.sleep_forever ();
            });
        } catch (IOError.TIMED_OUT error) {
        }
    });
}

void test_calls () {
    check ("call that is dropped", counted => {
        var file = File.new_for_path ("/");
        var call = new Anyio.Call ();
        counted.n++;
        file.query_info_async.begin ("standard::type", FileQueryInfoFlags.NONE, Priority.DEFAULT, call.begin (), call.ready);
    });
    check ("call that is cancelled", counted => {
        Anyio.move_on_after (0, () => {
            var file = File.new_for_path ("/");
            var call = new Anyio.Call ();
            counted.n++;
            file.query_info_async.begin ("standard::type", FileQueryInfoFlags.NONE, Priority.DEFAULT, call.begin (), call.ready);
            file.query_info_async.end (call.await ());
        });
    });
}

async void await_fiber () throws Error {
    var counted = new Counted ();

    yield Anyio.call_async (() => { counted.n++; });
    assert (counted.n == 1);
}

void test_async () {
    var loop = new MainLoop ();

    n_live = 0;
    await_fiber.begin ((object, result) => {
        try {
            await_fiber.end (result);
        } catch (Error error) {
            Test.fail ();
        }
        loop.quit ();
    });
    loop.run ();
    assert (n_live == 0);
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/ownership/tasks", test_tasks);
    Test.add_func ("/vala/ownership/scopes", test_scopes);
    Test.add_func ("/vala/ownership/calls", test_calls);
    Test.add_func ("/vala/ownership/async-methods", test_async);

    return Test.run ();
}
