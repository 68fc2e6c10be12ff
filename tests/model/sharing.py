# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random programs whose tasks share primitives: some tasks in a group, most of whose statements are about one or two kinds of primitives, with all that can
cancel them around and between.

Also generate(), which is what a seed stands for: every third program is of this kind.
"""
import random

import program
from program import (ACQUIRE, AWAIT, CANCEL, CKPT, CLONE, CLOSE, DEADLINE, FINALLY, GROUP, HOLD, LIMITS, NEVER, NOTIFY, OFFER, RAISE, RECEIVE, RELEASE, SCHED,
                     SCOPE, SEND, SET, SHIELD, SLEEP, SPAWN, START, STARTED, SWALLOW, TAKE, TOTAL, TRY, WAIT, number, table)

# What a program is about, two of these: what is held (0, 1: locks; 2, 3: semaphores; 4: the limiter), and how often what is done.
THEMES = tuple((holdable, table(rows)) for holdable, rows in (
    ((0, 1), ((HOLD, 9), (ACQUIRE, 2), (TRY, 2), (RELEASE, 3))),
    ((2, 3), ((HOLD, 4), (ACQUIRE, 7), (TRY, 2), (RELEASE, 6))),
    ((4,), ((HOLD, 7), (ACQUIRE, 4), (TRY, 2), (RELEASE, 3), (TOTAL, 3))),
    ((), ((WAIT, 9), (SET, 3))),
    ((0, 1), ((AWAIT, 5), (NOTIFY, 4), (HOLD, 1))),
    ((0, 1), ((AWAIT, 4), (NOTIFY, 5), (HOLD, 2))),
    ((), ((SEND, 9), (OFFER, 4), (RECEIVE, 11), (TAKE, 3), (CLOSE, 1), (CLONE, 2))),
    ((), ((SEND, 10), (OFFER, 2), (RECEIVE, 9), (TAKE, 2), (CLOSE, 3), (CLONE, 3))),
))
# The statements of a task; WAIT stands for all that use a primitive.
STATEMENTS = table(((WAIT, 46), (SLEEP, 14), (CKPT, 3), (SCHED, 2), (SCOPE, 8), (SWALLOW, 4), (FINALLY, 4), (CANCEL, 7), (SHIELD, 4), (DEADLINE, 2), (RAISE, 1),
                    (SPAWN, 3), (START, 3), (GROUP, 3)))
CONTROLS = table(((SLEEP, 10), (CANCEL, 6), (SHIELD, 3), (DEADLINE, 2), (WAIT, 4), (CKPT, 2)))
DEEPEST = 6
LARGEST = 60
ONE_IN = 3


class Generator:
    def __init__(self, rnd):
        self.rnd = rnd
        self.n = 0
        self.targets = []
        self.groups = []
        self.themes = [self.pick(THEMES), self.pick(THEMES)]
        self.narrow = int(rnd() * 16)     # the one of a kind that most statements are about

    def pick(self, items):
        return items[int(self.rnd() * len(items))]

    def id(self):
        self.n += 1
        return self.n

    def target(self):
        """Any of the scopes so far, more likely one of the last."""
        return self.targets[max(int(self.rnd() * len(self.targets)), int(self.rnd() * len(self.targets)))] if self.targets else 0

    # ---- primitives
    def holdable(self, candidates):
        return candidates[self.narrow % len(candidates)] if self.rnd() < 0.7 else self.pick(candidates)

    def use(self, depth, held):
        """A statement that uses a primitive, perhaps with another around it. @held: what the task has."""
        candidates, operations = self.pick(self.themes)
        op = self.pick(operations)
        if op in (AWAIT, NOTIFY):
            locks = [x for x in held if x < 2]
            if locks or self.rnd() < 0.04:
                lock = self.pick(locks) if locks else self.narrow & 1
                return [op, self.id(), lock | (int(self.rnd() * 4) << 1 if op == NOTIFY else 0)]
            x = self.holdable(candidates)
            first = [op, self.id(), x | (2 + (int(self.rnd() * 3) << 1) if op == NOTIFY else 0)]
            return self.hold(depth, x, held, [first])
        if op in (ACQUIRE, TRY, RELEASE, HOLD):
            x = self.holdable(candidates)
            if x in held and x not in (2, 3) and self.rnd() < 0.9:
                return [SLEEP, self.id(), int(self.rnd() * 3)]
            if op == RELEASE and x not in held and self.rnd() < (0.9 if x not in (2, 3) else 0.4):
                op = HOLD
            if op == HOLD and depth < DEEPEST:
                return self.hold(depth, x, held, [])
            return self.careful([op if op != HOLD else ACQUIRE, self.id(), x])
        x = int(self.rnd() * LIMITS[op])
        if op in (WAIT, SET) and self.rnd() < 0.7:
            x = self.narrow & 1
        elif op in (SEND, OFFER, RECEIVE, TAKE, CLOSE, CLONE) and self.rnd() < 0.85:
            x = x & ~3 | self.narrow & 3
        return self.careful([op, self.id(), x])

    def careful(self, s):
        """What fails at once would end most tasks before they meet another one."""
        return [SWALLOW, self.id(), [s]] if s[0] in (TRY, RELEASE, OFFER, TAKE, CLONE) and self.rnd() < 0.7 else s

    def hold(self, depth, x, held, first):
        return [HOLD, self.id(), x, first + self.block(depth + 1, held + (x,), 0 if first else 1)]

    # ---- the rest
    def scope(self, depth, held, deadline=0.4):
        s = [SCOPE, self.id(), int(self.rnd() * 6) if self.rnd() < deadline else NEVER, int(self.rnd() < 0.15)]
        self.targets.append(s[1])
        s.append(self.block(depth + 1, held))
        return s

    def statement(self, op, depth, held):
        if op == WAIT or (depth >= DEEPEST and op in program.BLOCKS):
            return self.use(depth, held)
        if op == SCOPE:
            return self.scope(depth, held)
        if op == SLEEP:
            return [op, self.id(), int(self.rnd() * 4)]
        if op == SWALLOW:
            return [op, self.id(), self.block(depth + 1, held)]
        if op == FINALLY:
            return [op, self.id(), self.block(depth + 1, held), self.block(depth + 1, held)]
        if op == CANCEL:
            return [op, self.id(), self.target()]
        if op == SHIELD:
            return [op, self.id(), self.target(), int(self.rnd() * 2)]
        if op == DEADLINE:
            return [op, self.id(), self.target(), int(self.rnd() * 8) if self.rnd() < 0.85 else NEVER]
        if op == GROUP:
            return self.group(depth, held, 1)
        if op == SPAWN:
            return [op, self.id(), self.pick(self.groups), self.task(depth + 1)]
        if op == START:
            body = self.task(depth + 1)
            if self.rnd() < 0.8:
                body.insert(int(self.rnd() * min(len(body) + 1, 6)), [STARTED, self.id()])
            return [op, self.id(), self.pick(self.groups), body]
        return [op, self.id()]

    def block(self, depth, held, least=1):
        out = []
        for _ in range(least + int(self.rnd() * 3)):
            if self.n < LARGEST:
                out.append(self.statement(self.pick(STATEMENTS), depth, held))
        return out

    def task(self, depth):
        out = [[SLEEP, self.id(), int(self.rnd() * 3)]] if self.rnd() < 0.35 else []
        if self.rnd() < 0.4:
            return out + [self.scope(depth, ())]
        return out + self.block(depth, (), 2)

    def group(self, depth, held, least):
        s = [GROUP, self.id(), []]
        self.targets.append(s[1])
        self.groups.append(s[1])
        for _ in range(least + int(self.rnd() * 3)):
            s[2].append([SPAWN, self.id(), s[1], self.task(depth + 2)])
        for _ in range(int(self.rnd() * (7 - len(s[2])))):
            s[2].append(self.statement(self.pick(CONTROLS), depth + 1, held))
        return s

    def main(self):
        out = []
        for least in (3, 2):
            group = self.group(1, (), least)
            if self.rnd() < 0.5:
                group = [SCOPE, self.id(), int(self.rnd() * 8) if self.rnd() < 0.5 else NEVER, 0, [group]]
                self.targets.append(group[1])
            out.append([SWALLOW, self.id(), [group]] if self.rnd() < 0.5 else group)
        return out


def freeze(block):
    return [tuple(freeze(x) if isinstance(x, list) else x for x in s) for s in block]


def share(seed):
    """A program of this kind."""
    return number(freeze(Generator(random.Random(seed).random).main()))


def generate(seed):
    """The program of this seed."""
    return share(seed) if seed % ONE_IN == ONE_IN - 1 else program.generate(seed)
