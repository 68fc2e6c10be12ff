# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups that are bound to an object (SEMANTICS 8.8)."""

import threading
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GObject


class Bound(Anyio.testing.TestCase):
    def setUp(self):
        self.trace = []

    async def wait(self, name, cleanup=0):
        self.trace.append(f"{name}+")
        try:
            await Anyio.sleep_forever()
        except Anyio.Cancelled as error:
            self.trace.append(f"{name}: {error}")
            with Anyio.CancelScope(shield=True):
                await Anyio.sleep(cleanup)
            self.trace.append(f"{name}-")
            raise

    async def test_the_owner_is_disposed(self):
        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        self.assertIsInstance(group, Anyio.BoundTaskGroup)
        handle = group.start_soon(self.wait, "a", 2, name="waiter")
        await Anyio.sleep(1)
        self.assertIn("waiter", [info.name for info in Anyio.get_running_tasks()])
        del owner
        self.assertEqual(self.trace, ["a+"])
        await handle.wait()
        self.assertEqual(self.trace, ["a+", "a: Operation was cancelled: the object that it belongs to was disposed", "a-"])
        self.assertEqual(Anyio.current_time(), 3)
        self.assertEqual(handle.status, Anyio.TaskStatus.CANCELLED)
        self.assertEqual(len(Anyio.get_running_tasks()), 1)

    async def test_it_goes_on_without_a_reference(self):
        owner = GObject.Object()
        Anyio.TaskGroup.new_for_object(owner).start_soon(self.wait, "a")
        await Anyio.sleep(1)
        self.assertEqual(self.trace, ["a+"])
        owner.run_dispose()
        await Anyio.sleep(1)
        self.assertEqual(self.trace[-1], "a-")

    async def test_a_task_is_cancelled_before_it_begins(self):
        owner = GObject.Object()
        handle = Anyio.TaskGroup.new_for_object(owner).start_soon(self.wait, "a")
        owner.run_dispose()
        self.assertEqual(self.trace, [])
        await handle.wait()
        self.assertEqual((self.trace[0], self.trace[-1]), ("a+", "a-"))

    async def test_disposed_by_one_of_its_tasks(self):
        async def close(owner):
            owner.run_dispose()
            self.trace.append("closed")
            await Anyio.lowlevel.checkpoint()
            self.trace.append("went on")

        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        handles = [group.start_soon(self.wait, "a"), group.create_task(close(owner), name="close")]
        for handle in handles:
            await handle.wait()
        self.assertEqual([self.trace[0], self.trace[1], self.trace[-1]], ["a+", "closed", "a-"])
        self.assertEqual([handle.status for handle in handles], [Anyio.TaskStatus.CANCELLED] * 2)

    async def test_cancelled_by_hand(self):
        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        handle = group.start_soon(self.wait, "a")
        await Anyio.sleep(1)
        group.cancel("enough")
        self.assertEqual(self.trace, ["a+"])
        await handle.wait()
        self.assertEqual(self.trace, ["a+", "a: Operation was cancelled: enough", "a-"])
        with self.assertRaisesRegex(RuntimeError, "not active"):
            group.start_soon(self.wait, "b")

    async def test_cancelled_by_another_thread(self):
        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        handle = group.start_soon(self.wait, "a")
        await Anyio.lowlevel.checkpoint()
        thread = threading.Thread(target=group.cancel, args=["from there"])
        thread.start()
        thread.join()
        await handle.wait()
        self.assertEqual(self.trace[1], "a: Operation was cancelled: from there")

    async def test_failures_go_to_the_handler(self):
        async def fail():
            raise ValueError("nobody waits")

        seen = []
        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        Anyio.set_background_error_handler(lambda name, error: seen.append((name, str(error))))
        self.addCleanup(Anyio.set_background_error_handler, None)
        handles = [group.start_soon(fail, name="lonely"), group.start_soon(self.wait, "a")]
        await Anyio.sleep(1)
        self.assertEqual(seen, [("lonely", "nobody waits")])
        self.assertEqual([handle.status for handle in handles], [Anyio.TaskStatus.FAILED, Anyio.TaskStatus.PENDING])
        group.cancel()

    async def test_the_value_of_a_task(self):
        async def add(a, b):
            await Anyio.sleep(1)
            return a + b

        owner = GObject.Object()
        self.assertEqual(await Anyio.TaskGroup.new_for_object(owner).start_soon(add, 1, 2), 3)

    async def test_misuse(self):
        async def nothing():
            pass

        owner = GObject.Object()
        group = Anyio.TaskGroup.new_for_object(owner)
        with self.assertRaisesRegex(TypeError, "coroutine"):
            group.start_soon(print)
        with self.assertRaisesRegex(TypeError, "coroutine object"):
            group.create_task(nothing)
        with self.assertRaises(TypeError):
            Anyio.TaskGroup.new_for_object("owner")
        failures = []

        def start_there():
            try:
                group.start_soon(nothing)
            except RuntimeError as error:
                failures.append(str(error))

        thread = threading.Thread(target=start_there)
        thread.start()
        thread.join()
        self.assertEqual(failures, ["Tasks are started by the thread of the task group"])


class InAnApplication(unittest.TestCase):
    def test_the_application_outlasts_the_tasks(self):
        trace = []
        owner = GObject.Object()

        async def load(app):
            try:
                await Anyio.sleep_forever()
            finally:
                with Anyio.CancelScope(shield=True):
                    await Anyio.sleep(0.01)
                trace.append("cleaned up")
                app.release()

        async def close():
            await Anyio.sleep(0.01)
            owner.run_dispose()
            trace.append("closed")

        def on_activate(app):
            group = Anyio.TaskGroup.new_for_object(owner)
            app.hold()
            group.start_soon(load, app)
            Anyio.start(close)

        app = Gio.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
        app.connect("activate", on_activate)
        self.assertEqual(app.run([]), 0)
        self.assertEqual(trace, ["closed", "cleaned up"])
        self.assertEqual(Anyio.get_running_tasks(), [])


if __name__ == "__main__":
    unittest.main()
