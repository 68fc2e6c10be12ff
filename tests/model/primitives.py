# SPDX-License-Identifier: LGPL-2.1-or-later
"""The model of what tasks share: events, locks, semaphores, a capacity limiter, conditions and memory object streams (SEMANTICS.md 6 and 7).

Every program has the same ones, made before it begins. A queue is a list of tasks, first come, first served; who is in one and can be aborted is taken out by the
abort at once, so whoever serves takes the first. What is handed over is handed over there and then, so a waiter that was served keeps what it has and
a cancellation strikes at its next suspension point (1.4).
"""
from program import (ACQUIRE, AWAIT, CLONE, CLOSE, NOTIFY, OFFER, RECEIVE, RELEASE, SEND, SET, TAKE, TOTAL, TRY, WAIT)

INF = float("inf")
C = "C"                                       # the cancellation error
YIELD, SUSPEND, JOIN = range(3)               # how a task waits: ready again at once; can be aborted, see Task.queue; cannot
FIRST = WAIT                                  # operations from here on are those of this file


class Event:
    def __init__(self):
        self.is_set = False
        self.queue = []

    def state(self):
        return "set" if self.is_set else "-"


class Lock:
    def __init__(self):
        self.owner = None
        self.broken = False                   # its owner has ended; that is for ever
        self.queue = []
        self.waiting = []                     # on its condition, not notified

    def state(self):
        return "broken" if self.broken else "held" if self.owner is not None else "free"


class Semaphore:
    def __init__(self, value, most):
        self.value = value
        self.most = most
        self.queue = []

    def state(self):
        return str(self.value)


class Limiter:
    def __init__(self, total):
        self.total = total
        self.borrowers = []
        self.queue = []

    def state(self):
        return "%d/%d" % (len(self.borrowers), self.total)


class End:
    def __init__(self):
        self.closed = False


class Stream:
    def __init__(self, size):
        self.size = size
        self.items = []
        self.senders = []
        self.receivers = []
        self.ends = [[End(), None], [End(), None]]    # that send, that receive; the second of each is the clone

    def end(self, side, clone):
        """Before it is cloned, the clone is the first one."""
        return self.ends[side][clone] or self.ends[side][0]

    def n_open(self, side):
        return sum(e is not None and not e.closed for e in self.ends[side])

    def state(self):
        return "%d:%d:%d" % (len(self.items), self.n_open(0), self.n_open(1))


