# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task groups with policies and bounds. SEMANTICS 3.9, 3.11."""

import os
import sys
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere

COLLECT = Anyio.JoinPolicy.COLLECT
FIRST_DONE = Anyio.JoinPolicy.FIRST_DONE
FIRST_SUCCESS = Anyio.JoinPolicy.FIRST_SUCCESS
SUPERVISE = Anyio.JoinPolicy.SUPERVISE


class Working(Tracing):
    """a+ it begins, a- it succeeds, ax it fails, a! it is cancelled."""

    async def work(self, name, delay, error=None, cleanup=None):
        self.trace.append(name + "+")
        try:
            await Anyio.sleep(delay)
        except Anyio.Cancelled:
            self.trace.append(name + "!")
            if cleanup is not None:
                raise cleanup
            raise
        if error is not None:
            self.trace.append(name + "x")
            raise error
        self.trace.append(name + "-")
        return name

    async def join(self, policy, *jobs, **options):
        """Runs a group of jobs, given as the arguments of work(). Returns the group and the handles."""
        async with Anyio.create_task_group(policy=policy, **options) as group:
            tasks = [group.start_soon(self.work, *job) for job in jobs]
        return group, tasks

    async def assertJoinFails(self, errors, policy, *jobs, **options):
        with self.assertRaises(ExceptionGroup) as caught:
            await self.join(policy, *jobs, **options)
        self.assertEqual(list(caught.exception.exceptions), errors)


