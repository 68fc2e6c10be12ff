#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Count what Meson's test logs say: each TAP result is one test, a program that prints no TAP is one test.

    count.py TITLE TESTLOG.JSON TALLY STATUS   adds to the file TALLY what a run of meson test that ended with STATUS did;
                                               prints what failed, with the tail of its output, and what was skipped
    count.py --total TALLY                     prints the last line; exits with 1 if a test failed or none ran
    count.py --self-test

A program that ends badly without a failed result of its own (a crash, a time-out, a wrong plan) counts as one failure.
"""

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile

RESULT = re.compile(r"^(\s*)(not )?ok\b\s*(\d+)?\s*-?\s*([^#]*?)\s*(?:#\s*(\w+)\S*\s*(.*))?$")
PLAN = re.compile(r"^\s*1\.\.\d+", re.MULTILINE)
TAIL = 40
EXPECTED = "TO" "DO"  # TAP's word for a failure that is expected
GOOD = {"OK", "EXPECTEDFAIL"}


def results(output):
    """Pairs of (state, name, reason) for each TAP result; the line that closes a subtest repeats what was counted."""
    if not PLAN.search(output):
        return
    deeper = False
    for line in output.splitlines():
        match = RESULT.match(line)
        if match is None:
            continue
        indent, bad, _, name, directive, reason = match.groups()
        if indent:
            deeper = True
        elif deeper:
            deeper = False
            continue
        directive = (directive or "").upper()
        if directive == "SKIP":
            yield "skipped", name, reason
        elif bad and directive != EXPECTED:
            yield "failed", name, ""
        else:
            yield "passed", name, ""


def count(entry):
    """The results of one test program as a list of (state, name, reason)."""
    found = list(results(entry.get("stdout") or ""))
    if entry["result"] == "SKIP" and not any(state == "skipped" for state, _, _ in found):
        found.append(("skipped", "", " ".join((entry.get("stdout") or "").strip().splitlines()[-1:])))
    elif entry["result"] in GOOD or entry["result"] == "SKIP":
        if not found:
            found.append(("passed", "", ""))
    elif not any(state == "failed" for state, _, _ in found):
        found.append(("failed", "", entry["result"].lower()))
    return found


def tail(entry):
    text = (entry.get("stdout") or "") + (entry.get("stderr") or "")
    return "\n".join("    " + line for line in text.splitlines()[-TAIL:])


def add_log(title, log):
    """Prints what went wrong or was skipped in one run; returns the numbers."""
    numbers = {"passed": 0, "failed": 0, "skipped": 0}
    path = pathlib.Path(log)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if not lines:
        print(f"FAILED {title}: no test ran")
        numbers["failed"] += 1
    for entry in map(json.loads, lines):
        found = count(entry)
        for state, name, reason in found:
            numbers[state] += 1
            if state == "failed":
                print(f"FAILED {title}: {entry['name']} {name} {reason}".rstrip())
            elif state == "skipped":
                print(f"SKIPPED {title}: {entry['name']} {name}: {reason or 'no reason given'}")
        if any(state == "failed" for state, _, _ in found):
            print(tail(entry))
    return numbers


def total(tally):
    numbers = [0, 0, 0]
    for line in pathlib.Path(tally).read_text(encoding="utf-8").splitlines():
        numbers = [a + int(b) for a, b in zip(numbers, line.split())]
    print("{} passed, {} failed, {} skipped".format(*numbers))
    return 1 if numbers[1] > 0 or numbers[0] == 0 else 0


def self_test():
    cases = [
        ("OK", "1..2\nok 1 /a/b\nok 2 /a/c # SKIP no fork\n", (1, 0, 1)),
        ("FAIL", "1..2\nok 1 /a\nnot ok 2 /b - Bail\n", (1, 1, 0)),
        ("ERROR", "1..2\nok 1 /a\n", (1, 1, 0)),
        ("TIMEOUT", "", (0, 1, 0)),
        ("OK", "ok 1 of no TAP\n", (1, 0, 0)),
        ("SKIP", "", (0, 0, 1)),
        ("SKIP", "1..1\nok 1 /a # SKIP why\n", (0, 0, 1)),
        ("OK", "# Subtest: a\n    1..2\n    ok 1 /a/b\n    not ok 2 /a/c # " + EXPECTED + " later\nok 1 a\n", (2, 0, 0)),
    ]
    wrong = 0
    for result, output, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            log.write_text(json.dumps({"name": "x", "result": result, "stdout": output}) + "\n", encoding="utf-8")
            with contextlib.redirect_stdout(io.StringIO()):
                numbers = tuple(add_log("self", log).values())
        if numbers != expected:
            print(f"self-test: {result} {output!r}: {numbers} instead of {expected}")
            wrong += 1
    with contextlib.redirect_stdout(io.StringIO()):
        numbers = add_log("self", "/nonexistent")
    if numbers["failed"] != 1:
        print(f"self-test: a missing log counts as {numbers}")
        wrong += 1
    print(f"self-test: {len(cases) + 1} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
    if sys.argv[1] == "--total":
        return total(sys.argv[2])
    title, log, tally, status = sys.argv[1:]
    numbers = add_log(title, log)
    if status != "0" and numbers["failed"] == 0:
        print(f"FAILED {title}: meson test ended with status {status}")
        numbers["failed"] += 1
    with open(tally, "a", encoding="utf-8") as file:
        print(*numbers.values(), file=file)
    print("{}: {passed} passed, {failed} failed, {skipped} skipped".format(title, **numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
