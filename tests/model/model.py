# SPDX-License-Identifier: LGPL-2.1-or-later
"""The executable model of tasks, cancel scopes, task groups and start(): what the library must do, event for event.

It is the model of the specification with the deliberate differences of SEMANTICS.md; README.md lists the rules with their reasons. No
dependencies; a run of a program of 30 statements takes about a tenth of a millisecond, so everything here is plain: a task is a generator
that yields how it waits, an error is None, a leaf (a string) or a group error (a tuple of two or more errors).

    run(program, seed)      the trace as one string, see README.md
"""
from primitives import FIRST, INF, JOIN, SUSPEND, YIELD, C, Primitives
from program import (CANCEL, CKPT, DEADLINE, FINALLY, GROUP, HOLD, NEVER, RAISE, RAISE_C, RECEIVE, SCHED, SCOPE, SHIELD, SLEEP, SPAWN, START, STARTED,
                     SWALLOW, TAKE, walk)

MASK = (1 << 64) - 1
STUCK = "! the runner was killed by SIGTRAP\n"  # what the library does then is g_error()


class Scope:
    """A cancel scope. What lies below it: the scope that its host entered next inside it, and, if it is the scope of a group, the children."""
    __slots__ = ("number", "deadline", "shield", "seq", "called", "caught", "entered", "live", "eff", "parent", "host", "inner", "group", "told")

    def __init__(self, number=0, deadline=INF, shield=False):
        self.number = number
        self.deadline = deadline
        self.shield = shield
        self.seq = 0
        self.called = self.caught = self.entered = self.live = self.eff = self.told = False
        self.parent = self.host = self.inner = self.group = None

    def parent_visible(self):
        """Does a cancellation come from further out?"""
        return self.parent is not None and not self.shield and self.parent.eff


class Group:
    __slots__ = ("scope", "tasks", "errors", "cancellations", "body", "pending", "closed", "waiting")

    def __init__(self, scope):
        self.scope = scope
        scope.group = self
        self.tasks = []                       # in the order of joining
        self.errors = []                      # what counts, strays included, in order of arrival
        self.cancellations = False            # was an own cancellation recorded
        self.body = True                      # runs
        self.pending = 0                      # start() calls under way
        self.closed = False
        self.waiting = None                   # the host in its join


class Task:
    __slots__ = ("number", "code", "scope", "outer", "group", "abortable", "aborted", "due", "seq", "told", "hidden", "target", "answered",
                 "queue", "held", "lock", "end", "item", "result")

    def __init__(self, number, group, scope):
        self.number = number
        self.group = group
        self.scope = scope                    # the current one
        self.outer = None                     # the first one that it entered
        self.abortable = False                # suspended, and no abort attempt was made yet
        self.aborted = False                  # ... and one has succeeded
        self.due = INF                        # when its sleep ends
        self.seq = 0
        self.told = False                     # got a cancellation of the library, outside scopes of its own
        self.hidden = self.target = None      # run by start(): the hidden group and the target
        self.answered = False                 # started() was called
        self.queue = None                     # where it stands while it can be aborted
        self.held = []                        # locks and tokens, in the order in which it got them
        self.lock = self.end = None           # waits on the condition of this lock; at this end of a stream
        self.item = None                      # to be sent, or received
        self.result = None                    # the error that ends its wait


class Stuck(Exception):
    """Nothing can run and nobody can be cancelled."""


