# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs cases in the interpreter of a language, in as few processes as it survives."""

import os
import signal
import subprocess

SECONDS = 60  # per process
SECONDS_PER_CASE = 0.1


def environment(language):
    env = dict(os.environ)
    env.pop("ANYIO_SCHEDULE_SEED", None)
    # In C and Vala misuse is a critical message, which the interpreters take; whatever else is logged ends them.
    env.pop("G_DEBUG", None)
    if language in ("python", "javascript"):
        env["G_DEBUG"] = "fatal-criticals"
    return env


def call(command, cases, env, patience=SECONDS):
    """({name: lines of the trace}, how the process ended if it was not well)."""
    try:
        done = subprocess.run(command, input="".join(case.text() for case in cases), capture_output=True, text=True, env=env, timeout=patience + SECONDS_PER_CASE * len(cases))
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
        end = f"did not end within {patience + SECONDS_PER_CASE * len(cases):g} seconds"
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