class Policies(Working):
    async def test_default(self):
        self.assertIs(type(Anyio.create_task_group()), Anyio.TaskGroup)
        group, _ = await self.join(Anyio.JoinPolicy.ALL, ("a", 1))
        self.assertEqual((group.policy, group.winner, group.failures, group.max_concurrency), (Anyio.JoinPolicy.ALL, None, (), None))

    async def test_collect(self):
        bad = ValueError("bad")
        group, (a, b) = await self.join(COLLECT, ("a", 2), ("b", 1, bad))
        self.assertTrace("a+ b+ bx a-")
        self.assertEqual(group.policy, COLLECT)
        self.assertEqual(group.failures, [bad])
        self.assertIs(b.exception, bad)
        self.assertEqual(a.return_value, "a")
        self.assertFalse(group.cancel_scope.cancel_called)

    async def test_collect_and_a_body_that_fails(self):
        """SEMANTICS 3.3: under every policy it cancels the group."""
        for policy in COLLECT, FIRST_SUCCESS, SUPERVISE:
            self.trace.clear()
            with self.assertRaises(ExceptionGroup) as caught:
                async with Anyio.create_task_group(policy=policy) as group:
                    group.start_soon(self.work, "a", 2)
                    await Anyio.sleep(1)
                    raise KeyError
            self.assertEqual([type(error) for error in caught.exception.exceptions], [KeyError])
            self.assertTrace("a+ a!")

    async def test_cancelled_from_outside(self):
        """SEMANTICS 2.9: the cancellation goes out, and nobody has won."""
        for policy in COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE:
            with Anyio.move_on_after(1) as scope:
                async with Anyio.create_task_group(policy=policy) as group:
                    group.start_soon(self.work, "a", 9)
            self.assertTrue(scope.cancelled_caught)
            self.assertIsNone(group.winner)

    async def test_first_done(self):
        group, (a, b, c) = await self.join(FIRST_DONE, ("a", 2), ("b", 1), ("c", 3))
        self.assertTrace("a+ b+ c+ b- a! c!")
        self.assertIs(group.winner, b)
        self.assertEqual(group.cancel_scope.reason, (Anyio.CancelKind.EXPLICIT, "another task of the group was first", b.name))
        self.assertEqual(Anyio.current_time(), 1)

    async def test_loser_that_succeeds(self):
        """It has lost all the same."""

        async def stubborn():
            try:
                await Anyio.sleep_forever()
            except Anyio.Cancelled:
                return "late"

        for policy in FIRST_DONE, FIRST_SUCCESS:
            async with Anyio.create_task_group(policy=policy) as group:
                late = group.start_soon(stubborn)
                a = group.start_soon(self.work, "a", 1)
            self.assertIs(group.winner, a)
            self.assertEqual(late.return_value, "late")

    async def test_first_done_fails(self):
        """Also with what the losers make of it (3.5)."""
        bad, worse = ValueError("bad"), KeyError("worse")
        await self.assertJoinFails([bad, worse], FIRST_DONE, ("a", 2, None, worse), ("b", 1, bad))

    async def test_first_done_cancelled_alone(self):
        """It has ended, so it decides."""
        async with Anyio.create_task_group(policy=FIRST_DONE) as group:
            a = group.start_soon(self.work, "a", 9)
            group.start_soon(self.work, "b", 9)
            await Anyio.sleep(0)
            a.cancel()
        self.assertIs(group.winner, a)
        self.assertTrace("a+ b+ a! b!")

    async def test_first_success(self):
        bad = ValueError("bad")
        group, tasks = await self.join(FIRST_SUCCESS, ("a", 1, bad), ("b", 2), ("c", 3))
        self.assertTrace("a+ b+ c+ ax b- c!")
        self.assertIs(group.winner, tasks[1])
        self.assertEqual(group.failures, [bad])
        self.trace.clear()
        bad, worse = ValueError("bad"), KeyError("worse")
        await self.assertJoinFails([worse, bad], FIRST_SUCCESS, ("a", 2, bad), ("b", 1, worse))

    async def test_first_success_timed_out(self):
        bad = ValueError("bad")
        with self.assertRaises(TimeoutError):
            with Anyio.fail_after(2):
                async with Anyio.create_task_group(policy=FIRST_SUCCESS) as group:
                    group.start_soon(self.work, "a", 1, bad)
                    group.start_soon(self.work, "b", 9)
        self.assertEqual(group.failures, [bad])
        self.assertIsNone(group.winner)

    async def test_first_success_cancelled_alone(self):
        async with Anyio.create_task_group(policy=FIRST_SUCCESS) as group:
            a = group.start_soon(self.work, "a", 9)
            b = group.start_soon(self.work, "b", 2)
            await Anyio.sleep(1)
            a.cancel()
        self.assertIs(group.winner, b)

    async def test_nobody_could_decide(self):
        for policy in FIRST_DONE, FIRST_SUCCESS:
            with self.assertRaises(ExceptionGroup) as caught:
                await self.join(policy)
            self.assertRegex(str(caught.exception.exceptions[0]), "could decide")
        for policy in COLLECT, SUPERVISE:
            await self.join(policy)

    async def test_supervise(self):
        async def watch():
            async with Anyio.create_task_group(policy=SUPERVISE, child_failed=failed) as group:
                groups.append(group)
                group.start_soon(self.work, "a", 1, bad)
                group.start_soon(self.work, "b", 3)
            return group

        def failed(task, error):
            """The last child of a group that waits in its join can be replaced, too (3.6)."""
            self.assertIs(error, bad)
            self.assertIs(task.exception, bad)
            with self.assertRaises(Anyio.NoEventLoopError):
                Anyio.get_current_task()
            if len(groups[0].failures) < 3:
                groups[0].start_soon(self.work, "c", 3, bad)

        groups = []
        bad = ValueError("bad")
        group = await watch()
        self.assertTrace("a+ b+ ax c+ b- cx c+ cx")
        self.assertEqual(group.failures, [bad] * 3)
        self.assertEqual(Anyio.current_time(), 7)

    async def test_supervise_without_handler(self):
        reported = []
        Anyio.set_background_error_handler(lambda name, error: reported.append(error))
        bad = ValueError("bad")
        try:
            await self.join(SUPERVISE, ("a", 1, bad), ("b", 2))
        finally:
            Anyio.set_background_error_handler(None)
        self.assertEqual(reported, [bad])
        self.assertTrace("a+ b+ ax b-")

    async def test_handler_that_fails(self):
        """The group is ended by it, and it is told; so a handler can raise what it was given."""

        def failed(task, error):
            raise error

        bad = ValueError("bad")
        await self.assertJoinFails([bad], SUPERVISE, ("a", 1, bad), ("b", 2), child_failed=failed)
        self.assertTrace("a+ b+ ax b!")

    async def test_what_is_no_exception(self):
        """KeyboardInterrupt and its like end every group."""
        for policy in COLLECT, FIRST_DONE, FIRST_SUCCESS, SUPERVISE:
            self.trace.clear()
            with self.assertRaises(BaseExceptionGroup) as caught:
                await self.join(policy, ("a", 2), ("b", 1, SystemExit()))
            self.assertIsInstance(caught.exception.exceptions[0], SystemExit)
            self.assertTrace("a+ b+ bx a!")

    async def test_task_of_another_language(self):
        """Its failure counts as in every group."""
        with self.assertRaises(ExceptionGroup):
            async with Anyio.create_task_group(policy=COLLECT) as group:
                group.native.start_callback("theirs", lambda task: 1 / 0)
                await self.work("a", 1)
        self.assertTrace("a+ a!")

    async def test_start(self):
        async def service(error, *, task_status):
            task_status.started()
            await self.work("service", 1, error)

        bad = ValueError("bad")
        async with Anyio.create_task_group(policy=COLLECT) as group:
            await group.start(service, bad)
        self.assertEqual(group.failures, [bad])

    async def test_as_completed(self):
        bad = ValueError("bad")
        jobs = [self.work("a", 3), self.work("b", 1, bad), self.work("c", 2)]
        async with Anyio.as_completed(*jobs, policy=COLLECT, max_concurrency=2) as completed:
            self.assertEqual([task.exception async for task in completed], [bad, None, None])
        self.assertTrace("a+ b+ bx c+ a- c-")

    async def test_misuse(self):
        with self.assertRaisesRegex(ValueError, "SUPERVISE"):
            Anyio.create_task_group(child_failed=print)
        for wrong in 0, -1, 1.5:
            with self.assertRaisesRegex(ValueError, "max_concurrency"):
                Anyio.create_task_group(max_concurrency=wrong)
        with self.assertRaises(AttributeError):
            Anyio.create_task_group().max_concurrency = 3
        with self.assertRaisesRegex(TypeError, "JoinPolicy, not 'all'"):
            Anyio.create_task_group(policy="all")


