# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults to be put into the toolbox of Python, each of which the tests must find: (name, file, old text, new text). The old text stands in the file exactly once."""

LOCK = "_lock.py"
LIMITS = "_limits.py"
MEMORY = "_memory.py"
ENDS = "_ends.py"
EVENT = "_event.py"
MOMENT = "_moment.py"
DRIVER = "_driver.py"
TASKS = "_tasks.py"
SELECT = "_select.py"
BROADCAST = "_broadcast.py"
SLOT = "_slot.py"

FOLDER = "introspection/python"
PLACE = "gi/overrides/Anyio"
VARIABLE = "PYTHONPATH"
TESTS = ("sync", "limits", "memory", "combinators")  # of tests/bindings/python

MUTANTS = (
    # --- locks and conditions ---
    ("lock: served from the back", LOCK, "waiter, self._owner = waiters.popitem(last=False)", "waiter, self._owner = waiters.popitem()"),
    (
        "lock: free for a moment at the hand-over",
        LOCK,
        "        waiter, self._owner = waiters.popitem(last=False)\n        waiter.grant(None)\n",
        "        waiter, _ = waiters.popitem(last=False)\n        self._owner = None\n        waiter.grant(None)\n",
    ),
    (
        "lock: not taken without a wait",
        LOCK,
        "        if self._owner is None:\n            self._owner = task\n",
        "        if self._owner is None:\n            pass\n",
    ),
    (
        "lock: acquired in a cancelled scope",
        LOCK,
        "            self._check_misuse(task)\n            await refuse_cancelled(task)\n",
        "            self._check_misuse(task)\n",
    ),
    ("lock: acquired twice in a cancelled scope", LOCK, "            self._check_misuse(task)\n            await refuse", "            await refuse"),
    (
        "lock: a cancelled waiter stays in the queue",
        LOCK,
        "            self._waiters.pop(waiter, None)\n        return True",
        "            pass\n        return True",
    ),
    (
        "lock: re-entrant",
        LOCK,
        "        if self._owner is task:\n            raise RuntimeError",
        "        if False:\n            raise RuntimeError",
    ),
    (
        "lock: anybody releases it",
        LOCK,
        '            raise RuntimeError("The current task is not holding this lock")\n',
        "            task = self._owner\n",
    ),
    ("lock: a free one is released", LOCK, '            raise RuntimeError("The current task is not holding this lock")\n', "            return\n"),
    ("lock: releasing a broken one is an error", LOCK, "            if self._is_broken():\n                return\n", ""),
    ("lock: the next owner is not watched", LOCK, "        if waiters or self._conditions:\n            self._guard()\n", ""),
    (
        "lock: an owner for which waiters come is not watched",
        LOCK,
        "        self._waiters[waiter] = task\n        self._guard()\n",
        "        self._waiters[waiter] = task\n",
    ),
    (
        "lock: an owner that ends breaks nothing",
        LOCK,
        "                queue.popitem(last=False)[0].refuse(self._broken())\n",
        "                queue.popitem(last=False)\n",
    ),
    (
        "lock: breaks from the back",
        LOCK,
        "                queue.popitem(last=False)[0].refuse(self._broken())",
        "                queue.popitem()[0].refuse(self._broken())",
    ),
    ("lock: a released one is still watched", LOCK, "            task.guarded.pop(self, None)\n        waiters", "            pass\n        waiters"),
    ("lock: late comers wait for a broken one", LOCK, "        if self._is_broken():\n            raise self._broken()\n", ""),
    (
        "lock: its conditions hang when it breaks",
        LOCK,
        "(self._waiters, *(condition._waiters for condition in self._conditions))",
        "(self._waiters,)",
    ),
    (
        "lock: an owner without a wait is not watched for the conditions",
        LOCK,
        "            if self._conditions:\n                self._guard()\n            task.budget",
        "            task.budget",
    ),
    (
        "lock: nor one that does not wait",
        LOCK,
        "            if self._conditions:\n                self._guard()\n            return\n",
        "            return\n",
    ),
    ("lock: nor one that was notified", LOCK, "            if lock._conditions:\n                lock._guard()\n", ""),
    (
        "condition: notified from the back",
        LOCK,
        "            task = self._waiters.popitem(last=False)[0]\n",
        "            task = self._waiters.popitem()[0]\n",
    ),
    ("condition: one more is notified", LOCK, "        while n > 0 and self._waiters:", "        while n >= 0 and self._waiters:"),
    ("condition: all but one are notified", LOCK, "        self._notify(len(self._waiters))", "        self._notify(len(self._waiters) - 1)"),
    (
        "condition: a notified one is cancelled",
        LOCK,
        "            task.abort = None\n            self._reacquire(task)",
        "            self._reacquire(task)",
    ),
    (
        "condition: cancelled, it takes the notice of another",
        LOCK,
        "        del self._waiters[task]\n        self._look()\n",
        "        self._notify(1)\n        self._waiters.pop(task, None)\n        self._look()\n",
    ),
    ("condition: cancelled, it succeeds", LOCK, "        if task.aborted:\n            raise cancelled(task)\n", ""),
    ("condition: cancelled, it goes on without the lock", LOCK, "        self._reacquire(task)\n        return False", "        return True"),
    (
        "condition: waits in a cancelled scope",
        LOCK,
        "            raise lock._broken()\n        if task.cancelled:\n            await refuse_cancelled(task)\n",
        "            raise lock._broken()\n",
    ),
    ("condition: keeps the lock while it waits", LOCK, "        lock._release(task)\n        task.aborted", "        task.aborted"),
    ("condition: anybody notifies", LOCK, "        if self._lock._owner is not task and not self._lock._is_broken():", "        if False:"),
    ("condition: waits with a broken lock", LOCK, "        if lock._owner is not task:\n            raise lock._broken()\n", ""),
    (
        "condition: jumps the lock's queue",
        LOCK,
        "            lock.enter_acquire(task, task)\n",
        "            lock.enter_acquire(task, task)\n            lock._waiters.move_to_end(task, last=False)\n",
    ),
    # --- semaphores, limiters ---
    (
        "semaphore: served from the back",
        LIMITS,
        "            self._waiters.popitem(last=False)[0].grant(None)\n            return",
        "            self._waiters.popitem()[0].grant(None)\n            return",
    ),
    (
        "semaphore: handed over and counted",
        LIMITS,
        "            self._waiters.popitem(last=False)[0].grant(None)\n            return",
        "            self._waiters.popitem(last=False)[0].grant(None)",
    ),
    ("semaphore: a unit is lost on the way", LIMITS, "        self._value += 1\n", "        pass\n"),
    ("semaphore: not counted without a wait", LIMITS, "            self._value -= 1\n            task.budget", "            task.budget"),
    ("semaphore: not counted by nowait", LIMITS, "            raise WouldBlock\n        self._value -= 1\n", "            raise WouldBlock\n"),
    ("semaphore: one above the maximum", LIMITS, "self._value == self._max_value:", "self._value > self._max_value:"),
    (
        "semaphore: a cancelled waiter stays",
        LIMITS,
        "        self._waiters.pop(waiter, None)\n        return True\n\n\nclass CapacityLimiter",
        "        return True\n\n\nclass CapacityLimiter",
    ),
    (
        "limiter: lends one too many",
        LIMITS,
        "        if len(self._borrowers) >= self._total_tokens:",
        "        if len(self._borrowers) > self._total_tokens:",
    ),
    (
        "limiter: lends from the back",
        LIMITS,
        "            waiter, borrower = waiters.popitem(last=False)",
        "            waiter, borrower = waiters.popitem()",
    ),
    (
        "limiter: lends more than was raised",
        LIMITS,
        "        while waiters and len(self._borrowers) < self._total_tokens:",
        "        while waiters and len(self._borrowers) <= self._total_tokens:",
    ),
    ("limiter: lends one at a time when raised", LIMITS, "        while waiters and len", "        if waiters and len"),
    ("limiter: raising wakes nobody", LIMITS, "        self._total_tokens = value\n        self._grant()\n", "        self._total_tokens = value\n"),
    (
        "limiter: a token given back wakes nobody",
        LIMITS,
        "            borrower.guarded.pop(self, None)\n        self._grant()\n",
        "            borrower.guarded.pop(self, None)\n",
    ),
    ("limiter: keeps the token of a task that ends", LIMITS, "        del self._borrowers[task]\n        self._grant()\n", ""),
    (
        "limiter: the token of a task that ends wakes nobody",
        LIMITS,
        "        del self._borrowers[task]\n        self._grant()\n",
        "        del self._borrowers[task]\n",
    ),
    ("limiter: does not watch its borrowers", LIMITS, "            borrower.guarded[self] = None\n", ""),
    (
        "limiter: two tokens for one",
        LIMITS,
        "        if borrower in self._borrowers:\n            raise RuntimeError(\"this borrower is already",
        "        if False:\n            raise RuntimeError(\"this borrower is already",
    ),
    (
        "limiter: a borrower waits twice",
        LIMITS,
        "        if borrower in self._waiting_for:\n            raise",
        "        if False:\n            raise",
    ),
    (
        "limiter: a cancelled waiter is still said to wait",
        LIMITS,
        "            del self._waiting_for[self._waiters.pop(waiter)]",
        "            self._waiters.pop(waiter)",
    ),
    ("limiter: cancelled is told before misuse", LIMITS, "            self._check(borrower)\n            await refuse", "            await refuse"),
    (
        "limiter: acquired in a cancelled scope",
        LIMITS,
        "            self._check(borrower)\n            await refuse_cancelled(task)\n",
        "            self._check(borrower)\n",
    ),
    (
        "rate: more than the burst",
        LIMITS,
        "min(self._burst, self._tokens + (time - self._time) * self._rate)",
        "self._tokens + (time - self._time) * self._rate",
    ),
    ("rate: overtakes those who wait", LIMITS, "        if self._waiters or self._tokens < tokens:", "        if self._tokens < tokens:"),
    (
        "rate: the second waiter has no timer",
        LIMITS,
        "            self._tokens = max(0.0, self._tokens - tokens)  # the timer was for just so many\n            self._arm_first()",
        "            self._tokens = max(0.0, self._tokens - tokens)",
    ),
    (
        "rate: a cancelled first one leaves the second without a timer",
        LIMITS,
        "            task.driver.native.disarm(task.id)\n            self._arm_first()",
        "            task.driver.native.disarm(task.id)",
    ),
    # --- streams ---
    (
        "stream: room for one more",
        MEMORY,
        "        elif len(state.buffer) < state.max_buffer_size:\n            state.buffer.append(item)\n        else:\n            state.senders",
        "        elif len(state.buffer) <= state.max_buffer_size:\n            state.buffer.append(item)\n        else:\n            state.senders",
    ),
    (
        "stream: room for one more without a wait",
        MEMORY,
        "        elif len(state.buffer) < state.max_buffer_size:\n            state.buffer.append(item)\n        else:\n            raise",
        "        elif len(state.buffer) <= state.max_buffer_size:\n            state.buffer.append(item)\n        else:\n            raise",
    ),
    (
        "stream: the last receiver gets it",
        MEMORY,
        "        if receivers:\n            receivers.popitem(last=False)[0].grant(item)",
        "        if receivers:\n            receivers.popitem()[0].grant(item)",
    ),
    (
        "stream: the last receiver gets it without a wait",
        MEMORY,
        "        if state.receivers:\n            state.receivers.popitem(last=False)[0].grant(item)",
        "        if state.receivers:\n            state.receivers.popitem()[0].grant(item)",
    ),
    (
        "stream: a handed over item is buffered, too",
        MEMORY,
        "        if state.receivers:\n            state.receivers.popitem(last=False)[0].grant(item)",
        "        if state.receivers:\n            state.buffer.append(item)\n            state.receivers.popitem(last=False)[0].grant(item)",
    ),
    (
        "stream: the last sender goes first",
        MEMORY,
        "            waiter, (item, end) = state.senders.popitem(last=False)\n            waiter.grant(None)\n            if",
        "            waiter, (item, end) = state.senders.popitem()\n            waiter.grant(None)\n            if",
    ),
    (
        "stream: the last sender goes first without a wait",
        MEMORY,
        "            waiter, (item, end) = state.senders.popitem(last=False)\n            buffer",
        "            waiter, (item, end) = state.senders.popitem()\n            buffer",
    ),
    (
        "stream: a waiting sender overtakes the buffer",
        MEMORY,
        "            if buffer:\n                buffer.append(item)\n                item = buffer.popleft()\n",
        "",
    ),
    (
        "stream: the buffer is a stack",
        MEMORY,
        "        elif buffer:\n            item = buffer.popleft()",
        "        elif buffer:\n            item = buffer.pop()",
    ),
    (
        "stream: a sender whose item was taken is not woken",
        MEMORY,
        "            buffer.append(item)\n            waiter.grant(None)\n",
        "            buffer.append(item)\n",
    ),
    (
        "stream: the end comes before the buffer is empty",
        MEMORY,
        "        buffer = state.buffer\n"
        "        if state.senders:\n"
        "            waiter, (item, end) = state.senders.popitem(last=False)\n"
        "            waiter.grant(None)\n"
        "            if",
        "        buffer = state.buffer\n"
        "        if not state.n_send:\n"
        "            raise EndOfStream\n"
        "        if state.senders:\n"
        "            waiter, (item, end) = state.senders.popitem(last=False)\n"
        "            waiter.grant(None)\n"
        "            if",
    ),
    (
        "stream: receivers wait for ever when all senders are closed",
        MEMORY,
        "                self.receivers.popitem(last=False)[0].refuse(EndOfStream())",
        "                self.receivers.popitem(last=False)",
    ),
    (
        "stream: receivers end when one sender is closed",
        MEMORY,
        "        if not self.n_send:\n            while self.receivers",
        "        if True:\n            while self.receivers",
    ),
    (
        "stream: senders wait for ever when all receivers are closed",
        MEMORY,
        "                self.senders.popitem(last=False)[0].refuse(BrokenResourceError())",
        "                self.senders.popitem(last=False)",
    ),
    (
        "stream: senders are broken from the back",
        MEMORY,
        "                self.senders.popitem(last=False)[0].refuse",
        "                self.senders.popitem()[0].refuse",
    ),
    ("stream: keeps what nobody will receive", MEMORY, "            self.buffer = collections.deque()  # nobody will receive what was in it\n", ""),
    ("stream: sent to nobody", MEMORY, "        elif not state.n_receive:\n            raise BrokenResourceError\n", ""),
    (
        "stream: sent in a cancelled scope",
        MEMORY,
        "        if task.cancelled:\n"
        "            await refuse_cancelled(task)\n"
        "        if self._closed:\n"
        "            raise ClosedResourceError\n"
        "        state = self._state\n"
        "        receivers",
        "        if self._closed:\n            raise ClosedResourceError\n        state = self._state\n        receivers",
    ),
    (
        "stream: sent by a closed end",
        MEMORY,
        "            await refuse_cancelled(task)\n        if self._closed:\n            raise ClosedResourceError\n        state = self._state\n        receivers",
        "            await refuse_cancelled(task)\n        state = self._state\n        receivers",
    ),
    (
        "stream: a cancelled receiver stays",
        MEMORY,
        "        self._state.receivers.pop(waiter, None)\n        return True\n\n\ndef",
        "        return True\n\n\ndef",
    ),
    ("stream: a cancelled sender stays with its item", ENDS, "        self._state.senders.pop(waiter, None)\n", ""),
    ("stream: closing does not wake who sends at that end", ENDS, "        waiter.refuse(ClosedResourceError())\n", ""),
    (
        "stream: closing wakes who sends at other ends",
        ENDS,
        "for waiter, (item, end) in senders.items() if end is self]",
        "for waiter, (item, end) in senders.items()]",
    ),
    (
        "stream: closing wakes who receives at other ends",
        MEMORY,
        "for waiter, end in receivers.items() if end is self]",
        "for waiter, end in receivers.items()]",
    ),
    (
        "stream: a closed end is cloned",
        ENDS,
        "        if self._closed:\n            raise ClosedResourceError\n        return type(self)(self._state)",
        "        return type(self)(self._state)",
    ),
    ("stream: a clone is not counted", ENDS, "        state.n_send += 1\n", "        state.n_send = 1\n"),
    (
        "stream: closing twice counts twice",
        ENDS,
        "        if not self._closed:\n            self._closed = True\n            self._refuse_own",
        "        if True:\n            self._closed = True\n            self._refuse_own",
    ),
    (
        "broadcast: the last receiver gets it",
        BROADCAST,
        "            self.receivers.popitem(last=False)[0].grant(item)",
        "            self.receivers.popitem()[0].grant(item)",
    ),
    ("broadcast: the newest is dropped", BROADCAST, "                    self.buffer.popleft()\n", "                    self.buffer.pop()\n"),
    ("broadcast: room does not wake who sends", BROADCAST, "            if state.senders:\n                state.let_senders_in()\n", ""),
    # --- events, barriers, and what all have in common ---
    ("event: setting wakes nobody", EVENT, "        self._is_set = True\n        self._wake()\n", "        self._is_set = True\n"),
    ("event: waits in vain", EVENT, "        self._is_set = True\n        self._wake()\n", "        self._wake()\n"),
    (
        "event: a wait in a cancelled scope succeeds",
        EVENT,
        "            await refuse_cancelled(task)\n        if self._is_set:",
        "            pass\n        if self._is_set:",
    ),
    ("event: wakes from the back", MOMENT, "            for waiter in waiters:", "            for waiter in reversed(waiters):"),
    ("event: wakes the first only", MOMENT, "                waiter.grant(None)\n", "                waiter.grant(None)\n                break\n"),
    ("event: a cancelled waiter stays", MOMENT, "            self._waiters.pop(waiter, None)\n", "            pass\n"),
    ("barrier: opens one too late", EVENT, "        if n + 1 < self._parties:", "        if n < self._parties:"),
    ("barrier: a cancelled one counts", EVENT, "        del self._waiters[task]\n        return True", "        return True"),
    ("barrier: the places are one off", EVENT, "            waiter.grant(i)", "            waiter.grant(i + 1)"),
    ("task: hands back the first first", TASKS, "        for thing in reversed(guarded):", "        for thing in guarded:"),
    (
        "task: hands back after its group has learned",
        DRIVER,
        "        if task.guarded is not None:\n            task.hand_back()\n        try:\n            flags = task.parent.child_ended(task, value, error)\n",
        "        try:\n            flags = task.parent.child_ended(task, value, error)\n            if task.guarded is not None:\n                task.hand_back()\n",
    ),
    ("task: hands back nothing", DRIVER, "            task.hand_back()\n", "            pass\n"),
    ("task: what was granted is cancelled", TASKS, "        self.granted = value\n        self.abort = None\n", "        self.granted = value\n"),
    ("task: a grant is kept for the next wait", DRIVER, "    task.granted = None\n", ""),
    (
        "select: a decided one is served again",
        SELECT,
        "        if not select.is_decided:\n            select.leave_all()\n            select.task.grant",
        "        if True:\n            select.leave_all()\n            select.task.grant",
    ),
    ("select: stays in the other queues", SELECT, "            case.leave(case.owner, case)\n", "            pass\n"),
    ("select: begins always with the first", SELECT, "        index = (i + driver.n_selects) % len(resolved)", "        index = i"),
)
