#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interpreter of the conformance programs in Python: README.md says what each statement does. Reads cases from standard input, writes their traces."""

import collections
import contextvars
import sys

sys.dont_write_bytecode = True

import gi

gi.require_version("Anyio", "1")
gi.require_version("AnyioTesting", "1")
from gi.repository import Anyio, AnyioTesting, Gio, GLib

import combinators
import toolbox

INF = float("inf")
KINDS = {
    Anyio.CancelKind.EXPLICIT: "explicit",
    Anyio.CancelKind.DEADLINE: "deadline",
    Anyio.CancelKind.CHILD_FAILED: "child-failed",
    Anyio.CancelKind.BODY_FAILED: "body-failed",
    Anyio.CancelKind.LINKED: "linked",
}


class Failure(Exception):
    """What `raise` raises."""


class Node:
    def __init__(self, words):
        self.words = words
        self.body = []
        self.cleanup = []


def parse(lines):
    root = Node([])
    open_nodes = [root]
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 2
        del open_nodes[depth + 1 :]
        parent = open_nodes[-1]
        node = Node(line.split())
        if node.words[0] == "finally":
            parent.body[-1].cleanup = node.body
        else:
            parent.body.append(node)
        open_nodes.append(node)
    return root.body


def describe(error):
    """The word for an error. A group of one is its member: Python has a group for a single failure as well."""
    if isinstance(error, BaseExceptionGroup):
        words = [describe(member) for member in error.exceptions]
        return words[0] if len(words) == 1 else "(" + ",".join(words) + ")"
    if isinstance(error, Failure):
        return error.args[0]
    if isinstance(error, Anyio.Cancelled) or isinstance(error, GLib.Error) and error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
        return "cancelled"
    if isinstance(error, TimeoutError):
        return "timed-out"
    if isinstance(error, Anyio.FutureCancelled):
        return "cancelled"
    if isinstance(error, Anyio.FutureFailed):
        return describe(error.__cause__)
    for part, word in (("could decide", "empty"), ("not active", "closed"), ("without calling", "not-started"), ("twice", "misuse")):
        if isinstance(error, RuntimeError) and part in str(error):
            return word
    return toolbox.describe(error) or f"[{error!r}]".replace(" ", "_")


def number(word):
    return INF if word == "never" else float(word)


def on_or_off(word):
    return {"on": True, "off": False}[word]


class Frame:
    """What a task of the program has: its task_status, and the result that it will return."""

    def __init__(self, status=Anyio.TASK_STATUS_IGNORED):
        self.status = status
        self.result = None
        self.item = None  # that a map works on


