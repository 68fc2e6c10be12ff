# SPDX-License-Identifier: LGPL-2.1-or-later
"""An application whose end is the end of its tasks."""

import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib


class Application(unittest.TestCase):
    def test_the_shutdown_ends_the_tasks(self):
        async def serve(name):
            trace.append(f"{name}+")
            try:
                await Anyio.sleep_forever()
            except Anyio.Cancelled:
                trace.append(f"{name}!")
                with Anyio.CancelScope(shield=True):
                    await Anyio.sleep(0.001)
                trace.append(f"{name}~")
                raise

        def quit_application(application):
            trace.append("quit")
            application.release()
            return False

        def activate(application):
            application.hold()
            Anyio.start(serve, "root")
            Anyio.TaskGroup.new_for_object(application).start_soon(serve, "bound")
            GLib.timeout_add(5, quit_application, application)

        trace = []
        for _ in range(2):
            application = Gio.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
            Anyio.bind_application(application)
            application.connect("activate", activate)
            self.assertEqual(application.run(None), 0)
            trace.append("returned")
        once = ["root+", "bound+", "quit", "root!", "bound!", "root~", "bound~", "returned"]
        self.assertEqual(trace, once + once)


if __name__ == "__main__":
    unittest.main()
