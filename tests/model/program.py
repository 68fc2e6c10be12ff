# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of the model: the statements, their byte encoding, the random generator, and how they are printed.

A statement is a tuple whose first two elements are its operation and its number; what follows depends on the operation (README.md has
the table). A block is a list of statements. Numbers go from 1 in the order of the text; a task is named by the number of the statement
that spawned it, the main task is 0. Scopes and groups are named by the number of their statement, too."""
import os
import random

(CKPT, SCHED, SLEEP, SCOPE, GROUP, SPAWN, START, STARTED, CANCEL, SHIELD, DEADLINE, RAISE, RAISE_C, FINALLY, SWALLOW) = range(15)
(WAIT, SET, ACQUIRE, TRY, RELEASE, HOLD, TOTAL, AWAIT, NOTIFY, SEND, OFFER, RECEIVE, TAKE, CLOSE, CLONE) = range(15, 30)
NAMES = ("ckpt", "sched", "sleep", "scope", "group", "spawn", "start", "started", "cancel", "shield", "deadline", "raise", "raise C",
         "finally", "swallow",
         "wait", "set", "acquire", "try", "release", "hold", "total", "await", "notify", "send", "offer", "receive", "take", "close", "clone")
N_OPS = len(NAMES)
N_PLAIN_OPS = WAIT        # those before use no primitive
NEVER = 15                # a deadline that never comes
MAX_STATEMENTS = 200      # what comes later is not read
MAX_DEPTH = 8             # a compound statement deeper than this is a checkpoint
MAX_BYTES = 65535

# Where the blocks stand in a statement.
BLOCKS = {SCOPE: (4,), GROUP: (2,), SPAWN: (3,), START: (3,), FINALLY: (2, 3), SWALLOW: (2,), HOLD: (3,)}

# The argument of the statements that use a primitive is less than this: which one, and how (README.md has the table).
N_HOLDABLE = 5            # two locks, two semaphores, a limiter
LIMITS = {WAIT: 2, SET: 2, ACQUIRE: N_HOLDABLE, TRY: N_HOLDABLE, RELEASE: N_HOLDABLE, HOLD: N_HOLDABLE, TOTAL: 4, AWAIT: 2, NOTIFY: 8,
          SEND: 8, OFFER: 8, RECEIVE: 8, TAKE: 8, CLOSE: 16, CLONE: 16}


# ---- bytes
class Reader:
    def __init__(self, data, n_ops):
        self.data, self.n_ops, self.at, self.n, self.targets, self.groups = data, n_ops, 0, 0, [], []

    def byte(self):
        if self.at == len(self.data):
            return 0
        self.at += 1
        return self.data[self.at - 1]

    def block(self, depth):
        block = []
        for _ in range(self.byte() & 7):
            if self.n == MAX_STATEMENTS:
                break
            block.append(self.statement(depth))
        return block

    def statement(self, depth):
        op = self.byte() % self.n_ops
        self.n += 1
        number = self.n
        if op in BLOCKS and depth == MAX_DEPTH:
            return [CKPT, number]
        if op == SLEEP:
            return [op, number, self.byte() & 7]
        if op == SCOPE:
            flags = self.byte()
            self.targets.append(number)
            return [op, number, flags & 15, flags >> 4 & 1, self.block(depth + 1)]
        if op == GROUP:
            self.targets.append(number)
            self.groups.append(number)
            return [op, number, self.block(depth + 1)]
        if op in (SPAWN, START):
            return [op, number, self.byte(), self.block(depth + 1)]
        if op == CANCEL:
            return [op, number, self.byte()]
        if op == SHIELD:
            return [op, number, self.byte(), self.byte() & 1]
        if op == DEADLINE:
            return [op, number, self.byte(), self.byte() & 15]
        if op == FINALLY:
            return [op, number, self.block(depth + 1), self.block(depth + 1)]
        if op == SWALLOW:
            return [op, number, self.block(depth + 1)]
        if op == HOLD:
            return [op, number, self.byte() % LIMITS[op], self.block(depth + 1)]
        if op in LIMITS:
            return [op, number, self.byte() % LIMITS[op]]
        return [op, number]


def decode(data, n_ops=N_OPS):
    """Any bytes are a program."""
    reader = Reader(data[:MAX_BYTES], n_ops)

    def resolve(block):
        for i, s in enumerate(block):
            op = s[0]
            for j in BLOCKS.get(op, ()):
                resolve(s[j])
            if op in (SPAWN, START, CANCEL, SHIELD, DEADLINE):
                names = reader.groups if op in (SPAWN, START) else reader.targets
                if not names:
                    s = [SWALLOW, s[1], s[3]] if op in (SPAWN, START) else [CKPT, s[1]]
                else:
                    s[2] = names[s[2] % len(names)]
            block[i] = tuple(s)
        return block

    return resolve(reader.block(0))


def walk(block):
    for s in block:
        yield s
        for j in BLOCKS.get(s[0], ()):
            yield from walk(s[j])


def encode(block):
    """The inverse of decode(): decode(encode(p)) is p with the statements numbered afresh. Statements that refer to a scope or group that is
    not in the program are left out, with their blocks."""
    targets = {s[1]: i for i, s in enumerate(s for s in walk(block) if s[0] in (SCOPE, GROUP))}
    groups = {s[1]: i for i, s in enumerate(s for s in walk(block) if s[0] == GROUP)}
    out = bytearray()

    def there(s):
        return (s[2] in groups if s[0] in (SPAWN, START) else s[2] in targets) if s[0] in (SPAWN, START, CANCEL, SHIELD, DEADLINE) else True

    def put(b):
        b = [s for s in b if there(s)]
        assert len(b) <= 7
        out.append(len(b))
        for s in b:
            op = s[0]
            out.append(op)
            if op == SLEEP or op in LIMITS:
                out.append(s[2])
            elif op == SCOPE:
                out.append(s[2] | s[3] << 4)
            elif op in (SPAWN, START):
                out.append(groups[s[2]])
            elif op == CANCEL:
                out.append(targets[s[2]])
            elif op in (SHIELD, DEADLINE):
                out.extend((targets[s[2]], s[3]))
            for j in BLOCKS.get(op, ()):
                put(s[j])

    if any(not there(s) for s in walk(block)):
        # A dropped statement may hold the scope that another one refers to: drop until nothing dangles.
        def clean(b):
            return [tuple(clean(x) if i in BLOCKS.get(s[0], ()) else x for i, x in enumerate(s)) for s in b if there(s)]
        return encode(clean(block))
    put(block)
    return bytes(out)


def number(block):
    """The same program with the statements numbered in the order of the text."""
    return decode(encode(block))


# ---- random programs
# (operation, weight); the second table is for the deepest blocks.
SIMPLE = ((CKPT, 8), (SCHED, 5), (SLEEP, 20), (STARTED, 3), (CANCEL, 14), (SHIELD, 13), (DEADLINE, 6), (RAISE, 5), (RAISE_C, 2))
COMPOUND = ((SCOPE, 16), (GROUP, 13), (SPAWN, 28), (START, 14), (FINALLY, 7), (SWALLOW, 5))
DEEPEST = 5
SMALLEST, LARGEST = 18, 45


def table(rows):
    out = []
    for op, weight in rows:
        out += [op] * weight
    return tuple(out)


SIMPLE_TABLE, COMPOUND_TABLE = table(SIMPLE), table(COMPOUND)
COMPOUND_CHANCE = (0.85, 0.65, 0.5, 0.4, 0.3, 0.0)


def generate(seed):
    """The program of this seed, without primitives; sharing.py has those with them. Only Random.random() is used, whose sequence is the same in every version of Python."""
    rnd = random.Random(seed).random

    def pick(items):
        return items[int(rnd() * len(items))]

    state = [0]       # statements so far
    targets = []      # numbers of all scopes and groups
    groups = []
    later = []        # statements whose target is chosen when all are known

    def block(depth, inside, wanted=False, first=None):
        """@wanted: started() shall be in there, perhaps deeper. @first: what the first statement shall be; a start goes into the innermost group."""
        out = []
        n = 1 + int(rnd() * 4)
        if depth == 0:
            n = max(n, 3)
        at = int(rnd() * n) if wanted else -1
        deeper = rnd() < 0.5 and depth < DEEPEST
        for i in range(n):
            if state[0] >= LARGEST:
                break
            state[0] += 1
            num = state[0]
            if i == at and not deeper:
                out.append([STARTED, num])
                continue
            if i == 0 and first is not None:
                op = first
            elif i == at:
                op = SCOPE if rnd() < 0.6 else GROUP
            elif rnd() < COMPOUND_CHANCE[depth]:
                op = pick(COMPOUND_TABLE)
                if op in (SPAWN, START) and not any(g for _, g in inside):
                    op = GROUP
            else:
                op = pick(SIMPLE_TABLE)
                if op in (RAISE, RAISE_C) and i < n - 1 and rnd() < 0.6:
                    op = SLEEP
            s = [op, num]
            out.append(s)
            if op == SLEEP:
                s.append(int(rnd() * 4))
            elif op == SCOPE:
                s += [int(rnd() * 6) if rnd() < 0.4 else NEVER, int(rnd() < 0.2)]
                targets.append(num)
                s.append(block(depth + 1, inside + [(num, False)], i == at))
            elif op == GROUP:
                targets.append(num)
                groups.append(num)
                s.append(block(depth + 1, inside + [(num, True)], i == at))
            elif op in (SPAWN, START):
                mine = [x for x, is_group in inside if is_group]
                s.append(mine[-1] if i == 0 and first == START or rnd() < (0.5 if op == SPAWN else 0.7) else pick(mine))
                if rnd() < 0.06:
                    later.append((s, groups))
                # A task that is not in the innermost group likes to start something there.
                outsider = op == SPAWN and s[2] != mine[-1] and depth + 1 < DEEPEST and rnd() < 0.4
                s.append(block(depth + 1, inside, op == START and rnd() < 0.8, START if outsider else None))
            elif op == CANCEL:
                s.append(pick(inside)[0] if inside else 0)
                if not inside or rnd() < 0.35:
                    later.append((s, targets))
            elif op in (SHIELD, DEADLINE):
                s.append(pick(inside)[0] if inside else 0)
                if i == 0 and first == SHIELD:
                    s.append(1)
                    continue
                s.append(int(rnd() * 2) if op == SHIELD else int(rnd() * 8) if rnd() < 0.85 else NEVER)
                if not inside or rnd() < 0.4:
                    later.append((s, targets))
            elif op == FINALLY:
                # What the body fails with is often judged further out under another state.
                s.append(block(depth + 1, inside, False, GROUP if depth + 1 < DEEPEST and rnd() < 0.4 else None))
                s.append(block(depth + 1, inside, False, SHIELD if inside and rnd() < 0.4 else None))
            elif op == SWALLOW:
                s.append(block(depth + 1, inside))
        return out

    while True:
        state[0] = 0
        targets.clear()
        groups.clear()
        later.clear()
        main = block(0, [])
        if state[0] >= SMALLEST and groups:
            break
    for s, names in later:
        s[2] = pick(names)

    def freeze(b):
        for i, s in enumerate(b):
            for j in BLOCKS.get(s[0], ()):
                freeze(s[j])
            b[i] = tuple(s)
        return b

    return freeze(main)


def noise(seed, plain=False):
    """The program of bytes without a plan: deeper and longer than those of generate()."""
    rnd = random.Random(seed).random
    return decode(bytes([1 + int(rnd() * 7)] + [int(rnd() * 256) for _ in range(20 + int(rnd() * 300))]), N_PLAIN_OPS if plain else N_OPS)


def regressions():
    """[(program in bytes, what it is about)]: run before the random ones."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regressions.txt")
    with open(path, encoding="utf-8") as f:
        rows = [line.split(None, 1) for line in f if line.strip() and line[0] != "#"]
    return [(bytes.fromhex(data), about.strip()) for data, about in rows]