class Run(combinators.Combinators, toolbox.Toolbox):
    """One case. A task of the program is a task, a block of statements a coroutine; block() tells whether the group's body was left early."""

    def __init__(self, out):
        super().__init__()
        self.out = out
        self.scopes = {}
        self.groups = {}
        self.handles = {}
        self.values = {}
        self.variables = collections.defaultdict(lambda: contextvars.ContextVar("conformance", default="none"))
        self.foreign = collections.defaultdict(Gio.Cancellable)

    def say(self, word):
        self.out.write(f"{Anyio.current_time():g} {word}\n")

    describe = staticmethod(describe)
    make_frame = Frame
    make_failure = Failure

    def scope(self, name):
        return self.groups[name].cancel_scope if name in self.groups else self.scopes[name]

    async def main(self, program):
        await self.block(Frame(), program)

    async def child(self, body, *, task_status=Anyio.TASK_STATUS_IGNORED):
        frame = Frame(task_status)
        await self.block(frame, body)
        return frame.result

    async def block(self, frame, nodes):
        for node in nodes:
            statement = getattr(self, node.words[0].replace("-", "_") + "_")
            if await statement(frame, node, *node.words[1:]):
                return True
        return False

    # --- what waits ---

    async def sleep_(self, frame, node, seconds):
        await Anyio.sleep(float(seconds))

    async def sleep_until_(self, frame, node, time):
        await Anyio.sleep_until(float(time))

    async def sleep_forever_(self, frame, node):
        await Anyio.sleep_forever()

    async def checkpoint_(self, frame, node):
        await Anyio.lowlevel.checkpoint()

    async def checkpoint_if_cancelled_(self, frame, node):
        await Anyio.lowlevel.checkpoint_if_cancelled()

    async def shielded_checkpoint_(self, frame, node):
        await Anyio.lowlevel.cancel_shielded_checkpoint()

    # --- errors ---

    async def raise_(self, frame, node, name):
        raise Failure(name)

    async def raise_cancelled_(self, frame, node):
        raise GLib.Error.new_literal(Gio.io_error_quark(), "Raised by the program", Gio.IOErrorEnum.CANCELLED)

    async def outcome_(self, frame, node):
        try:
            left = await self.block(frame, node.body)
        except BaseException as error:
            self.say(describe(error))
            return False
        self.say("ok")
        return left

    async def try_(self, frame, node):
        try:
            return await self.block(frame, node.body)
        finally:
            await self.block(frame, node.cleanup)

    # --- scopes ---

    async def new_(self, frame, node, name, *options):
        options = list(options)
        shield = "shield" in options
        if "timeout" in options:
            scope = Anyio.move_on_after(number(options[options.index("timeout") + 1]), shield=shield)
        elif "deadline" in options:
            scope = Anyio.CancelScope(deadline=number(options[options.index("deadline") + 1]), shield=shield)
        else:
            scope = Anyio.CancelScope(shield=shield)
        self.scopes[name] = scope

    async def enter_(self, frame, node, name):
        left = False
        with self.scopes[name]:
            left = await self.block(frame, node.body)
        return left

    async def scope_(self, frame, node, name, *options):
        await self.new_(frame, node, name, *options)
        return await self.enter_(frame, node, name)

    async def with_scope(self, frame, node, scope, name=None):
        left = False
        with scope as self.scopes[name]:
            left = await self.block(frame, node.body)
        return left

    async def move_on_after_(self, frame, node, seconds, *name):
        return await self.with_scope(frame, node, Anyio.move_on_after(number(seconds)), *name)

    async def move_on_at_(self, frame, node, time, *name):
        return await self.with_scope(frame, node, Anyio.move_on_at(number(time)), *name)

    async def fail_after_(self, frame, node, seconds, *name):
        return await self.with_scope(frame, node, Anyio.fail_after(number(seconds)), *name)

    async def fail_at_(self, frame, node, time, *name):
        return await self.with_scope(frame, node, Anyio.fail_at(number(time)), *name)

    async def shielded_(self, frame, node):
        return await self.with_scope(frame, node, Anyio.CancelScope(shield=True))

    async def cancel_(self, frame, node, name, reason=None):
        target = self.groups[name] if name in self.groups else self.scopes[name]
        target.cancel(reason)

    async def shield_(self, frame, node, name, state):
        self.scope(name).shield = on_or_off(state)

    async def deadline_(self, frame, node, name, time):
        self.scope(name).deadline = number(time)

    # --- groups and tasks ---

    def group_options(self, words):
        words = list(words)
        options = {}
        if "limit" in words:
            i = words.index("limit")
            options["max_concurrency"] = int(words[i + 1])
            del words[i : i + 2]
        if words:
            options["policy"] = getattr(Anyio.JoinPolicy, words[0].replace("-", "_").upper())
        if words == ["supervise"]:
            options["child_failed"] = lambda task, error: self.say(f"{task.name}!{describe(error)}")
        return options

    async def group_(self, frame, node, name, *options):
        async with Anyio.create_task_group(**self.group_options(options)) as group:
            self.groups[name] = group
            if await self.block(frame, node.body):
                group.cancel("left early")

    async def leave_(self, frame, node):
        return True

    async def spawn_(self, frame, node, group, name):
        self.groups[group].start_soon(self.child, node.body, name=name)

    async def try_spawn_(self, frame, node, group, name):
        if self.groups[group].try_start_soon(self.child, node.body, name=name) is None:
            self.say(f"{name}=refused")

    async def bound_(self, frame, node, name, n):
        self.groups[name].max_concurrency = int(n)

    async def request_stop_(self, frame, node, name, grace, reason=None):
        self.scope(name).request_stop(number(grace), reason)

    async def await_stop_(self, frame, node):
        await Anyio.wait_stop_requested()

    async def create_(self, frame, node, group, name):
        self.handles[name] = self.groups[group].create_task(self.child(node.body), name=name)

    async def start_(self, frame, node, group, name):
        self.values[name] = await self.groups[group].start(self.child, node.body, name=name)

    async def started_(self, frame, node, value=None):
        frame.status.started(value)

    async def give_(self, frame, node, value):
        frame.result = value

    async def wait_(self, frame, node, name):
        await self.handles[name].wait()

    async def cancel_task_(self, frame, node, name, reason=None):
        self.handles[name].cancel(reason)

    # --- questions ---

    async def say_(self, frame, node, word):
        self.say(word)

    async def state_(self, frame, node, name):
        scope = self.scope(name)
        states = [word for word, holds in (("called", scope.cancel_called), ("caught", scope.cancelled_caught)) if holds]
        self.say(f"{name}={'+'.join(states) or 'quiet'}")

    async def reason_(self, frame, node, name):
        reason = self.scope(name).reason
        if reason is None:
            self.say(f"{name}=none")
        elif reason.kind == Anyio.CancelKind.EXPLICIT and reason.text is not None:
            self.say(f"{name}=explicit:{reason.text}")
        else:
            self.say(f"{name}={KINDS[reason.kind]}")

    async def by_(self, frame, node, name):
        self.say(f"{name}=by:{self.scope(name).reason.by_task}")

    async def deadline_of_(self, frame, node, name):
        self.say(f"{name}={self.scope(name).deadline:g}")

    async def effective_deadline_(self, frame, node):
        self.say(f"{Anyio.current_effective_deadline():g}")

    async def pending_(self, frame, node):
        self.say("cancelling" if Anyio.get_current_task().has_pending_cancellation() else "going-on")

    async def status_(self, frame, node, name):
        thing = self.handles.get(name) or self.objects[name]
        self.say(f"{name}={thing.status.name.lower()}")

    async def result_(self, frame, node, name):
        try:
            result = (self.handles.get(name) or self.objects[name]).return_value
        except (Anyio.FutureCancelled, Anyio.TaskCancelled):
            result = "cancelled"
        except (Anyio.FutureFailed, Anyio.TaskFailed) as error:
            result = describe(error.__cause__)
        except (Anyio.FutureNotFinished, Anyio.TaskNotFinished):
            result = "pending"
        self.say(f"{name}={result or 'none'}")

    async def winner_(self, frame, node, name):
        winner = self.groups[name].winner
        self.say(f"{name}={winner.name if winner is not None else 'none'}")

    async def failures_(self, frame, node, name):
        self.say(f"{name}={','.join(map(describe, self.groups[name].failures)) or 'none'}")

    async def stopping_(self, frame, node):
        self.say("stopping" if Anyio.is_stop_requested() else "going-on")

    async def value_(self, frame, node, name):
        self.say(f"{name}={self.values[name] or 'none'}")

    # --- other code's cancellables, values of a task ---

    async def link_(self, frame, node, scope, name):
        self.scope(scope).native.link(self.foreign[name])

    async def hand_out_(self, frame, node, scope, name):
        self.foreign[name] = self.scope(scope).native.get_cancellable()

    async def cancel_foreign_(self, frame, node, name):
        self.foreign[name].cancel()

    async def foreign_(self, frame, node, name):
        self.say(f"{name}={'cancelled' if self.foreign[name].is_cancelled() else 'clear'}")

    async def set_(self, frame, node, name, value):
        self.variables[name].set(value)

    async def get_(self, frame, node, name):
        self.say(f"{name}={self.variables[name].get()}")


def run_case(name, lines, out):
    out.write(f"case {name}\n")
    out.flush()
    run = Run(out)
    try:
        Anyio.run(run.main, parse(lines), backend_options={"clock": AnyioTesting.VirtualClock.new()})
    except BaseException as error:
        out.write(f"= {describe(error)}\n")
    run.close_all()


def main():
    name = None
    lines = []
    for line in [*sys.stdin.read().splitlines(), "case"]:
        if line.startswith("case"):
            if name is not None:
                run_case(name, lines, sys.stdout)
            name = line[5:]
            lines = []
        else:
            lines.append(line[2:])
    sys.stdout.write("end\n")


if __name__ == "__main__":
    main()
