#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the Vala metadata that brings back what the GIR marks as not introspectable.

Functions that run in a fiber are (skip)ped for Python and JavaScript. Vala can call them, so each gets a line
"Type.method#method skip=false". A bare "throws" would make vapigen drop the error parameter of a namespace function, so it is never
written. HIDDEN is what anyio-glib-1-custom.vala says by hand, or what is of no use in Vala; OTHERS is the rest that cannot be generated.

    make-metadata.py GIR OUTPUT
"""

import sys
import xml.etree.ElementTree as ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
HIDDEN = {
    "Adopted",
    "Backoff",
    "Block",
    "BroadcastStream",
    "Cache",
    "CacheFuncs",
    "Call",
    "CallbackTaskFunc",
    "CancelScope.defer",
    "CancelScope.enter",
    "CancelScope.exit",
    "CancelScope.leave",
    "Driver",
    "DriverEvent",
    "DriverFlags",
    "DriverFunc",
    "FinishFunc",
    "GroupFunc",
    "MemoryObjectReceiveStream",
    "MemoryObjectSendStream",
    "Part",
    "Portal.call_named",
    "Portal.leave",
    "Portal.run_named",
    "Portal.start_task_named",
    "Portal.start_task_soon_named",
    "PortalFuture.wait",
    "Restart",
    "RetryFunc",
    "SelectCase",
    "Supervision",
    "Task.get_result",
    "TaskFunc",
    "TaskGroup.adopt_named",
    "TaskGroup.create_task_named",
    "TaskGroup.enter",
    "TaskGroup.leave",
    "TaskGroup.start_callback",
    "TaskGroup.start_named",
    "TaskGroup.start_soon_named",
    "TaskGroup.try_start_soon_named",
    "TaskSlot.start_named",
    "ThreadFunc",
    "ThreadValueFunc",
    "adopted_ready",
    "backoff_get_delay",
    "call_func_async",
    "call_func_finish",
    "call_home",
    "call_ready",
    "create_memory_object_stream",
    "create_memory_pointer_stream",
    "fail_after",
    "fail_at",
    "first_success",
    "from_thread_call_named",
    "from_thread_run_named",
    "gather",
    "map_named",
    "move_on_after",
    "move_on_at",
    "race",
    "retry",
    "run_in_task_named",
    "run_named",
    "select",
    "select_nowait",
    "start_named",
    "supervise",
    "to_thread_abandon_on_cancel_named",
    "to_thread_named",
    "with_task_group",
    "with_timeout",
}
HIDDEN_PREFIX = "select_case_"
OTHERS = """\
Barrier.wait_async.cancellable default=null
CancelScope.cancel.reason default=null
CapacityLimiter.acquire_async.cancellable default=null
CapacityLimiter.acquire_on_behalf_of_async.cancellable default=null
Condition.new.lock default=null
Condition.notify.n_waiters default=1
Condition.wait_async.cancellable default=null
Event.wait_async.cancellable default=null
Future.await_async.cancellable default=null
Future.wait_async.cancellable default=null
Lock.acquire_async.cancellable default=null
RateLimiter.acquire.n_tokens default=1
RateLimiter.acquire_async.cancellable default=null
RateLimiter.acquire_async.n_tokens default=1
RateLimiter.acquire_nowait.n_tokens default=1
ResourceGuard.new.action default=null
Semaphore.acquire_async.cancellable default=null
Semaphore.new.max_value default=0
SignalReceiver.receive_async.cancellable default=null
Task.cancel.reason default=null
Task.started.value default=null
TaskGroup.cancel.reason default=null
sleep_async.cancellable default=null
"""
TYPES = {"class", "interface", "record", "union", "boxed", "enumeration", "bitfield"}
CALLABLES = {"constructor", "function", "method", "callback", "virtual-method"}


def is_skipped(element):
    return element.get("introspectable") == "0" and element.get("shadowed-by") is None


def is_variadic(element):
    return element.find(f".//{CORE}varargs") is not None


def metadata_lines(namespace):
    for element in namespace:
        kind = element.tag.replace(CORE, "")
        name = element.get("name")
        if name in HIDDEN or name.startswith(HIDDEN_PREFIX):
            yield f"{name} skip"
            continue
        if kind in CALLABLES and is_skipped(element) and not is_variadic(element):
            yield f"{name}#{kind} skip=false"
        if kind not in TYPES:
            continue
        if is_skipped(element):
            yield f"{name} skip=false"
        for member in element:
            member_kind = member.tag.replace(CORE, "")
            if f"{name}.{member.get('name')}" in HIDDEN:
                yield f"{name}.{member.get('name')} skip"
            elif member_kind in CALLABLES and is_skipped(member) and not is_variadic(member):
                yield f"{name}.{member.get('name')}#{member_kind.replace('-', '_')} skip=false"


def main():
    gir, output = sys.argv[1:]
    namespace = ElementTree.parse(gir).getroot().find(f"{CORE}namespace")
    with open(output, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in metadata_lines(namespace))
        file.write(OTHERS)


if __name__ == "__main__":
    main()
