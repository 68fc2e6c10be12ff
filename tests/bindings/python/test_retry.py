# SPDX-License-Identifier: LGPL-2.1-or-later
"""One coroutine function several times: retry, supervise, and the delays in between."""

import os
import sys
import unittest
import unittest.mock

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing


class Delays(unittest.TestCase):
    def test_they_grow(self):
        backoff = Anyio.Backoff(delay=1, factor=3.0, max_delay=20, jitter=0)
        self.assertEqual([backoff.get_delay(n) for n in (1, 2, 3, 4, 5000)], [1, 3, 9, 20, 20])
        self.assertEqual(Anyio.Backoff(delay=0, max_delay=1).get_delay(5000), 0)
        self.assertEqual(Anyio.Backoff(), (0.1, 2, 30, 0.5, None))
        with unittest.mock.patch("random.random", return_value=0.5):
            self.assertEqual(Anyio.Backoff(delay=8, jitter=0.5).get_delay(1), 6)

    def test_arguments(self):
        for wrong in {"delay": -1}, {"factor": 0.5}, {"max_delay": -1}, {"jitter": 2}, {"jitter": float("nan")}:
            with self.assertRaises(ValueError):
                Anyio.Backoff(**wrong)


class Retries(Tracing):
    async def test_retry(self):
        times = []

        async def flaky(n):
            times.append(Anyio.current_time())
            if len(times) < n:
                raise ValueError(len(times))
            return "done"

        self.assertEqual(await Anyio.retry(flaky, 5, attempts=None, delay=1, factor=2, max_delay=4), "done")
        self.assertEqual(times, [0, 1, 3, 7, 11])
        times.clear()
        with self.assertRaisesRegex(ValueError, "2"):
            await Anyio.retry(flaky, 5, attempts=2)
        times.clear()
        with self.assertRaises(ValueError):
            await Anyio.retry(flaky, 5, on=(KeyError, OSError))
        self.assertEqual(len(times), 1)
        with self.assertRaises(ValueError):
            await Anyio.retry(flaky, 5, attempts=0)
        await self.assertRefusesCancelled(Anyio.retry, flaky, 1)
        with unittest.mock.patch("random.random", return_value=0.5):
            times.clear()
            start = Anyio.current_time()
            await Anyio.retry(flaky, 2, delay=8, jitter=0.5)
            self.assertEqual(Anyio.current_time() - start, 6)


class Supervised(Tracing):
    BACKOFF = Anyio.Backoff(delay=1, factor=2, max_delay=10, jitter=0, max_attempts=4)

    async def work(self, delay, n_failures):
        """Fails so many times, then succeeds."""
        self.trace.append(f"{Anyio.current_time():g}")
        try:
            await Anyio.sleep(delay)
        except Anyio.Cancelled:
            self.trace.append("cancelled")
            raise
        if len(self.trace) - self.trace.count("told") <= n_failures:
            raise ValueError(len(self.trace))
        return "done"

    def told(self, error, n_failures):
        self.assertIsInstance(error, ValueError)
        self.numbers.append(n_failures)
        self.trace.append("told")

    def setUp(self):
        super().setUp()
        self.numbers = []

    async def test_restarts_after_failures(self):
        """SEMANTICS 3.9: again after a failure, after growing delays, and each failure is told."""
        self.assertEqual(await Anyio.supervise(self.work, 5, 3, backoff=self.BACKOFF, failed=self.told), "done")
        self.assertTrace("0 told 6 told 13 told 22")
        self.assertEqual(self.numbers, [1, 2, 3])

    async def test_too_many_failures(self):
        """SEMANTICS 3.9: the last one comes out and is not told."""
        with self.assertRaises(ValueError):
            await Anyio.supervise(self.work, 0, 9, backoff=self.BACKOFF, failed=self.told)
        self.assertTrace("0 told 1 told 3 told 7")

    async def test_stable(self):
        """A call that lasted long enough ends the row of failures."""
        self.assertEqual(await Anyio.supervise(self.work, 5, 8, backoff=self.BACKOFF, stable_after=5, failed=self.told), "done")
        self.assertEqual(self.numbers, [1] * 8)

    async def test_always(self):
        """SEMANTICS 3.9: ALWAYS calls it again after a success, too."""
        with Anyio.move_on_after(11) as scope:
            await Anyio.supervise(self.work, 3, 0, restart=Anyio.Restart.ALWAYS, backoff=self.BACKOFF)
        self.assertTrue(scope.cancelled_caught)
        self.assertTrace("0 4 8 cancelled")

    async def supervise_in_group(self, stop_at, n_failures, restart):
        async with Anyio.create_task_group() as group:
            task = group.start_soon(lambda: Anyio.supervise(self.work, 3, n_failures, restart=restart, backoff=self.BACKOFF, failed=self.told))
            await Anyio.sleep(stop_at)
            group.cancel_scope.request_stop()
        self.trace.append(f"ended at {Anyio.current_time():g}")
        return task

    async def test_stop_while_it_runs(self):
        """SEMANTICS 8.7: no restart after a request to stop; the call under way is not disturbed."""
        task = await self.supervise_in_group(1, 0, Anyio.Restart.ALWAYS)
        self.assertTrace("0 ended at 3")
        self.assertEqual(task.return_value, "done")

    async def test_failure_after_a_request_to_stop(self):
        with self.assertRaises(ExceptionGroup) as caught:
            await self.supervise_in_group(1, 1, Anyio.Restart.ON_FAILURE)
        self.assertTrace("0")
        self.assertIsInstance(caught.exception.exceptions[0], ValueError)

    async def test_stop_while_it_waits(self):
        """SEMANTICS 8.7: a request to stop ends the delay."""
        task = await self.supervise_in_group(3.5, 1, Anyio.Restart.ON_FAILURE)
        self.assertTrace("0 told ended at 3.5")
        self.assertIsNone(task.return_value)

    async def test_nobody_is_told(self):
        """SEMANTICS 3.5: without a handler a failure is not silent."""
        reported = []
        Anyio.set_background_error_handler(lambda name, error: reported.append(type(error)))
        try:
            await Anyio.supervise(self.work, 0, 2, backoff=self.BACKOFF)
        finally:
            Anyio.set_background_error_handler(None)
        self.assertEqual(reported, [ValueError, ValueError])

    async def test_misuse(self):
        with self.assertRaises(ValueError):
            await Anyio.supervise(self.work, 0, 0, restart="never")
        with self.assertRaisesRegex(TypeError, "must be a Backoff"):
            await Anyio.supervise(self.work, 0, 0, backoff=None)
        with self.assertRaisesRegex(ValueError, "max_attempts"):
            Anyio.Backoff(max_attempts=0)
        for func in Anyio.supervise, Anyio.retry:
            with Anyio.fail_after(1000), self.assertRaisesRegex(TypeError, "not its result"):
                await func(self.work(0, 0))
        with self.assertRaises(ZeroDivisionError):
            await Anyio.supervise(self.work, 0, 1, failed=lambda error, n: 1 / 0)
        await self.assertRefusesCancelled(Anyio.supervise, self.work, 0, 0)


if __name__ == "__main__":
    unittest.main()
