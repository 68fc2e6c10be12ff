# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests of what waits: a trace, and every moment at which a task can be cancelled."""

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio


class Tracing(Anyio.testing.TestCase):
    def setUp(self):
        self.trace = []

    def assertTrace(self, text):
        self.assertEqual(" ".join(self.trace), text)

    async def assertRefusesCancelled(self, func, *args):
        """In a cancelled scope it yields once and fails, whatever it would have done (1.6, 6.3)."""
        with Anyio.CancelScope() as scope:
            scope.cancel()
            async with Anyio.create_task_group() as group:
                group.cancel_scope.shield = True
                other = group.start_soon(self.note, "other")
                with Anyio.CancelScope() as inner:
                    inner.cancel()
                    with self.assertRaises(Anyio.Cancelled):
                        await func(*args)
                    self.assertEqual(other.status, Anyio.TaskStatus.FINISHED)

    async def note(self, what):
        self.trace.append(what)


class Steps:
    """Counts how often a coroutine yields, and calls a function when it has done so n times: `await Steps(coro, n, func)`.

    Several that are given the same one to count for them, `together`, count as one.
    """

    def __init__(self, coro, n=None, func=None, together=None):
        self.coro = coro
        self.n = n
        self.func = func
        self.n_yields = 0
        self.counter = together or self

    async def run(self):
        return await self

    def __await__(self):
        coro = self.coro
        step, value = coro.send, None
        while True:
            try:
                what = step(value)
            except StopIteration as stop:
                return stop.value
            self.counter.n_yields += 1
            if self.counter.n_yields == self.n:
                self.func()
            try:
                value = yield what
                step = coro.send
            except BaseException as error:
                value = error
                step = coro.throw


def cancel_everywhere(make_main, seeds=range(1)):
    """Runs `main(wrap)` once per moment: wrap(func) gives the coroutine function whose task is cancelled at its first yield, its second, and so on.

    make_main() makes (main, check); check() looks at what is left. While the victim runs, wrap.beside(func) is a coroutine function whose yields count as the
    victim's. Returns how many moments there were, all seeds together.
    """
    n_moments = 0
    for seed in seeds:
        n = 0
        while True:
            n += 1
            reached = False
            main, check = make_main()

            def wrap(func):
                async def victim(*args):
                    nonlocal reached
                    with Anyio.CancelScope() as scope:

                        def strike():
                            nonlocal reached
                            reached = True
                            scope.cancel()

                        steps = Steps(func(*args), n, strike)
                        wrap.beside = lambda other: lambda *args, **kwargs: Steps(other(*args, **kwargs), n, strike, steps).run()
                        await steps

                return victim

            Anyio.testing.run(main, wrap, seed=seed)
            check()
            if not reached:
                break
            n_moments += 1
    return n_moments
