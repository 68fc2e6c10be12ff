# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory object streams, broadcast streams, and select(): SEMANTICS 7."""

import functools
import gc
import math
import os
import random
import sys
import threading
import unittest
import warnings
import weakref

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sweep import Tracing, cancel_everywhere


class Memory(Tracing):
    async def take(self, receive):
        self.trace.append(str(await receive.receive()))

    async def put(self, send, item):
        await send.send(item)
        self.trace.append(f"sent {item}")

    async def test_task_keeps_no_item_it_received(self):
        class Item:
            pass

        async def take(receive):
            reference = weakref.ref(await receive.receive())
            gc.collect()
            self.assertIsNone(reference())

        send, receive = Anyio.create_memory_object_stream(0)
        with send, receive:
            async with Anyio.create_task_group() as group:
                group.start_soon(take, receive)
                await Anyio.wait_all_tasks_blocked()
                send.send_nowait(Item())

    def test_arguments(self):
        for wrong in 1.5, "x", None:
            with self.assertRaisesRegex(ValueError, "integer or math.inf"):
                Anyio.create_memory_object_stream(wrong)
        with self.assertRaisesRegex(ValueError, "negative"):
            Anyio.create_memory_object_stream(-1)
        send, receive = Anyio.create_memory_object_stream[int](math.inf)
        self.assertIsInstance(send, Anyio.MemoryObjectSendStream)
        self.assertIsInstance(receive, Anyio.MemoryObjectReceiveStream)
        send.close()
        receive.close()

    async def test_receive_first(self):
        send, receive = Anyio.create_memory_object_stream()
        with send, receive:
            async with Anyio.create_task_group() as group:
                group.start_soon(self.take, receive)
                group.start_soon(self.take, receive)
                await Anyio.wait_all_tasks_blocked()
                send.send_nowait("a")
                await send.send("b")
                self.trace.append("sent")
        self.assertTrace("sent a b")

    async def test_send_first(self):
        send, receive = Anyio.create_memory_object_stream(0)
        with send, receive:
            async with Anyio.create_task_group() as group:
                for item in "ab":
                    group.start_soon(self.put, send, item)
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual(send.statistics().tasks_waiting_send, 2)
                self.assertTrace("")
                self.assertEqual(await receive.receive(), "a")
                self.assertEqual(receive.receive_nowait(), "b")
                with self.assertRaises(Anyio.WouldBlock):
                    receive.receive_nowait()
        self.assertTrace("sent a sent b")

    async def test_buffer(self):
        send, receive = Anyio.create_memory_object_stream(2)
        with send, receive:
            await send.send(1)
            await send.send(None)
            with self.assertRaises(Anyio.WouldBlock):
                send.send_nowait(3)
            async with Anyio.create_task_group() as group:
                group.start_soon(self.put, send, 3)
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual(receive.statistics(), Anyio.MemoryObjectStreamStatistics(2, 2, 1, 1, 1, 0))
                self.assertEqual([await receive.receive() for _ in range(3)], [1, None, 3])

    async def test_iterates_to_the_end(self):
        send, receive = Anyio.create_memory_object_stream(1)

        async def produce(send):
            async with send:
                for item in 0, "", None, 3:
                    await send.send(item)

        async with Anyio.create_task_group() as group, receive:
            group.start_soon(produce, send)
            self.assertEqual([item async for item in receive], [0, "", None, 3])
            with self.assertRaises(Anyio.EndOfStream):
                await receive.receive()
            with self.assertRaises(Anyio.EndOfStream):
                receive.receive_nowait()

    async def test_clones(self):
        send, receive = Anyio.create_memory_object_stream(0)
        send2, receive2 = send.clone(), receive.clone()
        self.assertEqual(send.statistics()[2:4], (2, 2))
        send.close()
        send.close()
        receive.close()
        for func in send.clone, receive.clone, receive.receive_nowait, functools.partial(send.send_nowait, 1):
            with self.assertRaises(Anyio.ClosedResourceError):
                func()
        for func in receive.receive, functools.partial(send.send, 1):
            with self.assertRaises(Anyio.ClosedResourceError):
                await func()
        async with Anyio.create_task_group() as group:
            group.start_soon(self.take, receive2)
            await Anyio.wait_all_tasks_blocked()
            await send2.send(1)
            group.start_soon(self.expect, Anyio.EndOfStream, receive2.receive)
            await Anyio.wait_all_tasks_blocked()
            await send2.aclose()
        self.assertTrace("1 EndOfStream")
        await receive2.aclose()
        self.assertEqual(send.statistics()[2:4], (0, 0))

    async def expect(self, error, func, *args):
        with self.assertRaises(error):
            await func(*args)
        self.trace.append(error.__name__)

    async def test_buffer_is_drained_after_close(self):
        send, receive = Anyio.create_memory_object_stream(2)
        send.send_nowait(1)
        send.send_nowait(2)
        send.close()
        self.assertEqual([item async for item in receive], [1, 2])
        receive.close()

    async def test_last_receiver_closes(self):
        send, receive = Anyio.create_memory_object_stream(0)
        async with Anyio.create_task_group() as group:
            group.start_soon(self.expect, Anyio.BrokenResourceError, send.send, 1)
            await Anyio.wait_all_tasks_blocked()
            receive.close()
        self.assertTrace("BrokenResourceError")
        await self.expect(Anyio.BrokenResourceError, send.send, 1)
        with self.assertRaises(Anyio.BrokenResourceError):
            send.send_nowait(1)
        send.close()

    async def test_taken_item_was_sent(self):
        send, receive = Anyio.create_memory_object_stream(0)
        async with Anyio.create_task_group() as group:
            group.start_soon(self.put, send, 1)
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual(receive.receive_nowait(), 1)
            receive.close()
        self.assertTrace("sent 1")
        send.close()

    async def test_own_end_closed_while_waiting(self):
        send, receive = Anyio.create_memory_object_stream(0)
        send2, receive2 = send.clone(), receive.clone()
        async with Anyio.create_task_group() as group:
            group.start_soon(self.expect, Anyio.ClosedResourceError, receive.receive)
            group.start_soon(self.take, receive2)
            await Anyio.wait_all_tasks_blocked()
            receive.close()
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("ClosedResourceError")
            await send.send("x")
            await Anyio.wait_all_tasks_blocked()
            group.start_soon(self.expect, Anyio.ClosedResourceError, send.send, 1)
            group.start_soon(self.put, send2, 2)
            await Anyio.wait_all_tasks_blocked()
            send.close()
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual(await receive2.receive(), 2)
        self.assertTrace("ClosedResourceError x ClosedResourceError sent 2")
        send2.close()
        receive2.close()

    async def test_cancelled_scope_does_nothing(self):
        send, receive = Anyio.create_memory_object_stream(1)
        await self.assertRefusesCancelled(send.send, 1)
        self.assertEqual(send.statistics().current_buffer_used, 0)
        send.send_nowait(2)
        await self.assertRefusesCancelled(receive.receive)
        self.assertEqual(receive.receive_nowait(), 2)
        send.close()
        receive.close()

    async def test_handed_over_then_cancelled(self):
        send, receive = Anyio.create_memory_object_stream(0)
        async with Anyio.create_task_group() as group:
            task = group.start_soon(self.take, receive)
            await Anyio.wait_all_tasks_blocked()
            send.send_nowait("a")
            task.cancel()
        self.assertTrace("a")
        async with Anyio.create_task_group() as group:
            task = group.start_soon(self.put, send, "b")
            await Anyio.wait_all_tasks_blocked()
            receive.receive_nowait()
            task.cancel()
        self.assertTrace("a sent b")
        send.close()
        receive.close()

    async def test_cancelled_waiters_are_skipped(self):
        send, receive = Anyio.create_memory_object_stream(0)
        async with Anyio.create_task_group() as group:
            tasks = [group.start_soon(self.take, receive) for _ in range(2)]
            await Anyio.wait_all_tasks_blocked()
            tasks[0].cancel()
            send.send_nowait("a")
            with self.assertRaises(Anyio.WouldBlock):
                send.send_nowait("b")
        async with Anyio.create_task_group() as group:
            task = group.start_soon(self.put, send, "c")
            group.start_soon(self.put, send, "d")
            await Anyio.wait_all_tasks_blocked()
            task.cancel()
            self.assertEqual(receive.receive_nowait(), "d")
        self.assertTrace("a sent d")
        self.assertEqual(task.status, Anyio.TaskStatus.CANCELLED)
        send.close()
        receive.close()

    async def test_dropped_end_warns_and_closes(self):
        send, receive = Anyio.create_memory_object_stream(0)
        async with Anyio.create_task_group() as group:
            group.start_soon(self.expect, Anyio.EndOfStream, receive.receive)
            await Anyio.wait_all_tasks_blocked()
            with self.assertWarnsRegex(ResourceWarning, "Unclosed <MemoryObjectSendStream at "):
                del send
        self.assertTrace("EndOfStream")
        self.assertEqual(receive.statistics().open_send_streams, 0)
        with self.assertWarnsRegex(ResourceWarning, "Unclosed <MemoryObjectReceiveStream at "):
            del receive

    def test_dropped_by_another_thread(self):
        async def main():
            send, receive = Anyio.create_memory_object_stream(0)
            ends = [send]
            del send

            seen = []

            def drop():
                ends.clear()
                seen.append(receive.statistics().open_send_streams)

            async def wait():
                with self.assertRaises(Anyio.EndOfStream):
                    await receive.receive()

            with warnings.catch_warnings(record=True):
                warnings.simplefilter("always")
                async with Anyio.create_task_group() as group:
                    group.start_soon(wait)
                    await Anyio.wait_all_tasks_blocked()
                    thread = threading.Thread(target=drop)
                    thread.start()
                    thread.join()
                    self.assertEqual(seen, [1])  # nothing has happened in that thread
            receive.close()

        Anyio.run(main)

    def test_made_outside_and_used_twice(self):
        send, receive = Anyio.create_memory_object_stream(0)

        async def main():
            async with Anyio.create_task_group() as group:
                group.start_soon(self.take, receive)
                await send.send("x")

        Anyio.testing.run(main)
        Anyio.testing.run(main)
        self.assertTrace("x x")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del send, receive, main
            gc.collect()
        self.assertEqual(len(caught), 2)

    def test_cancelled_at_every_moment(self):
        def make_main(size, n_senders):
            sent = []
            received = []

            async def produce(send, name):
                with send:
                    for i in range(3):
                        item = f"{name}{i}"
                        await send.send(item)
                        sent.append(item)

            async def consume(receive):
                with receive:
                    while True:
                        try:
                            received.append(await receive.receive())
                        except Anyio.EndOfStream:
                            return
                        await Anyio.sleep(0)

            async def main(wrap):
                send, receive = Anyio.create_memory_object_stream(size)
                with receive:
                    async with Anyio.create_task_group() as group:
                        victims = produce if n_senders == 1 else consume
                        for name in "abc":
                            group.start_soon(wrap(produce) if victims is produce and name == "a" else produce, send.clone(), name)
                        for i in range(2):
                            group.start_soon(wrap(consume) if victims is consume and i == 0 else consume, receive.clone())
                        send.close()

            def check():
                self.assertEqual(sorted(sent), sorted(received))
                for name in "abc":
                    ours = [item for item in sent if item[0] == name]
                    self.assertEqual(ours, sorted(ours))

            return main, check

        for size in 0, 1, 4:
            for n_senders in 1, 2:
                n = cancel_everywhere(functools.partial(make_main, size, n_senders), range(8))
                self.assertGreater(n, 8 if size < 4 or n_senders == 2 else -1)

    def test_stress(self):
        """Random senders, receivers, cancellations and closings: every item is received once, still buffered, or its sender got an error."""
        for seed in range(60):
            self.stress(seed)

    def stress(self, seed):
        rand = random.Random(seed)
        sent, failed, received = set(), set(), []

        async def produce(send, name):
            with send:
                for i in range(rand.randrange(8)):
                    item = name, i
                    failed.add(item)
                    if rand.random() < 0.3:
                        with Anyio.move_on_after(rand.choice([0, 1, 2])):
                            await send.send(item)
                            sent.add(item)
                            failed.discard(item)
                    else:
                        await send.send(item)
                        sent.add(item)
                        failed.discard(item)
                    if rand.random() < 0.3:
                        await Anyio.sleep(rand.choice([0, 1]))

        async def consume(receive):
            with receive:
                while True:
                    try:
                        with Anyio.move_on_after(rand.choice([0, 1, 3])):
                            received.append(await receive.receive())
                        if rand.random() < 0.3:
                            await Anyio.sleep(1)
                    except Anyio.EndOfStream:
                        return

        async def main():
            send, receive = Anyio.create_memory_object_stream(rand.choice([0, 1, 3, math.inf]))
            with receive:
                async with Anyio.create_task_group() as group:
                    tasks = [group.start_soon(produce, send.clone(), n) for n in range(5)]
                    tasks += [group.start_soon(consume, receive.clone()) for _ in range(2)]
                    group.start_soon(consume, receive.clone())
                    send.close()
                    await Anyio.sleep(rand.choice([0, 1, 2]))
                    tasks[rand.randrange(7)].cancel()
                self.assertEqual(receive.statistics()[4:], (0, 0))

        Anyio.testing.run(main, seed=seed)
        self.assertEqual(len(received), len(set(received)))
        self.assertEqual(set(received), sent)
        self.assertFalse(failed & sent)


