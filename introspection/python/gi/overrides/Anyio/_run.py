# SPDX-License-Identifier: LGPL-2.1-or-later
"""Entry points: run() owns the loop until its task has ended; start() adds a task to a loop that somebody runs already."""

import sys
import threading

from gi.repository import GLib

from ._driver import Cancelled, Driver, ROOT, callable_name, local, make_coroutine, reraise, use_driver
from ._native import Native, STATUS_CANCELLED, STATUS_FAILED, STATUS_PENDING


_abandoned = []


def _make_options(backend_options):
    known = {"clock", "backend", "seed"}
    options = Native.RunOptions.new()
    for key, value in backend_options.items():
        if key not in known:
            raise TypeError(f"unknown backend option {key!r}; there are {', '.join(sorted(known))}")
        getattr(options, "set_" + key)(value)
    return options


def run(func, *args, backend="glib", backend_options=None):
    """Runs the coroutine function on the thread's default main context until it has ended; returns what it returns.

    backend_options: "backend" (epoll, glib, io_uring), "clock" (an Anyio.Clock), "seed".
    """
    driver = local.driver
    if driver is not None and driver.current is not None:
        raise RuntimeError("Already running tasks in this thread: await the function, or start it in a task group")
    if backend != "glib":
        raise LookupError(f"No such backend: {backend}; tasks run on the GLib main loop here")
    if driver is not None and not driver.is_guest:
        raise RuntimeError("Anyio.run() is active in this thread already")

    context = None
    if threading.current_thread() is not threading.main_thread() and GLib.MainContext.get_thread_default() is None:
        context = GLib.MainContext.new()
        context.push_thread_default()
    try:
        return _run(func, args, backend_options)
    finally:
        if context is not None:
            context.pop_thread_default()


def _run(func, args, backend_options):
    driver = local.driver
    is_new = driver is None
    if is_new:
        options = backend_options or {}
        driver = Driver(_make_options(options), options.get("clock"), options.get("seed"))
        local.driver = driver
    elif backend_options:
        raise RuntimeError("Tasks run in this thread already, and how they run cannot be changed")
    is_guest = driver.is_guest
    driver.is_guest = False
    loop = GLib.MainLoop.new(driver.context, False)
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(driver.agens.add, _make_finalizer(driver))
    interrupted = False
    task = None
    try:
        coro = make_coroutine(func, args)
        task = driver.spawn(0, ROOT, coro, callable_name(func))
        task.on_end = lambda task: loop.quit()
        try:
            loop.run()
        except KeyboardInterrupt:
            interrupted = True
            if task._outcome == STATUS_PENDING:
                task.cancel("interrupted")
                loop.run()  # a second Ctrl-C leaves at once
        deadlock = driver.native.get_deadlock()
        if is_new:
            _end_rest(driver)
    finally:
        sys.set_asyncgen_hooks(*hooks)
        driver.is_guest = is_guest
        if driver.tasks:
            if is_new:
                # A second Ctrl-C: nothing runs any more, but the core still refers to what there is.
                _abandoned.append(driver)
                driver.end_threads()
                local.driver = None
        elif is_new or is_guest:
            driver.close()
    if deadlock is not None:
        raise RuntimeError("Nothing can run and nothing is outstanding:\n" + deadlock)
    return _take_result(task, interrupted)


def _take_result(task, interrupted):
    if task._outcome == STATUS_FAILED:
        error = task._exception
        task._exception = None
        try:
            reraise(error)
        finally:
            del error
    if task._outcome == STATUS_CANCELLED:
        if interrupted:
            raise KeyboardInterrupt
        raise Cancelled("The main task was cancelled")
    return task._value


def _end_rest(driver):
    """Closes the generators that are left open, and cancels and awaits what start() left at the root."""
    context = driver.context
    if driver.agens:
        for agen in list(driver.agens):
            driver.spawn(0, ROOT, agen.aclose(), "aclose")
        driver.agens.clear()
        while driver.tasks:
            context.iteration(True)
    while not driver.native.is_finished():
        context.iteration(True)
    driver.take_events()


def _make_finalizer(driver):
    def finalize(agen):
        driver.agens.discard(agen)
        if local.driver is driver:
            driver.spawn(0, ROOT, _close(agen), "aclose")

    return finalize


async def _close(agen):
    await agen.aclose()


def start(func, *args, name=None):
    """Starts the coroutine function as a task on this thread's main context, which somebody runs already: a GtkApplication, say.

    Returns its TaskHandle. Nobody waits for it: a failure goes to the handler of set_background_error_handler().
    """
    coro = make_coroutine(func, args)
    return use_driver().spawn(0, ROOT, coro, str(name) if name is not None else callable_name(func))


def handler(func):
    """Makes a signal handler or other callback of an async function: each call starts it as a task with start()."""

    def call(*args):
        start(func, *args)

    call.__name__ = getattr(func, "__name__", "handler")
    call.__doc__ = func.__doc__
    return call


def get_cancelled_exc_class():
    """The exception that a cancelled task gets."""
    return Cancelled


def get_all_backends():
    return ("glib",)


def get_available_backends():
    return ("glib",)
