# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that is never run: test_types.py has mypy read it. A comment `error: CODE` stands where mypy must complain."""

import functools
import signal
from typing import Any, assert_type

import gi

gi.require_version("Anyio", "1")
from gi.repository import Anyio


async def number(x: int) -> int:
    return x


async def serve(*, task_status: Any = Anyio.TASK_STATUS_IGNORED) -> None:
    task_status.started(1)


@Anyio.functools.lru_cache(maxsize=3)
async def cached(x: int) -> str:
    return str(x)


async def main() -> str:
    send, receive = Anyio.create_memory_object_stream[int](5)
    async with Anyio.create_task_group() as group, send, receive:
        handle = group.start_soon(number, 3)
        assert_type(handle, Anyio.TaskHandle[int])
        assert_type(await handle, int)
        assert_type(handle.return_value, int)
        group.start_soon(number, "3")  # error: arg-type
        await send.send(1)
        await send.send("1")  # error: arg-type
        async for item in receive:
            assert_type(item, int)
        await group.start(serve)

    assert_type(await Anyio.gather(number(1), cached(2)), tuple[int, str])
    assert_type(await Anyio.amap(number, [1, 2], limit=3), list[int])
    assert_type(await Anyio.race(number(1), number(2)), int)
    assert_type(await Anyio.first_success(number(1), delay=0.25), int)
    assert_type(await Anyio.retry(number, 1, attempts=None, on=(OSError, ValueError)), int)
    async with Anyio.as_completed(number(1), number(2)) as completed:
        async for task in completed:
            assert_type(task.return_value, int)
    backoff = Anyio.Backoff(delay=0.5, max_attempts=5)
    assert_type(await Anyio.supervise(number, 1, restart=Anyio.Restart.ALWAYS, backoff=backoff, stable_after=60), int | None)
    await Anyio.supervise(number, "1")  # error: arg-type
    async with Anyio.create_task_group(policy=Anyio.JoinPolicy.SUPERVISE, max_concurrency=4, child_failed=lambda task, error: None) as group:
        group.cancel_scope.request_stop(grace=5, reason="shop closes")
        assert_type(Anyio.is_stop_requested(), bool)
        await Anyio.wait_stop_requested()
        assert_type(group.try_start_soon(number, 3), Anyio.TaskHandle[int] | None)
        group.max_concurrency = None
    Anyio.create_task_group(policy="all")  # error: arg-type
    async with Anyio.as_completed(number(1), policy=Anyio.JoinPolicy.COLLECT, max_concurrency=4) as completed:
        assert_type((await completed.receive()).return_value, int)
    assert_type(await cached(1), str)
    await cached("1")  # error: arg-type
    assert_type(cached.cache_info().hits, int)

    assert_type(await Anyio.to_thread.run_sync(len, "abc", abandon_on_cancel=True), int)
    await Anyio.to_thread.run_sync(len, 3)  # error: arg-type
    assert_type(Anyio.from_thread.run(number, 3), int)
    assert_type(Anyio.from_thread.run_sync(len, "abc", token=Anyio.lowlevel.current_token()), int)
    with Anyio.from_thread.start_blocking_portal(name="portal") as portal:
        assert_type(portal.call(number, 3), int)
        assert_type(portal.call(len, "abc"), int)
        assert_type(portal.start_task_soon(number, 3).result(), int)
        portal.call(number, "3")  # error: arg-type

    future = Anyio.Future[int]()
    future.return_value = 1
    future.return_value = "1"  # error: assignment
    assert_type(await future, int)

    with Anyio.create_broadcast_stream[int]() as news, news.subscribe(3, overflow="drop_oldest") as mine:
        await news.send(1)
        assert_type(await mine.receive(), int)
        news.subscribe(3, overflow="explode")  # error: arg-type
    selected = await Anyio.select(receive.receive, functools.partial(send.send, 3))
    assert_type(selected.index, int)

    async with Anyio.Lock(), Anyio.Semaphore(1), Anyio.CapacityLimiter(2), Anyio.RateLimiter(3):
        pass
    condition = Anyio.Condition()
    async with condition:
        assert_type(await condition.wait_for(lambda: 3), int)
    with Anyio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP) as signals:
        async for signum in signals:
            assert_type(signum, signal.Signals)
        Anyio.open_signal_receiver("SIGTERM")  # error: arg-type
    group.cancel_scope.request_stop(3, "enough")
    assert_type(group.cancel_scope.stop_requested, bool)
    assert_type(Anyio.is_stop_requested(), bool)
    with Anyio.ResourceGuard("reading from"), Anyio.move_on_after(1) as scope:
        assert_type(scope.cancelled_caught, bool)
    return "done"


assert_type(Anyio.run(main), str)
Anyio.run(main, backend=3)  # error: arg-type
