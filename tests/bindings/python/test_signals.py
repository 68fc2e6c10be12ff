# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals: SEMANTICS 8.7. Signals are raised in the own thread, so they have been handled when that returns."""

import os
import signal
import subprocess
import sys
import threading
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio, GLib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class Receiving(Tracing):
    async def receive(self, signals, name, count=1):
        async for signum in signals:
            self.trace.append(f"{name}:{signum.name}")
            count -= 1
            if count == 0:
                break

    async def test_in_order_of_arrival(self):
        with Anyio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP) as signals:
            for signum in signal.SIGHUP, signal.SIGTERM, signal.SIGHUP:
                signal.raise_signal(signum)
            await self.receive(signals, "a", 3)
        self.assertTrace("a:SIGHUP a:SIGTERM a:SIGHUP")

    async def test_gives_signals(self):
        with Anyio.open_signal_receiver(signal.SIGUSR1, signal.SIGRTMIN + 1) as signals:
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGRTMIN + 1)
            received = await anext(signals)
            self.assertIs(received, signal.SIGUSR1)
            self.assertEqual(await anext(signals), signal.SIGRTMIN + 1)

    async def test_wakes_those_who_wait_in_order(self):
        with Anyio.open_signal_receiver(signal.SIGUSR1, signal.SIGUSR2) as signals:
            async with Anyio.create_task_group() as group:
                for name in "ab":
                    group.start_soon(self.receive, signals, name)
                await Anyio.wait_all_tasks_blocked()
                signal.raise_signal(signal.SIGUSR2)
                signal.raise_signal(signal.SIGUSR1)
        self.assertTrace("a:SIGUSR2 b:SIGUSR1")

    async def test_each_receiver_gets_it(self):
        with Anyio.open_signal_receiver(signal.SIGUSR1) as outer:
            with Anyio.open_signal_receiver(signal.SIGUSR1) as inner:
                signal.raise_signal(signal.SIGUSR1)
                await self.receive(inner, "inner")
            signal.raise_signal(signal.SIGUSR1)
            await self.receive(outer, "outer", 2)
        self.assertTrace("inner:SIGUSR1 outer:SIGUSR1 outer:SIGUSR1")

    async def test_refuses_when_cancelled(self):
        with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            signal.raise_signal(signal.SIGUSR1)
            await self.assertRefusesCancelled(signals.__anext__)
            await self.receive(signals, "a")
        self.assertTrace("other a:SIGUSR1")

    async def test_time_passes_meanwhile(self):
        start = Anyio.current_time()
        with Anyio.open_signal_receiver(signal.SIGUSR1) as signals, Anyio.move_on_after(3600) as scope:
            await anext(signals)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), start + 3600)

    async def test_closed(self):
        with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            pass
        with self.assertRaises(Anyio.ClosedResourceError):
            await anext(signals)
        with self.assertRaises(RuntimeError):
            signals.__enter__()

    async def test_closed_meanwhile(self):
        signals = Anyio.open_signal_receiver(signal.SIGUSR1)
        signals.__enter__()
        async with Anyio.create_task_group() as group:
            handle = group.start_soon(self.closed, signals)
            await Anyio.wait_all_tasks_blocked()
            signals.__exit__(None, None, None)
            await handle.wait()
        self.assertTrace("closed")

    async def closed(self, signals):
        try:
            await anext(signals)
        except Anyio.ClosedResourceError:
            self.trace.append("closed")

    async def test_refuses_what_cannot_be_received(self):
        for numbers in [signal.SIGKILL], [signal.SIGSEGV], [0], [1000], []:
            with self.subTest(numbers), self.assertRaises(ValueError):
                with Anyio.open_signal_receiver(*numbers):
                    pass
        with self.assertRaises(TypeError):
            Anyio.open_signal_receiver("SIGTERM")


