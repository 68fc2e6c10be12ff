// SPDX-License-Identifier: LGPL-2.1-or-later

// Search as you type. Each key puts a search into a slot, where the newest wins: it begins when the user pauses, and replaces the one before, whether that waits or runs. The
// group of the slot is bound to the window: whenever it is closed, the search ends.
//
// The index takes its time, as if it were far away. The argument `--script g@0,gl@0.1,close@1` types what a user would, after so many seconds each.

import Gio from 'gi://Gio';
import Gtk from 'gi://Gtk?version=4.0';
import Anyio from 'gi://Anyio';
import {exit, programArgs} from 'system';

const PAUSE_SECONDS = 0.2;
const SEARCH_SECONDS = 0.3;

const RIVERS = [
    'Amazon', 'Amur', 'Colorado', 'Congo', 'Danube', 'Darling', 'Dnieper', 'Don', 'Elbe', 'Euphrates', 'Ganges', 'Indus', 'Loire', 'Mekong', 'Mississippi', 'Murray',
    'Niger', 'Nile', 'Oder', 'Orinoco', 'Po', 'Rhine', 'Rhone', 'Seine', 'Tagus', 'Thames', 'Tiber', 'Tigris', 'Vistula', 'Volga', 'Yangtze', 'Zambezi',
];

// Asks the index, which answers after a while.
async function lookUp(word, task) {
    await Anyio.sleep(SEARCH_SECONDS, task);
    return RIVERS.filter(river => river.toLowerCase().includes(word.toLowerCase()));
}

class Search {
    constructor(app) {
        this.app = app;
        this.group = null; // bound to the window
        this.slot = null;
        this.entry = new Gtk.SearchEntry();
        this.entry.connect('changed', () => this.slot.start(task => this.search(task), 'search'));
        this.found = Gtk.StringList.new(RIVERS);
        this.state = new Gtk.Label({label: "Type a part of a river's name", css_classes: ['dim-label']});
    }

    makeWindow() {
        const rows = new Gtk.ListBox({selection_mode: Gtk.SelectionMode.NONE, css_classes: ['rich-list']});
        rows.bind_model(this.found, item => new Gtk.Label({label: item.string, xalign: 0}));
        const box = new Gtk.Box({orientation: Gtk.Orientation.VERTICAL, spacing: 12, margin_top: 18, margin_bottom: 18, margin_start: 18, margin_end: 18});
        box.append(this.entry);
        box.append(new Gtk.ScrolledWindow({child: rows, has_frame: true, vexpand: true}));
        box.append(this.state);
        const window = new Gtk.ApplicationWindow({application: this.app, title: 'Search', default_width: 360, default_height: 400, child: box});
        this.group = Anyio.TaskGroup.new_for_object(window);
        this.slot = new Anyio.TaskSlot(this.group, {delay: PAUSE_SECONDS});
        // JavaScript keeps the window until it collects garbage; the tasks need not wait for that.
        window.connect('close-request', () => {
            this.group.cancel('the window was closed');
        });
        return window;
    }

    async search(task) {
        const word = this.entry.get_text();
        print(`${word} ...`);
        this.state.set_text('Searching ...');
        try {
            const found = await lookUp(word, task);
            print(`${word}: ${found.length} found`);
            this.state.set_text(`${found.length} of ${RIVERS.length} rivers`);
            this.found.splice(0, this.found.get_n_items(), found);
        } catch (error) {
            print(`${word}: not wanted any more`);
            throw error;
        }
    }

    // Bound to the window, too: there is no more to do when that is closed.
    async followScript(script, task) {
        const start = Anyio.currentTime();
        for (const step of script.split(',')) {
            const [text, seconds] = step.split('@');
            await Anyio.sleepUntil(start + Number(seconds), task);
            if (text === 'close') {
                print('Closing');
                this.app.get_active_window().close();
            } else {
                this.entry.set_text(text);
            }
        }
    }
}

const script = programArgs.length === 2 && programArgs[0] === '--script' ? programArgs[1] : null;
const app = new Gtk.Application({application_id: 'org.example.Search', flags: Gio.ApplicationFlags.NON_UNIQUE});

app.connect('activate', () => {
    const search = new Search(app);
    const window = search.makeWindow();
    if (script !== null)
        Anyio.startIn(search.group, task => search.followScript(script, task), 'followScript');
    window.present();
});

Anyio.bind_application(app);
const status = app.run([]);
const nLeft = Anyio.get_running_tasks().get_n_items();
print(`${nLeft} tasks are left`);
exit(status !== 0 || nLeft > 0 ? 1 : 0);
