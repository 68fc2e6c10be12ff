# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cancel scopes."""

import math
import unittest

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

inf = math.inf


class Scopes(Anyio.testing.TestCase):
    async def test_move_on_after_ends_silently(self):
        start = Anyio.current_time()
        with Anyio.move_on_after(2) as scope:
            await Anyio.sleep(5)
            self.fail("not cancelled")
        self.assertEqual(Anyio.current_time() - start, 2)
        self.assertTrue(scope.cancel_called)
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(scope.reason, (Anyio.CancelKind.DEADLINE, None, None))

    async def test_move_on_after_in_time(self):
        with Anyio.move_on_after(5) as scope:
            await Anyio.sleep(2)
        self.assertFalse(scope.cancel_called)
        self.assertFalse(scope.cancelled_caught)
        self.assertIsNone(scope.reason)

    async def test_the_clock_starts_at_entry(self):
        scope = Anyio.move_on_after(2)
        await Anyio.sleep(10)
        with scope:
            await Anyio.sleep(1)
        self.assertFalse(scope.cancel_called)

    async def test_none_is_never(self):
        for scope in Anyio.move_on_after(None), Anyio.move_on_at(None), Anyio.fail_after(None), Anyio.fail_at(None):
            with scope:
                self.assertEqual(scope.deadline, inf)
                await Anyio.sleep(1000)

    async def test_negative_timeout_cancels_at_the_first_checkpoint(self):
        passed = False
        with Anyio.move_on_after(-1) as scope:
            passed = True
            await Anyio.sleep(0)
            self.fail("not cancelled")
        self.assertTrue(passed and scope.cancelled_caught)

    async def test_fail_after(self):
        with self.assertRaises(TimeoutError):
            with Anyio.fail_after(1):
                await Anyio.sleep(2)

    async def test_fail_after_says_the_reason(self):
        with self.assertRaisesRegex(TimeoutError, "no answer"):
            with Anyio.fail_after(1, reason="no answer"):
                await Anyio.sleep_forever()

    async def test_fail_at(self):
        with self.assertRaises(TimeoutError):
            with Anyio.fail_at(Anyio.current_time() + 1) as scope:
                await Anyio.sleep(2)
        self.assertTrue(scope.cancelled_caught)

    async def test_explicit_cancel_first_is_no_timeout(self):
        with Anyio.fail_after(1) as scope:
            scope.cancel()
            try:
                await Anyio.sleep(0)
            except Anyio.Cancelled:
                with Anyio.CancelScope(shield=True):
                    await Anyio.sleep(5)
                raise
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(scope.reason.kind, Anyio.CancelKind.EXPLICIT)

    async def test_a_swallowed_timeout_is_none(self):
        with Anyio.fail_after(1) as scope:
            try:
                await Anyio.sleep(2)
            except Anyio.Cancelled:
                pass
        self.assertTrue(scope.cancel_called)
        self.assertFalse(scope.cancelled_caught)

    async def test_level_triggered(self):
        n = 0
        with Anyio.CancelScope() as scope:
            scope.cancel()
            for _ in range(5):
                try:
                    await Anyio.sleep(0)
                except Anyio.Cancelled:
                    n += 1
            await Anyio.sleep(1)
        self.assertEqual(n, 5)
        self.assertTrue(scope.cancelled_caught)

    async def test_cancel_without_checkpoint_is_no_error(self):
        with Anyio.CancelScope() as scope:
            scope.cancel()
        self.assertTrue(scope.cancel_called)
        self.assertFalse(scope.cancelled_caught)

    async def test_first_reason_stands(self):
        with Anyio.CancelScope() as scope:
            scope.cancel("first")
            scope.cancel("second")
            with self.assertRaisesRegex(Anyio.Cancelled, "first$"):
                await Anyio.sleep(0)
        self.assertEqual(scope.reason.text, "first")
        self.assertIn("body", scope.reason.by_task)

    async def test_the_reason_is_kept_when_the_object_was_asked_for(self):
        with Anyio.CancelScope() as scope:
            native = scope.native
            scope.cancel("enough")
            await Anyio.sleep(0)
        self.assertEqual(scope.reason.text, "enough")
        self.assertIn("body", scope.reason.by_task)
        self.assertEqual(native.get_reason()[1], "enough")

    async def test_cancel_before_entry(self):
        scope = Anyio.CancelScope()
        scope.cancel("early")
        with scope:
            with self.assertRaisesRegex(Anyio.Cancelled, "early"):
                await Anyio.sleep(0)
            raise Anyio.Cancelled
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(scope.reason.text, "early")

    async def test_cancel_before_entry_wins_over_the_deadline(self):
        scope = Anyio.move_on_after(0)
        scope.cancel()
        with scope:
            await Anyio.sleep(0)
        self.assertEqual(scope.reason.kind, Anyio.CancelKind.EXPLICIT)

    async def test_cancel_after_exit_only_sets_the_flag(self):
        with Anyio.CancelScope() as scope:
            pass
        scope.cancel()
        self.assertTrue(scope.cancel_called)
        await Anyio.sleep(0)

    async def test_outer_is_absorbed_by_the_outer(self):
        with Anyio.CancelScope() as outer:
            with Anyio.CancelScope() as inner:
                outer.cancel()
                await Anyio.sleep(0)
            self.fail("went on in the outer scope")
        self.assertFalse(inner.cancelled_caught)
        self.assertTrue(outer.cancelled_caught)

    async def test_both_cancelled_is_absorbed_by_the_outer(self):
        with Anyio.CancelScope() as outer:
            with Anyio.CancelScope() as inner:
                inner.cancel()
                outer.cancel()
                await Anyio.sleep(0)
            self.fail("went on in the outer scope")
        self.assertFalse(inner.cancelled_caught)
        self.assertTrue(outer.cancelled_caught)

    async def test_the_state_at_exit_decides(self):
        with Anyio.CancelScope() as outer:
            with Anyio.CancelScope() as inner:
                inner.cancel()
                try:
                    await Anyio.sleep(0)
                finally:
                    outer.cancel()
            self.fail("went on in the outer scope")
        self.assertFalse(inner.cancelled_caught)
        self.assertTrue(outer.cancelled_caught)

    async def test_shield(self):
        with Anyio.CancelScope() as outer:
            outer.cancel()
            with Anyio.CancelScope(shield=True) as inner:
                await Anyio.sleep(1)
            self.assertFalse(inner.cancel_called)
            await Anyio.sleep(0)
            self.fail("not cancelled behind the shield")
        self.assertTrue(outer.cancelled_caught)

    async def test_own_cancel_beats_the_shield(self):
        with Anyio.CancelScope(shield=True) as scope:
            scope.cancel()
            await Anyio.sleep(1)
        self.assertTrue(scope.cancelled_caught)

    async def test_clearing_a_shield_delivers_to_a_sleeper(self):
        async def clear(scope):
            await Anyio.sleep(1)
            scope.shield = False

        async with Anyio.create_task_group() as group:
            start = Anyio.current_time()
            with Anyio.CancelScope() as outer:
                with Anyio.CancelScope(shield=True) as inner:
                    outer.cancel()
                    self.assertTrue(inner.shield)
                    # Outside both, so that it is not cancelled.
                    group.start_soon(clear, inner)
                    await Anyio.sleep(10)
            self.assertEqual(Anyio.current_time() - start, 1)
            self.assertTrue(outer.cancelled_caught)

    async def test_shield_on_and_off_is_unobservable(self):
        with Anyio.CancelScope() as outer:
            outer.cancel()
            with Anyio.CancelScope() as inner:
                inner.shield = True
                inner.shield = False
                with self.assertRaises(Anyio.Cancelled):
                    await Anyio.sleep(0)

    async def test_raising_a_shield_lets_the_task_go_on(self):
        with Anyio.CancelScope() as outer:
            with Anyio.CancelScope() as inner:
                outer.cancel()
                inner.shield = True
                await Anyio.sleep(1)
        self.assertFalse(outer.cancelled_caught)

    async def test_deadline_moved(self):
        start = Anyio.current_time()
        with Anyio.move_on_after(1) as scope:
            scope.deadline += 2
            await Anyio.sleep(10)
        self.assertEqual(Anyio.current_time() - start, 3)

    async def test_deadline_set_into_the_past_cancels_now(self):
        with Anyio.CancelScope() as scope:
            scope.deadline = Anyio.current_time() - 1
            self.assertTrue(scope.cancel_called)
            await Anyio.sleep(0)
            self.fail("not cancelled")
        self.assertEqual(scope.reason.kind, Anyio.CancelKind.DEADLINE)

    async def test_deadline_before_entry(self):
        scope = Anyio.move_on_after(3)
        self.assertEqual(scope.deadline, Anyio.current_time() + 3)
        scope.deadline = 7
        self.assertEqual(scope.deadline, 7)
        with scope:
            self.assertEqual(scope.deadline, 7)

    async def test_effective_deadline(self):
        self.assertEqual(Anyio.current_effective_deadline(), inf)
        with Anyio.CancelScope(deadline=10):
            with Anyio.CancelScope(deadline=20):
                self.assertEqual(Anyio.current_effective_deadline(), 10)
                with Anyio.CancelScope(deadline=30, shield=True):
                    self.assertEqual(Anyio.current_effective_deadline(), 30)
                with Anyio.CancelScope() as scope:
                    scope.cancel()
                    self.assertEqual(Anyio.current_effective_deadline(), -inf)

    async def test_sleep_for_ever(self):
        with Anyio.move_on_after(1000) as scope:
            await Anyio.sleep_forever()
        self.assertTrue(scope.cancelled_caught)

    async def test_sleep_until(self):
        await Anyio.sleep_until(Anyio.current_time() + 3)
        self.assertEqual(Anyio.current_time(), 3)
        await Anyio.sleep_until(1)
        self.assertEqual(Anyio.current_time(), 3)

    async def test_checkpoints(self):
        trace = []

        async def other():
            trace.append("other")

        async with Anyio.create_task_group() as group:
            group.start_soon(other)
            await Anyio.lowlevel.checkpoint_if_cancelled()
            trace.append("not yet")
            await Anyio.lowlevel.checkpoint()
            trace.append("after")
            group.cancel_scope.cancel()
            await Anyio.lowlevel.cancel_shielded_checkpoint()
            trace.append("shielded")
            with self.assertRaises(Anyio.Cancelled):
                await Anyio.lowlevel.checkpoint_if_cancelled()
            with self.assertRaises(Anyio.Cancelled):
                await Anyio.lowlevel.checkpoint()
        self.assertEqual(trace, ["not yet", "other", "after", "shielded"])

    async def test_cancellation_in_a_group_is_stripped(self):
        with self.assertRaises(ExceptionGroup) as caught:
            with Anyio.CancelScope() as scope:
                scope.cancel()
                raise BaseExceptionGroup("both", [Anyio.Cancelled(), ValueError("real"), BaseExceptionGroup("inner", [Anyio.Cancelled()])])
        self.assertEqual(str(caught.exception.exceptions), "(ValueError('real'),)")
        self.assertTrue(scope.cancelled_caught)

    async def test_not_cancelled_absorbs_nothing(self):
        with self.assertRaises(Anyio.Cancelled):
            with Anyio.CancelScope():
                raise Anyio.Cancelled

    async def test_deep_nesting(self):
        scopes = [Anyio.CancelScope() for _ in range(2000)]
        for scope in scopes:
            scope.__enter__()
        scopes[0].cancel()
        try:
            await Anyio.sleep(0)
        except Anyio.Cancelled as error:
            for scope in reversed(scopes):
                absorbed = scope.__exit__(Anyio.Cancelled, error, None)
        self.assertTrue(absorbed)

    async def test_native_object(self):
        with Anyio.CancelScope() as scope:
            cancellable = scope.native.get_cancellable()
            self.assertFalse(cancellable.is_cancelled())
            scope.native.cancel("from outside")
            with self.assertRaisesRegex(Anyio.Cancelled, "from outside"):
                await Anyio.sleep(0)
            await Anyio.lowlevel.cancel_shielded_checkpoint()
            self.assertTrue(cancellable.is_cancelled())