class Model:
    def __init__(self, program, seed=0):
        self.now = 0
        self.seq = 0
        self.ready = []
        self.live = []                        # scopes between entry and exit
        self.sleepers = []
        self.trace = []
        self.program = program
        statements = list(walk(program))
        self.primitives = Primitives(self, any(s[0] >= FIRST for s in statements))
        self.deadlocked = False
        self.random = seed
        self.seed = seed
        self.scopes = {}                      # by number, made when first touched
        self.groups = {}                      # by number, once entered
        self.settings = {s[1]: s for s in statements if s[0] == SCOPE}

    def next_seq(self):
        self.seq += 1
        return self.seq

    # ---- cancellation
    def deliver(self, t):
        if t.abortable:                       # one attempt per suspension
            t.abortable = False
            t.aborted = True
            t.queue.remove(t)
            if self.primitives.aborted(t):
                self.ready.append(t)

    def recalc(self, s):
        """Gives every scope from s downwards its state: outer scopes first, children in the order in which they joined."""
        now = self.now
        todo = [s]
        while todo:
            s = todo.pop()
            if now >= s.deadline:
                s.called = True               # a passed deadline counts at every look
            p = s.parent
            new = s.called or (p is not None and not s.shield and p.eff)
            if new != s.eff:
                s.eff = new
                if new:
                    if s.host.scope is s:
                        self.deliver(s.host)
                    if s.group is not None:
                        for t in s.group.tasks:
                            if t.scope is s:
                                self.deliver(t)
                if s.group is not None:
                    for t in reversed(s.group.tasks):
                        if t.outer is not None:
                            todo.append(t.outer)
                if s.inner is not None:
                    todo.append(s.inner)

    def cancel(self, s):
        if not s.called:                      # sticky, idempotent
            s.called = True
            if s.live:
                self.recalc(s)

    def enter(self, t, s):
        s.entered = s.live = True
        self.live.append(s)
        s.seq = self.next_seq()
        s.host = t
        p = s.parent = t.scope
        if p.host is t:
            p.inner = s
        else:
            t.outer = s
        t.scope = s
        if self.now >= s.deadline:
            s.called = True
        s.eff = s.called or (not s.shield and p.eff)

    def close(self, t, s):
        """Leaves the scope; whether it absorbs, by the state at this moment."""
        absorbs = s.eff and not s.parent_visible()
        p = s.parent
        t.scope = p
        if p.host is t:
            p.inner = None
        else:
            t.outer = None
        s.parent = None
        s.live = False
        self.live.remove(s)
        return absorbs

    def leave(self, t, s, error):
        """Closes a plain scope with what its body left; returns what leaves it."""
        absorbs = self.close(t, s)
        if error == C and absorbs:
            s.caught = True
            return None
        if error == C and s.told:
            self.tell(t)
        return error

    # A cancellation of the library is marked by where it is: in the innermost scope of the task that got it. The mark goes outwards with it.
    def tell(self, t):
        (t.scope if t.scope.host is t else t).told = True

    def is_told(self, t):
        return (t.scope if t.scope.host is t else t).told

    # ---- groups
    def record(self, t, g, error, scope):
        """A child's end or the body's exit with an error."""
        if error == C and (scope.eff or self.is_told(t)):
            g.cancellations = True
        else:
            g.errors.append(error)            # a cancellation here is stray: an ordinary failure
        self.cancel(g.scope)

    def check(self, g):
        if not (g.body or g.tasks or g.pending):
            g.closed = True
            if g.waiting is not None:
                self.ready.append(g.waiting)
                g.waiting = None

    def open(self, t, s):
        g = Group(s)
        self.enter(t, s)
        return g

    def join(self, t, g, error):
        """Generator: from the body's exit to the group's; returns the group's error."""
        if error is not None:
            self.record(t, g, error, g.scope)
        g.body = False
        self.check(g)
        if g.closed:
            yield YIELD
        else:
            g.waiting = t
            yield JOIN
        return self.merge(t, g, self.close(t, g.scope))

    def merge(self, t, g, absorbs):
        if g.cancellations and absorbs:
            g.scope.caught = True
        if len(g.errors) > 1:
            return tuple(g.errors)
        if g.errors:
            return g.errors[0]
        if g.cancellations and not absorbs:
            self.tell(t)
            return C
        return None

    def spawn(self, g, number, block):
        t = Task(number, g, g.scope)
        t.code = self.block(t, block)
        g.tasks.append(t)
        self.ready.append(t)
        return t

    def start(self, t, g, number, block):
        """Generator."""
        g.pending += 1
        hidden = self.open(t, Scope())
        child = self.spawn(hidden, number, block)
        child.hidden = hidden
        child.target = g
        error = yield from self.join(t, hidden, None)
        if error is None and not child.answered:
            error = "nostart"
        g.pending -= 1
        self.check(g)
        return error

    def started(self, t):
        if t.hidden is None:
            return None
        if t.answered:
            return "twice"
        t.answered = True
        old, new = t.hidden, t.target
        if old.scope.eff:
            return None                       # refused: start() itself is being cancelled
        old.tasks.remove(t)
        t.group = new
        new.tasks.append(t)
        if t.scope is old.scope:
            t.scope = new.scope
        if t.outer is not None:
            t.outer.parent = new.scope
            self.recalc(t.outer)
        self.check(old)
        return None

    # ---- programs
    def scope(self, number):
        """The scope of this number; None for a group that was not entered yet."""
        s = self.scopes.get(number)
        if s is None and number in self.settings:
            _, _, deadline, shield, _ = self.settings[number]
            s = self.scopes[number] = Scope(number, INF if deadline == NEVER else deadline, bool(shield))
        return s

    def block(self, t, block):
        """Generator: runs the block in the task, returns its error."""
        for s in block:
            op = s[0]
            error = None
            if op == SLEEP and s[2] > 0:
                if t.scope.eff:
                    yield YIELD
                    error = C
                else:
                    t.due = self.now + s[2]
                    t.seq = self.next_seq()
                    t.queue = self.sleepers
                    self.sleepers.append(t)
                    yield SUSPEND
                    if t.scope.eff or (t.aborted and t.due > self.now):
                        error = C
                    t.aborted = False
                if error is not None:
                    self.tell(t)
            elif op == CKPT or op == SLEEP:
                yield YIELD
                if t.scope.eff:
                    error = C
                    self.tell(t)
            elif op == SCHED:
                yield YIELD
            elif op == SCOPE:
                scope = self.scope(s[1])
                self.enter(t, scope)
                error = yield from self.block(t, s[4])
                error = self.leave(t, scope, error)
            elif op == GROUP:
                scope = self.scopes[s[1]] = Scope(s[1])
                g = self.groups[s[1]] = self.open(t, scope)
                error = yield from self.block(t, s[2])
                error = yield from self.join(t, g, error)
            elif op == SPAWN or op == START:
                g = self.groups.get(s[2])
                if g is None or g.closed:
                    error = "closed"
                elif op == SPAWN:
                    self.spawn(g, s[1], s[3])
                else:
                    error = yield from self.start(t, g, s[1], s[3])
            elif op == STARTED:
                error = self.started(t)
            elif op == CANCEL:
                scope = self.scope(s[2])
                if scope is not None:
                    self.cancel(scope)
            elif op == SHIELD:
                scope = self.scope(s[2])
                if scope is not None:
                    scope.shield = bool(s[3])
                    if scope.live:
                        self.recalc(scope)
            elif op == DEADLINE:
                scope = self.scope(s[2])
                if scope is not None:
                    scope.deadline = INF if s[3] == NEVER else s[3]
                    if scope.live:
                        self.recalc(scope)
            elif op == RAISE:
                error = "e%d" % s[1]
            elif op == RAISE_C:
                error = C
            elif op == FINALLY:
                error = yield from self.block(t, s[2])
                scope = Scope(0, INF, True)
                self.enter(t, scope)
                failure = yield from self.block(t, s[3])
                failure = self.leave(t, scope, failure)
                if failure is not None and (error is None or error == C):
                    error = failure
            elif op == SWALLOW:
                yield from self.block(t, s[2])
            elif op == HOLD:
                p = self.primitives.holdable[s[2]]
                error = yield from self.primitives.acquire(t, p)
                if error is None:
                    error = yield from self.block(t, s[3])
                    failure = self.primitives.release(t, p)
                    error = error if error is not None else failure
            elif op >= FIRST:
                error = yield from self.primitives.run(t, s)
            if error is None and op in (RECEIVE, TAKE):
                self.trace.append("%d %d %d ok %d\n" % (self.now, t.number, s[1], t.item))
            elif error is None:
                self.trace.append("%d %d %d ok\n" % (self.now, t.number, s[1]))
            else:
                self.trace.append("%d %d %d %s\n" % (self.now, t.number, s[1], leaves(error)))
                return error
        return None

    # ---- scheduler: batches, and a clock that jumps when nothing can run
    def step(self, t):
        try:
            how = next(t.code)
        except StopIteration as stop:
            self.finish(t, stop.value)
        else:
            if how == YIELD:
                self.ready.append(t)
            elif how == SUSPEND:
                t.abortable = True

    def finish(self, t, error):
        g = t.group
        if g is None:
            self.trace.append("= %s\n" % (leaves(error) if error is not None else "ok"))
            self.done = True
            return
        self.primitives.ended(t)
        g.tasks.remove(t)
        if error is not None:
            self.record(t, g, error, t.scope)
        self.check(g)

    def permute(self, batch):
        """splitmix64 and Fisher-Yates, from the last one downwards."""
        x = self.random
        for i in range(len(batch) - 1, 0, -1):
            x = (x + 0x9e3779b97f4a7c15) & MASK
            z = x
            z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK
            z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK
            j = (z ^ (z >> 31)) % (i + 1)
            batch[i], batch[j] = batch[j], batch[i]
        self.random = x

    def jump(self):
        """To the next deadline. Everything that is due then happens in order of (time, seq); no code runs in between."""
        candidates = [(s.deadline, s.seq, s) for s in self.live if not s.called] + [(t.due, t.seq, t) for t in self.sleepers]
        now = min(candidates)[0] if candidates else INF
        if now == INF:
            self.deadlock()
            return
        self.now = now
        for _, _, x in sorted(c for c in candidates if c[0] <= now):
            if isinstance(x, Scope):
                self.cancel(x)
            elif x.abortable:
                x.abortable = False
                self.sleepers.remove(x)
                self.ready.append(x)

    def deadlock(self):
        """All tasks are cancelled; where that brings nothing to run, the shields are lowered (I26)."""
        if not self.deadlocked:
            self.deadlocked = True
            self.cancel(self.root)
        if not self.ready:
            self.lower_shields(self.root.host)
        if not self.ready:
            raise Stuck

    def lower_shields(self, t):
        """In the order of the tree: the task's scopes from the outermost inwards, then its children."""
        scopes = []
        s = self.root.inner if t.group is None else t.outer
        while s is not None:
            scopes.append(s)
            s = s.inner
        for s in scopes:
            s.shield = False
            self.recalc(s)
        for s in scopes:
            if s.group is not None:
                for child in list(s.group.tasks):
                    self.lower_shields(child)

    def run(self):
        try:
            self.run_all()
        except Stuck:
            self.trace.append(STUCK)
            return "".join(self.trace)
        for number in sorted(self.scopes):
            s = self.scopes[number]
            if s.entered:
                self.trace.append("s%d %s %s\n" % (number, "called" if s.called else "-", "caught" if s.caught else "-"))
        if self.primitives.used:
            self.trace.append(self.primitives.states())
        if self.deadlocked:
            self.trace.append("@ deadlock\n")
        return "".join(self.trace)

    def run_all(self):
        root = self.root = Scope()
        root.live = True
        main = Task(0, None, root)
        root.host = main
        main.code = self.block(main, self.program)
        self.done = False
        self.ready.append(main)
        step = self.step
        while not self.done:
            batch = self.ready
            if not batch:
                self.jump()
                continue
            self.ready = []
            if self.seed and len(batch) > 1:
                self.permute(batch)
            for t in batch:
                step(t)


def flatten(error):
    if isinstance(error, str):
        return [error]
    return [leaf for e in error for leaf in flatten(e)]


def leaves(error):
    """The sorted leaves."""
    return error if isinstance(error, str) else ",".join(sorted(flatten(error)))


def run(program, seed=0):
    return Model(program, seed).run()