class Bounds(Working):
    def names(self, group, names, delay=1):
        return [group.start_soon(self.work, name, delay) for name in names]

    async def test_in_order(self):
        async with Anyio.create_task_group(max_concurrency=2) as group:
            self.names(group, "abc")
            group.create_task(self.work("d", 1))
        self.assertTrace("a+ b+ a- b- c+ d+ c- d-")
        self.assertEqual(Anyio.current_time(), 2)
        self.assertEqual(group.max_concurrency, 2)

    async def test_try_start_soon(self):
        async with Anyio.create_task_group(max_concurrency=1) as group:
            self.assertIsNotNone(group.try_start_soon(self.work, "a", 1))
            self.assertIsNone(group.try_start_soon(self.work, "b", 1))
            await Anyio.sleep(2)
            group.try_start_soon(self.work, "c", 1, name="c")
        self.assertTrace("a+ a- c+ c-")
        async with Anyio.create_task_group() as group:
            self.assertIsNotNone(group.try_start_soon(self.work, "d", 1))

    async def test_changes(self):
        """Raising the bound lets tasks begin at once, lowering it interrupts nobody."""
        async with Anyio.create_task_group(max_concurrency=1) as group:
            self.names(group, "abcd")
            await Anyio.sleep(0.5)
            self.assertTrace("a+")
            group.max_concurrency = 3
            await Anyio.sleep(0)
            self.assertTrace("a+ b+ c+")
            group.max_concurrency = 1
            await Anyio.sleep(1.2)
            self.assertTrace("a+ b+ c+ a- b- c- d+")
            group.start_soon(self.work, "e", 1)
            group.max_concurrency = None
            await Anyio.sleep(0)
            self.assertEqual(self.trace[-1], "e+")
            with self.assertRaises(ValueError):
                group.max_concurrency = 0

    async def test_cancelled(self):
        """SEMANTICS 1.3: each task begins all the same, when its turn comes."""
        with Anyio.move_on_after(0.5):
            async with Anyio.create_task_group(max_concurrency=1) as group:
                self.names(group, "abc")
        self.assertTrace("a+ a! b+ b! c+ c!")
        self.trace.clear()
        with self.assertRaises(ExceptionGroup):
            async with Anyio.create_task_group(max_concurrency=1) as group:
                group.start_soon(self.work, "a", 1, ValueError())
                self.names(group, "bc")
        self.assertTrace("a+ ax b+ b! c+ c!")

    async def test_one_cancelled(self):
        async with Anyio.create_task_group(max_concurrency=1) as group:
            a, b, c = self.names(group, "abc")
            await Anyio.sleep(0)
            b.cancel()
            self.assertEqual(b.status, Anyio.TaskStatus.CANCELLING)
        self.assertTrace("a+ a- b+ b! c+ c-")

    async def test_started_tasks_count(self):
        """What start() has handed over is not held back, but counts."""

        async def service(*, task_status):
            task_status.started()
            await self.work("service", 2)

        async with Anyio.create_task_group(max_concurrency=1) as group:
            await group.start(service)
            self.names(group, "a")
        self.assertTrace("service+ service- a+ a-")

    async def test_with_policy(self):
        group, tasks = await self.join(FIRST_SUCCESS, ("a", 1, ValueError()), ("b", 1), ("c", 1), max_concurrency=1)
        self.assertIs(group.winner, tasks[1])
        self.assertTrace("a+ ax b+ b- c+ c!")

    async def test_replaced(self):
        """What a handler starts in place of a child that failed begins after those who wait."""

        def failed(task, error):
            self.assertIsNone(group.try_start_soon(self.work, "x", 1))
            group.start_soon(self.work, "again", 1)

        async with Anyio.create_task_group(policy=SUPERVISE, max_concurrency=1, child_failed=failed) as group:
            group.start_soon(self.work, "a", 1, ValueError())
            self.names(group, "bc")
        self.assertTrace("a+ ax b+ b- c+ c- again+ again-")

    async def test_many(self):
        running = most = 0

        async def work():
            nonlocal running, most
            running += 1
            most = max(most, running)
            await Anyio.sleep(0)
            running -= 1

        async with Anyio.create_task_group(max_concurrency=8) as group:
            for _ in range(10000):
                group.start_soon(work)
        self.assertEqual((running, most), (0, 8))

    def test_cancelled_at_every_moment(self):
        def make_main():
            alive = most = 0
            groups = []

            async def work(delay, error=None):
                nonlocal alive, most
                alive += 1
                most = max(most, alive)
                try:
                    await Anyio.sleep(delay)
                    await Anyio.sleep(0)
                    if error is not None:
                        raise error
                finally:
                    alive -= 1

            async def run_groups():
                for policy in COLLECT, FIRST_SUCCESS, Anyio.JoinPolicy.ALL:
                    async with Anyio.create_task_group(policy=policy, max_concurrency=2) as group:
                        groups.append(group)
                        if policy != Anyio.JoinPolicy.ALL:
                            group.start_soon(work, 1, ValueError())
                        for delay in 1, 2, 0, 1:
                            group.start_soon(work, delay)

            async def main(wrap):
                await wrap(run_groups)()
                self.assertEqual(alive, 0)

            def check():
                self.assertEqual(most, 2)
                for group in groups:
                    self.assertEqual((group._n_begun, len(group._held)), (0, 0))

            return main, check

        self.assertGreater(cancel_everywhere(make_main, range(4)), 10)


if __name__ == "__main__":
    unittest.main()
