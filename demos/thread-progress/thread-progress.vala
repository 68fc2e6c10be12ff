// SPDX-License-Identifier: LGPL-2.1-or-later

// A computation in a worker thread, with a progress bar. A task waits for the thread. No thread can be stopped from outside: the button, and closing the window, cancel the
// task; the thread asks now and then whether it was, and ends; only then does the task end.
//
// The computation rests after each step, so that there is something to see. The argument `--script start@0,cancel@0.5,close@1` does what a user would do, after so many
// seconds each.

const uint N_STEPS = 100;
const uint NUMBERS_PER_STEP = 1000;
const ulong REST_MICROSECONDS = 10000;

bool is_prime (uint number) {
    if (number < 2)
        return false;
    for (uint divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return false;
    }

    return true;
}

// In the thread.
uint count_primes (Anyio.Progress progress) throws Error {
    uint n_primes = 0;

    try {
        for (uint step = 0; step < N_STEPS; step++) {
            for (uint i = 0; i < NUMBERS_PER_STEP; i++) {
                if (is_prime (step * NUMBERS_PER_STEP + i))
                    n_primes++;
            }
            progress.report ((step + 1.0) / N_STEPS, null);
            Thread.usleep (REST_MICROSECONDS);
            Anyio.thread_check_cancelled ();
        }
    } finally {
        print ("The thread ends\n");
    }

    return n_primes;
}

// Owned by the window and by its tasks. It holds what it shows, but not the window: that would live on, and the thread with it, when it is closed.
class Counter : Object {
    private Gtk.Application app;
    private Anyio.TaskGroup group; // bound to the window
    private Anyio.Task? task = null; // while something is being counted
    private Gtk.Button button = new Gtk.Button.with_label ("Start");
    private Gtk.ProgressBar bar = new Gtk.ProgressBar ();
    private Gtk.Label state = new Gtk.Label ("Nothing is being counted") { css_classes = { "dim-label" } };

    public Counter (Gtk.Application app) {
        this.app = app;
        button.clicked.connect (on_clicked);
    }

    public Gtk.Window make_window () {
        var header = new Gtk.HeaderBar ();
        var box = new Gtk.Box (Gtk.Orientation.VERTICAL, 12) { margin_top = 18, margin_bottom = 18, margin_start = 18, margin_end = 18 };
        var window = new Gtk.ApplicationWindow (app) { title = "Primes", default_width = 360, titlebar = header, child = box };

        header.pack_start (button);
        box.append (bar);
        box.append (state);
        group = new Anyio.TaskGroup.for_object (window);
        window.set_data ("counter", this);

        return window;
    }

    // Bound to the window, too: there is no more to do when that is closed.
    public void follow (string script) {
        group.start_soon (() => follow_script (script), "follow_script");
    }

    private void count () throws Error {
        var progress = new Anyio.Progress ();
        uint n_primes = 0;

        progress.bind_property ("fraction", bar, "fraction", BindingFlags.SYNC_CREATE);
        try {
            Anyio.to_thread (() => { n_primes = count_primes (progress); });
            show_end ("%u primes below %u".printf (n_primes, N_STEPS * NUMBERS_PER_STEP));
        } catch (IOError.CANCELLED error) {
            show_end ("Cancelled at %.0f %%".printf (100 * progress.fraction));
            throw error;
        }
    }

    private void show_end (string text) {
        print ("%s\n", text);
        state.label = text;
        button.label = "Start";
        button.sensitive = true;
        task = null;
    }

    private void on_clicked () {
        if (task == null) {
            button.label = "Cancel";
            state.label = "Counting primes ...";
            task = group.create_task (count, "count");
        } else {
            button.sensitive = false; // until the thread has ended
            state.label = "Waiting for the thread ...";
            task.cancel ("the button was clicked");
        }
    }

    private void follow_script (string script) throws Error {
        var start = Anyio.current_time ();

        foreach (unowned var step in script.split (",")) {
            var words = step.split ("@");

            Anyio.sleep_until (start + double.parse (words[1]));
            if (words[0] == "close") {
                print ("Closing\n");
                app.active_window.close ();
            } else {
                button.clicked ();
            }
        }
    }
}

int main (string[] args) {
    var script = args.length == 3 && args[1] == "--script" ? args[2] : null;
    var app = new Gtk.Application ("org.example.Primes", ApplicationFlags.NON_UNIQUE);

    app.activate.connect (() => {
        var counter = new Counter (app);
        var window = counter.make_window ();

        if (script != null)
            counter.follow (script);
        window.present ();
    });
    Anyio.bind_application (app);

    var status = app.run (args[:1]);
    var left = Anyio.get_running_tasks ().get_n_items ();

    print ("%u tasks are left\n", left);

    return status != 0 || left > 0 ? 1 : 0;
}
