// SPDX-License-Identifier: LGPL-2.1-or-later

// A window with files that are being loaded. The loads are tasks in a group that is bound to the window: whenever it is closed, they end. The button cancels those that are
// under way, and begins again when all have ended.
//
// The files are made for the occasion, and read in slices with a pause after each, as if they came from far away. The argument `--script cancel@0.3,close@0.6` does what a user
// would do, after so many seconds each.

import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Gtk from 'gi://Gtk?version=4.0';
import Anyio from 'gi://Anyio';
import {exit, programArgs} from 'system';

Gio._promisify(Gio.File.prototype, 'read_async');
Gio._promisify(Gio.InputStream.prototype, 'close_async');
Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async');

const SLICE_BYTES = 65536;

// Name, number of slices, seconds after each slice.
const SOURCES = [['accounts.csv', 16, 0.06], ['letters.txt', 10, 0.04], ['maps.svg', 24, 0.06], ['photographs.tar', 48, 0.05], ['recordings.ogg', 36, 0.05]];

// One file, and its row in the list, which may be gone from the window when the load ends.
class Load {
    constructor(folder, name, nSlices, pause) {
        this.name = name;
        this.nSlices = nSlices;
        this.pause = pause;
        this.file = Gio.File.new_for_path(GLib.build_filenamev([folder, name]));
        this.state = new Gtk.Label({css_classes: ['dim-label', 'numeric']});
        this.progress = new Gtk.ProgressBar();
        this.prepare();
    }

    get percent() {
        return `${Math.round(100 * this.fraction)} %`;
    }

    prepare() {
        this.fraction = 0;
        this.isLoaded = false;
        this.show('Waiting');
    }

    makeRow() {
        const grid = new Gtk.Grid({row_spacing: 8});
        grid.attach(new Gtk.Label({label: this.name, xalign: 0, hexpand: true}), 0, 0, 1, 1);
        grid.attach(this.state, 1, 0, 1, 1);
        grid.attach(this.progress, 0, 1, 2, 1);
        return grid;
    }

    show(state, isAlive = true) {
        this.progress.set_fraction(this.fraction);
        this.progress.set_sensitive(isAlive);
        this.state.set_text(state);
    }

    async readSlices(stream, task) {
        for (let nRead = 1; ; nRead++) {
            const data = await Anyio.wait(cancellable => stream.read_bytes_async(SLICE_BYTES, GLib.PRIORITY_DEFAULT, cancellable), task);
            if (data.get_size() === 0)
                return;
            this.fraction = nRead / this.nSlices;
            this.show(this.percent);
            await Anyio.sleep(this.pause, task);
        }
    }

    async readFile(task) {
        const stream = await Anyio.wait(cancellable => this.file.read_async(GLib.PRIORITY_DEFAULT, cancellable), task);
        try {
            await this.readSlices(stream, task);
        } finally {
            // Also when the load is cancelled.
            await Anyio.shielded(shield => Anyio.wait(cancellable => stream.close_async(GLib.PRIORITY_DEFAULT, cancellable), shield), task);
        }
    }

    // What goes wrong with one file is shown in its row and is no matter of the others; a cancellation is passed on.
    async run(task) {
        try {
            await this.readFile(task);
            this.isLoaded = true;
            this.show('Loaded');
            print(`${this.name}: loaded`);
        } catch (error) {
            if (Anyio.isCancelled(error)) {
                this.show('Cancelled', false);
                print(`${this.name}: cancelled at ${this.percent}`);
                throw error;
            }
            this.show('Failed', false);
            print(`${this.name}: ${error.message}`);
        }
    }
}

// All files.
class Loader {
    constructor(app, loads) {
        this.app = app;
        this.loads = loads;
        this.group = null; // bound to the window
        this.task = null; // while something is being loaded
        this.button = new Gtk.Button();
        this.button.connect('clicked', () => this.clicked());
        this.summary = new Gtk.Label({css_classes: ['dim-label']});
    }

    makeWindow() {
        const rows = new Gtk.ListBox({selection_mode: Gtk.SelectionMode.NONE, css_classes: ['rich-list', 'separators']});
        this.loads.forEach(load => rows.append(load.makeRow()));
        const box = new Gtk.Box({orientation: Gtk.Orientation.VERTICAL, spacing: 12, margin_top: 18, margin_bottom: 18, margin_start: 18, margin_end: 18});
        box.append(new Gtk.Frame({child: rows}));
        box.append(this.summary);
        const header = new Gtk.HeaderBar();
        header.pack_start(this.button);
        const window = new Gtk.ApplicationWindow({application: this.app, title: 'Loader', default_width: 420, child: box});
        window.set_titlebar(header);
        this.group = Anyio.TaskGroup.new_for_object(window);
        // JavaScript keeps the window until it collects garbage; the tasks need not wait for that.
        window.connect('close-request', () => {
            this.group.cancel('the window was closed');
        });
        return window;
    }

    // The application would end with its last window, before the files are closed: so each loadAll() holds it.
    start() {
        this.app.hold();
        this.button.set_label('Cancel');
        this.task = Anyio.startIn(this.group, task => this.loadAll(task), 'loadAll');
    }

    async loadAll(task) {
        try {
            await Anyio.withTaskGroup(async group => {
                this.summary.set_text('Loading ...');
                for (const load of this.loads) {
                    load.prepare();
                    group.startSoon(child => load.run(child), load.name);
                }
            }, task);
        } finally {
            this.task = null;
            this.button.set_label('Load again');
            this.summary.set_text(`${this.loads.filter(load => load.isLoaded).length} of ${this.loads.length} files loaded`);
            this.app.release();
        }
    }

    clicked() {
        if (this.task !== null)
            this.task.cancel('the button was clicked');
        else
            this.start();
    }

    // Bound to the window, too: there is no more to do when that is closed.
    async followScript(script, task) {
        const start = Anyio.currentTime();
        for (const step of script.split(',')) {
            const [action, seconds] = step.split('@');
            await Anyio.sleepUntil(start + Number(seconds), task);
            if (action === 'close') {
                print('Closing');
                this.app.get_active_window().close();
            } else {
                this.button.emit('clicked');
            }
        }
    }
}

const script = programArgs.length === 2 && programArgs[0] === '--script' ? programArgs[1] : null;
const folder = GLib.Dir.make_tmp('loader-XXXXXX');
const app = new Gtk.Application({application_id: 'org.example.Loader', flags: Gio.ApplicationFlags.NON_UNIQUE});

for (const [name, nSlices] of SOURCES)
    GLib.file_set_contents(GLib.build_filenamev([folder, name]), 'x'.repeat(nSlices * SLICE_BYTES));

app.connect('activate', () => {
    const loader = new Loader(app, SOURCES.map(source => new Load(folder, ...source)));
    const window = loader.makeWindow();
    if (script !== null)
        Anyio.startIn(loader.group, task => loader.followScript(script, task), 'followScript');
    loader.start();
    window.present();
});

const status = app.run([]);
for (const [name] of SOURCES)
    GLib.unlink(GLib.build_filenamev([folder, name]));
GLib.rmdir(folder);

const nLeft = Anyio.get_running_tasks().get_n_items();
print(`${nLeft} tasks are left`);
exit(status !== 0 || nLeft > 0 ? 1 : 0);
