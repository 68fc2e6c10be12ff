#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A window with files that are being loaded. The loads are tasks in a group that is bound to the window: whenever it is closed, they end. The button cancels those that are
under way, and begins again when all have ended.

The files are made for the occasion, and read in slices with a pause after each, as if they came from far away. The argument `--script cancel@0.3,close@0.6` does what a user
would do, after so many seconds each.
"""

import os
import sys
import tempfile

import gi

gi.require_version("Anyio", "1")
gi.require_version("Gtk", "4.0")
from gi.repository import Anyio, Gio, GLib, Gtk

SLICE_BYTES = 65536

# Name, number of slices, seconds after each slice.
SOURCES = [("accounts.csv", 16, 0.06), ("letters.txt", 10, 0.04), ("maps.svg", 24, 0.06), ("photographs.tar", 48, 0.05), ("recordings.ogg", 36, 0.05)]


class Load:
    """One file, and its row in the list, which may be gone from the window when the load ends."""

    def __init__(self, folder, name, n_slices, pause):
        self.name = name
        self.n_slices = n_slices
        self.pause = pause
        self.file = Gio.File.new_for_path(os.path.join(folder, name))
        self.state = Gtk.Label(css_classes=["dim-label", "numeric"])
        self.progress = Gtk.ProgressBar()
        self.prepare()

    @property
    def percent(self):
        return f"{100 * self.fraction:.0f} %"

    def prepare(self):
        self.fraction = 0
        self.is_loaded = False
        self.show("Waiting")

    def make_row(self):
        grid = Gtk.Grid(row_spacing=8)
        grid.attach(Gtk.Label(label=self.name, xalign=0, hexpand=True), 0, 0, 1, 1)
        grid.attach(self.state, 1, 0, 1, 1)
        grid.attach(self.progress, 0, 1, 2, 1)
        return grid

    def show(self, state, is_alive=True):
        self.progress.set_fraction(self.fraction)
        self.progress.set_sensitive(is_alive)
        self.state.set_text(state)

    async def read_slices(self, stream):
        n_read = 0
        while True:
            data = await Anyio.wait(stream.read_bytes_async, SLICE_BYTES, GLib.PRIORITY_DEFAULT)
            if data.get_size() == 0:
                return
            n_read += 1
            self.fraction = n_read / self.n_slices
            self.show(self.percent)
            await Anyio.sleep(self.pause)

    async def read_file(self):
        stream = await Anyio.wait(self.file.read_async, GLib.PRIORITY_DEFAULT)
        try:
            await self.read_slices(stream)
        finally:
            with Anyio.CancelScope(shield=True):  # also when the load is cancelled
                await Anyio.wait(stream.close_async, GLib.PRIORITY_DEFAULT)

    async def run(self):
        """What goes wrong with one file is shown in its row and is no matter of the others; a cancellation is passed on."""
        try:
            await self.read_file()
        except GLib.Error as error:
            self.show("Failed", False)
            print(f"{self.name}: {error.message}")
        except Anyio.Cancelled:
            self.show("Cancelled", False)
            print(f"{self.name}: cancelled at {self.percent}")
            raise
        else:
            self.is_loaded = True
            self.show("Loaded")
            print(f"{self.name}: loaded")


class Loader:
    """All files. It holds what it shows, but not the window: that would live on, and the loads with it, when it is closed."""

    def __init__(self, app, loads):
        self.app = app
        self.loads = loads
        self.group = None  # bound to the window
        self.task = None  # while something is being loaded
        self.button = Gtk.Button()
        self.button.connect("clicked", self.on_clicked)
        self.summary = Gtk.Label(css_classes=["dim-label"])

    def make_window(self):
        rows = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE, css_classes=["rich-list", "separators"])
        for load in self.loads:
            rows.append(load.make_row())
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_top=18, margin_bottom=18, margin_start=18, margin_end=18)
        box.append(Gtk.Frame(child=rows))
        box.append(self.summary)
        header = Gtk.HeaderBar()
        header.pack_start(self.button)
        window = Gtk.ApplicationWindow(application=self.app, title="Loader", default_width=420, child=box)
        window.set_titlebar(header)
        self.group = Anyio.TaskGroup.new_for_object(window)
        return window

    def start(self):
        """The application would end with its last window, before the files are closed: so each load_all() holds it."""
        self.app.hold()
        self.button.set_label("Cancel")
        self.task = self.group.start_soon(self.load_all)

    async def load_all(self):
        try:
            async with Anyio.create_task_group() as group:
                self.summary.set_text("Loading ...")
                for load in self.loads:
                    load.prepare()
                    group.start_soon(load.run)
        finally:
            self.task = None
            self.button.set_label("Load again")
            self.summary.set_text(f"{sum(load.is_loaded for load in self.loads)} of {len(self.loads)} files loaded")
            self.app.release()

    def on_clicked(self, button):
        if self.task is not None:
            self.task.cancel("the button was clicked")
        else:
            self.start()

    async def follow_script(self, script):
        """Bound to the window, too: there is no more to do when that is closed."""
        start = Anyio.current_time()
        for step in script.split(","):
            action, seconds = step.split("@")
            await Anyio.sleep_until(start + float(seconds))
            if action == "close":
                print("Closing")
                self.app.get_active_window().close()
            else:
                self.button.emit("clicked")


def main(arguments):
    script = arguments[1] if len(arguments) == 2 and arguments[0] == "--script" else None

    def on_activate(app):
        loader = Loader(app, [Load(folder, *source) for source in SOURCES])
        window = loader.make_window()
        if script is not None:
            loader.group.start_soon(loader.follow_script, script)
        loader.start()
        window.present()

    app = Gtk.Application(application_id="org.example.Loader", flags=Gio.ApplicationFlags.NON_UNIQUE)
    app.connect("activate", on_activate)
    with tempfile.TemporaryDirectory(prefix="loader-") as folder:
        for name, n_slices, pause in SOURCES:
            with open(os.path.join(folder, name), "w") as file:
                file.write("x" * n_slices * SLICE_BYTES)
        status = app.run([])
    left = len(Anyio.get_running_tasks())
    print(f"{left} tasks are left")
    return status or int(left > 0)


sys.exit(main(sys.argv[1:]))
