// SPDX-License-Identifier: LGPL-2.1-or-later

const string DOMAIN = "anyio-glib";

void run (Anyio.Func func) {
    try {
        Anyio.run (func, "test");
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

void test_outside () {
    Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "*can therefore only be called in a task*");
    try {
        Anyio.sleep (1);
        assert_not_reached ();
    } catch (Anyio.Error.NO_TASK error) {
    } catch (Error error) {
        assert_not_reached ();
    }
    Test.assert_expected_messages ();
}

void test_dropped_group () {
    bool ended = false;

    Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "*");
    Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "Task \"test\" returned with a task group open*");
    run (() => {
        {
            var group = Anyio.TaskGroup.open ();
            group.start_soon (() => {
                try {
                    Anyio.sleep_forever ();
                } finally {
                    ended = true;
                }
            });
            Anyio.checkpoint ();
        }
    });
    Test.assert_expected_messages ();
    assert (ended);
}

void test_closed_group () {
    bool freed = false;

    run (() => {
        var group = Anyio.TaskGroup.open ();
        group.join ();
        Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "*closed*");
        group.start_soon (() => assert_not_reached ());
        Test.assert_expected_messages ();
        freed = true;
    });
    assert (freed);
}

void test_run_in_run () {
    run (() => {
        Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "*");
        try {
            Anyio.run (() => {});
            assert_not_reached ();
        } catch (Anyio.Error.MISUSE error) {
        }
        Test.assert_expected_messages ();
    });
}

void test_scope_twice () {
    run (() => {
        var scope = new Anyio.CancelScope ();
        scope.run (() => {});
        Test.expect_message (DOMAIN, LogLevelFlags.LEVEL_CRITICAL, "*scope*");
        try {
            scope.run (() => {});
        } catch (Error error) {
        }
        Test.assert_expected_messages ();
    });
}

void test_background () {
    string? told = null;
    var loop = new MainLoop ();

    Anyio.set_background_error_handler ((name, error) => {
        told = "%s: %s".printf (name, error.message);
        loop.quit ();
    });
    Anyio.start (() => { throw new IOError.FAILED ("nobody waits"); }, "lonely");
    loop.run ();
    Anyio.set_background_error_handler (null);
    assert (told == "lonely: nobody waits");
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/misuse/outside-tasks", test_outside);
    Test.add_func ("/vala/misuse/dropped-group", test_dropped_group);
    Test.add_func ("/vala/misuse/closed-group", test_closed_group);
    Test.add_func ("/vala/misuse/run-in-run", test_run_in_run);
    Test.add_func ("/vala/misuse/scope-twice", test_scope_twice);
    Test.add_func ("/vala/misuse/background", test_background);

    return Test.run ();
}