class Native(Tracing):
    """The streams of the C library, awaited from Python."""

    async def test_an_item_each_way(self):
        send, receive = Anyio.native.create_memory_object_stream(0, gi.repository.GObject.TYPE_VALUE)
        self.assertIsInstance(send, Anyio.native.MemoryObjectSendStream)

        async def produce():
            for i in range(3):
                await send.send(i)
                self.trace.append(f"sent {i}")
            send.close()

        async with Anyio.create_task_group() as group:
            group.start_soon(produce)
            await Anyio.sleep(1)
            self.assertTrace("")
            self.assertEqual([await receive.receive() for _ in range(3)], [0, 1, 2])
            with self.assertRaises(gi.repository.GLib.Error):
                await receive.receive()
        self.assertTrace("sent 0 sent 1 sent 2")

    async def test_cancelled(self):
        send, receive = Anyio.native.create_memory_object_stream(0, gi.repository.GObject.TYPE_VALUE)
        with Anyio.move_on_after(1) as scope:
            await receive.receive()
        self.assertTrue(scope.cancelled_caught)
        self.assertEqual(Anyio.current_time(), 1)
        semaphore = Anyio.native.Semaphore.new(1, 1)
        await semaphore.acquire()
        with Anyio.move_on_after(1) as scope:
            await semaphore.acquire()
        self.assertTrue(scope.cancelled_caught)
        send.close()
        receive.close()


