// SPDX-License-Identifier: LGPL-2.1-or-later

// Search as you type. Each key puts a search into a slot, where the newest wins: it begins when the user pauses, and replaces the one before, whether that waits or runs. The
// group of the slot is bound to the window: whenever it is closed, the search ends.
//
// The index takes its time, as if it were far away. The argument `--script g@0,gl@0.1,close@1` types what a user would, after so many seconds each.

const double PAUSE_SECONDS = 0.2;
const double SEARCH_SECONDS = 0.3;

const string[] RIVERS = {
    "Amazon", "Amur", "Colorado", "Congo", "Danube", "Darling", "Dnieper", "Don", "Elbe", "Euphrates", "Ganges", "Indus", "Loire", "Mekong", "Mississippi", "Murray",
    "Niger", "Nile", "Oder", "Orinoco", "Po", "Rhine", "Rhone", "Seine", "Tagus", "Thames", "Tiber", "Tigris", "Vistula", "Volga", "Yangtze", "Zambezi"
};

// Asks the index, which answers after a while.
string[] look_up (string word) throws Error {
    string[] found = {};

    Anyio.sleep (SEARCH_SECONDS);
    foreach (unowned var river in RIVERS) {
        if (word.casefold () in river.casefold ())
            found += river;
    }

    return found;
}

// Owned by the window and by its tasks. It holds what it shows, but not the window: that would live on, and the search with it, when it is closed.
class Search : Object {
    private Gtk.Application app;
    private Anyio.TaskGroup group; // bound to the window
    private Anyio.TaskSlot slot;
    private Gtk.SearchEntry entry = new Gtk.SearchEntry ();
    private Gtk.StringList found = new Gtk.StringList (RIVERS);
    private Gtk.Label state = new Gtk.Label ("Type a part of a river's name") { css_classes = { "dim-label" } };

    public Search (Gtk.Application app) {
        this.app = app;
        entry.changed.connect (() => slot.start (search, "search"));
    }

    public Gtk.Window make_window () {
        var rows = new Gtk.ListBox () { selection_mode = Gtk.SelectionMode.NONE, css_classes = { "rich-list" } };
        var box = new Gtk.Box (Gtk.Orientation.VERTICAL, 12) { margin_top = 18, margin_bottom = 18, margin_start = 18, margin_end = 18 };
        var window = new Gtk.ApplicationWindow (app) { title = "Search", default_width = 360, default_height = 400, child = box };

        rows.bind_model (found, item => new Gtk.Label (((Gtk.StringObject) item).string) { xalign = 0 });
        box.append (entry);
        box.append (new Gtk.ScrolledWindow () { child = rows, has_frame = true, vexpand = true });
        box.append (state);
        group = new Anyio.TaskGroup.for_object (window);
        slot = new Anyio.TaskSlot (group, PAUSE_SECONDS);
        window.set_data ("search", this);

        return window;
    }

    // Bound to the window, too: there is no more to do when that is closed.
    public void follow (string script) {
        group.start_soon (() => follow_script (script), "follow_script");
    }

    private void search () throws Error {
        var word = entry.text;

        print ("%s ...\n", word);
        state.label = "Searching ...";
        try {
            var rivers = look_up (word);

            print ("%s: %d found\n", word, rivers.length);
            state.label = "%d of %d rivers".printf (rivers.length, RIVERS.length);
            found.splice (0, found.get_n_items (), rivers);
        } catch (IOError.CANCELLED error) {
            print ("%s: not wanted any more\n", word);
            throw error;
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
                entry.text = words[0];
            }
        }
    }
}

int main (string[] args) {
    var script = args.length == 3 && args[1] == "--script" ? args[2] : null;
    var app = new Gtk.Application ("org.example.Search", ApplicationFlags.NON_UNIQUE);

    app.activate.connect (() => {
        var search = new Search (app);
        var window = search.make_window ();

        if (script != null)
            search.follow (script);
        window.present ();
    });
    Anyio.bind_application (app);

    var status = app.run (args[:1]);
    var left = Anyio.get_running_tasks ().get_n_items ();

    print ("%u tasks are left\n", left);

    return status != 0 || left > 0 ? 1 : 0;
}
