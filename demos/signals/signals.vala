// SPDX-License-Identifier: LGPL-2.1-or-later

// A service that works until it is told to end. SIGHUP has it read its settings again. At SIGTERM it finishes what it has begun, for which it has five seconds; a second SIGTERM
// ends it at once. Here it sends the signals to itself. With `--slow` its work takes so long that the second one is needed.

void receive_signals (Anyio.CancelScope scope) throws Error {
    var signals = Anyio.SignalReceiver.open ({ Posix.Signal.HUP, Posix.Signal.INT, Posix.Signal.TERM });

    Anyio.Task.started ();
    foreach (var number in signals) {
        var name = Anyio.signal_to_name (number);

        if (number == Posix.Signal.HUP) {
            print ("%s: the settings are read again\n", name);
        } else if (!scope.get_stop_requested ()) {
            print ("%s: nothing new is begun\n", name);
            scope.request_stop (5, name);
        } else {
            print ("%s: at once\n", name);
            scope.cancel (name);
        }
    }
}

// In the middle of it somebody sends a signal; 0: nobody does.
void do_piece (int number, int signal_number, double seconds) throws Error {
    Anyio.sleep (seconds / 2);
    if (signal_number != 0)
        Posix.raise (signal_number);
    Anyio.sleep (seconds / 2);
    print ("Piece %d is done\n", number);
}

void work (Anyio.TaskGroup group, bool slow) throws Error {
    int[] sent = { 0, Posix.Signal.HUP, Posix.Signal.TERM };

    if (slow) {
        Posix.raise (Posix.Signal.TERM);
        group.start_soon (() => {
            Anyio.sleep (0.3);
            Posix.raise (Posix.Signal.TERM);
        });
        do_piece (1, 0, 60);
    }
    for (int i = 0; !Anyio.is_stop_requested (); i++)
        do_piece (i + 1, sent[i % 3], 0.2);
}

void serve (bool slow) throws Error {
    Anyio.with_task_group ((group) => {
        var scope = group.get_cancel_scope ();

        group.start (() => receive_signals (scope), "receive_signals");
        try {
            work (group, slow);
        } catch (IOError.CANCELLED error) {
            print ("The work is given up\n");
            throw error;
        }
        print ("The work is done\n");
        group.cancel ("the work has ended");
    });
}

int main (string[] args) {
    try {
        Anyio.run (() => serve ("--slow" in args), "serve");
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
