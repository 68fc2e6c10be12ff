# SPDX-License-Identifier: LGPL-2.1-or-later
"""Subprocesses. SEMANTICS 8.3 to 8.5. The programs are real, and the clock stands still while they run."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere

MUCH = bytes(range(256)) * 4096


class Run(Tracing):
    async def test_outputs(self):
        """A line for the shell, input, both outputs."""
        done = await Anyio.run_process("cat; echo oops >&2", input=b"hello")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"hello", b"oops\n"))
        done = await Anyio.run_process(["echo", "a  b"], stderr=None)
        self.assertEqual((done.args, done.stdout, done.stderr), (["echo", "a  b"], b"a  b\n", None))

    async def test_much(self):
        """More than the pipes hold, both ways."""
        done = await Anyio.run_process("tee /dev/stderr", input=MUCH)
        self.assertEqual(done.stdout, MUCH)
        self.assertEqual(done.stderr, MUCH)

    async def test_check(self):
        """A status that is not 0 is an error with the outputs, unless it is not to be."""
        with self.assertRaises(subprocess.CalledProcessError) as raised:
            await Anyio.run_process("echo some; exit 3")
        self.assertEqual((raised.exception.returncode, raised.exception.stdout), (3, b"some\n"))
        done = await Anyio.run_process("kill -KILL $$", check=False)
        self.assertEqual(done.returncode, -signal.SIGKILL)

    async def test_place(self):
        """The folder, the environment, files as streams."""
        with tempfile.TemporaryFile() as file:
            done = await Anyio.run_process("pwd; echo $COLOUR; cat", cwd="/", env={"COLOUR": "green", "PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL, stdout=file)
            self.assertIsNone(done.stdout)
            file.seek(0)
            self.assertEqual(file.read(), b"/\ngreen\n")
        done = await Anyio.run_process("echo one; echo two >&2", stderr=subprocess.STDOUT)
        self.assertEqual((done.stdout, done.stderr), (b"one\ntwo\n", None))
        with self.assertRaises(ValueError):
            await Anyio.run_process("cat", input=b"", stdin=subprocess.DEVNULL)

    async def test_no_program(self):
        """What cannot be started is an OSError that says so."""
        with self.assertRaisesRegex(FileNotFoundError, "no-such-program"):
            await Anyio.run_process(["no-such-program"])
        with self.assertRaises(ValueError):
            await Anyio.run_process([])


class Open(Tracing):
    async def test_talk(self):
        """Streams in both directions, up to their end; leaving waits for a healthy child."""
        async with await Anyio.open_process(["cat"]) as process:
            self.assertIsInstance(process, Anyio.abc.Process)
            self.assertIsInstance(process.stdin, Anyio.abc.ByteSendStream)
            self.assertIsInstance(process.stdout, Anyio.abc.ByteReceiveStream)
            self.assertGreater(process.pid, 0)
            self.assertIsNone(process.returncode)
            await process.stdin.send(b"hello")
            self.assertEqual(await process.stdout.receive(), b"hello")
            await process.stdin.aclose()
            with self.assertRaises(Anyio.ClosedResourceError):
                await process.stdin.send(b"x")
            with self.assertRaises(Anyio.EndOfStream):
                await process.stdout.receive()
        self.assertEqual(process.returncode, 0)
        with self.assertRaises(Anyio.ClosedResourceError):
            await process.stdout.receive()
        await process.aclose()

    async def test_lines(self):
        """An output can be iterated."""
        async with await Anyio.open_process("echo one; echo two", stdin=None, stderr=None) as process:
            self.assertIsNone(process.stdin)
            self.assertIsNone(process.stderr)
            self.assertEqual(b"".join([chunk async for chunk in process.stdout]), b"one\ntwo\n")

    async def test_signals(self):
        """Signals end it; to one that has ended they do nothing."""
        for send, number in (lambda each: each.terminate(), 15), (lambda each: each.kill(), 9), (lambda each: each.send_signal(signal.SIGINT), 2):
            async with await Anyio.open_process(["sleep", "1000"]) as process:
                send(process)
                self.assertEqual(await process.wait(), -number)
                send(process)
                self.assertEqual(await process.stop(1), -number)

    async def test_broken(self):
        """A child that has closed its input."""
        async with await Anyio.open_process("exec <&-; echo deaf; exec sleep 1000") as process:
            await process.stdout.receive()
            with self.assertRaises(Anyio.BrokenResourceError):
                await process.stdin.send(b"anybody?")
            await process.stop(1000)

    async def test_full_pipe(self):
        """A child that hangs in a full pipe ends when it is left."""
        async with await Anyio.open_process(["cat", "/dev/zero"]) as process:
            await process.stdout.receive(1)
        self.assertNotEqual(process.returncode, 0)


class Cancelled(Tracing):
    async def test_leave(self):
        """8.5: a cancelled leave kills and reaps."""
        with Anyio.CancelScope() as scope:
            async with await Anyio.open_process(["sleep", "1000"]) as process:
                pid = process.pid
                scope.cancel()
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    def test_everywhere(self):
        """Cancelled at any place, the child has ended."""

        def make_main():
            opened = []

            async def main(wrap):
                async def talk():
                    async with await Anyio.open_process(["cat"]) as process:
                        opened.append(process)
                        await process.stdin.send(b"x")
                        await process.stdout.receive()
                        await process.stdin.aclose()
                        await process.wait()
                    await Anyio.run_process(["cat"], input=b"x")
                    async with await Anyio.open_process(["sleep", "1000"]) as process:
                        opened.append(process)
                        await process.stop(1000)

                async with Anyio.create_task_group() as group:
                    group.start_soon(wrap(talk))

            return main, lambda: self.assertEqual([each for each in opened if each.returncode is None], [])

        self.assertGreater(cancel_everywhere(make_main), 4)


if __name__ == "__main__":
    unittest.main()
