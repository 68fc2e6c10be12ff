#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the conformance table in one language and prints TAP, one result per case.

    run LANGUAGE [--case NAME]... -- COMMAND...

COMMAND is the language's interpreter. It gets the programs on standard input and writes their traces. A case in which it dies has failed; the rest runs in a new process.
"""

import argparse
import difflib
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True

import table

SECONDS = 60  # per process


def environment(language):
    env = dict(os.environ)
    env.pop("ANYIO_SCHEDULE_SEED", None)
    # In C and Vala misuse is a critical message, which the interpreters take; whatever else is logged ends them.
    env.pop("G_DEBUG", None)
    if language in ("python", "javascript"):
        env["G_DEBUG"] = "fatal-criticals"
    return env


def call(command, cases, env):
    """({name: lines of the trace}, how the process ended if it was not well)."""
    try:
        done = subprocess.run(command, input="".join(case.text() for case in cases), capture_output=True, text=True, env=env, timeout=SECONDS)
        output, errors, code = done.stdout, done.stderr, done.returncode
    except subprocess.TimeoutExpired as expired:
        output, errors, code = (expired.stdout or b"").decode(), (expired.stderr or b"").decode(), None
    traces = {}
    lines = []
    for line in output.splitlines():
        if line.startswith("case "):
            lines = traces[line[5:]] = []
        else:
            lines.append(line)
    if code == 0 and lines and lines[-1] == "end":
        lines.pop()
        return traces, errors, None
    if code is None:
        end = f"did not end within {SECONDS} seconds"
    elif code < 0:
        end = f"was killed by {signal.Signals(-code).name}"
    else:
        end = f"ended with status {code}"
    return traces, errors, f"The interpreter {end}."


def traces_of(command, cases, env):
    """{name: (lines of the trace, what was wrong with the process)}."""
    results = {}
    while cases:
        traces, errors, end = call(command, cases, env)
        names = list(traces)
        for name in names:
            results[name] = traces[name], None
        if end is None and not errors:
            break
        # A message belongs to the last case if the process died, else to whichever is run alone next.
        if end is None and len(cases) > 1:
            for case in cases:
                results.update(traces_of(command, [case], env))
            break
        last = names[-1] if names else cases[0].name
        results[last] = traces.get(last, []), "\n".join(filter(None, [end, errors]))
        cases = cases[[case.name for case in cases].index(last) + 1 :]
    return results


def comment(lines):
    for line in lines:
        print(f"# {line}")


def report(case, got, trouble):
    """How a failed case differs, with its program."""
    print(f"# {table.PATH}:{case.line}, rules {' '.join(case.rules)}")
    comment("  " + line for line in case.program)
    comment(difflib.unified_diff(table.show(case.trace), table.show(got), "expected", "got", n=99, lineterm=""))
    if trouble:
        comment(trouble.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=table.LANGUAGES)
    parser.add_argument("--case", action="append", help="only this one")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    cases = [case for case in table.read() if not args.case or case.name in args.case]
    mine = [case for case in cases if args.language in case.languages]
    results = traces_of(args.command, mine, environment(args.language))
    failed = False
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        if case not in mine:
            print(f"ok {number} {case.name} # SKIP not in {args.language}: {case.reason}")
            continue
        lines, trouble = results.get(case.name, ([], "The interpreter did not come to this case."))
        got = table.events(lines)
        if got == case.trace and trouble is None:
            print(f"ok {number} {case.name}")
        else:
            failed = True
            print(f"not ok {number} {case.name}")
            report(case, got, trouble)
    return failed


if __name__ == "__main__":
    sys.exit(main())
