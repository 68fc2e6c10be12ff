// SPDX-License-Identifier: LGPL-2.1-or-later

// Three tasks in a group: the group is left when the last of them has ended.

void do_task (string name, double delay) throws Error {
    print ("Task %s starting\n", name);
    Anyio.sleep (delay);
    print ("Task %s completed after %g seconds\n", name, delay);
}

void run_all () throws Error {
    var start = Anyio.current_time ();
    var group = Anyio.TaskGroup.open ();

    group.start_soon (() => do_task ("A", 2));
    group.start_soon (() => do_task ("B", 1));
    group.start_soon (() => do_task ("C", 3));
    group.join ();

    print ("All tasks completed in %.2f seconds\n", Anyio.current_time () - start);
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
