// SPDX-License-Identifier: LGPL-2.1-or-later

// The lines of a program as it prints them, but not for ever: after a time limit it is asked to end, and killed if it does not listen.
//
// The arguments are a program and its own arguments. Without any, it is a shell that counts, and does not listen.

const double TIME_LIMIT_S = 0.5;
const double GRACE_S = 0.2;

void show_output (Anyio.ByteReceiveStream output) throws Error {
    var text = new StringBuilder ();
    var buffer = new uint8[1024];
    ssize_t n;

    while ((n = output.receive (buffer)) > 0) {
        int end;

        text.append_len ((string) buffer, n);
        while ((end = text.str.index_of_char ('\n')) >= 0) {
            print ("> %s\n", text.str[0:end]);
            text.erase (0, end + 1);
        }
    }
}

void run_program (string[] argv) throws Error {
    var process = Anyio.open_process (argv, SubprocessFlags.STDOUT_PIPE);

    try {
        Anyio.with_timeout (TIME_LIMIT_S, () => show_output (process.stdout));
    } catch (IOError.TIMED_OUT error) {
        print ("It is asked to end: the time is over\n");
        process.stop (GRACE_S);
    }
    process.close ();

    if (process.returncode < 0)
        print ("It was ended by signal %d\n", -process.returncode);
    else
        print ("It has ended with status %d\n", process.returncode);
}

int main (string[] args) {
    string[] stubborn = { "/bin/sh", "-c", "trap 'echo \"I do not listen\"' TERM; for i in 1 2 3; do echo \"line $i\"; done; while :; do sleep 0.05; done" };
    string[] argv = args.length > 1 ? args[1:args.length] : stubborn;

    try {
        Anyio.run (() => run_program (argv), "run_program");
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
