#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check that each function that may suspend is cancelled at every suspension point by some test (anyio_test_cancel_everywhere()).

A public function may suspend if its last parameter is `GError **error` (design: the colour is in the signature), unless its name or the table below says that it
never does. It counts as swept if a test names it in a function that a sweep runs, or in one that such a function names, in that file or in a header that it includes.

    sweeps.py TESTS... --public HEADER... | sweeps.py --self-test
"""

import argparse
import pathlib
import re
import sys

import common
from symbols import COMMENT, DIRECTIVE, MARK

SWEEP = "anyio_test_cancel_everywhere"
NEVER_SUSPENDS = ("_nowait", "_finish", "_clone")

# What ends in an error location all the same, and why nothing can be cancelled there.
EXCEPTIONS = {
    "anyio_block_fail_after": "begins a block; the location is for the block's end",
    "anyio_driver_new": "begins a run; is called outside tasks",
    "anyio_driver_take_failure": "never suspends",
    "anyio_fail_after": "enters a scope; the location is for its exit",
    "anyio_fail_at": "enters a scope; the location is for its exit",
    "anyio_future_get_result": "never suspends",
    "anyio_open_process_from": "never suspends",
    "anyio_portal_provider_acquire": "is called in a thread that runs no task, and blocks it",
    "anyio_portal_start_thread": "is called in a thread that runs no task, and blocks it",
    "anyio_process_check_exit": "never suspends",
    "anyio_resource_guard_enter": "never suspends",
    "anyio_run": "is called outside tasks",
    "anyio_signal_receiver_open_exclusive": "never suspends",
    "anyio_socket_listener_new_from_fd": "never suspends",
    "anyio_socket_stream_new_from_fd": "never suspends",
    "anyio_socket_stream_new_from_socket": "never suspends",
    "anyio_task_get_result": "never suspends",
    "anyio_task_group_enter": "never suspends",
}
# What may suspend without an error location.
WITHOUT_LOCATION = ("anyio_call_await", "anyio_call_clear")


def suspending(text):
    """The names of the functions of a public header that may suspend."""
    text = DIRECTIVE.sub("", COMMENT.sub(" ", text))
    for statement in text.split(";"):
        found = re.search(MARK + r"[\w\s*]*?\b(anyio_\w+)\s*\((.*)\)", statement, re.DOTALL)
        if found is None:
            continue
        name = found[1].removesuffix("_named")
        has_location = re.search(r"GError\s*\*\*\s*error\s*\)\s*(?:G_GNUC_\w+\s*)*$", statement.strip()) is not None
        if name in WITHOUT_LOCATION or has_location and not name.endswith(NEVER_SUSPENDS):
            yield name


def functions(path):
    """The bodies of the functions that a C file or a header that it includes from beside it defines, by name."""
    text = COMMENT.sub(" ", path.read_text(encoding="utf-8"))
    bodies = {}
    for include in re.findall(r'^#include "(\.{0,2}[\w./-]*-test\.h|[\w-]+\.h)"', text, re.MULTILINE):
        if (path.parent / include).is_file():
            bodies.update(functions(path.parent / include))
    for found in re.finditer(r"^(\w+) \((?:[^;{}()]|\([^()]*\))*\)\n\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        bodies[found[1]] = found[2]
    for found in re.finditer(r"^#define (\w+)(?:\([^)]*\))? ((?:.|\\\n)*)$", text, re.MULTILINE):
        bodies[found[1]] = found[2]
    return bodies


def swept(path, public):
    """The words in all functions and macros that the sweeps of a test run; @public: those that public headers define."""
    bodies = {**public, **functions(path)}
    waiting = []
    text = path.read_text(encoding="utf-8")
    for name, body in bodies.items():
        for func in re.findall(SWEEP + r" \(([\w.\[\]]+)", body):
            # What is no function is the argument of the test, or stands in a table of the file.
            registered = re.findall(r"\(gconstpointer\) (\w+), " + name + r"\)", text)
            table = re.findall(r"\b" + func.partition("[")[0] + r"\[\] = (\{.*?^\});", text, re.MULTILINE | re.DOTALL) if "[" in func else []
            waiting += [func, *registered, *re.findall(r"\w+", " ".join(table))]
    seen = set()
    words = set()
    while waiting:
        func = waiting.pop()
        if func in bodies and func not in seen:
            seen.add(func)
            found = set(re.findall(r"\w+", bodies[func]))
            words |= found
            waiting += found
    return words


def check(tests, headers):
    wanted = {name for header in headers for name in suspending(header.read_text(encoding="utf-8"))}
    public = {name: body for header in headers for name, body in functions(header).items()}
    done = {name.removesuffix("_named") for test in tests for name in swept(test, public)}
    for name in sorted(wanted - done - set(EXCEPTIONS)):
        yield f"{name}: may suspend, and no sweep of a test runs it"
    for name in sorted(set(EXCEPTIONS) & done & wanted):
        yield f"{name}: is swept, and needs no exception"


def self_test():
    header = (
        "ANYIO_AVAILABLE_IN_0_1\ngboolean anyio_rest (double seconds, GError **error);\n"
        "ANYIO_AVAILABLE_IN_0_1\nint anyio_pick_named (const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;\n#define anyio_pick(error) anyio_pick_named (\"\", error)\n"
        "ANYIO_AVAILABLE_IN_0_1\ngboolean anyio_rest_nowait (GError **error);\nANYIO_AVAILABLE_IN_0_1\nvoid anyio_call_await (int *call);\n"
        "ANYIO_AVAILABLE_IN_0_1\ngboolean anyio_task_get_result (GError **error);\nANYIO_AVAILABLE_IN_0_1\nvoid anyio_other (GError *error);\n"
    )
    helper = "static gboolean\nhelp (GError **error)\n{\n  return anyio_rest (1, error);\n}\n"
    good = {
        "a.h": header,
        "tests/a-test.h": helper,
        "tests/test-a.c": '#include "a-test.h"\n\nstatic gboolean\nbody (gpointer data,\n      GError **error)\n{\n  anyio_call_await (data);\n  return help (error);\n}\n\n'
        "static void\ntest (void)\n{\n  anyio_test_cancel_everywhere (body, NULL, NULL);\n}\n",
        "tests/test-b.c": "static gboolean\nother (GError **error)\n{\n  return anyio_pick (error);\n}\n\nstatic void\ntest (gconstpointer func)\n{\n"
        '  anyio_test_cancel_everywhere (func, NULL, NULL);\n}\n\nint\nmain (void)\n{\n  add ("x", (gconstpointer) other, test);\n}\n',
    }
    good["tests/test-c.c"] = (
        "#define quick anyio_quick\n\nstatic gboolean\nrun (GError **error)\n{\n  return quick (error) && anyio_hold (error);\n}\n\n"
        "static const struct { Func func; } cases[] = {\n  { run },\n};\n\n"
        "static void\ntest (void)\n{\n  anyio_test_cancel_everywhere (cases[i].func, NULL, NULL);\n}\n"
    )
    good["a.h"] += (
        "ANYIO_AVAILABLE_IN_0_1\ngboolean anyio_quick (GError **error);\nANYIO_AVAILABLE_IN_0_1\ngboolean anyio_take (GError **error);\n"
        "static inline gboolean\nanyio_hold (GError **error)\n{\n  return anyio_take (error);\n}\n"
    )
    bad = [
        ({"a.h": good["a.h"] + "ANYIO_AVAILABLE_IN_0_1\ngboolean anyio_new (GError **error);\n"}, "anyio_new: may suspend"),
        ({"tests/a-test.h": "static void\nhelp (GError **error)\n{\n}\n"}, "anyio_rest: may suspend"),
        ({"tests/test-a.c": good["tests/test-a.c"].replace("everywhere", "elsewhere")}, "anyio_call_await: may suspend"),
        ({"tests/test-a.c": good["tests/test-a.c"].replace("anyio_call_await (data)", "/* anyio_call_await (data) */")}, "anyio_call_await: may suspend"),
        ({"tests/test-b.c": good["tests/test-b.c"].replace("(gconstpointer) other, test)", "(gconstpointer) other, another)")}, "anyio_pick: may suspend"),
        ({"tests/test-c.c": good["tests/test-c.c"].replace("  { run },\n", "")}, "anyio_take: may suspend"),
        ({"tests/test-c.c": good["tests/test-c.c"].replace("#define quick anyio_quick", "")}, "anyio_quick: may suspend"),
        ({"tests/a-test.h": helper.replace("return", "anyio_task_get_result (error);\n  return")}, "anyio_task_get_result: is swept"),
    ]
    return common.self_test(lambda root: check(sorted(root.glob("tests/*.c")), [root / "a.h"]), good, bad)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    parser = argparse.ArgumentParser()
    parser.add_argument("tests", type=pathlib.Path, help="the folder of the tests")
    parser.add_argument("--public", nargs="+", type=pathlib.Path, required=True)
    options = parser.parse_args()
    return common.report(check(sorted(options.tests.rglob("test-*.c")), options.public))


if __name__ == "__main__":
    sys.exit(main())
