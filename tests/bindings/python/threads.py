# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests of threads: cases that must leave no thread behind, and waiting for what other threads do without a glance at the clock."""

import gc
import sys
import threading
import time
import warnings

from sweep import Tracing

PATIENCE = 30  # seconds, after which a test fails that would hang


class NoThreads(Tracing):
    """All threads that a test starts have ended with it, and nothing was left open."""

    def setUp(self):
        super().setUp()
        self.threads_before = set(threading.enumerate())
        self.unhandled = []
        for module, name in (threading, "excepthook"), (sys, "unraisablehook"):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, lambda what: self.unhandled.append(repr(what.exc_value)))
        catcher = warnings.catch_warnings()
        catcher.__enter__()
        self.addCleanup(catcher.__exit__, None, None, None)
        for category in ResourceWarning, RuntimeWarning:
            warnings.simplefilter("error", category)

    def tearDown(self):
        gc.collect()
        self.assertEqual([thread.name for thread in threading.enumerate() if thread not in self.threads_before], [])
        self.assertEqual(self.unhandled, [])
        super().tearDown()

    def start_thread(self, func, *args):
        """Returns a function that waits for the end of func(*args) in a thread, and returns or raises what it does."""
        outcome = []

        def body():
            try:
                outcome.append((func(*args), None))
            except BaseException as error:
                outcome.append((None, error))

        def join():
            thread.join(PATIENCE)
            value, error = outcome.pop()
            if error is not None:
                raise error
            return value

        thread = threading.Thread(target=body)
        thread.start()
        return join

    def wait_for(self, predicate):
        """Blocks until another thread has made it true."""
        end = time.monotonic() + PATIENCE
        while not predicate():
            self.assertLess(time.monotonic(), end, "nobody made it true")
            time.sleep(0)


class Gate:
    """A function for a worker: it says that it runs, and returns value when it is opened."""

    def __init__(self, value=None):
        self.value = value
        self.is_running = threading.Event()
        self.is_open = threading.Event()
        self.has_ended = threading.Event()

    def __call__(self):
        self.is_running.set()
        try:
            assert self.is_open.wait(PATIENCE)
            if isinstance(self.value, BaseException):
                raise self.value
            return self.value
        finally:
            self.has_ended.set()

    def wait_running(self):
        assert self.is_running.wait(PATIENCE)

    def open(self):
        self.is_open.set()
