# SPDX-License-Identifier: LGPL-2.1-or-later
"""The statements of the conformance programs that run blocks together, again, or for each item, in Python; select, task slots and caches."""

import collections
import functools
import itertools
import math

from gi.repository import Anyio


class Combinators:
    """What uses it has say(), block(), child(), make_frame(), make_failure(), describe(), and the objects, groups and handles of a case."""

    def __init__(self):
        super().__init__()
        self.counts = collections.Counter()  # of what fails so many times

    async def failing_(self, frame, node, n, name):
        self.counts[node] += 1
        if self.counts[node] <= int(n):
            raise self.make_failure(name)

    # --- together ---

    async def part(self, node):
        await self.block(self.make_frame(), node.body)
        return node.words[1]

    def parts(self, node):
        return [self.part(part) for part in node.body]

    async def gather_(self, frame, node):
        await Anyio.gather(*self.parts(node))

    async def race_(self, frame, node):
        self.say(f"race={await Anyio.race(*self.parts(node))}")

    async def first_success_(self, frame, node, stagger):
        delay = None if stagger == "0" else math.inf if stagger == "never" else float(stagger)
        self.say(f"first-success={await Anyio.first_success(*self.parts(node), delay=delay)}")

    async def as_completed_(self, frame, node):
        parts = self.parts(node)
        for part, child in zip(parts, node.body):
            part.__qualname__ = child.words[1]
        async with Anyio.as_completed(*parts) as completed:
            async for task in completed:
                self.say(task.name)

    async def map_(self, frame, node, limit, *items):
        async def work(item):
            own = self.make_frame()
            own.item = item
            await self.block(own, node.body)

        await Anyio.amap(work, items, limit=None if limit == "never" else int(limit))

    async def item_(self, frame, node):
        self.say(frame.item)

    def operation(self, words):
        """What select() takes."""
        verb, name, *rest = words
        if verb == "wait":
            return self.handles[name].wait
        method = getattr(self.objects[name], "wait" if verb == "await" else verb)
        return functools.partial(method, *rest) if rest else method

    async def select_(self, frame, node, quietly=None):
        index, value = await Anyio.select(*(self.operation(operation.words) for operation in node.body))
        verb, name = node.body[index].words[:2]
        if quietly is None:
            self.say(f"{name}={value}" if verb == "receive" else name)

    # --- again ---

    async def retry_(self, frame, node, attempts, delay, factor, most):
        attempts = None if attempts == "never" else int(attempts)
        await Anyio.retry(self.block, frame, node.body, attempts=attempts, delay=float(delay), factor=float(factor), max_delay=float(most))

    async def supervise_(self, frame, node, attempts, delay, factor, most, always=None):
        await Anyio.supervise(
            self.block,
            frame,
            node.body,
            restart=Anyio.Restart.ALWAYS if always else Anyio.Restart.ON_FAILURE,
            backoff=Anyio.Backoff(float(delay), float(factor), float(most), 0, None if attempts == "never" else int(attempts)),
            failed=lambda error, n_failures: self.say(f"{self.describe(error)}#{n_failures}"),
        )

    # --- slots and caches ---

    async def slot_(self, frame, node, name, group, delay):
        self.objects[name] = Anyio.TaskSlot(self.groups[group], float(delay))

    async def put_(self, frame, node, slot, name):
        self.objects[slot].start(self.child, node.body, name=name)

    async def clear_(self, frame, node, slot):
        self.objects[slot].cancel()

    async def cache_(self, frame, node, name, *options):
        options = dict(zip(options[::2], options[1::2]))
        numbers = itertools.count(1)

        async def load(key):
            number = next(numbers)
            await self.block(self.make_frame(), node.body)
            return number

        size = int(options["size"]) if "size" in options else None
        age = float(options["age"]) if "age" in options else None
        self.objects[name] = Anyio.functools.lru_cache(load, maxsize=size, ttl=age, always_checkpoint=True)

    async def fetch_(self, frame, node, name, key):
        self.say(f"{key}={await self.objects[name](key)}")

    async def forget_(self, frame, node, name):
        self.objects[name].cache_clear()
