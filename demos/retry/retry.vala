// SPDX-License-Identifier: LGPL-2.1-or-later

// A server that fails three times is asked again, after 1, 2 and 4 seconds. Time is that of the testing library's clock, which jumps to whatever is waited for; so the program
// takes no time, and the delays are exact.

int n_failures_left = 3;

void ask () throws Error {
    if (n_failures_left > 0) {
        n_failures_left--;
        print ("%g s: no answer\n", Anyio.current_time ());
        throw new IOError.HOST_UNREACHABLE ("No answer");
    }
    print ("%g s: an answer\n", Anyio.current_time ());
}

// Nothing is left to chance: no jitter.
void ask_again () throws Error {
    Anyio.retry (ask, { 1, 2, 30, 0, 0 });
}

int main () {
    var options = new Anyio.RunOptions ();
    var start = get_monotonic_time ();

    options.set_clock (new Anyio.VirtualClock ());
    try {
        Anyio.run (ask_again, "ask_again", options);
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    print ("By the clock on the wall it took %.0f ms\n", (get_monotonic_time () - start) / 1e3);

    return 0;
}
