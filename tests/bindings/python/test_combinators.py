# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several coroutines as one: gather, amap, as_completed, race, first_success; task slots; caches; context managers."""

import contextlib
import os
import sys
import unittest
import unittest.mock
import warnings

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class Combinators(Tracing):
    async def work(self, name, delay, error=None):
        try:
            await Anyio.sleep(delay)
        except Anyio.Cancelled:
            self.trace.append(name + " cancelled")
            raise
        self.trace.append(name)
        if error is not None:
            raise error
        return name

    def setUp(self):
        super().setUp()
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        for category in ResourceWarning, RuntimeWarning:  # ends not closed, coroutines never awaited; they are raised where nobody can catch them
            warnings.simplefilter("error", category)
        unraisable = []
        patch = unittest.mock.patch("sys.unraisablehook", lambda args: unraisable.append(args.exc_value))
        patch.start()
        self.addCleanup(lambda: self.assertEqual(unraisable, []))
        self.addCleanup(patch.stop)

    async def test_gather(self):
        self.assertEqual(await Anyio.gather(self.work("a", 2), self.work("b", 1)), ("a", "b"))
        self.assertTrace("b a")
        self.assertEqual(Anyio.current_time(), 2)
        self.assertEqual(await Anyio.gather(), ())

    async def test_gather_fails(self):
        with self.assertRaises(ExceptionGroup) as caught:
            await Anyio.gather(self.work("a", 2), self.work("b", 1, ValueError("b")))
        self.assertEqual([str(error) for error in caught.exception.exceptions], ["b"])
        self.assertTrace("b a cancelled")
        with self.assertRaisesRegex(TypeError, "gather.. expects coroutine objects"):
            await Anyio.gather(self.work("a", 2), 3)

    async def test_amap(self):
        running = most = 0

        async def double(x):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await Anyio.sleep(10 - x)
            running -= 1
            return x * 2

        expected = [x * 2 for x in range(10)]
        self.assertEqual(await Anyio.amap(double, range(10)), expected)
        self.assertEqual(most, 10)
        for limit in 1, 3, 100:
            most = 0
            self.assertEqual(await Anyio.amap(double, range(10), limit=limit), expected)
            self.assertEqual(most, min(limit, 10))
            self.assertEqual(await Anyio.amap(double, iter(range(10)), limit=limit), expected)
            self.assertEqual(await Anyio.amap(double, [], limit=limit), [])
        self.assertEqual(await Anyio.amap(double, []), [])
        with self.assertRaises(ValueError):
            await Anyio.amap(double, [], limit=0)

    async def test_amap_fails(self):
        for limit in None, 2:
            self.trace.clear()
            with self.assertRaises(ExceptionGroup):
                await Anyio.amap(lambda x: self.work(str(x), x, ValueError() if x == 1 else None), [3, 1, 2], limit=limit)
            self.assertTrace("1 3 cancelled 2 cancelled")  # also what was held back began (1.3)

    async def test_as_completed(self):
        async with Anyio.create_task_group() as group:
            handle = group.start_soon(self.work, "c", 3)
            async with Anyio.as_completed(self.work("a", 2), self.work("b", 1), handle) as completed:
                results = [(task.return_value, Anyio.current_time()) async for task in completed]
        self.assertEqual(results, [("b", 1), ("a", 2), ("c", 3)])
        with self.assertRaisesRegex(ValueError, "at least one"):
            Anyio.as_completed()

    async def test_as_completed_left_early(self):
        async with Anyio.as_completed(self.work("a", 2), self.work("b", 1)) as completed:
            self.assertEqual((await completed.receive()).return_value, "b")
        self.assertTrace("b a cancelled")
        self.assertEqual(Anyio.current_time(), 1)

    async def test_as_completed_delivers_the_failure(self):
        seen = []
        with self.assertRaises(ExceptionGroup) as caught:
            async with Anyio.as_completed(self.work("a", 2), self.work("b", 1, ValueError("b"))) as completed:
                async for task in completed:
                    seen.append(task.exception)
        self.assertEqual([type(error) for error in seen], [ValueError])
        self.assertEqual(caught.exception.exceptions, (seen[0],))
        self.assertTrace("b a cancelled")

    async def test_race(self):
        self.assertEqual(await Anyio.race(self.work("a", 2), self.work("b", 1), self.work("c", 3)), "b")
        self.assertTrace("b a cancelled c cancelled")
        self.trace.clear()
        with self.assertRaisesRegex(ValueError, "bad"):
            await Anyio.race(self.work("a", 2), self.work("b", 1, ValueError("bad")))
        self.assertTrace("b a cancelled")
        with self.assertRaises(ValueError):
            await Anyio.race()
        with self.assertRaises(TypeError):
            await Anyio.race(self.work("a", 1), "x")

    async def test_race_waits_for_losers(self):
        async def stubborn():
            with Anyio.CancelScope(shield=True):
                await self.work("stubborn", 5)

        self.assertEqual(await Anyio.race(stubborn(), self.work("a", 1)), "a")
        self.assertTrace("a stubborn")
        self.assertEqual(Anyio.current_time(), 5)

    async def test_losers_that_fail_are_reported(self):
        async def sore():
            try:
                await Anyio.sleep_forever()
            finally:
                raise ValueError("sore")

        reported = []
        Anyio.set_background_error_handler(lambda name, error: reported.append(error))
        try:
            self.assertEqual(await Anyio.race(sore(), self.work("a", 1)), "a")
        finally:
            Anyio.set_background_error_handler(None)
        self.assertEqual([str(error) for error in reported], ["sore"])

    async def test_all_cancelled_alone(self):
        async def cancelled():
            for task in Anyio.native.get_running_tasks():
                if task.get_id() == Anyio.get_current_task().id:
                    task.cancel()
            await Anyio.sleep(1)

        for func in Anyio.race, Anyio.first_success:
            with self.assertRaises(Anyio.TaskCancelled):
                await func(cancelled(), cancelled())

    async def test_race_cancelled(self):
        with Anyio.move_on_after(1) as scope:
            await Anyio.race(self.work("a", 2), self.work("b", 2))
        self.assertTrue(scope.cancelled_caught)
        self.assertTrace("a cancelled b cancelled")

    async def test_first_success(self):
        bad = ValueError("bad")
        self.assertEqual(await Anyio.first_success(self.work("a", 1, bad), self.work("b", 2), self.work("c", 3)), "b")
        self.assertTrace("a b c cancelled")
        with self.assertRaises(ExceptionGroup) as caught:
            await Anyio.first_success(self.work("a", 1, bad), self.work("b", 2, KeyError("worse")))
        self.assertEqual([type(error) for error in caught.exception.exceptions], [ValueError, KeyError])
        with self.assertRaises(ValueError):
            await Anyio.first_success()

    async def test_first_success_staggered(self):
        async def attempt(name, delay, error=None):
            self.trace.append(f"{name}@{Anyio.current_time():g}")
            return await self.work(name, delay, error)

        bad = ValueError("bad")
        attempts = attempt("a", 9), attempt("b", 1, bad), attempt("c", 9), attempt("d", 4), attempt("e", 1)
        self.assertEqual(await Anyio.first_success(*attempts, delay=3), "a")
        self.assertTrace("a@0 b@3 b c@4 d@7 a c cancelled d cancelled")
        self.trace.clear()
        self.assertEqual(await Anyio.first_success(attempt("x", 1), attempt("y", 1), delay=3), "x")
        self.assertTrace("x@9 x")
        with Anyio.move_on_after(1):
            await Anyio.first_success(attempt("x", 5), attempt("y", 5), delay=3)
        self.assertEqual(self.trace[-1], "x cancelled")

    async def test_first_success_timed_out(self):
        for delay in None, 5:
            with self.assertRaises(TimeoutError):
                with Anyio.fail_after(2):
                    await Anyio.first_success(self.work("a", 1, ValueError("bad")), self.work("b", 9), self.work("c", 9), delay=delay)

    async def search(self, word):
        self.trace.append(f"{word}@{Anyio.current_time():g}")
        try:
            await Anyio.sleep(3)
        except Anyio.Cancelled:
            with Anyio.CancelScope(shield=True):
                await Anyio.sleep(1)
            self.trace.append(f"{word} ended@{Anyio.current_time():g}")
            raise
        self.trace.append(f"{word} found@{Anyio.current_time():g}")
        return word

    async def test_task_slot(self):
        """The newest wins; it begins when the delay has passed and the one before has ended."""
        async with Anyio.create_task_group() as group:
            slot = Anyio.TaskSlot(group, 0.5)
            for word in "a", "b", "c":
                slot.start(self.search, word)
                await Anyio.sleep(0.25)
            await Anyio.sleep(1)
            slot.start(self.search, "d")
            await Anyio.sleep(0.75)
            newest = slot.start(self.search, "e")
            await Anyio.sleep(1)
            self.assertIs(slot.task, newest)
        self.assertTrace("c@1 c ended@2.75 e@3 e found@6")
        self.assertEqual(newest.return_value, "e")
        self.assertIsNone(slot.task)  # it keeps nothing of what has ended

    async def test_task_slot_waits_for_the_one_before(self):
        async with Anyio.create_task_group() as group:
            slot = Anyio.TaskSlot(group)
            slot.start(self.search, "a")
            await Anyio.sleep(0.25)
            slot.start(self.search, "b")
            await Anyio.sleep(0.25)
            slot.start(self.search, "c")
            await Anyio.sleep(2)
            slot.cancel("enough")
            slot.cancel()
        self.assertTrace("a@0 a ended@1.25 c@1.25 c ended@3.5")

    async def test_task_slot_misuse(self):
        async with Anyio.create_task_group() as group:
            for delay in -1, float("nan"):
                with self.assertRaises(ValueError):
                    Anyio.TaskSlot(group, delay)
            Anyio.TaskSlot(group).cancel()

    def test_cancelled_at_every_moment(self):
        def make_main():
            alive = 0

            async def work(delay, error=None):
                nonlocal alive
                alive += 1
                try:
                    await Anyio.sleep(delay)
                    await Anyio.sleep(0)
                    if error is not None:
                        raise error
                finally:
                    alive -= 1

            async def all_of_them():
                await Anyio.gather(work(1), work(0))
                await Anyio.amap(work, [0, 1, 2], limit=2)
                await Anyio.race(work(1), work(0))
                await Anyio.first_success(work(2, ValueError()), work(3), work(1), delay=1)
                async with Anyio.as_completed(work(0), work(1)) as completed:
                    async for task in completed:
                        pass

            async def main(wrap):
                await wrap(all_of_them)()
                self.assertEqual(alive, 0)

            return main, lambda: self.assertEqual(alive, 0)

        self.assertGreater(cancel_everywhere(make_main, range(4)), 30)