class Broadcast(Tracing):
    async def test_everybody_gets_everything(self):
        send = Anyio.create_broadcast_stream[int]()
        receivers = [send.subscribe(10) for _ in range(3)]
        await send.send(1)
        late = send.subscribe(10)
        send.send_nowait(2)
        self.assertEqual(send.statistics(), Anyio.BroadcastStatistics(1, 4, 0, 0))
        send.close()
        for receive in receivers:
            self.assertEqual([item async for item in receive], [1, 2])
            receive.close()
        with late:
            self.assertEqual([item async for item in late], [2])
        self.assertEqual(send.statistics().open_receive_streams, 0)
        with self.assertRaises(Anyio.ClosedResourceError):
            send.subscribe(1)
        with self.assertRaises(Anyio.ClosedResourceError):
            await send.send(1)
        with self.assertRaises(Anyio.ClosedResourceError):
            await late.receive()

    async def test_wait(self):
        with Anyio.create_broadcast_stream() as send, send.subscribe(1) as fast, send.subscribe(1) as slow:
            await send.send(1)
            async with Anyio.create_task_group() as group:
                tasks = [group.start_soon(send.send, item) for item in (2, 3)]
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual(fast.receive_nowait(), 1)
                with self.assertRaises(Anyio.WouldBlock):
                    fast.receive_nowait()
                with self.assertRaises(Anyio.WouldBlock):
                    send.send_nowait(4)
                self.assertEqual(send.statistics().tasks_waiting_send, 2)
                tasks[0].cancel()
                self.assertEqual(await slow.receive(), 1)
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual([fast.receive_nowait(), slow.receive_nowait()], [3, 3])
            async with Anyio.create_task_group() as group:
                await send.send(5)
                group.start_soon(send.send, 6)
                await Anyio.wait_all_tasks_blocked()
                fast.receive_nowait()
                slow.close()
            self.assertEqual(fast.receive_nowait(), 6)

    async def test_receivers_at_one_end_take_turns(self):
        async def take(name):
            self.trace.append(f"{name}{await receive.receive()}")

        with Anyio.create_broadcast_stream() as send, send.subscribe(1) as receive:
            async with Anyio.create_task_group() as group:
                for name in "abc":
                    group.start_soon(take, name)
                await Anyio.wait_all_tasks_blocked()
                for item in range(3):
                    send.send_nowait(item)
        self.assertTrace("a0 b1 c2")

    async def test_room_wakes_a_sender(self):
        with Anyio.create_broadcast_stream() as send, send.subscribe(1) as receive:
            await send.send(1)
            async with Anyio.create_task_group() as group:
                group.start_soon(send.send, 2)
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual(receive.receive_nowait(), 1)
                self.assertEqual(send.statistics().tasks_waiting_send, 0)
            self.assertEqual(receive.receive_nowait(), 2)

    async def test_rendezvous(self):
        with Anyio.create_broadcast_stream() as send, send.subscribe(0) as a, send.subscribe(0) as b:
            async with Anyio.create_task_group() as group:
                sender = group.start_soon(send.send, 1)
                first = group.start_soon(a.receive)
                await Anyio.wait_all_tasks_blocked()
                self.assertEqual(sender.status, Anyio.TaskStatus.PENDING)
                self.assertEqual(await b.receive(), 1)
            self.assertEqual(first.return_value, 1)

    async def test_drop(self):
        with Anyio.create_broadcast_stream() as send:
            with send.subscribe(2, overflow="drop_oldest") as old, send.subscribe(2, overflow="drop_newest") as new, send.subscribe(2, overflow="break") as broken:
                for i in range(5):
                    await send.send(i)
                self.assertEqual([old.receive_nowait() for _ in range(2)], [3, 4])
                self.assertEqual([new.receive_nowait() for _ in range(2)], [0, 1])
                self.assertEqual([await broken.receive() for _ in range(2)], [0, 1])
                with self.assertRaises(Anyio.BrokenResourceError):
                    await broken.receive()
                self.assertEqual([old.n_dropped, new.n_dropped, broken.n_dropped], [3, 3, 1])
                self.assertEqual(send.statistics().open_receive_streams, 2)
            with send.subscribe(2, overflow="latest") as latest, send.subscribe(2, overflow="fail") as failing:
                for i in range(5):
                    await send.send(i)
                self.assertEqual([latest.receive_nowait(), latest.n_dropped], [4, 4])
                with self.assertRaisesRegex(Anyio.Lagged, "3 items"):
                    await failing.receive()
                self.assertEqual([failing.receive_nowait() for _ in range(2)], [3, 4])
            with self.assertRaisesRegex(ValueError, "drop_oldest"):
                send.subscribe(1, overflow="explode")
            with self.assertRaises(ValueError):
                send.subscribe(-1)

    async def test_ends_wake_waiters(self):
        send = Anyio.create_broadcast_stream()
        clone = send.clone()
        async with Anyio.create_task_group() as group:
            receivers = [send.subscribe(1) for _ in range(2)]
            for receive, error in zip(receivers, (Anyio.ClosedResourceError, Anyio.EndOfStream)):
                group.start_soon(Memory.expect, self, error, receive.receive)
            await Anyio.wait_all_tasks_blocked()
            send.close()
            await Anyio.wait_all_tasks_blocked()
            self.assertTrace("")
            receivers[0].close()
            await Anyio.wait_all_tasks_blocked()
            clone.close()
        self.assertTrace("ClosedResourceError EndOfStream")
        receivers[1].close()

    async def test_cancelled_scope_does_nothing(self):
        with Anyio.create_broadcast_stream() as send, send.subscribe(2) as receive:
            await self.assertRefusesCancelled(send.send, 1)
            send.send_nowait(2)
            await self.assertRefusesCancelled(receive.receive)
            self.assertEqual(receive.receive_nowait(), 2)

    async def test_dropped_end_warns(self):
        send = Anyio.create_broadcast_stream()
        receive = send.subscribe(1)
        with self.assertWarns(ResourceWarning):
            del receive
        self.assertEqual(send.statistics().open_receive_streams, 0)
        with self.assertWarns(ResourceWarning):
            del send

    def test_cancelled_at_every_moment(self):
        def make_main():
            sent = []
            received = {}

            async def produce(send, name):
                with send:
                    for i in range(3):
                        await send.send(name + str(i))
                        sent.append(name + str(i))

            async def consume(receive, name):
                received[name] = []
                with receive:
                    async for item in receive:
                        received[name].append(item)
                        await Anyio.sleep(0)

            async def main(wrap):
                async with Anyio.create_task_group() as group:
                    with Anyio.create_broadcast_stream() as send:
                        group.start_soon(consume, send.subscribe(0), "x")
                        group.start_soon(consume, send.subscribe(1), "y")
                        group.start_soon(wrap(produce), send.clone(), "a")
                        group.start_soon(produce, send.clone(), "b")

            def check():
                self.assertEqual(received["x"], received["y"])
                self.assertEqual(sorted(received["x"]), sorted(sent))

            return main, check

        self.assertGreater(cancel_everywhere(make_main, range(10)), 10)


