# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of the table in the model of tests/model: what it says about those that it can express.

The statements become those of the model. What a case says is an empty block of the model with a hook, which is called when the model comes to it.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))

import model
from program import (
    CANCEL,
    CKPT,
    DEADLINE,
    FINALLY,
    GROUP,
    NEVER,
    RAISE,
    RAISE_C,
    SCHED,
    SCOPE,
    SHIELD,
    SLEEP,
    SPAWN,
    START,
    STARTED,
    SWALLOW,
)

INF = float("inf")
WORDS = {"C": "cancelled", "nostart": "not-started", "twice": "misuse"}
HARMLESS = {"say", "cancel", "raise", "state", "shield", "shielded", "scope"}  # in a cleanup, which the model shields


class Unsupported(Exception):
    """The model does not know the statement."""


class Hook(tuple):
    """An empty block; its function is called when the model runs it. Before it is armed, the model only looks for scopes."""

    def __new__(cls, func):
        self = super().__new__(cls)
        self.func = func
        self.is_armed = False
        return self

    def __iter__(self):
        if self.is_armed:
            self.func()
        return iter(())


class Oracle(model.Model):
    """The model, with what the table asks and it does not keep: reasons, timeouts that fail, the running task."""

    def __init__(self, program, failing):
        super().__init__(program)
        self.failing = failing
        self.reasons = {}
        self.current = None
        self.cause = "explicit"

    def step(self, t):
        self.current = t
        super().step(t)

    def note(self, s):
        if s.called and s not in self.reasons:
            self.reasons[s] = "deadline" if self.now >= s.deadline else self.cause

    def cancel(self, s):
        super().cancel(s)
        self.note(s)

    def recalc(self, s):
        super().recalc(s)
        self.note(s)

    def record(self, t, g, error, scope):
        outer = self.cause
        self.cause = "body-failed" if t is g.scope.host else "child-failed"
        super().record(t, g, error, scope)
        self.cause = outer

    def enter(self, t, s):
        super().enter(t, s)
        self.note(s)

    def leave(self, t, s, error):
        error = super().leave(t, s, error)
        self.note(s)
        return "timed-out" if s.number in self.failing and s.caught and self.reasons[s] == "deadline" else error

    def reason(self, s):
        while s is not None:
            if s in self.reasons:
                return self.reasons[s]
            s = None if s.shield else s.parent
        return "none"

    def effective_deadline(self):
        s = self.current.scope
        if s.eff:
            return -INF
        nearest = INF
        while s is not None:
            nearest = min(nearest, s.deadline)
            s = None if s.shield else s.parent
        return nearest


