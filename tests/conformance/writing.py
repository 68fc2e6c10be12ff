# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of the model in the notation of the conformance table, with the events that the model expects.

A program that cannot be written is left out: one that touches a group before it is there means nothing in the languages, one in which a block fails and then
the release after it as well means something else in each. A failing cleanup is swallowed, and each spawn is followed by a checkpoint that nothing cancels,
because in JavaScript each await lets new tasks begin. In Python a cancellation that a program raises is a failure, because a group wraps it; and a task that
ends with a lock and something else hands them back in an order of its own, because it knows only the locks for which others wait. A program that would end in a
deadlock, of which the library complains, gets a deadline around it.

The model runs first, and its run says what cannot be known from the text: whether an end of a stream has been cloned when a statement uses it, and whether what
holds something gets it.
"""

import itertools

import oracle
import table
from oracle import CANCEL, CKPT, DEADLINE, FINALLY, GROUP, NEVER, RAISE, RAISE_C, SCHED, SCOPE, SHIELD, SLEEP, SPAWN, START, STARTED, SWALLOW, model
from primitives import Lock, Primitives
from program import ACQUIRE, AWAIT, BLOCKS, CLONE, CLOSE, HOLD, NOTIFY, OFFER, RECEIVE, RELEASE, SEND, SET, TAKE, TOTAL, TRY, WAIT, walk

SIMPLE = {CKPT: "checkpoint", SCHED: "shielded-checkpoint", STARTED: "started", RAISE_C: "raise-cancelled"}
HOLDABLE = ("lock0", "lock1", "units0", "units1", "tokens")
MAKERS = {
    "event0": "event event0",
    "event1": "event event1",
    "lock0": "lock lock0",
    "lock1": "lock lock1",
    "units0": "semaphore units0 1",
    "units1": "semaphore units1 2 2",
    "tokens": "limiter tokens 1",
    "notice0": "condition notice0 lock0",
    "notice1": "condition notice1 lock1",
    "out0": "stream out0 in0 0",
    "out1": "stream out1 in1 1",
    "out2": "stream out2 in2 3",
    "out3": "stream out3 in3 unbounded",
}
VERBS = {WAIT: "await", SET: "fire", ACQUIRE: "acquire", TRY: "acquire-nowait", RELEASE: "release", SEND: "send", OFFER: "send-nowait", RECEIVE: "receive", TAKE: "receive-nowait"}
WORDS = {"block": "would-block", "pipe": "broken", **oracle.WORDS}
LATEST = 14  # the deadline around what would end in a deadlock
OUTERMOST = 998, 999  # numbers of statements that are added; those in the program begin at 1000


class Unwritable(Exception):
    """It cannot be written in the notation."""


class Recorder(Primitives):
    """Notes which end a statement means, which clones are made, and the releases after blocks that were refused."""

    def __init__(self, careful, used, is_python):
        super().__init__(careful, used)
        self.is_python = is_python
        self.ends = {}  # names, by the number of the statement
        self.is_statement = False
        self.refused = []  # lengths of the trace then

    def run(self, t, s):
        op, number, x = s[:3]
        if op in (SEND, OFFER, RECEIVE, TAKE, CLOSE, CLONE):
            side = int(op in (RECEIVE, TAKE) or op in (CLOSE, CLONE) and x >> 3 == 1)
            is_clone = self.streams[x & 3].ends[side][1] is not None and (op == CLONE or x & 4 > 0)
            self.ends[number] = f"{('out', 'in')[side]}{x & 3}{'x' if is_clone else ''}"
        self.is_statement = True
        steps = super().run(t, s)
        while True:
            self.is_statement = True
            try:
                how = next(steps)
            except StopIteration as stop:
                return stop.value
            finally:
                self.is_statement = False
            yield how

    def release(self, t, p):
        error = super().release(t, p)
        if error is not None and not self.is_statement:
            self.refused.append(len(self.model.trace))
        return error

    def ended(self, t):
        if self.is_python and len(t.held) > 1 and any(isinstance(p, Lock) for p in t.held):
            raise Unwritable
        super().ended(t)


class Careful(model.Model):
    def __init__(self, program, schedule, is_python):
        super().__init__(program, schedule)
        self.groups = Groups()
        self.primitives = Recorder(self, self.primitives.used, is_python)

    def scope(self, number):
        if number not in self.settings and number not in self.scopes:
            raise Unwritable
        return super().scope(number)


class Groups(dict):
    def get(self, number):
        if number not in self:
            raise Unwritable
        return self[number]


def adapt(block, fresh, is_python):
    """The program as it can be written in the language, with the statements numbered as before."""
    out = []
    for s in block:
        op, number = s[:2]
        blocks = {at: adapt(s[at], fresh, is_python) for at in BLOCKS.get(op, ())}
        if op == FINALLY:
            blocks[3] = ((SWALLOW, next(fresh), blocks[3]),)
        if op == RAISE_C and is_python:
            s = (RAISE, number)
        out.append(tuple(blocks.get(at, part) for at, part in enumerate(s)))
        if op == SPAWN:
            out.append((SCHED, next(fresh)))
    return tuple(out)


def name_of(op, x):
    """What a statement uses, but for the ends of streams."""
    if op in (WAIT, SET):
        return f"event{x}"
    if op in (AWAIT, NOTIFY):
        return f"notice{x & 1}"
    return "tokens" if op == TOTAL else HOLDABLE[x]


class Writer:
    """Writes a program after the model has run it."""

    def __init__(self, program, careful, trace):
        self.program = program
        self.careful = careful
        self.lines = []
        self.outcomes = {int(line.split()[2]): line.split()[3:] for line in trace if line[0].isdigit()}
        self.children = {s[1]: {c[1] for at in BLOCKS.get(s[0], ()) for c in s[at]} for s in walk(program)}
        self.inlined = set()  # whose release after the block is refused
        for at in careful.primitives.refused:
            before, own = (line.split() for line in trace[at - 1 : at + 1])
            number = int(own[2])
            if int(before[2]) in self.children[number] and before[3] != "ok":
                raise Unwritable
            self.inlined.add(number)

    def write(self, block, depth):
        """The statements as lines; what succeeds says its number."""
        pad = "  " * depth
        for s in block:
            op, number = s[:2]
            text, inner = self.statement(s)
            if text is not None:
                self.lines.append(pad + text)
            if inner is not None:
                self.write(inner, depth + (number not in self.inlined))
            if number in self.inlined:
                self.lines.append(f"{pad}release {HOLDABLE[s[2]]}")
            if op == FINALLY:
                self.lines += [f"{pad}finally", f"{pad}  shielded"]
                self.write(s[3], depth + 2)
            if op not in (RAISE, RAISE_C):
                self.lines.append(f"{pad}say n{number}")

    def statement(self, s):
        """(its line or None, its block or None)."""
        op, number = s[:2]
        if op in SIMPLE:
            return SIMPLE[op], None
        if op == SLEEP:
            return f"sleep {s[2]}", None
        if op == SCOPE:
            return f"enter s{number}", s[4]
        if op == GROUP:
            return f"group s{number}", s[2]
        if op == SPAWN:
            return f"{'spawn' if number % 2 == 0 else 'create'} s{s[2]} t{number}", s[3]
        if op == START:
            return f"start s{s[2]} t{number}", s[3]
        if op == CANCEL:
            return f"cancel s{s[2]} why", None
        if op == SHIELD:
            return f"shield s{s[2]} {'on' if s[3] else 'off'}", None
        if op == DEADLINE:
            return f"deadline s{s[2]} {'never' if s[3] == NEVER else s[3]}", None
        if op == RAISE:
            return f"raise e{number}", None
        if op == FINALLY:
            return "try", s[2]
        if op == SWALLOW:
            return "outcome", s[2]
        return self.use(s)

    def use(self, s):
        """The same of a statement that uses a primitive."""
        op, number, x = s[:3]
        end = self.careful.primitives.ends.get(number, f"{'in' if op in (RECEIVE, TAKE) or x >> 3 else 'out'}{x & 3}")
        if op in (SEND, OFFER):
            return f"{VERBS[op]} {end} i{number}", None
        if op in (RECEIVE, TAKE):
            return f"{VERBS[op]} {end}", None
        if op == CLOSE:
            return f"close {end}", None
        if op == CLONE:  # which is made once
            return None if end.endswith("x") else f"clone {end} {end}x", None
        name = name_of(op, x)
        if op == HOLD:
            refused = self.outcomes.get(number) == ["twice"] and not self.children[number] & set(self.outcomes)
            return f"{'acquire' if refused or number in self.inlined else 'holding'} {name}", None if refused else s[3]
        if op == AWAIT:
            return f"await {name}", None
        if op == NOTIFY:
            return f"notify {name} {x >> 1 if x >> 1 < 3 else 'all'}", None
        return f"total {name} {x}" if op == TOTAL else f"{VERBS[op]} {name}", None

    def events(self, trace):
        """The model's trace as that of the lines: a failing statement says nothing, a block that swallows its outcome."""
        swallowing = {s[1] for s in walk(self.program) if s[0] == SWALLOW}
        out = []
        before = None
        for words in (line.split() for line in trace if line[0].isdigit()):
            number = int(words[2])
            if number in swallowing:
                out.append((words[0], word(before[3]) if before is not None and int(before[2]) in self.children[number] else "ok"))
            if words[3] == "ok":
                if len(words) > 4:
                    out.append((words[0], f"{self.careful.primitives.ends[number]}=i{words[4]}"))
                out.append((words[0], f"n{number}"))
            before = words
        return out

    # --- what is there at the end ---

    def used(self):
        """The names of the objects that the program uses, as those in MAKERS."""
        names = set()
        for s in walk(self.program):
            if s[0] in (SEND, OFFER, RECEIVE, TAKE, CLOSE, CLONE):
                names.add(f"out{s[2] & 3}")
            elif s[0] >= WAIT:
                names.add(name_of(s[0], s[2]))
        names |= {f"lock{name[-1]}" for name in names if name.startswith("notice")}
        return [name for name in MAKERS if name in names]

    def states(self, names):
        """(lines, words): questions about the objects at the end."""
        p = self.careful.primitives
        for i, event in enumerate(p.events):
            yield f"event{i}", [f"look event{i}"], [f"event{i}={'set' if event.is_set else 'unset'}"]
        for i, lock in enumerate(p.holdable[:2]):
            yield f"lock{i}", [f"look lock{i}"], [f"lock{i}={'free' if lock.owner is None and not lock.broken else 'held'}"]
        for i, semaphore in enumerate(p.holdable[2:4]):
            yield f"units{i}", [f"look units{i}"], [f"units{i}={semaphore.value}"]
        yield "tokens", ["look tokens"], [f"tokens={p.limiter.total - len(p.limiter.borrowers)}"]
        for i, stream in enumerate(p.streams):
            lines = [f"look out{i}", f"ends in{i}"]
            words = [f"out{i}={len(stream.items)}", f"in{i}={stream.n_open(0)}+{stream.n_open(1)}"]
            end = next((name for name, end in zip((f"in{i}", f"in{i}x"), stream.ends[1]) if end is not None and not end.closed), None)
            if end is not None:
                for item in stream.items:
                    lines.append(f"receive-nowait {end}")
                    words.append(f"{end}=i{item}")
                lines += ["outcome", f"  receive-nowait {end}"]
                words.append("would-block" if stream.n_open(0) else "end")
            yield f"out{i}", lines, words