class Select(Tracing):
    async def test_takes_what_is_there(self):
        send, receive = Anyio.create_memory_object_stream(3)
        event = Anyio.Event()
        with send, receive:
            send.send_nowait("x")
            self.assertEqual(await Anyio.select(event.wait, receive.receive), (1, "x"))
            event.set()
            selected = await Anyio.select(event.wait, receive.receive)
            self.assertEqual((selected.index, selected.value), (0, None))
            await self.assertRefusesCancelled(Anyio.select, event.wait)

    async def test_waits_for_the_first(self):
        a_send, a = Anyio.create_memory_object_stream(0)
        b_send, b = Anyio.create_memory_object_stream(0)
        event, lock, semaphore, future = Anyio.Event(), Anyio.Lock(), Anyio.Semaphore(0), Anyio.Future()

        async def hold():
            async with lock:
                await Anyio.sleep_forever()

        async def look():
            selected = await Anyio.select(
                a.receive, functools.partial(b_send.send, "out"), event.wait, lock.acquire, semaphore.acquire, future.wait, holder.wait, a.receive
            )
            self.trace.append(f"{selected.index}={selected.value}")
            if selected.index == 3:
                lock.release()

        async def give(what):
            if what == "out":
                self.assertEqual(await b.receive(), "out")
            elif what == "lock":
                holder.cancel()
            elif what == "future":
                future.return_value = 1
            else:
                what()

        with a_send, a, b_send, b:
            for what in functools.partial(a_send.send_nowait, "in"), "out", semaphore.release, "lock", "future":
                async with Anyio.create_task_group() as group:
                    holder = group.start_soon(hold)
                    await Anyio.wait_all_tasks_blocked()
                    group.start_soon(look)
                    await Anyio.wait_all_tasks_blocked()
                    group.start_soon(give, what)
                    await Anyio.wait_all_tasks_blocked()
                    self.assertEqual(a.statistics()[4:], (0, 0))
                    self.assertEqual(b.statistics()[4:], (0, 0))
                    self.assertEqual([x.statistics().tasks_waiting for x in (event, lock, semaphore)], [0, 0, 0])
                    group.cancel()
        self.assertTrace("0=in 1=None 4=None 3=None 5=None")
        self.assertEqual(semaphore.value, 0)

    async def test_capacity_limiter(self):
        """It lends to the task that selects; the others are as if not asked for."""
        limiter, other, event = Anyio.CapacityLimiter(1), Anyio.CapacityLimiter(0), Anyio.Event()

        async def borrow():
            self.trace.append(str((await Anyio.select(event.wait, other.acquire, limiter.acquire)).index))
            self.assertEqual((limiter.statistics()[3], other.statistics()[3]), (0, 0))
            with self.assertRaisesRegex(RuntimeError, "already holding") as caught:
                await Anyio.select(other.acquire, limiter.acquire)
            self.assertEqual(caught.exception.index, 1)

        await limiter.acquire()
        async with Anyio.create_task_group() as group:
            task = group.start_soon(borrow)
            await Anyio.wait_all_tasks_blocked()
            self.assertEqual((limiter.statistics().tasks_waiting, other.statistics().tasks_waiting), (1, 1))
            limiter.release()
            self.assertEqual(limiter.statistics().borrowers, (task,))
            event.set()
        self.assertTrace("2")
        self.assertEqual(limiter.borrowed_tokens, 0)  # a task that ends gives it back
        self.assertEqual((await Anyio.select(limiter.acquire, other.acquire)).index, 0)
        self.assertEqual(limiter.borrowed_tokens, 1)

    async def test_same_capacity_limiter_twice(self):
        limiter, event = Anyio.CapacityLimiter(0), Anyio.Event()
        with self.assertRaisesRegex(RuntimeError, "already waiting") as caught:
            await Anyio.select(event.wait, limiter.acquire, limiter.acquire)
        self.assertEqual(caught.exception.index, 2)
        self.assertEqual((limiter.statistics().tasks_waiting, event.statistics().tasks_waiting), (0, 0))

    async def test_same_event_twice(self):
        event = Anyio.Event()
        async with Anyio.create_task_group() as group:
            task = group.start_soon(Anyio.select, event.wait, event.wait)
            await Anyio.wait_all_tasks_blocked()
            event.set()
        self.assertEqual(task.return_value, (0, None))

    async def test_two_selects_meet(self):
        send, receive = Anyio.create_memory_object_stream(0)
        never = Anyio.Event()
        with send, receive:
            async with Anyio.create_task_group() as group:
                one = group.start_soon(Anyio.select, functools.partial(send.send, "x"), never.wait)
                two = group.start_soon(Anyio.select, never.wait, receive.receive)
            self.assertEqual([one.return_value, two.return_value], [(0, None), (1, "x")])
            self.assertEqual(never.statistics().tasks_waiting, 0)

    async def test_does_not_meet_itself(self):
        send, receive = Anyio.create_memory_object_stream(0)
        with send, receive:
            with Anyio.move_on_after(1) as scope:
                await Anyio.select(receive.receive, functools.partial(send.send, "x"))
            self.assertTrue(scope.cancelled_caught)
            self.assertEqual(send.statistics()[4:], (0, 0))

    async def test_rotates(self):
        streams = [Anyio.create_memory_object_stream(10) for _ in range(3)]
        for send, receive in streams:
            for i in range(10):
                send.send_nowait(i)
        counts = [0, 0, 0]
        for _ in range(12):
            counts[(await Anyio.select(*(receive.receive for send, receive in streams))).index] += 1
        self.assertEqual(counts, [4, 4, 4])
        for send, receive in streams:
            send.close()
            receive.close()

    async def test_failures_tell_which(self):
        send, receive = Anyio.create_memory_object_stream(0)
        never = Anyio.Event()
        async with Anyio.create_task_group() as group:
            task = group.start_soon(self.expect_index, Anyio.EndOfStream, never.wait, receive.receive)
            await Anyio.wait_all_tasks_blocked()
            send.close()
        self.assertEqual(task.return_value, 1)
        self.assertEqual(await self.expect_index(Anyio.EndOfStream, never.wait, receive.receive), 1)
        receive.close()
        self.assertEqual(await self.expect_index(Anyio.ClosedResourceError, receive.receive), 0)
        self.assertEqual(never.statistics().tasks_waiting, 0)

    async def expect_index(self, error, *operations):
        with self.assertRaises(error) as caught:
            await Anyio.select(*operations)
        return caught.exception.index

    async def test_misuse(self):
        for wrong in Anyio.sleep, Anyio.Event().set, functools.partial(Anyio.sleep, 1), Anyio.RateLimiter(1).acquire:
            with self.assertRaisesRegex(TypeError, "race"):
                await Anyio.select(wrong)
        with self.assertRaisesRegex(TypeError, "without calling it"):
            await Anyio.select(Anyio.Event().wait())
        with self.assertRaises(ValueError):
            await Anyio.select()

    def test_cancelled_at_every_moment(self):
        def make_main():
            sent, received = [], []

            async def produce(send, name):
                with send:
                    for i in range(2):
                        await send.send((name, i))
                        sent.append((name, i))

            async def consume(a, b):
                open_ends = [a.receive, b.receive]
                while open_ends:
                    try:
                        received.append((await Anyio.select(*open_ends)).value)
                    except Anyio.EndOfStream as error:
                        del open_ends[error.index]

            async def main(wrap):
                a_send, a = Anyio.create_memory_object_stream(0)
                b_send, b = Anyio.create_memory_object_stream(1)
                with a, b:
                    async with Anyio.create_task_group() as group:
                        group.start_soon(produce, a_send, "a")
                        group.start_soon(wrap(consume), a, b)
                        group.start_soon(produce, b_send, "b")
                        group.start_soon(consume, a, b)
                    self.assertEqual(a.statistics()[4:] + b.statistics()[4:], (0, 0, 0, 0))

            def check():
                self.assertEqual(sorted(sent), sorted(received))

            return main, check

        self.assertGreater(cancel_everywhere(make_main, range(10)), 10)


if __name__ == "__main__":
    unittest.main()
