// SPDX-License-Identifier: LGPL-2.1-or-later

// Two kinds of time limit: one gives up quietly, the other one says that the time is over. What has to be tidied up then is done under a shield.

void ask (string what, double seconds) throws Error {
    print ("Asking for %s\n", what);
    Anyio.sleep (seconds);
    print ("Here is %s\n", what);
}

// The limit is over when this runs; without the shield its sleep would fail at once.
void say_good_bye () throws Error {
    var shield = new Anyio.CancelScope ();

    shield.set_shield (true);
    shield.run (() => {
        print ("Saying good-bye\n");
        Anyio.sleep (0.2);
        print ("Said good-bye\n");
    });
}

void talk () throws Error {
    ask ("the time", 0.1);
    try {
        ask ("the future", 10);
    } catch (IOError.CANCELLED error) {
        say_good_bye ();
        throw error;
    }
}

void run_all () throws Error {
    if (Anyio.move_on_after (0.2, () => ask ("the weather", 10)))
        print ("Going on without the weather\n");

    try {
        Anyio.with_timeout (0.3, talk);
    } catch (IOError.TIMED_OUT error) {
        print ("Timed out\n");
    }
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
