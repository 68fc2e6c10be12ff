#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Search as you type. Each key puts a search into a slot, where the newest wins: it begins when the user pauses, and replaces the one before, whether that waits or runs. The
group of the slot is bound to the window: whenever it is closed, the search ends.

The index takes its time, as if it were far away. The argument `--script g@0,gl@0.1,close@1` types what a user would, after so many seconds each.
"""

import sys

import gi

gi.require_version("Anyio", "1")
gi.require_version("Gtk", "4.0")
from gi.repository import Anyio, Gio, Gtk

PAUSE_SECONDS = 0.2
SEARCH_SECONDS = 0.3

RIVERS = """
    Amazon Amur Colorado Congo Danube Darling Dnieper Don Elbe Euphrates Ganges Indus Loire Mekong Mississippi Murray
    Niger Nile Oder Orinoco Po Rhine Rhone Seine Tagus Thames Tiber Tigris Vistula Volga Yangtze Zambezi
""".split()


async def look_up(word):
    """Asks the index, which answers after a while."""
    await Anyio.sleep(SEARCH_SECONDS)
    return [river for river in RIVERS if word.casefold() in river.casefold()]


class Search:
    """It holds what it shows, but not the window: that would live on, and the search with it, when it is closed."""

    def __init__(self, app):
        self.app = app
        self.group = None  # bound to the window
        self.slot = None
        self.entry = Gtk.SearchEntry()
        self.entry.connect("changed", lambda entry: self.slot.start(self.search))
        self.found = Gtk.StringList.new(RIVERS)
        self.state = Gtk.Label(label="Type a part of a river's name", css_classes=["dim-label"])

    def make_window(self):
        rows = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE, css_classes=["rich-list"])
        rows.bind_model(self.found, lambda item: Gtk.Label(label=item.get_string(), xalign=0))
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_top=18, margin_bottom=18, margin_start=18, margin_end=18)
        box.append(self.entry)
        box.append(Gtk.ScrolledWindow(child=rows, has_frame=True, vexpand=True))
        box.append(self.state)
        window = Gtk.ApplicationWindow(application=self.app, title="Search", default_width=360, default_height=400, child=box)
        self.group = Anyio.TaskGroup.new_for_object(window)
        self.slot = Anyio.TaskSlot(self.group, PAUSE_SECONDS)
        return window

    async def search(self):
        word = self.entry.get_text()
        print(f"{word} ...")
        self.state.set_text("Searching ...")
        try:
            found = await look_up(word)
        except Anyio.Cancelled:
            print(f"{word}: not wanted any more")
            raise
        print(f"{word}: {len(found)} found")
        self.state.set_text(f"{len(found)} of {len(RIVERS)} rivers")
        self.found.splice(0, self.found.get_n_items(), found)

    async def follow_script(self, script):
        """Bound to the window, too: there is no more to do when that is closed."""
        start = Anyio.current_time()
        for step in script.split(","):
            text, seconds = step.split("@")
            await Anyio.sleep_until(start + float(seconds))
            if text == "close":
                print("Closing")
                self.app.get_active_window().close()
            else:
                self.entry.set_text(text)


def main(arguments):
    script = arguments[1] if len(arguments) == 2 and arguments[0] == "--script" else None

    def on_activate(app):
        search = Search(app)
        window = search.make_window()
        if script is not None:
            search.group.start_soon(search.follow_script, script)
        window.present()

    app = Gtk.Application(application_id="org.example.Search", flags=Gio.ApplicationFlags.NON_UNIQUE)
    app.connect("activate", on_activate)
    Anyio.bind_application(app)
    status = app.run([])
    left = len(Anyio.get_running_tasks())
    print(f"{left} tasks are left")
    return status or int(left > 0)


sys.exit(main(sys.argv[1:]))
