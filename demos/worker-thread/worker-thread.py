#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A function that computes in a worker thread and reports its progress to a task, which shows it.

With --impatient the task cancels the work half-way: the function asks now and then whether anybody still wants the result.
"""

import hashlib
import sys

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

N_ROUNDS = 4


def compute(progress):
    """In the worker: it may take its time, but must not touch what belongs to the loop."""
    digest = b""
    for i in range(N_ROUNDS):
        digest = hashlib.pbkdf2_hmac("sha256", b"secret", digest, 10_000)
        Anyio.from_thread.run_sync(progress, i + 1)
        Anyio.from_thread.check_cancelled()
    return digest.hex()


async def main(impatient):
    with Anyio.CancelScope() as scope:

        def progress(n_rounds):
            """On the thread of the loop, which here could set the fraction of a progress bar."""
            print(f"{n_rounds * 100 // N_ROUNDS} %")
            if impatient and n_rounds == N_ROUNDS // 2:
                scope.cancel("impatience")

        digest = await Anyio.to_thread.run_sync(compute, progress)
        print(f"The result has {len(digest)} digits")
    if scope.cancelled_caught:
        print("Nobody waited for the result")


Anyio.run(main, "--impatient" in sys.argv[1:])
