# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests: cases whose `async def` methods run as tasks, by a virtual clock.

    class Test(Anyio.testing.TestCase):
        async def test_something(self): ...

Needs libanyio-glib-testing and its typelib, AnyioTesting.
"""

import functools
import inspect
import unittest

import gi

gi.require_version("AnyioTesting", "1")
from gi.repository import Anyio, AnyioTesting


def run(func, *args, **backend_options):
    """Anyio.run() with a virtual clock: sleeping takes no time, and tasks that wait for each other are a RuntimeError."""
    backend_options.setdefault("clock", AnyioTesting.VirtualClock.new())
    return Anyio.run(func, *args, backend_options=backend_options)


class TestCase(unittest.TestCase):
    """A unittest.TestCase whose `async def` test methods, with asyncSetUp() and asyncTearDown() around them, run in one task each."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, method in list(vars(cls).items()):
            if name.startswith("test") and inspect.iscoroutinefunction(method):
                setattr(cls, name, _make_test(method))

    async def asyncSetUp(self):
        pass

    async def asyncTearDown(self):
        pass


def _make_test(method):
    async def body(self):
        await self.asyncSetUp()
        try:
            await method(self)
        finally:
            await self.asyncTearDown()

    @functools.wraps(method)
    def test(self):
        run(body, self)

    return test
