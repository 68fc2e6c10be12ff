#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A computation in a worker thread, with a progress bar. A task waits for the thread. No thread can be stopped from outside: the button, and closing the window, cancel the
task; the thread asks now and then whether it was, and ends; only then does the task end.

The computation rests after each step, so that there is something to see. The argument `--script start@0,cancel@0.5,close@1` does what a user would do, after so many
seconds each.
"""

import sys
import time

import gi

gi.require_version("Anyio", "1")
gi.require_version("Gtk", "4.0")
from gi.repository import Anyio, Gio, GObject, Gtk

N_STEPS = 100
NUMBERS_PER_STEP = 1000
REST_SECONDS = 0.01


def is_prime(number):
    return number >= 2 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def count_primes(progress):
    """In the thread."""
    n_primes = 0
    try:
        for step in range(N_STEPS):
            n_primes += sum(map(is_prime, range(step * NUMBERS_PER_STEP, (step + 1) * NUMBERS_PER_STEP)))
            progress.report((step + 1) / N_STEPS, None)
            time.sleep(REST_SECONDS)
            Anyio.from_thread.check_cancelled()
    finally:
        print("The thread ends")
    return n_primes


class Counter:
    """It holds what it shows, but not the window: that would live on, and the thread with it, when it is closed."""

    def __init__(self, app):
        self.app = app
        self.group = None  # bound to the window
        self.task = None  # while something is being counted
        self.button = Gtk.Button(label="Start")
        self.button.connect("clicked", self.on_clicked)
        self.bar = Gtk.ProgressBar()
        self.state = Gtk.Label(label="Nothing is being counted", css_classes=["dim-label"])

    def make_window(self):
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_top=18, margin_bottom=18, margin_start=18, margin_end=18)
        box.append(self.bar)
        box.append(self.state)
        header = Gtk.HeaderBar()
        header.pack_start(self.button)
        window = Gtk.ApplicationWindow(application=self.app, title="Primes", default_width=360, child=box)
        window.set_titlebar(header)
        self.group = Anyio.TaskGroup.new_for_object(window)
        return window

    async def count(self):
        progress = Anyio.Progress()
        progress.bind_property("fraction", self.bar, "fraction", GObject.BindingFlags.SYNC_CREATE)
        try:
            n_primes = await Anyio.to_thread.run_sync(count_primes, progress)
        except Anyio.Cancelled:
            self.show_end(f"Cancelled at {100 * progress.get_fraction():.0f} %")
            raise
        self.show_end(f"{n_primes} primes below {N_STEPS * NUMBERS_PER_STEP}")

    def show_end(self, state):
        print(state)
        self.state.set_text(state)
        self.button.set_label("Start")
        self.button.set_sensitive(True)
        self.task = None

    def on_clicked(self, button):
        if self.task is None:
            button.set_label("Cancel")
            self.state.set_text("Counting primes ...")
            self.task = self.group.start_soon(self.count)
        else:
            button.set_sensitive(False)  # until the thread has ended
            self.state.set_text("Waiting for the thread ...")
            self.task.cancel("the button was clicked")

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
        counter = Counter(app)
        window = counter.make_window()
        if script is not None:
            counter.group.start_soon(counter.follow_script, script)
        window.present()

    app = Gtk.Application(application_id="org.example.Primes", flags=Gio.ApplicationFlags.NON_UNIQUE)
    app.connect("activate", on_activate)
    Anyio.bind_application(app)
    status = app.run([])
    left = len(Anyio.get_running_tasks())
    print(f"{left} tasks are left")
    return status or int(left > 0)


sys.exit(main(sys.argv[1:]))