class Translation:
    """From the lines of a case to the events that the model expects."""

    def __init__(self, case):
        self.n = 0
        self.numbers = {}  # of scopes and groups, by name
        self.groups = set()
        self.errors = {}  # names of errors, by the model's
        self.failing = set()
        self.values = {}
        self.events = []
        self.lines = case.program
        self.at = 0
        self.options = {}  # of what "new" made
        self.hooks = []
        self.item = None  # of the map that is translated
        self.declare()
        self.program = self.block(0, None)
        self.oracle = Oracle(self.program, self.failing)

    def number(self):
        self.n += 1
        return self.n

    def declare(self):
        """Scopes and groups are numbered before anything refers to them."""
        for line in self.lines:
            words = line.split()
            if words[0] in ("scope", "new", "group"):
                name = words[1]
            elif words[0] in ("move-on-after", "move-on-at", "fail-after", "fail-at") and len(words) > 2:
                name = words[2]
            else:
                continue
            self.numbers[name] = self.number()
            if words[0] == "group":
                self.groups.add(name)

    # --- blocks ---

    def depth(self):
        return (len(self.lines[self.at]) - len(self.lines[self.at].lstrip())) // 2 if self.at < len(self.lines) else -1

    def block(self, depth, child):
        out = []
        while self.depth() == depth:
            words = self.lines[self.at].split()
            self.at += 1
            out += self.statement(depth, child, words)
        return tuple(out)

    def cleanup(self, depth, child):
        begin = self.at + 1
        self.at += 1
        block = self.block(depth + 1, child)
        for line in self.lines[begin : self.at]:
            own = line[2 * depth + 2 :]
            if not own.startswith(" ") and (own.split()[0] not in HARMLESS or own.startswith("scope") and "shield" not in own):
                raise Unsupported("a cleanup that is not shielded")
        return block

    # --- statements ---

    def hook(self, func):
        self.hooks.append(Hook(func))
        return (SWALLOW, self.number(), self.hooks[-1])

    def say(self, make_word):
        return self.hook(lambda: self.events.append((f"{self.oracle.now:g}", make_word())))

    def scope(self, name):
        return self.oracle.scope(self.numbers[name])

    def outcome(self):
        """Of the block before: its last statement has written the last line but one."""
        return "ok" if len(self.oracle.trace) < 2 else self.describe(self.oracle.trace[-2].split()[3])

    def describe(self, leaves):
        words = sorted(self.errors.get(leaf, WORDS.get(leaf, leaf)) for leaf in leaves.split(","))
        return words[0] if len(words) == 1 else "(" + ",".join(words) + ")"

    def state(self, name):
        s = self.scope(name)
        if s.live and self.oracle.now >= s.deadline:
            self.oracle.recalc(s)
        return f"{name}={'+'.join(w for w, holds in (('called', s.called), ('caught', s.caught)) if holds) or 'quiet'}"

    def enter(self, depth, child, name, shield, deadline, timeout=None):
        """A scope; a timeout counts from here."""
        number = self.numbers[name] if name else self.number()
        out = []
        if timeout is not None:
            out.append(self.hook(lambda: setattr(self.oracle.scope(number), "deadline", self.oracle.now + max(timeout, 0))))
        out.append((SCOPE, number, NEVER if deadline == INF else deadline, int(shield), self.block(depth + 1, child)))
        return out

    def gather(self, depth):
        """A group with a task for each part."""
        group = self.number()
        out = []
        while self.depth() == depth + 1:
            self.at += 1
            out.append((SPAWN, self.number(), group, self.block(depth + 2, None)))
        return (GROUP, group, tuple(out))

    def map(self, depth, items):
        """A group with the same task for each item."""
        group = self.number()
        begin = self.at
        out = []
        for self.item in items:
            self.at = begin
            out.append((SPAWN, self.number(), group, self.block(depth + 1, None)))
        return (GROUP, group, tuple(out))

    def explain(self, text):
        self.oracle.cause = f"explicit:{text}" if text else "explicit"

    def statement(self, depth, child, words):
        name, *args = words
        simple = {"checkpoint": CKPT, "shielded-checkpoint": SCHED, "raise-cancelled": RAISE_C, "started": STARTED}
        if name == "sleep":
            return [(SLEEP, self.number(), max(float(args[0]), 0))]
        if name == "sleep-forever":
            return [(SLEEP, self.number(), INF)]
        if name in simple:
            return [(simple[name], self.number())] + ([self.hook(lambda: self.values.update({child: args[0]}))] if name == "started" and args else [])
        if name == "raise":
            number = self.number()
            self.errors[f"e{number}"] = args[0]
            return [(RAISE, number)]
        if name == "outcome":
            number = self.number()
            return [(SWALLOW, number, self.block(depth + 1, child)), self.say(self.outcome)]
        if name == "try":
            number = self.number()
            body = self.block(depth + 1, child)
            return [(FINALLY, number, body, self.cleanup(depth, child))]
        if name in ("scope", "new"):
            deadline = number_after(args, "deadline", INF)
            options = args[0], "shield" in args, deadline, number_after(args, "timeout", None)
            if name == "new":
                self.options[args[0]] = options
                return []
            return self.enter(depth, child, *options)
        if name == "enter":
            return self.enter(depth, child, *self.options[args[0]])
        if name in ("move-on-after", "fail-after", "move-on-at", "fail-at"):
            time = INF if args[0] == "never" else float(args[0])
            own = args[1] if len(args) > 1 else None
            if own is None:
                own = f"_{self.n}"
                self.numbers[own] = self.number()
            if name.startswith("fail"):
                self.failing.add(self.numbers[own])
            if name.endswith("after") and time != INF:
                return self.enter(depth, child, own, False, INF, time)
            return self.enter(depth, child, own, False, time)
        if name == "shielded":
            return self.enter(depth, child, None, True, INF)
        if name == "group" and len(args) > 1:
            raise Unsupported("a policy or a bound")
        if name == "gather":
            return [self.gather(depth)]
        if name == "map" and args[0] == "never":
            return [self.map(depth, args[1:])]
        if name == "item":
            item = self.item
            return [self.say(lambda: item)]
        if name == "group":
            return [(GROUP, self.numbers[args[0]], self.block(depth + 1, child))]
        if name in ("spawn", "create"):
            number = self.number()
            return [(SPAWN, number, self.numbers[args[0]], self.block(depth + 1, None))]
        if name == "start":
            number = self.number()
            self.values[args[1]] = "none"
            return [(START, number, self.numbers[args[0]], self.block(depth + 1, args[1]))]
        if name == "cancel":
            text = args[1] if len(args) > 1 else None
            return [self.hook(lambda: self.explain(text)), (CANCEL, self.number(), self.numbers[args[0]])]
        if name == "shield":
            return [(SHIELD, self.number(), self.numbers[args[0]], int(args[1] == "on"))]
        if name == "deadline":
            return [(DEADLINE, self.number(), self.numbers[args[0]], NEVER if args[1] == "never" else float(args[1]))]
        questions = {
            "say": lambda: args[0],
            "state": lambda: self.state(args[0]),
            "reason": lambda: f"{args[0]}={self.oracle.reason(self.scope(args[0]))}",
            "deadline-of": lambda: f"{args[0]}={self.scope(args[0]).deadline:g}",
            "effective-deadline": lambda: f"{self.oracle.effective_deadline():g}",
            "pending": lambda: "cancelling" if self.oracle.current.scope.eff else "going-on",
            "value": lambda: f"{args[0]}={self.values[args[0]]}",
        }
        if name in questions:
            return [self.say(questions[name])]
        raise Unsupported(name)

    def run(self):
        for hook in self.hooks:
            hook.is_armed = True
        trace = self.oracle.run()
        end = next(line for line in trace.splitlines() if line.startswith("= "))[2:]
        if end != "ok":
            self.events.append(("=", self.describe(end)))
        return self.events


def number_after(args, word, default):
    return float(args[args.index(word) + 1]) if word in args else default


def canonical(trace):
    """The events with the leaves of each error sorted: the model keeps no more."""
    return [(time, "(" + ",".join(sorted(word.replace("(", "").replace(")", "").split(","))) + ")" if "(" in word else word) for time, word in trace]


def expected(case):
    """The events of the case by the model, with sorted leaves."""
    return canonical(Translation(case).run())
