# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many at once, and how often: semaphores, capacity limiters, rate limiters. SEMANTICS 6."""

import math
import os
import sys
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class Semaphores(Tracing):
    async def test_in_order(self):
        semaphore = Anyio.Semaphore(2)

        async def use(name):
            async with semaphore:
                self.trace.append(name)
                await Anyio.sleep(1)

        async with Anyio.create_task_group() as group:
            for name in "abcd":
                group.start_soon(use, name)
            await Anyio.sleep(0.5)
            self.assertTrace("a b")
            self.assertEqual(semaphore.statistics().tasks_waiting, 2)
            self.assertEqual(semaphore.value, 0)
            with self.assertRaises(Anyio.WouldBlock):
                semaphore.acquire_nowait()
        self.assertTrace("a b c d")
        self.assertEqual(semaphore.value, 2)
        self.assertEqual(Anyio.current_time(), 2)

    async def test_release_hands_over(self):
        semaphore = Anyio.Semaphore(0)
        async with Anyio.create_task_group() as group:
            a = group.start_soon(semaphore.acquire)
            b = group.start_soon(semaphore.acquire)
            await Anyio.wait_all_tasks_blocked()
            a.cancel()
            semaphore.release()
            self.assertEqual(semaphore.value, 0)
            with self.assertRaises(Anyio.WouldBlock):
                semaphore.acquire_nowait()
        self.assertEqual([a.status, b.status], [Anyio.TaskStatus.CANCELLED, Anyio.TaskStatus.FINISHED])
        await self.assertRefusesCancelled(semaphore.acquire)

    def test_arguments(self):
        semaphore = Anyio.Semaphore(1, max_value=2, fast_acquire=True)
        self.assertEqual(semaphore.max_value, 2)
        semaphore.release()
        with self.assertRaisesRegex(ValueError, "released too many times"):
            semaphore.release()
        self.assertEqual(semaphore.value, 2)
        with self.assertRaisesRegex(ValueError, ">= 0"):
            Anyio.Semaphore(-1)
        with self.assertRaisesRegex(TypeError, "integer"):
            Anyio.Semaphore(1.5)
        with self.assertRaisesRegex(TypeError, "integer or None"):
            Anyio.Semaphore(1, max_value="x")
        with self.assertRaisesRegex(ValueError, "equal to or higher"):
            Anyio.Semaphore(2, max_value=1)

    def test_cancelled_at_every_moment(self):
        def make_main():
            semaphore = Anyio.Semaphore(2)
            inside = 0

            async def use():
                nonlocal inside
                async with semaphore:
                    inside += 1
                    self.assertLessEqual(inside, 2)
                    try:
                        await Anyio.sleep(0)
                    finally:
                        inside -= 1

            async def main(wrap):
                async with Anyio.create_task_group() as group:
                    for i in range(5):
                        group.start_soon(wrap(use) if i == 2 else use)

            return main, lambda: self.assertEqual(semaphore.value, 2)

        self.assertGreater(cancel_everywhere(make_main, range(6)), 6)


