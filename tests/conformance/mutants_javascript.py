# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults to be put into the toolbox of JavaScript, each of which the tests must find: (name, file, old text, new text). The old text stands in the file exactly once."""

LOCKS = "locks.js"
LIMITERS = "limiters.js"
QUEUE = "queue.js"
STREAMS = "streams.js"
EVENTS = "events.js"
TASKS = "tasks.js"
SELECT = "select.js"
BROADCAST = "broadcast.js"

FOLDER = "introspection/gjs"
PLACE = "anyio"
VARIABLE = "GJS_PATH"
TESTS = ("sync", "streams", "combine", "misuse")  # of tests/bindings/gjs

MUTANTS = (
    # --- the queue of all ---
    ("queue: a stack", QUEUE, "        const {first} = this;\n        if (first", "        const first = this.last;\n        if (first"),
    ("queue: one more stands in it than counted", QUEUE, "        this.last = entry;\n        this.length++;", "        this.last = entry;"),
    ("queue: serving all leaves the last", QUEUE, "for (let left = this.length; left > 0", "for (let left = this.length - 1; left > 0"),
    (
        "queue: failing all fails the first",
        QUEUE,
        "        while (this.first !== null)\n            this.shift().fail(makeError());",
        "        if (this.first !== null)\n            this.shift().fail(makeError());",
    ),
    (
        "waiter: cancelled, it stays in the queue",
        QUEUE,
        "            return false;\n        this.queue.remove(this);\n",
        "            return false;\n",
    ),
    ("waiter: a cancellation reaches it where it must not", QUEUE, "this.queue === null || this.isShielded", "this.queue === null"),
    ("waiter: served, it is cancelled", QUEUE, "        if (!this.isServed)\n", "        if (!this.isServed || this.task._isCancelled)\n"),
    ("waiter: an error is a success", QUEUE, "        else if (this.error !== null)\n            this._reject(this.error);\n", ""),
    ("waiter: serving does not wake", QUEUE, "        this.value = value;\n        this.wake();", "        this.value = value;"),
    # --- locks and conditions ---
    ("lock: free for a moment at the hand-over", LOCKS, "        this._give(next.task);\n        next.serve();", "        next.serve();"),
    ("lock: not taken without a wait", LOCKS, "            return false;\n        this._give(task);\n", "            return false;\n"),
    (
        "lock: acquired in a cancelled scope",
        LOCKS,
        "            this._checkMisuse(task);\n            return tasks.yieldAndFail(task);\n",
        "            this._checkMisuse(task);\n",
    ),
    (
        "lock: acquired twice in a cancelled scope",
        LOCKS,
        "            this._checkMisuse(task);\n            return tasks",
        "            return tasks",
    ),
    (
        "lock: re-entrant",
        LOCKS,
        "        this._checkMisuse(task);\n        if",
        "        if (this._owner === task)\n            return true;\n        if",
    ),
    (
        "lock: anybody releases it",
        LOCKS,
        "        if (this._owner !== task && this._brokenBy === null)",
        "        if (this._owner === null && this._brokenBy === null)",
    ),
    (
        "lock: releasing a broken one is an error",
        LOCKS,
        "        if (this._owner !== task && this._brokenBy === null)",
        "        if (this._owner !== task)",
    ),
    ("lock: run() does not release it", LOCKS, "            if (this._owner === task)\n                this._handOver();", ""),
    ("lock: an owner that ends breaks nothing", LOCKS, "        this._brokenBy = this._owner.name;\n", ""),
    ("lock: an owner that ends wakes nobody", LOCKS, "        this._queue.failAll(() => this._makeBroken());\n", "        void this._queue;\n"),
    ("lock: does not watch its owner", LOCKS, "        task._hold(this);\n", ""),
    ("lock: a released one is still watched", LOCKS, "        this._owner._held.delete(this);\n", ""),
    (
        "lock: late comers wait for a broken one",
        LOCKS,
        "        if (this._brokenBy !== null)\n            throw this._makeBroken();\n        if (this._owner !== null)",
        "        if (this._owner !== null || this._brokenBy !== null)",
    ),
    (
        "lock: its conditions hang when it breaks",
        LOCKS,
        "            queue.failAll(() => this._makeBroken());",
        "            void queue;",
    ),
    ("condition: its lock never forgets it", LOCKS, "            this.lock._conditions.delete(this);", "            void this.lock;"),
    ("condition: one more is notified", LOCKS, "let left = count; left > 0", "let left = count; left >= 0"),
    ("condition: all but one are notified", LOCKS, "this.notify(this._queue.length, context)", "this.notify(this._queue.length - 1, context)"),
    ("condition: a notified one is cancelled", LOCKS, "            waiter.isShielded = true;\n", ""),
    (
        "condition: jumps the lock's queue",
        LOCKS,
        "            waiter.isShielded = true;\n            this._queue.append(waiter);",
        "            waiter.isShielded = true;\n"
        "            const others = [];\n"
        "            while (this._queue.first !== null)\n"
        "                others.push(this._queue.shift());\n"
        "            for (const one of [waiter, ...others])\n"
        "                this._queue.append(one);",
    ),
    ("condition: cancelled, it succeeds", LOCKS, "        this.wasCancelled = true;\n", ""),
    (
        "condition: cancelled, it goes on without the lock",
        LOCKS,
        "        this.lock._giveAgain(this);\n        return false;",
        "        return true;",
    ),
    (
        "condition: cancelled, it takes the notice of another",
        LOCKS,
        "        return super.abort() && this.abortForLock();",
        "        const {queue} = this;\n"
        "        const isOut = super.abort();\n"
        "        if (isOut)\n"
        "            queue.shift()?.notified();\n"
        "        return isOut && this.abortForLock();",
    ),
    (
        "condition: waits in a cancelled scope",
        LOCKS,
        "        if (task._isCancelled) {\n            await tasks.yieldAndFail(task);\n            return;\n        }\n",
        "",
    ),
    ("condition: keeps the lock while it waits", LOCKS, "        this.lock._handOver();\n        await", "        await"),
    ("condition: anybody notifies", LOCKS, "        this.lock._checkHeld(tasks.taskOf(context, 'Condition.notify'), 'Condition.notify');\n", ""),
    (
        "condition: waits with a broken lock",
        LOCKS,
        "        this._checkHeld(task, where);\n        if (this._brokenBy !== null)\n            throw this._makeBroken();",
        "        this._checkHeld(task, where);",
    ),
    ("condition: is forgotten by its lock", LOCKS, "        (this.lock._conditions ??= new Set()).add(this);\n", "        this.lock._conditions ??= new Set();\n"),
    # --- semaphores, limiters ---
    (
        "semaphore: handed over and counted",
        LIMITERS,
        "        if (next === null)\n            this._value++;\n        else\n            next.serve();",
        "        this._value++;\n        next?.serve();",
    ),
    ("semaphore: wakes nobody", LIMITERS, "        else\n            next.serve();\n    }\n\n    async run", "    }\n\n    async run"),
    ("semaphore: a unit is lost on the way", LIMITERS, "            this._value++;\n", "            this._value += 0;\n"),
    ("semaphore: not counted", LIMITERS, "        this._value--;\n", ""),
    ("semaphore: below zero", LIMITERS, "        if (this._value === 0)\n", "        if (this._value < 0)\n"),
    ("semaphore: one above the maximum", LIMITERS, "        if (this._value === this.maxValue)\n", "        if (this._value > this.maxValue)\n"),
    ("limiter: lends one too many", LIMITERS, "        if (this._borrowers.size >= this._total)", "        if (this._borrowers.size > this._total)"),
    (
        "limiter: lends more than was raised",
        LIMITERS,
        "this._queue.first !== null && this._borrowers.size < this._total",
        "this._queue.first !== null && this._borrowers.size <= this._total",
    ),
    (
        "limiter: lends one at a time when raised",
        LIMITERS,
        "        while (this._queue.first !== null && this._borrowers.size",
        "        if (this._queue.first !== null && this._borrowers.size",
    ),
    (
        "limiter: raising wakes nobody",
        LIMITERS,
        "        this._total = checkTotal(total);\n        this._lendToWaiters();\n",
        "        this._total = checkTotal(total);\n",
    ),
    (
        "limiter: a token given back wakes nobody",
        LIMITERS,
        "            borrower._held.delete(this);\n        this._lendToWaiters();\n",
        "            borrower._held.delete(this);\n",
    ),
    ("limiter: keeps the token of a task that ends", LIMITERS, "        this._borrowers.delete(task);\n        this._lendToWaiters();\n", ""),
    (
        "limiter: the token of a task that ends wakes nobody",
        LIMITERS,
        "        this._borrowers.delete(task);\n        this._lendToWaiters();\n",
        "        this._borrowers.delete(task);\n",
    ),
    ("limiter: does not watch its borrowers", LIMITERS, "            borrower._hold(this);\n", "            void borrower;\n"),
    (
        "limiter: two tokens for one",
        LIMITERS,
        "        if (this._borrowers.has(borrower) || this._queued.has(borrower))",
        "        if (this._queued.has(borrower))",
    ),
    (
        "limiter: a borrower waits twice",
        LIMITERS,
        "        if (this._borrowers.has(borrower) || this._queued.has(borrower))",
        "        if (this._borrowers.has(borrower))",
    ),
    ("limiter: a cancelled waiter is still said to wait", LIMITERS, "            this.queued.delete(this.data);\n", "            void this.data;\n"),
    ("limiter: a waiter that was served is still said to wait", LIMITERS, "            this._queued.delete(next.data);\n", ""),
    (
        "limiter: cancelled is told before misuse",
        LIMITERS,
        "        this._check(borrower, where);\n        if (task._isCancelled)\n            return tasks.yieldAndFail(task);\n",
        "        if (task._isCancelled)\n            return tasks.yieldAndFail(task);\n        this._check(borrower, where);\n",
    ),
    (
        "limiter: acquired in a cancelled scope",
        LIMITERS,
        "        this._check(borrower, where);\n        if (task._isCancelled)\n            return tasks.yieldAndFail(task);\n",
        "        this._check(borrower, where);\n",
    ),
    (
        "rate: more than the burst",
        LIMITERS,
        "Math.min(this.burst, this._tokens + (now - this._since) * this.tokensPerSecond)",
        "Math.min(Number.MAX_VALUE, this._tokens + (now - this._since) * this.tokensPerSecond)",
    ),
    ("rate: overtakes those who wait", LIMITERS, "        if (this._queue.first === null && this._take(count))", "        if (this._take(count))"),
    (
        "rate: the second waiter has no timer",
        LIMITERS,
        "        first?.arm(this._since",
        "        if (this._queue.length === 1)\n            first.arm(this._since",
    ),
    (
        "rate: a cancelled first one leaves the second without a timer",
        LIMITERS,
        "        if (wasFirst)\n            this.limiter._serve();",
        "        void wasFirst;",
    ),
    # --- streams ---
    ("stream: room for one more", STREAMS, "        else if (this.buffer.length < this.size)", "        else if (this.buffer.length <= this.size)"),
    (
        "stream: a handed over item is buffered, too",
        STREAMS,
        "        if (receiver !== null)\n            receiver.serve(item);\n        else if",
        "        receiver?.serve(item);\n        if",
    ),
    ("stream: sent to nobody", STREAMS, "        if (this.nReceiveStreams === 0)\n            throw makeBroken();\n", ""),
    ("stream: the buffer is a stack", STREAMS, "            const item = this.buffer.shift();\n", "            const item = this.buffer.pop();\n"),
    (
        "stream: no sender moves up",
        STREAMS,
        "            const sender = this.senders.shift();\n            if (sender !== null) {",
        "            const sender = null;\n            if (sender !== null) {",
    ),
    ("stream: the item of a sender that moves up is lost", STREAMS, "                this.buffer.push(sender.data.item);\n", ""),
    ("stream: a sender whose item was taken is not woken", STREAMS, "            sender.serve();\n            return", "            return"),
    (
        "stream: receivers end when one sender is closed",
        STREAMS,
        "        if (--this.nSendStreams === 0)\n",
        "        if (--this.nSendStreams >= 0)\n",
    ),
    (
        "stream: receivers wait for ever when all senders are closed",
        STREAMS,
        "            this.receivers.failAll(makeEndOfStream);",
        "            void makeEndOfStream;",
    ),
    ("stream: senders wait for ever when all receivers are closed", STREAMS, "        this.senders.failAll(makeBroken);\n", ""),
    (
        "stream: senders are broken when one receiver is closed",
        STREAMS,
        "        if (--this.nReceiveStreams > 0)",
        "        if (--this.nReceiveStreams > 1)",
    ),
    ("stream: keeps what nobody will receive", STREAMS, "        this.buffer = [];\n        this.senders", "        this.senders"),
    (
        "stream: the end comes before the buffer is empty",
        STREAMS,
        "    take() {\n",
        "    take() {\n        if (this.nSendStreams === 0)\n            throw makeEndOfStream();\n",
    ),
    (
        "stream: the end never comes",
        STREAMS,
        "        if (this.nSendStreams === 0)\n            throw makeEndOfStream();\n        return NOT_NOW;",
        "        return NOT_NOW;",
    ),
    ("stream: closing does not wake who waits at that end", STREAMS, "                entry.fail(makeClosed());\n", ""),
    (
        "stream: closing wakes who waits at other ends",
        STREAMS,
        "            if (entry.data.end === this)\n                own.push(entry);",
        "            own.push(entry);",
    ),
    (
        "stream: closing twice counts twice",
        STREAMS,
        "        if (this._isClosed)\n            return;\n        this._isClosed = true;",
        "        this._isClosed = true;",
    ),
    ("stream: a closed end goes on", STREAMS, "        if (this._isClosed)\n            throw makeClosed();\n", ""),
    (
        "stream: a closed end is cloned",
        STREAMS,
        "        this._checkOpen();\n        return new SendStream(this._channel);",
        "        return new SendStream(this._channel);",
    ),
    ("stream: a clone is not counted", STREAMS, "        channel.nSendStreams++;\n", "        channel.nSendStreams = 1;\n"),
    (
        "stream: sent in a cancelled scope",
        STREAMS,
        "    if (task._isCancelled)\n        return tasks.yieldAndFail(task);\n    let value;",
        "    let value;",
    ),
    (
        "broadcast: the newest is dropped",
        BROADCAST,
        "            this._buffer.shift();\n        }\n        this._buffer.push(item);",
        "            this._buffer.pop();\n        }\n        this._buffer.push(item);",
    ),
    (
        "broadcast: room does not wake who sends",
        BROADCAST,
        "            this._stream._sendWaiting();\n            return item;",
        "            return item;",
    ),
    (
        "broadcast: closing a receiver does not wake who sends",
        BROADCAST,
        "        this._receivers.failAll(() => makeClosed('This receiver'));\n        this._stream._sendWaiting();",
        "        this._receivers.failAll(() => makeClosed('This receiver'));",
    ),
    # --- events, barriers, and what all have in common ---
    ("event: setting wakes nobody", EVENTS, "        this._isSet = true;\n        this._queue.serveAll();\n", "        this._isSet = true;\n"),
    ("event: waits in vain", EVENTS, "        this._isSet = true;\n        this._queue.serveAll();\n", "        this._queue.serveAll();\n"),
    (
        "event: a wait in a cancelled scope succeeds",
        EVENTS,
        "        const task = tasks.taskOf(context, 'Event.wait');\n        if (task._isCancelled)",
        "        const task = tasks.taskOf(context, 'Event.wait');\n        if (task._isCancelled && !this._isSet)",
    ),
    ("barrier: opens one too late", EVENTS, "        if (this._queue.length + 1 < this.parties)", "        if (this._queue.length < this.parties)"),
    ("barrier: the places are one off", EVENTS, "this._queue.shift().serve(place);", "this._queue.shift().serve(place + 1);"),
    ("task: hands back the first first", TASKS, "[...this._held].reverse().forEach", "[...this._held].forEach"),
    (
        "task: hands back after its group has learned",
        TASKS,
        "            [...this._held].reverse().forEach(what => what._ownerEnded(this)); // the last first",
        "            Promise.resolve().then(() => [...this._held].reverse().forEach(what => what._ownerEnded(this)));",
    ),
    (
        "task: hands back nothing",
        TASKS,
        "        if (this._held !== null)\n            [...this._held]",
        "        if (this._held === undefined)\n            [...this._held]",
    ),
    ("select: stays in the other queues", SELECT, "            branch.queue?.remove(branch);\n", "            void branch;\n"),
    ("select: a decided one is cancelled", SELECT, "        if (this.branches.length === 0)\n            return false;\n", ""),
    ("select: begins always with the first", SELECT, "    const first = rotation++ % list.length;", "    const first = 0 * rotation % list.length;"),
)
