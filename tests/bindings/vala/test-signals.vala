// SPDX-License-Identifier: LGPL-2.1-or-later

// Signals from Vala: an array of numbers, and foreach.

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

void test_foreach () {
    run (() => {
        var signals = Anyio.SignalReceiver.open ({ Posix.Signal.HUP, Posix.Signal.TERM });
        string trace = "";

        Posix.raise (Posix.Signal.HUP);
        Posix.raise (Posix.Signal.HUP);
        Posix.raise (Posix.Signal.TERM);
        assert (signals.pending == 3);
        foreach (var number in signals) {
            trace += Anyio.signal_to_name (number) + " ";
            if (number == Posix.Signal.TERM)
                break;
        }
        assert (trace == "SIGHUP SIGHUP SIGTERM ");
        signals.close ();
        assert (signals.closed);
    });
}

void test_failures () {
    run (() => {
        Anyio.SignalReceiver signals;
        bool refused = false;

        try {
            signals = Anyio.SignalReceiver.open ({ Posix.Signal.KILL });
        } catch (IOError.INVALID_ARGUMENT error) {
            refused = true;
        }
        assert (refused);
        signals = Anyio.SignalReceiver.open_exclusive ({ Posix.Signal.USR1 });
        try {
            signals.receive_nowait ();
            assert_not_reached ();
        } catch (IOError.WOULD_BLOCK error) {
        }
        signals.close ();
        try {
            foreach (var number in signals)
                assert_not_reached ();
            assert_not_reached ();
        } catch (IOError.CLOSED error) {
        }
    });
}

void test_waiting () {
    run (() => {
        var signals = Anyio.SignalReceiver.open ({ Posix.Signal.USR1 });
        var group = Anyio.TaskGroup.open ();
        int received = 0;
        bool passed;

        group.start_soon (() => received = signals.receive ());
        Anyio.wait_all_tasks_blocked ();
        assert (signals.tasks_waiting == 1);
        Posix.raise (Posix.Signal.USR1);
        group.join ();
        assert (received == Posix.Signal.USR1);
        passed = Anyio.move_on_after (3600, () => {
            foreach (var number in signals)
                assert_not_reached ();
        });
        assert (passed);
        assert (signals.tasks_waiting == 0);
    });
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala-signals/foreach", test_foreach);
    Test.add_func ("/vala-signals/failures", test_failures);
    Test.add_func ("/vala-signals/waiting", test_waiting);

    return Test.run ();
}