class Caches(Tracing):
    async def test_lru_cache(self):
        @Anyio.functools.lru_cache(maxsize=2)
        async def double(x, *, y=0):
            self.trace.append(str(x))
            await Anyio.sleep(1)
            return x * 2

        self.assertEqual([await double(x) for x in (1, 2, 1, 3, 1, 2)], [2, 4, 2, 6, 2, 4])
        self.assertTrace("1 2 3 2")
        self.assertEqual(double.cache_info(), (2, 4, 2, 2, None))
        self.assertEqual(double.cache_parameters(), {"maxsize": 2, "typed": False, "always_checkpoint": False, "ttl": None})
        self.assertEqual(double.__name__, "double")
        double.cache_clear()
        self.assertEqual(double.cache_info().currsize, 0)
        await double(1, y=1)
        await double(1, y=2)
        self.assertEqual(double.cache_info().misses, 2)

    async def test_one_call_for_all(self):
        @Anyio.functools.cache
        async def load(x):
            self.trace.append(f"load {x}")
            await Anyio.sleep(1)
            return object()

        first, second, other = await Anyio.gather(load(1), load(1), load(2))
        self.assertIs(first, second)
        self.assertIsNot(first, other)
        self.assertTrace("load 1 load 2")
        self.assertEqual(Anyio.current_time(), 1)
        self.assertEqual(load._get_cache().flights, {})

    async def test_failures_are_not_kept(self):
        @Anyio.functools.cache
        async def load():
            self.trace.append("load")
            await Anyio.sleep(1)
            if len(self.trace) < 3:
                raise ValueError
            return 5

        async def use():
            try:
                self.trace.append(str(await load()))
            except ValueError:
                pass

        async with Anyio.create_task_group() as group:
            task = group.start_soon(use)
            for _ in range(3):
                group.start_soon(use)
            await Anyio.sleep(0.5)
            task.cancel()
        self.assertTrace("load load load 5 5")
        self.assertEqual(Anyio.current_time(), 2.5)

    async def test_ttl_typed_and_zero(self):
        async def note(x):
            self.trace.append(repr(x))

        for_a_while = Anyio.functools.lru_cache(note, ttl=10)
        await for_a_while(1)
        await Anyio.sleep(9)
        await for_a_while(1.0)
        await Anyio.sleep(1)
        await for_a_while(1)
        self.assertTrace("1 1")
        typed = Anyio.functools.lru_cache(note, typed=True)
        await typed(1)
        await typed(1.0)
        self.assertTrace("1 1 1 1.0")
        never = Anyio.functools.lru_cache(note, maxsize=0)
        await never(5)
        await never(5)
        self.assertEqual(self.trace[-2:], ["5", "5"])
        self.assertEqual(never.cache_info().misses, 2)
        checking = Anyio.functools.lru_cache(note, always_checkpoint=True)
        await checking(1)
        await self.assertRefusesCancelled(checking, 1)

    def test_each_run_has_its_own(self):
        @Anyio.functools.cache
        async def load():
            self.trace.append("load")

        for _ in range(2):
            Anyio.testing.run(load)
        self.assertTrace("load load")

    def test_methods_and_functions(self):
        class Thing:
            @Anyio.functools.cache
            async def get(self, x):
                return x, self

        thing = Thing()

        async def main():
            self.assertEqual(await thing.get(1), (1, thing))
            self.assertEqual(Thing.get.cache_info().currsize, 1)

        Anyio.testing.run(main)

        @Anyio.functools.lru_cache(maxsize=3)
        def plain(x):
            return x

        self.assertEqual(plain(1), 1)
        self.assertEqual(plain.cache_info().maxsize, 3)
        with self.assertRaises(TypeError):
            Anyio.functools.lru_cache(3)

    async def test_reduce(self):
        async def add(a, b):
            await Anyio.sleep(1)
            return a + b

        async def numbers():
            for i in range(4):
                yield i

        self.assertEqual(await Anyio.functools.reduce(add, range(4)), 6)
        self.assertEqual(await Anyio.functools.reduce(add, numbers(), 10), 16)
        self.assertEqual(await Anyio.functools.reduce(add, [], 1), 1)
        with self.assertRaises(TypeError):
            await Anyio.functools.reduce(add, [])
        await self.assertRefusesCancelled(Anyio.functools.reduce, add, [], 1)