class Primitives:
    def __init__(self, model, used):
        self.model = model
        self.used = used                      # by any statement of the program
        self.events = [Event(), Event()]
        self.holdable = [Lock(), Lock(), Semaphore(1, INF), Semaphore(2, 2), Limiter(1)]
        self.limiter = self.holdable[-1]
        self.streams = [Stream(0), Stream(1), Stream(3), Stream(INF)]

    # ---- waiting
    def wake(self, t, error=None):
        """It is in no queue any more, and has what it waited for, or never will."""
        t.abortable = False
        if error is not None:
            t.result = error
        self.model.ready.append(t)

    def fail(self, t):
        """Generator: how a suspension point fails in a cancelled scope (1.6)."""
        yield YIELD
        self.model.tell(t)
        return C

    def wait(self, t, queue, lock=None, end=None):
        """Generator: until it is served or aborted; returns the error. @lock: it is the condition of this lock; @end: it waits at this end of a stream."""
        if t.scope.eff:
            return (yield from self.fail(t))
        t.queue = queue
        t.lock = lock
        t.end = end
        t.result = None
        queue.append(t)
        yield SUSPEND
        aborted, t.aborted, t.lock = t.aborted, False, None
        if aborted and t.result is None:
            self.model.tell(t)
            return C
        return t.result

    def aborted(self, t):
        """A cancellation has taken it out of its queue; does it go on? Who waits on a condition waits for the lock first."""
        return t.lock is None or self.move(t, t.lock)

    # ---- locks, semaphores, the limiter
    def take(self, t, p):
        """It is there to be taken."""
        if isinstance(p, Semaphore):
            p.value -= 1
            return
        if isinstance(p, Lock):
            p.owner = t
        else:
            p.borrowers.append(t)
        t.held.append(p)

    def has(self, t, p):
        """Whether the task has what it can have once only."""
        return p.owner is t if isinstance(p, Lock) else isinstance(p, Limiter) and t in p.borrowers

    def is_free(self, p):
        return p.owner is None if isinstance(p, Lock) else p.value > 0 if isinstance(p, Semaphore) else len(p.borrowers) < p.total

    def acquire(self, t, p):
        """Generator."""
        if self.has(t, p):                    # that is told in any case
            return "twice"
        if self.is_free(p) and t.scope.eff:
            return (yield from self.fail(t))
        if not self.is_free(p):
            return (yield from self.wait(t, p.queue))
        if isinstance(p, Lock) and p.broken:
            return "broken"
        self.take(t, p)
        return None

    def acquire_nowait(self, t, p):
        if isinstance(p, Lock) and p.broken:
            return "broken"
        if self.has(t, p):
            return "twice"
        if not self.is_free(p):
            return "block"
        self.take(t, p)
        return None

    def release(self, t, p):
        if isinstance(p, Semaphore):
            if p.value == p.most:
                return "twice"
            p.value += 1
        elif not self.has(t, p):
            return None if isinstance(p, Lock) and p.broken else "twice"
        else:
            self.let_go(t, p)
        self.serve(p)
        return None

    def let_go(self, t, p):
        t.held.remove(p)
        if isinstance(p, Lock):
            p.owner = None
        else:
            p.borrowers.remove(t)

    def serve(self, p):
        """Those who wait get what there is."""
        while p.queue and self.is_free(p):
            t = p.queue.pop(0)
            self.take(t, p)
            self.wake(t)

    def ended(self, t):
        """The task has ended with what it had, which goes in the opposite order."""
        for p in t.held[::-1]:
            self.let_go(t, p)
            if isinstance(p, Lock):
                p.broken = True
                for queue in (p.queue, p.waiting):
                    while queue:
                        self.wake(queue.pop(0), "broken")
            else:
                self.serve(p)

    # ---- conditions: each is that of the lock
    def hold_problem(self, t, lock):
        return None if lock.owner is t else "broken" if lock.broken else "twice"

    def wait_for_notice(self, t, lock):
        """Generator."""
        error = self.hold_problem(t, lock)
        if error is not None:
            return error
        if t.scope.eff:                       # the lock is not released
            return (yield from self.fail(t))
        self.release(t, lock)
        return (yield from self.wait(t, lock.waiting, lock))

    def notify(self, t, lock, n):
        error = self.hold_problem(t, lock)
        if error is None:
            for waiter in lock.waiting[:n]:
                lock.waiting.remove(waiter)
                self.move(waiter, lock)
        return error if error == "twice" else None

    def move(self, t, lock):
        """From the condition to the lock, out of reach of cancellations; does the task go on?"""
        t.abortable = False
        if lock.broken:
            t.result = "broken"
        elif lock.owner is None:
            self.take(t, lock)
        else:
            lock.queue.append(t)
            return False
        return True

    # ---- streams
    def send_nowait(self, stream, end, item):
        if end.closed:
            return "closed"
        if stream.receivers:
            t = stream.receivers.pop(0)
            t.item = item
            self.wake(t)
        elif stream.n_open(1) == 0:
            return "pipe"
        elif len(stream.items) >= stream.size:
            return "block"
        else:
            stream.items.append(item)
        return None

    def send(self, t, stream, end, item):
        """Generator."""
        if t.scope.eff:
            return (yield from self.fail(t))
        error = self.send_nowait(stream, end, item)
        if error == "block":
            t.item = item
            error = yield from self.wait(t, stream.senders, end=end)
            t.item = None
        return error

    def receive_nowait(self, t, stream, end):
        if end.closed:
            return "closed"
        if not stream.items and not stream.senders:
            return "end" if stream.n_open(0) == 0 else "block"
        if stream.senders:
            sender = stream.senders.pop(0)
            stream.items.append(sender.item)
            self.wake(sender)
        t.item = stream.items.pop(0)
        return None

    def receive(self, t, stream, end):
        """Generator."""
        if t.scope.eff:
            return (yield from self.fail(t))
        error = self.receive_nowait(t, stream, end)
        if error == "block":
            error = yield from self.wait(t, stream.receivers, end=end)
        return error

    def close(self, stream, side, end):
        if end.closed:
            return
        end.closed = True
        waiting = (stream.senders, stream.receivers)
        for t in [t for t in waiting[side] if t.end is end]:
            waiting[side].remove(t)
            self.wake(t, "closed")
        if stream.n_open(side) == 0:
            while waiting[1 - side]:
                self.wake(waiting[1 - side].pop(0), "pipe" if side else "end")
            if side:
                stream.items.clear()

    def clone(self, stream, side):
        ends = stream.ends[side]
        if ends[1] is None:
            if ends[0].closed:
                return "closed"
            ends[1] = End()
        return None

    # ---- statements
    def run(self, t, s):
        """Generator: one statement of this file, but for HOLD, which has a block."""
        op, number, x = s[:3]
        if op == WAIT:
            event = self.events[x]
            if event.is_set:
                return (yield from self.fail(t)) if t.scope.eff else None
            return (yield from self.wait(t, event.queue))
        if op == SET:
            event = self.events[x]
            event.is_set = True
            while event.queue:
                self.wake(event.queue.pop(0))
            return None
        if op == ACQUIRE:
            return (yield from self.acquire(t, self.holdable[x]))
        if op == TRY:
            return self.acquire_nowait(t, self.holdable[x])
        if op == RELEASE:
            return self.release(t, self.holdable[x])
        if op == TOTAL:
            self.limiter.total = x
            self.serve(self.limiter)
            return None
        if op == AWAIT:
            return (yield from self.wait_for_notice(t, self.holdable[x]))
        if op == NOTIFY:
            return self.notify(t, self.holdable[x & 1], x >> 1 if x >> 1 < 3 else len(self.holdable[x & 1].waiting))
        stream, side = self.streams[x & 3], op in (RECEIVE, TAKE) or (op in (CLOSE, CLONE) and x >> 3)
        end = stream.end(side, x >> 2 & 1)
        if op == SEND:
            return (yield from self.send(t, stream, end, number))
        if op == OFFER:
            return self.send_nowait(stream, end, number)
        if op == RECEIVE:
            return (yield from self.receive(t, stream, end))
        if op == TAKE:
            return self.receive_nowait(t, stream, end)
        if op == CLONE:
            return self.clone(stream, side)
        self.close(stream, side, end)
        return None

    def states(self):
        """The line about them at the end of a trace."""
        return "@ " + " ".join(x.state() for x in self.events + self.holdable + self.streams) + "\n"
