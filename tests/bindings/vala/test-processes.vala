// SPDX-License-Identifier: LGPL-2.1-or-later

// Subprocesses in Vala.

void check (string name, owned Anyio.Func body) {
    try {
        Anyio.run (body, name);
    } catch (Error error) {
        Test.message ("%s: %s", name, error.message);
        Test.fail ();
    }
}

string text_of (Bytes bytes) {
    var text = new StringBuilder ();

    text.append_len ((string) bytes.get_data (), bytes.length);

    return text.str;
}

void test_run () {
    check ("run", () => {
        Bytes output;
        Bytes errors;

        Anyio.run_process ({ "/bin/sh", "-c", "cat; echo oops >&2" }, new Bytes ("hello".data), out output, out errors);
        assert (text_of (output) == "hello");
        assert (text_of (errors) == "oops\n");

        try {
            Anyio.run_process ({ "/bin/sh", "-c", "echo some; exit 3" }, null, out output, null);
            assert_not_reached ();
        } catch (Error error) {
            assert (error.code == 3);
        }
        assert (text_of (output) == "some\n");
    });
}

void test_talk () {
    check ("talk", () => {
        var process = Anyio.open_process ({ "cat" }, SubprocessFlags.STDIN_PIPE | SubprocessFlags.STDOUT_PIPE);

        assert (process.stderr == null);
        process.stdin.send ("hello".data);
        assert (text_of (process.stdout.receive_bytes (99)) == "hello");
        process.stdin.close ();
        assert (process.stdout.receive_bytes (99).length == 0);
        process.wait ();
        assert (process.has_exited () && process.returncode == 0);
        process.close ();
    });
}

void test_stop () {
    check ("stop", () => {
        var process = Anyio.open_process ({ "sleep", "1000" }, SubprocessFlags.NONE);

        process.stop (1000);
        assert (process.returncode == -(int) Posix.Signal.TERM);
        process.kill ();
        process.close ();
    });
}

void test_cancelled () {
    check ("cancelled", () => {
        var process = Anyio.open_process ({ "sleep", "1000" }, SubprocessFlags.NONE);

        try {
            Anyio.with_timeout (0.01, () => process.close ());
            assert_not_reached ();
        } catch (IOError.TIMED_OUT error) {
            assert (process.returncode == -(int) Posix.Signal.KILL);
        }
    });
}

int main (string[] args) {
    Test.init (ref args);

    Test.add_func ("/vala/processes/run", test_run);
    Test.add_func ("/vala/processes/talk", test_talk);
    Test.add_func ("/vala/processes/stop", test_stop);
    Test.add_func ("/vala/processes/cancelled", test_cancelled);

    return Test.run ();
}
