// SPDX-License-Identifier: LGPL-2.1-or-later

// A function that computes in a worker thread and reports its progress to the thread of the main context, which shows it. With --impatient the task that waits is cancelled
// half-way: the function asks now and then whether anybody still wants the result.

const int N_ROUNDS = 4;

// In the worker: it may take its time, but must not touch what belongs to the main context.
string compute (Anyio.CancelScope scope, bool is_impatient) throws Error {
    var digest = "";

    for (int round = 1; round <= N_ROUNDS; round++) {
        for (int i = 0; i < 10000; i++)
            digest = Checksum.compute_for_string (ChecksumType.SHA256, digest);
        Anyio.from_thread_call (() => {
            // Here one could set the fraction of a progress bar.
            print ("%d %%\n", round * 100 / N_ROUNDS);
            if (is_impatient && round == N_ROUNDS / 2)
                scope.cancel ("impatience");
        });
        Anyio.thread_check_cancelled ();
    }

    return digest;
}

void wait_for_result (bool is_impatient) throws Error {
    var scope = new Anyio.CancelScope ();
    var was_cancelled = scope.run (() => {
        string digest = "";

        Anyio.to_thread (() => { digest = compute (scope, is_impatient); });
        print ("The result has %d digits\n", digest.length);
    });

    if (was_cancelled)
        print ("Nobody waited for the result\n");
}

int main (string[] args) {
    var is_impatient = "--impatient" in args;

    try {
        Anyio.run (() => wait_for_result (is_impatient));
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
