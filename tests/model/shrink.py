# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a program smaller while something stays true of it: delta debugging over the tree of statements."""
from program import BLOCKS, DEADLINE, NEVER, SCOPE, SLEEP, SPAWN, START, decode, encode, walk


def size(program):
    return sum(1 for _ in walk(program))


def paths(block, path=()):
    """Every block of the program, outer ones first, as the way to it."""
    yield path
    for i, s in enumerate(block):
        for j in BLOCKS.get(s[0], ()):
            yield from paths(s[j], path + ((i, j),))


def at(block, path):
    for i, j in path:
        block = block[i][j]
    return block


def replace(block, path, new):
    if not path:
        return new
    (i, j), rest = path[0], path[1:]
    s = list(block[i])
    s[j] = replace(s[j], rest, new)
    return block[:i] + [tuple(s)] + block[i + 1:]


def simpler(s):
    """Statements that could stand in the place of this one."""
    op = s[0]
    if op == SLEEP and s[2] > 0:
        yield (op, s[1], s[2] - 1)
    if op == SCOPE:
        if s[2] != NEVER:
            yield (op, s[1], NEVER) + s[3:]
            if s[2] > 0:
                yield (op, s[1], s[2] - 1) + s[3:]
        if s[3]:
            yield s[:3] + (0,) + s[4:]
    if op == DEADLINE and 0 < s[3] < NEVER:
        yield s[:3] + (s[3] - 1,)
    if op == START:
        yield (SPAWN,) + s[1:]


def candidates(program):
    """Smaller programs, the boldest first."""
    for path in list(paths(program)):
        block = at(program, path)
        n = len(block)
        width = n
        while width >= 1:                                   # delete runs of statements
            for i in range(0, n, width):
                yield replace(program, path, block[:i] + block[i + width:])
            width //= 2
    for path in list(paths(program)):
        block = at(program, path)
        for i, s in enumerate(block):
            for j in BLOCKS.get(s[0], ()):                  # put a block in the place of its statement
                if len(block) - 1 + len(s[j]) <= 7:
                    yield replace(program, path, block[:i] + s[j] + block[i + 1:])
    for path in list(paths(program)):
        block = at(program, path)
        for i, s in enumerate(block):
            for t in simpler(s):
                yield replace(program, path, block[:i] + [t] + block[i + 1:])


def weight(program):
    return (size(program), sum(s[2] for s in walk(program) if s[0] == SLEEP), len(encode(program)),
            sum(min(s[2], 9) + s[3] for s in walk(program) if s[0] == SCOPE), sum(s[0] == START for s in walk(program)),
            sum(s[3] for s in walk(program) if s[0] == DEADLINE))


def shrink(program, fails, budget=2000):
    """The smallest program found for which @fails still says True; @fails is asked @budget times at most."""
    seen = set()
    again = True
    while again and budget > 0:
        again = False
        for candidate in candidates(program):
            data = encode(candidate)
            if data in seen:
                continue
            seen.add(data)
            candidate = decode(data)
            if weight(candidate) >= weight(program):
                continue
            budget -= 1
            if fails(candidate):
                program = candidate
                again = True
                break
            if budget == 0:
                break
    return program