class Limiters(Tracing):
    async def test_borrowers(self):
        limiter = Anyio.CapacityLimiter(2)
        await limiter.acquire()
        with self.assertRaisesRegex(RuntimeError, "already holding"):
            await limiter.acquire()
        await limiter.acquire_on_behalf_of("a")
        with self.assertRaises(Anyio.WouldBlock):
            limiter.acquire_on_behalf_of_nowait("b")
        statistics = limiter.statistics()
        self.assertEqual((statistics.borrowed_tokens, statistics.total_tokens, statistics.tasks_waiting), (2, 2, 0))
        self.assertIn("a", statistics.borrowers)
        self.assertEqual((limiter.borrowed_tokens, limiter.available_tokens), (2, 0))
        limiter.release_on_behalf_of("a")
        with self.assertRaisesRegex(RuntimeError, "isn't holding"):
            limiter.release_on_behalf_of("a")
        limiter.release()
        with self.assertRaisesRegex(RuntimeError, "isn't holding"):
            limiter.release()
        await self.assertRefusesCancelled(limiter.acquire)
        self.assertEqual(limiter.borrowed_tokens, 0)

    async def test_total_tokens(self):
        limiter = Anyio.CapacityLimiter(2)
        for name in "ab":
            limiter.acquire_on_behalf_of_nowait(name)
        async with Anyio.create_task_group() as group:
            for name in "cdefg":
                group.start_soon(self.borrow, limiter, name)
            await Anyio.wait_all_tasks_blocked()
            limiter.total_tokens = 1
            self.assertEqual(limiter.available_tokens, -1)
            limiter.total_tokens = 3
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("c")
            with self.assertRaises(Anyio.WouldBlock):
                limiter.acquire_on_behalf_of_nowait("z")
            limiter.release_on_behalf_of("a")
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("c d")
            limiter.total_tokens = math.inf
        self.assertTrace("c d e f g")
        self.assertEqual(limiter.borrowed_tokens, 6)

    async def borrow(self, limiter, name):
        await limiter.acquire_on_behalf_of(name)
        self.trace.append(name)

    async def test_nobody_overtakes(self):
        limiter = Anyio.CapacityLimiter(0)
        async with Anyio.create_task_group() as group:
            a = group.start_soon(self.borrow, limiter, "a")
            await Anyio.wait_all_tasks_blocked()
            with self.assertRaisesRegex(RuntimeError, "already waiting"):
                await limiter.acquire_on_behalf_of("a")
            a.cancel()
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual(limiter.statistics().tasks_waiting, 0)
            group.start_soon(self.borrow, limiter, "a")
            await Anyio.wait_all_tasks_blocked()
            limiter.total_tokens = 1
        self.assertTrace("a")

    def test_arguments(self):
        for wrong in 1.5, "1":
            with self.assertRaisesRegex(TypeError, "int or math.inf"):
                Anyio.CapacityLimiter(wrong)
        with self.assertRaisesRegex(ValueError, ">= 0"):
            Anyio.CapacityLimiter(-1)
        self.assertEqual(Anyio.CapacityLimiter(math.inf).available_tokens, math.inf)

    async def test_rate(self):
        limiter = Anyio.RateLimiter(2, burst=3)

        async def use(name, tokens=1):
            await limiter.acquire(tokens)
            self.trace.append(f"{name}{Anyio.current_time():g}")

        async with Anyio.create_task_group() as group:
            for name in "abcde":
                group.start_soon(use, name)
            group.start_soon(use, "f", 2)
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("a0 b0 c0")
            self.assertEqual(limiter.statistics(), Anyio.RateLimiterStatistics(2, 3, 3))
            with self.assertRaises(Anyio.WouldBlock):
                limiter.acquire_nowait()
        self.assertTrace("a0 b0 c0 d0.5 e1 f2")
        await Anyio.sleep(100)
        self.assertEqual(limiter.available_tokens, 3)
        limiter.acquire_nowait(3)
        with self.assertRaises(Anyio.WouldBlock):
            limiter.acquire_nowait()
        await self.assertRefusesCancelled(limiter.acquire)

    async def test_rate_of_cancelled_waiters(self):
        limiter = Anyio.RateLimiter(1)

        async def use(name):
            async with limiter:
                self.trace.append(f"{name}{Anyio.current_time():g}")

        async with Anyio.create_task_group() as group:
            tasks = [group.start_soon(use, name) for name in "abcd"]
            await Anyio.sleep(0.5)
            tasks[1].cancel()  # the first, who has the timer
            await Anyio.sleep(0.1)
            tasks[3].cancel()
        self.assertTrace("a0 c1")
        self.assertEqual(limiter.statistics().tasks_waiting, 0)

    async def test_rate_nobody_overtakes(self):
        limiter = Anyio.RateLimiter(1, burst=3)
        limiter.acquire_nowait(3)

        async def use(tokens):
            await limiter.acquire(tokens)
            self.trace.append(f"{tokens} at {Anyio.current_time():g}")

        async with Anyio.create_task_group() as group:
            group.start_soon(use, 3)
            await Anyio.sleep(2)
            with self.assertRaises(Anyio.WouldBlock):
                limiter.acquire_nowait()
            group.start_soon(use, 1)
        self.assertTrace("3 at 3 1 at 4")

    async def test_rate_takes_its_timer_back(self):
        limiter = Anyio.RateLimiter(1)
        limiter.acquire_nowait()
        with Anyio.move_on_after(0.5):
            await limiter.acquire()
        with Anyio.move_on_after(5) as scope:
            await Anyio.Event().wait()
        self.assertTrue(scope.cancelled_caught)

    def test_rate_arguments(self):
        for arguments in (0,), (-1,), (math.nan,), (math.inf,), (1, 0), (1, math.inf):
            with self.assertRaises(ValueError):
                Anyio.RateLimiter(*arguments)
        with self.assertRaisesRegex(ValueError, "at most the burst"):
            Anyio.RateLimiter(1).acquire_nowait(2)


if __name__ == "__main__":
    unittest.main()