class Misuse(Anyio.testing.TestCase):
    async def test_used_twice(self):
        scope = Anyio.CancelScope()
        with scope:
            with self.assertRaisesRegex(RuntimeError, "single"):
                scope.__enter__()
        with self.assertRaisesRegex(RuntimeError, "single"):
            scope.__enter__()

    async def test_exit_before_entry(self):
        with self.assertRaisesRegex(RuntimeError, "not active"):
            Anyio.CancelScope().__exit__(None, None, None)

    async def test_wrong_order(self):
        outer = Anyio.CancelScope().__enter__()
        inner = Anyio.CancelScope().__enter__()
        with self.assertRaisesRegex(RuntimeError, "still open"):
            outer.__exit__(None, None, None)
        self.assertTrue(inner.cancel_called)
        await Anyio.sleep(0)

    async def test_in_another_task(self):
        async def leave(scope):
            with self.assertRaisesRegex(RuntimeError, "that task '.*body' had entered"):
                scope.__exit__(None, None, None)

        with Anyio.CancelScope() as scope:
            async with Anyio.create_task_group() as group:
                group.start_soon(leave, scope)

    async def test_left_open(self):
        async def forget():
            Anyio.CancelScope().__enter__()

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(forget)
        self.assertRegex(str(caught.exception.exceptions[0]), "ended with a cancel scope open")

    async def test_generator_with_a_scope_inside(self):
        async def generator():
            with Anyio.CancelScope():
                yield 1
                yield 2

        async def leave():
            async for item in generator():
                break

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(leave)
        self.assertRegex(str(caught.exception.exceptions[0]), "generator")

    async def test_group_in_a_generator(self):
        ended = []

        async def child():
            try:
                await Anyio.sleep_forever()
            finally:
                ended.append(True)

        async def generator():
            async with Anyio.create_task_group() as group:
                group.start_soon(child)
                yield 1

        async def leave():
            agen = generator()
            async for item in agen:
                break
            await Anyio.sleep(1)
            return agen

        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.create_task_group() as group:
                group.start_soon(leave)
        self.assertRegex(str(caught.exception.exceptions[0]), "a task group open")
        self.assertEqual(ended, [True])

    async def test_wrong_values(self):
        with self.assertRaises(ValueError):
            Anyio.move_on_after(math.nan)
        with self.assertRaises(ValueError):
            await Anyio.sleep(math.nan)
        with self.assertRaises(TypeError):
            Anyio.CancelScope().shield = "yes"
        with self.assertRaises(TypeError):
            Anyio.CancelScope(1)

    def test_outside_tasks(self):
        with self.assertRaises(Anyio.NoEventLoopError):
            with Anyio.CancelScope():
                pass
        with self.assertRaises(Anyio.NoEventLoopError):
            Anyio.current_effective_deadline()
        with self.assertRaises(Anyio.NoEventLoopError):
            Anyio.get_current_task()
        self.assertGreater(Anyio.current_time(), 0)


if __name__ == "__main__":
    unittest.main()
