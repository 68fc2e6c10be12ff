# SPDX-License-Identifier: LGPL-2.1-or-later
"""Entry points, callbacks, signals, threads, and what is left over."""

import contextlib
import gc
import io
import os
import signal
import subprocess
import sys
import threading
import unittest
import weakref

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, Gio, GLib, GObject


async def value(value):
    return value


class Run(unittest.TestCase):
    def test_value_and_arguments(self):
        self.assertEqual(Anyio.run(value, 3), 3)

    def test_error(self):
        async def main():
            raise ValueError("mine")

        with self.assertRaisesRegex(ValueError, "mine") as caught:
            Anyio.run(main)
        self.assertIsNone(caught.exception.__context__)

    def test_run_in_run(self):
        async def main():
            with self.assertRaisesRegex(RuntimeError, "Already running"):
                Anyio.run(value, 1)
            return 2

        self.assertEqual(Anyio.run(main), 2)

    def test_no_coroutine_function(self):
        with self.assertRaisesRegex(TypeError, "to return a coroutine"):
            Anyio.run(print)
        with self.assertRaises(TypeError):
            Anyio.run(None)
        self.assertEqual(Anyio.run(value, 1), 1)

    def test_unknown_backend_and_option(self):
        with self.assertRaises(LookupError):
            Anyio.run(value, 1, backend="trio")
        with self.assertRaisesRegex(TypeError, "unknown backend option"):
            Anyio.run(value, 1, backend_options={"clocks": None})
        with self.assertRaises(GLib.Error):
            Anyio.run(value, 1, backend_options={"backend": "none such"})
        self.assertEqual(Anyio.run(value, 1, backend_options={"backend": "glib"}), 1)

    def test_a_plain_generator_function(self):
        def generator():
            yield

        with self.assertRaises(TypeError):
            Anyio.run(generator)

    def test_in_a_thread(self):
        results = []

        def thread():
            async def main():
                await Anyio.sleep(0.001)
                return threading.current_thread().name

            results.append(Anyio.run(main))

        worker = threading.Thread(target=thread, name="worker")
        worker.start()
        worker.join()
        self.assertEqual(results, ["worker"])

    def test_cancel_from_another_thread(self):
        async def main():
            with Anyio.CancelScope() as scope:
                worker = threading.Thread(target=scope.cancel, args=("from a thread",))
                worker.start()
                try:
                    await Anyio.sleep_forever()
                finally:
                    worker.join()
            return scope.reason.text

        self.assertEqual(Anyio.run(main), "from a thread")

    def test_a_task_is_cancelled_from_another_thread(self):
        async def main():
            async with Anyio.create_task_group() as group:
                handle = group.start_soon(Anyio.sleep_forever)
                await Anyio.sleep(0)
                worker = threading.Thread(target=handle.cancel)
                worker.start()
                await handle.wait()
                worker.join()
            return handle.status

        self.assertEqual(Anyio.run(main), Anyio.TaskStatus.CANCELLED)

    def test_tasks_are_started_by_their_own_thread(self):
        errors = []

        async def main():
            async with Anyio.create_task_group() as group:

                def thread():
                    try:
                        group.start_soon(Anyio.sleep, 1)
                    except RuntimeError as error:
                        errors.append(str(error))

                worker = threading.Thread(target=thread)
                worker.start()
                worker.join()

        Anyio.run(main)
        self.assertEqual(errors, ["Tasks are started by the thread of the task group"])

    def test_many_threads(self):
        totals = []

        async def main():
            async with Anyio.create_task_group() as group:
                handles = [group.start_soon(value, i) for i in range(1000)]
                with Anyio.move_on_after(0.001):
                    await Anyio.sleep_forever()
            totals.append(sum(handle.return_value for handle in handles))

        threads = [threading.Thread(target=Anyio.run, args=(main,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(totals, [499500] * 8)

    def test_other_sources_run(self):
        async def main():
            called = []
            GLib.idle_add(called.append, 1)
            await Anyio.sleep(0.005)
            return called

        self.assertEqual(Anyio.run(main), [1])

    def test_deadlock(self):
        async def main():
            await Anyio.sleep_forever()

        with self.assertRaisesRegex(RuntimeError, "Nothing can run"):
            Anyio.testing.run(main)

    def test_start_inside_run_is_cancelled_at_the_end(self):
        ended = []

        async def background():
            try:
                await Anyio.sleep_forever()
            finally:
                ended.append(Anyio.get_current_task().name)

        async def main():
            Anyio.start(background, name="background")
            await Anyio.sleep(0)

        Anyio.testing.run(main)
        self.assertEqual(ended, ["background"])

    def test_generators_are_closed(self):
        closed = []

        async def generator():
            try:
                yield 1
                yield 2
            finally:
                await Anyio.sleep(0)
                closed.append(True)

        async def main():
            agen = generator()
            async for item in agen:
                break
            return agen

        agen = Anyio.run(main)
        self.assertEqual(closed, [True])
        del agen

    def test_errors_leave_no_cycle(self):
        class Error(Exception):
            pass

        async def main():
            async def child():
                raise Error

            async with Anyio.create_task_group() as group:
                group.start_soon(child)

        gc.collect()
        gc.disable()
        try:
            try:
                Anyio.run(main)
            except* Error as group:
                gone = weakref.ref(group.exceptions[0])
            self.assertIsNone(gone())
        finally:
            gc.enable()

    def test_import_is_light(self):
        """What few programs use is not loaded before they do."""
        program = "import sys, gi; gi.require_version('Anyio', '1'); from gi.repository import Anyio; print('concurrent.futures' in sys.modules, Anyio.JoinPolicy.ALL)"
        self.assertRegex(subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True).stdout, "^False ")


class Guest(unittest.TestCase):
    def setUp(self):
        self.loop = GLib.MainLoop()
        self.addCleanup(Anyio.set_background_error_handler, None)

    def test_start(self):
        trace = []

        async def task(name):
            trace.append(name)
            await Anyio.sleep(0.001)
            trace.append(name)
            self.loop.quit()
            return 5

        handle = Anyio.start(task, "a")
        self.assertEqual(trace, [])
        self.loop.run()
        self.assertEqual(trace, ["a", "a"])
        self.assertEqual(handle.return_value, 5)

    def test_again_and_again(self):
        for _ in range(3):
            self.test_start()

    def test_cancel_from_a_callback(self):
        async def task():
            try:
                await Anyio.sleep_forever()
            finally:
                self.loop.quit()

        handle = Anyio.start(task)
        GLib.idle_add(lambda: handle.cancel("closed"))
        self.loop.run()
        self.assertEqual(handle.status, Anyio.TaskStatus.CANCELLED)

    def test_failure_goes_to_the_handler(self):
        seen = []

        def handler(name, error):
            seen.append((name, str(error)))
            self.loop.quit()

        async def task():
            raise ValueError("nobody waits")

        Anyio.set_background_error_handler(handler)
        Anyio.start(task, name="lonely")
        self.loop.run()
        self.assertEqual(seen, [("lonely", "nobody waits")])

    def test_failure_is_printed(self):
        async def task():
            GLib.idle_add(self.loop.quit)
            raise ValueError("printed")

        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            Anyio.start(task, name="lonely")
            self.loop.run()
        self.assertIn("Task 'lonely', which nobody waits for, failed", stderr.getvalue())
        self.assertIn("ValueError: printed", stderr.getvalue())

    def test_a_failing_handler_of_failures(self):
        def handler(name, error):
            raise KeyError("handler")

        async def task():
            GLib.idle_add(self.loop.quit)
            raise ValueError

        Anyio.set_background_error_handler(handler)
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            Anyio.start(task)
            self.loop.run()
        self.assertIn("KeyError: 'handler'", stderr.getvalue())

    def test_signal_handler(self):
        class Button(GObject.Object):
            clicked = GObject.Signal()

        seen = []

        @Anyio.handler
        async def on_clicked(button):
            await Anyio.sleep(0)
            seen.append(button)
            self.loop.quit()

        button = Button()
        button.connect("clicked", on_clicked)
        button.emit("clicked")
        self.loop.run()
        self.assertEqual(seen, [button])

    def test_options_beside_guests(self):
        async def task():
            await Anyio.sleep(0.001)
            self.loop.quit()

        Anyio.start(task)
        with self.assertRaisesRegex(RuntimeError, "cannot be changed"):
            Anyio.run(value, 1, backend_options={"seed": 1})
        self.loop.run()
        self.assertEqual(Anyio.run(value, 1, backend_options={"seed": 1}), 1)

    def test_run_beside_guests(self):
        async def task():
            await Anyio.sleep(0.01)
            self.loop.quit()
            return "guest"

        handle = Anyio.start(task)
        self.assertEqual(Anyio.run(value, 1), 1)
        self.loop.run()
        self.assertEqual(handle.return_value, "guest")

    def test_in_an_application(self):
        trace = []

        async def load(app):
            async with Anyio.create_task_group() as group:
                group.start_soon(Anyio.sleep, 0.001)
            trace.append("loaded")
            app.release()

        def on_activate(app):
            app.hold()
            Anyio.start(load, app)
            trace.append("activated")

        app = Gio.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
        app.connect("activate", on_activate)
        self.assertEqual(app.run([]), 0)
        self.assertEqual(trace, ["activated", "loaded"])

    def test_nested_main_loop(self):
        trace = []

        async def other():
            trace.append("other")

        async def task(group):
            group.start_soon(other)
            loop = GLib.MainLoop()
            GLib.timeout_add(1, loop.quit)
            loop.run()
            trace.append("after the loop")
            self.assertEqual(Anyio.get_current_task().name, "task")

        async def main():
            async with Anyio.create_task_group() as group:
                group.start_soon(task, group, name="task")

        Anyio.run(main)
        self.assertEqual(trace, ["other", "after the loop"])


class Signals(unittest.TestCase):
    PROGRAM = """
import gi, os, signal, sys, threading, time
gi.require_version("Anyio", "1")
from gi.repository import Anyio

cleaning_up = threading.Event()

def interrupt():
    for _ in range(COUNT):
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)
        cleaning_up.wait()

async def main():
    threading.Thread(target=interrupt).start()
    try:
        await Anyio.sleep(20)
    finally:
        print("cleaned up", flush=True)
        cleaning_up.set()
        CLEANUP

try:
    Anyio.run(main)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    os._exit(0)
"""

    def run_program(self, count, cleanup):
        program = self.PROGRAM.replace("COUNT", str(count)).replace("CLEANUP", cleanup)
        return subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=15).stdout

    def test_the_first_cancels(self):
        self.assertEqual(self.run_program(1, "pass"), "cleaned up\ninterrupted\n")

    def test_the_second_leaves(self):
        program = "with Anyio.CancelScope(shield=True): await Anyio.sleep(20)"
        self.assertEqual(self.run_program(2, program), "cleaned up\ninterrupted\n")

    def test_python_handlers_run_while_all_sleep(self):
        seen = []

        async def main():
            with Anyio.move_on_after(5):
                while not seen:
                    await Anyio.sleep(0.005)

        old = signal.signal(signal.SIGUSR1, lambda *args: seen.append(1))
        self.addCleanup(signal.signal, signal.SIGUSR1, old)
        threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        Anyio.run(main)
        self.assertEqual(seen, [1])


class Leaks(unittest.TestCase):
    def run_tasks(self, n):
        async def child():
            with Anyio.move_on_after(1):
                await Anyio.sleep(0)

        async def cancelled():
            await Anyio.sleep_forever()

        async def main():
            for _ in range(n // 1000):
                async with Anyio.create_task_group() as group:
                    for _ in range(900):
                        group.start_soon(child)
                    for _ in range(100):
                        group.start_soon(cancelled)
                    await Anyio.sleep(0)
                    await Anyio.sleep(0)
                    group.cancel_scope.cancel()

        Anyio.run(main)

    def test_100_000_tasks(self):
        self.run_tasks(2000)
        gc.collect()
        objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
        self.run_tasks(100_000)
        gc.collect()
        self.assertLess(len(gc.get_objects()) - objects, 100)
        self.assertLess(sys.getallocatedblocks() - blocks, 1000)

    def test_nothing_of_a_run_stays(self):
        async def main():
            async with Anyio.create_task_group() as group:
                group.start_soon(value, 1)
                return weakref.ref(group), weakref.ref(group.start_soon(value, 2))

        references = Anyio.run(main)
        gc.collect()
        self.assertEqual([reference() for reference in references], [None, None])


if __name__ == "__main__":
    unittest.main()