class Handlers(unittest.TestCase):
    """What Python does with the signals itself."""

    def test_python_handlers_are_back(self):
        calls = []

        async def main():
            with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
                signal.raise_signal(signal.SIGUSR1)
                self.assertIs(await anext(signals), signal.SIGUSR1)
            self.assertEqual(calls, [])
            signal.raise_signal(signal.SIGUSR1)
            await Anyio.sleep(0)

        old = signal.signal(signal.SIGUSR1, lambda signum, frame: calls.append(signum))
        try:
            Anyio.run(main)
        finally:
            signal.signal(signal.SIGUSR1, old)
        self.assertEqual(calls, [signal.SIGUSR1])

    def test_other_signals_are_pythons(self):
        calls = []

        async def main():
            with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
                signal.raise_signal(signal.SIGUSR2)
                signal.raise_signal(signal.SIGUSR1)
                self.assertIs(await anext(signals), signal.SIGUSR1)

        old = signal.signal(signal.SIGUSR2, lambda signum, frame: calls.append(signum))
        try:
            Anyio.run(main)
        finally:
            signal.signal(signal.SIGUSR2, old)
        self.assertEqual(calls, [signal.SIGUSR2])

    def test_glib_sources_of_other_signals_go_on(self):
        calls = []
        source = GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGUSR2, lambda: calls.append("glib") or True)

        async def main():
            with Anyio.open_signal_receiver(signal.SIGUSR1):
                signal.raise_signal(signal.SIGUSR2)
                while not calls:
                    await Anyio.sleep(0.001)

        try:
            Anyio.run(main)
        finally:
            GLib.source_remove(source)
        self.assertEqual(calls, ["glib"])

    def test_keyboard_interrupt(self):
        """While it is received there is none; afterwards there is."""
        received = []

        async def main():
            with Anyio.open_signal_receiver(signal.SIGINT) as signals:
                for _ in range(2):
                    signal.raise_signal(signal.SIGINT)
                    self.assertIs(await anext(signals), signal.SIGINT)
                await Anyio.sleep(0.001)
            received.append("all")
            signal.raise_signal(signal.SIGINT)
            await Anyio.sleep(60)

        handler = signal.getsignal(signal.SIGINT)
        with self.assertRaises(KeyboardInterrupt):
            Anyio.run(main)
        self.assertEqual(received, ["all"])
        self.assertIs(signal.getsignal(signal.SIGINT), handler)

    def test_in_another_thread(self):
        received = []
        ready = threading.Event()

        async def main():
            with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
                ready.set()
                received.append(await anext(signals))

        thread = threading.Thread(target=Anyio.run, args=(main,))
        thread.start()
        ready.wait()
        signal.raise_signal(signal.SIGUSR1)
        thread.join()
        self.assertEqual(received, [signal.SIGUSR1])

    def test_default_is_back(self):
        program = (
            'import gi, signal; gi.require_version("Anyio", "1"); from gi.repository import Anyio\n'
            "with Anyio.open_signal_receiver(signal.SIGTERM): signal.raise_signal(signal.SIGTERM)\n"
            'print("alive", flush=True); signal.raise_signal(signal.SIGTERM); print("never")'
        )
        result = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((result.stdout, result.returncode), ("alive\n", -signal.SIGTERM))


class Sweep(unittest.TestCase):
    def make_main(self):
        async def receive():
            with Anyio.open_signal_receiver(signal.SIGUSR1) as signals:
                signal.raise_signal(signal.SIGUSR1)
                await anext(signals)
                with Anyio.move_on_after(1):
                    await anext(signals)

        async def main(wrap):
            await wrap(receive)()

        # Nothing is left of it: neither a descriptor nor the handler.
        n_descriptors = len(os.listdir("/proc/self/fd"))
        return main, lambda: self.assertEqual(len(os.listdir("/proc/self/fd")), n_descriptors)

    def test_cancelled_everywhere(self):
        self.assertGreater(cancel_everywhere(self.make_main), 1)
        calls = []
        old = signal.signal(signal.SIGUSR1, lambda signum, frame: calls.append(signum))
        signal.raise_signal(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, old)
        self.assertEqual(calls, [signal.SIGUSR1])