class Resources(Tracing):
    async def test_typed_attributes(self):
        class Attribute(Anyio.TypedAttributeSet):
            name: str = Anyio.typed_attribute()
            broken: str = Anyio.typed_attribute()
            other: str = Anyio.typed_attribute()

        class Provider(Anyio.TypedAttributeProvider):
            @property
            def extra_attributes(self):
                return {Attribute.name: lambda: "x", Attribute.broken: lambda: {}["missing"]}

        provider = Provider()
        self.assertEqual(provider.extra(Attribute.name), "x")
        self.assertEqual(provider.extra(Attribute.other, None), None)
        with self.assertRaises(Anyio.TypedAttributeLookupError):
            provider.extra(Attribute.other)
        with self.assertRaises(KeyError):
            provider.extra(Attribute.broken, None)
        with self.assertRaisesRegex(TypeError, "annotation"):

            class Bare(Anyio.TypedAttributeSet):
                annotated: str = Anyio.typed_attribute()
                name = Anyio.typed_attribute()

    async def test_interfaces(self):
        class Numbers(Anyio.abc.ObjectReceiveStream):
            n = 0

            async def receive(this):
                if this.n == 2:
                    raise Anyio.EndOfStream
                this.n += 1
                return this.n

            async def aclose(this):
                self.trace.append("closed")

        async with Numbers() as numbers:
            self.assertEqual([n async for n in numbers], [1, 2])
        self.assertTrace("closed")
        with self.assertRaises(TypeError):
            Anyio.abc.ObjectStream()
        send, receive = Anyio.create_memory_object_stream(0)
        with send, receive:
            self.assertIsInstance(send, Anyio.abc.ObjectSendStream)
            self.assertIsInstance(receive, Anyio.abc.AsyncResource)
            self.assertNotIsInstance(receive, Anyio.abc.ObjectSendStream)

    async def test_aclose_forcefully(self):
        class Resource:
            async def aclose(resource):
                self.trace.append("closed")
                await Anyio.sleep(5)
                self.trace.append("politely")

        await Anyio.aclose_forcefully(Resource())
        self.assertTrace("closed")
        self.assertEqual(Anyio.current_time(), 0)

    async def test_mixins(self):
        class Both(Anyio.ContextManagerMixin, Anyio.AsyncContextManagerMixin):
            @contextlib.contextmanager
            def __contextmanager__(this):
                self.trace.append("enter")
                try:
                    yield this
                except ValueError:
                    self.trace.append("caught")
                finally:
                    self.trace.append("exit")

            @contextlib.asynccontextmanager
            async def __asynccontextmanager__(this):
                async with Anyio.create_task_group() as group:
                    group.start_soon(Anyio.sleep, 1)
                    yield group

        both = Both()
        for _ in range(2):
            with both as value:
                self.assertIs(value, both)
                with self.assertRaisesRegex(RuntimeError, "already been entered"):
                    both.__enter__()
                raise ValueError
        self.assertTrace("enter caught exit enter caught exit")
        async with both as group:
            self.assertIsInstance(group, Anyio.TaskGroup)
            with self.assertRaisesRegex(RuntimeError, "already been entered"):
                await both.__aenter__()
        self.assertEqual(Anyio.current_time(), 1)
        with self.assertRaisesRegex(RuntimeError, "not been entered"):
            both.__exit__(None, None, None)
        with self.assertRaisesRegex(RuntimeError, "not been entered"):
            await both.__aexit__(None, None, None)

    async def test_forgotten_decorators(self):
        class Bare(Anyio.ContextManagerMixin, Anyio.AsyncContextManagerMixin):
            def __contextmanager__(self):
                yield

            async def __asynccontextmanager__(self):
                yield

        class Self(Anyio.ContextManagerMixin, Anyio.AsyncContextManagerMixin):
            def __contextmanager__(self):
                return self

            async def __asynccontextmanager__(self):
                return self

        class Number(Anyio.ContextManagerMixin):
            def __contextmanager__(self):
                return 3

        for kind, text in (Bare, "forget to add @contextmanager"), (Self, "returned self"), (Number, "but 3"):
            with self.assertRaisesRegex(TypeError, text):
                kind().__enter__()
        for kind, text in (Bare, "forget to add @asynccontextmanager"), (Self, "returned a coroutine"):
            with self.assertRaisesRegex(TypeError, text):
                await kind().__aenter__()


if __name__ == "__main__":
    unittest.main()
