// SPDX-License-Identifier: LGPL-2.1-or-later

// A window with files that are being loaded. The loads are tasks in a group that is bound to the window: whenever it is closed, they end. The button cancels those that are
// under way, and begins again when all have ended.
//
// The files are made for the occasion, and read in slices with a pause after each, as if they came from far away. The argument `--script cancel@0.3,close@0.6` does what a user
// would do, after so many seconds each.

const size_t SLICE_BYTES = 65536;

struct Source {
    string name;
    uint n_slices;
    double pause; // seconds after each slice
}

const Source[] SOURCES = {
    { "accounts.csv", 16, 0.06 }, { "letters.txt", 10, 0.04 }, { "maps.svg", 24, 0.06 }, { "photographs.tar", 48, 0.05 }, { "recordings.ogg", 36, 0.05 }
};

// One file, and its row in the list, which may be gone from the window when the load ends.
class Load : Object {
    public bool is_loaded { get; private set; }

    private Source source;
    private File file;
    private double fraction;
    private Gtk.Label state = new Gtk.Label (null) { css_classes = { "dim-label", "numeric" } };
    private Gtk.ProgressBar progress = new Gtk.ProgressBar ();

    public Load (string folder, Source source) {
        this.source = source;
        file = File.new_build_filename (folder, source.name);
        prepare ();
    }

    public void prepare () {
        fraction = 0;
        is_loaded = false;
        show ("Waiting");
    }

    public Gtk.Widget make_row () {
        var grid = new Gtk.Grid () { row_spacing = 8 };

        grid.attach (new Gtk.Label (source.name) { xalign = 0, hexpand = true }, 0, 0);
        grid.attach (state, 1, 0);
        grid.attach (progress, 0, 1, 2);

        return grid;
    }

    // What goes wrong with one file is shown in its row and is no matter of the others; a cancellation is passed on.
    public void run () throws Error {
        try {
            read_file ();
            is_loaded = true;
            show ("Loaded");
            print ("%s: loaded\n", source.name);
        } catch (IOError.CANCELLED error) {
            show ("Cancelled", false);
            print ("%s: cancelled at %s\n", source.name, percent ());
            throw error;
        } catch (Error error) {
            show ("Failed", false);
            print ("%s: %s\n", source.name, error.message);
        }
    }

    private void read_file () throws Error {
        var call = new Anyio.Call ();

        file.read_async.begin (Priority.DEFAULT, call.begin (), call.ready);
        var stream = file.read_async.end (call.await ());
        try {
            read_slices (stream);
        } finally {
            close (stream);
        }
    }

    private void read_slices (InputStream stream) throws Error {
        var call = new Anyio.Call ();

        for (uint n_read = 1;; n_read++) {
            stream.read_bytes_async.begin (SLICE_BYTES, Priority.DEFAULT, call.begin (), call.ready);
            if (stream.read_bytes_async.end (call.await ()).length == 0)
                return;
            fraction = (double) n_read / source.n_slices;
            show (percent ());
            Anyio.sleep (source.pause);
        }
    }

    // Under a shield, because it is also done when the load is cancelled. What was read is not worse for it if closing fails.
    private void close (InputStream stream) {
        var scope = new Anyio.CancelScope () { shield = true };

        try {
            scope.run (() => {
                var call = new Anyio.Call ();

                stream.close_async.begin (Priority.DEFAULT, call.begin (), call.ready);
                stream.close_async.end (call.await ());
            });
        } catch (Error error) {
            print ("%s: %s\n", source.name, error.message);
        }
    }

    private string percent () {
        return "%.0f %%".printf (100 * fraction);
    }

    private void show (string text, bool is_alive = true) {
        progress.fraction = fraction;
        progress.sensitive = is_alive;
        state.label = text;
    }
}

// All files. Owned by the window and by its tasks. It holds what it shows, but not the window: that would live on, and the loads with it, when it is closed.
class Loader : Object {
    private Gtk.Application app;
    private Load[] loads = {};
    private Anyio.TaskGroup group; // bound to the window
    private Anyio.Task? task = null; // while something is being loaded
    private Gtk.Button button = new Gtk.Button ();
    private Gtk.Label summary = new Gtk.Label (null) { css_classes = { "dim-label" } };

    public Loader (Gtk.Application app, string folder) {
        this.app = app;
        foreach (var source in SOURCES)
            loads += new Load (folder, source);
        button.clicked.connect (on_clicked);
    }

    public Gtk.Window make_window () {
        var rows = new Gtk.ListBox () { selection_mode = Gtk.SelectionMode.NONE, css_classes = { "rich-list", "separators" } };
        var header = new Gtk.HeaderBar ();
        var box = new Gtk.Box (Gtk.Orientation.VERTICAL, 12) { margin_top = 18, margin_bottom = 18, margin_start = 18, margin_end = 18 };
        var window = new Gtk.ApplicationWindow (app) { title = "Loader", default_width = 420, titlebar = header, child = box };

        foreach (var load in loads)
            rows.append (load.make_row ());
        header.pack_start (button);
        box.append (new Gtk.Frame (null) { child = rows });
        box.append (summary);
        group = new Anyio.TaskGroup.for_object (window);
        window.set_data ("loader", this);

        return window;
    }

    // The application would end with its last window, before the files are closed: so each load_all() holds it.
    public void start () {
        app.hold ();
        button.label = "Cancel";
        task = group.create_task (load_all, "load_all");
    }

    // Bound to the window, too: there is no more to do when that is closed.
    public void follow (string script) {
        group.start_soon (() => follow_script (script), "follow_script");
    }

    private void load_all () throws Error {
        summary.label = "Loading ...";
        try {
            Anyio.with_task_group (group => {
                foreach (var load in loads) {
                    load.prepare ();
                    group.start_soon (load.run, "load");
                }
            });
        } finally {
            task = null;
            button.label = "Load again";
            show_summary ();
            app.release ();
        }
    }

    private void show_summary () {
        var n_loaded = 0;

        foreach (var load in loads) {
            if (load.is_loaded)
                n_loaded++;
        }
        summary.label = "%d of %d files loaded".printf (n_loaded, loads.length);
    }

    private void on_clicked () {
        if (task != null)
            task.cancel ("the button was clicked");
        else
            start ();
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

void make_files (string folder) throws Error {
    foreach (var source in SOURCES)
        FileUtils.set_contents (Path.build_filename (folder, source.name), string.nfill (source.n_slices * SLICE_BYTES, 'x'));
}

void remove_files (string folder) {
    foreach (var source in SOURCES)
        FileUtils.unlink (Path.build_filename (folder, source.name));
    DirUtils.remove (folder);
}

int main (string[] args) {
    var script = args.length == 3 && args[1] == "--script" ? args[2] : null;
    var app = new Gtk.Application ("org.example.Loader", ApplicationFlags.NON_UNIQUE);
    string folder;

    try {
        folder = DirUtils.make_tmp ("loader-XXXXXX");
        make_files (folder);
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    app.activate.connect (() => {
        var loader = new Loader (app, folder);
        var window = loader.make_window ();

        if (script != null)
            loader.follow (script);
        loader.start ();
        window.present ();
    });

    var status = app.run (args[:1]);

    remove_files (folder);

    var left = Anyio.get_running_tasks ().get_n_items ();

    print ("%u tasks are left\n", left);

    return status != 0 || left > 0 ? 1 : 0;
}