# ---- for people
HOLDABLE = ("lock0", "lock1", "semaphore0", "semaphore1", "limiter")
STREAMS = ("rendezvous", "stream1", "stream3", "unbounded")


def argument(op, x):
    """What the argument of a statement that uses a primitive means."""
    if op in (WAIT, SET):
        return "event%d" % x
    if op in (ACQUIRE, TRY, RELEASE, HOLD):
        return HOLDABLE[x]
    if op == AWAIT:
        return "condition%d" % x
    if op == NOTIFY:
        return "condition%d %s" % (x & 1, x >> 1 if x >> 1 < 3 else "all")
    if op in (SEND, OFFER, RECEIVE, TAKE):
        return STREAMS[x & 3] + (" clone" if x & 4 else "")
    if op in (CLOSE, CLONE):
        return "%s %s%s" % (STREAMS[x & 3], "receiver" if x & 8 else "sender", " clone" if x & 4 and op == CLOSE else "")
    return str(x)


def show(block, indent=0):
    pad = "    " * indent
    for s in block:
        op, num = s[0], s[1]
        name = NAMES[op]
        head = "%4d  %s" % (num, pad)

        def inner(b):
            return "".join(show(b, indent + 1)) + "      " + pad + "}"
        if op == HOLD:
            yield "%shold %s {\n%s\n" % (head, argument(op, s[2]), inner(s[3]))
        elif op in LIMITS:
            yield "%s%s %s\n" % (head, name, argument(op, s[2]))
        elif op == SLEEP:
            yield "%s%s %d\n" % (head, name, s[2])
        elif op == SCOPE:
            yield "%sscope s%d%s%s {\n%s\n" % (head, num, " deadline %d" % s[2] if s[2] != NEVER else "", " shield" if s[3] else "", inner(s[4]))
        elif op == GROUP:
            yield "%sgroup s%d {\n%s\n" % (head, num, inner(s[2]))
        elif op in (SPAWN, START):
            yield "%s%s s%d {\n%s\n" % (head, name, s[2], inner(s[3]))
        elif op == CANCEL:
            yield "%scancel s%d\n" % (head, s[2])
        elif op == SHIELD:
            yield "%sshield s%d %s\n" % (head, s[2], "on" if s[3] else "off")
        elif op == DEADLINE:
            yield "%sdeadline s%d %s\n" % (head, s[2], s[3] if s[3] != NEVER else "never")
        elif op == RAISE:
            yield "%sraise %d\n" % (head, num)
        elif op == FINALLY:
            yield "%sfinally {\n%s cleanup {\n%s\n" % (head, inner(s[2]), inner(s[3]))
        elif op == SWALLOW:
            yield "%sswallow {\n%s\n" % (head, inner(s[2]))
        else:
            yield "%s%s\n" % (head, name)