def word(leaves):
    words = sorted(WORDS.get(leaf, leaf) for leaf in leaves.split(","))
    return words[0] if len(words) == 1 else "(" + ",".join(words) + ")"


def run_model(program, schedule, is_python):
    careful = Careful(program, schedule, is_python)
    return careful, careful.run().splitlines()


def make_case(program, name, is_python, schedule=0):
    """The case of the program, or None."""
    program = adapt(program, itertools.count(1000), is_python)
    try:
        careful, trace = run_model(program, schedule, is_python)
        if careful.deadlocked:
            program = ((SWALLOW, OUTERMOST[0], ((SCOPE, OUTERMOST[1], LATEST, 0, program),)),)
            careful, trace = run_model(program, schedule, is_python)
            if careful.deadlocked:
                return None
        writer = Writer(program, careful, trace)
    except Unwritable:
        return None
    case = table.Case(name, 0)
    used = writer.used()
    case.program += [MAKERS[name] for name in used]
    for s in walk(program):
        if s[0] == SCOPE:
            case.program.append(f"new s{s[1]}{' shield' if s[3] else ''}{f' deadline {s[2]}' if s[2] != NEVER else ''}")
    case.program.append("outcome")
    writer.write(program, 1)
    case.program += writer.lines
    case.trace = writer.events(trace)
    last = str(careful.now)
    for line in trace:
        words = line.split()
        if words[0] == "=":
            case.trace.append((last, word(words[1])))
        elif words[0].startswith("s"):
            case.program.append(f"state {words[0]}")
            case.trace.append((last, f"{words[0]}={'+'.join(w for w in words[1:] if w != '-') or 'quiet'}"))
    for name, lines, words in writer.states(used):
        if name in used:
            case.program += lines
            case.trace += [(last, word) for word in words]
    return case
