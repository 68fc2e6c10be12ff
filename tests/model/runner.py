# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs programs through model-runner and compares with the model."""
import glob
import os
import shlex
import signal
import subprocess

import model
from program import decode, encode

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build-model")
WROTE_ALL = ("SIGABRT\n", "SIGALRM\n", "SIGTRAP\n")    # the signals at which the runner writes what it has


def find_runner():
    """The runner: $ANYIO_MODEL_RUNNER, else that of the build folder used last, brought up to date; else one is built."""
    path = os.environ.get("ANYIO_MODEL_RUNNER")
    if path:
        return path
    found = glob.glob(os.path.join(ROOT, "build*", "tests", "model", "model-runner"))
    found += glob.glob(os.path.join(ROOT, "_build*", "*", "tests", "model", "model-runner"))
    if not found:
        return build_runner(ROOT, BUILD)
    folder = os.path.dirname(os.path.dirname(os.path.dirname(max(found, key=os.path.getmtime))))
    return build_runner(ROOT, folder)


def build_runner(source, folder, options=(), quiet=True):
    """Builds the runner of the tree @source in @folder; raises CalledProcessError with the output."""
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {}
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        subprocess.run(["meson", "setup", *options, folder, source], check=True, **how)
    subprocess.run(["ninja", "-C", folder, "tests/model/model-runner"], check=True, **how)
    return os.path.join(folder, "tests", "model", "model-runner")


def environment():
    env = dict(os.environ)
    for name in ("G_DEBUG", "G_MESSAGES_DEBUG", "ANYIO_SCHEDULE_SEED"):
        env.pop(name, None)
    return env


def how_it_ended(code):
    if code >= 0:
        return "! the runner ended with status %d\n" % code
    return "! the runner was killed by %s\n" % signal.Signals(-code).name


def call(runner, programs, args):
    """Returns ({(index, schedule): trace}, the end): the end is None, or how the runner died and the index and schedule of that run."""
    data = b"".join(len(p).to_bytes(2, "little") + p for p in programs)
    command = [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), *runner.split(), *args]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), check=False)
    traces = {}
    last = None
    for part in done.stdout.decode(errors="replace").split("#")[1:]:
        head, _, trace = part.partition("\n")
        last = tuple(map(int, head.split()))
        traces[last] = trace
    if done.returncode == 0:
        return traces, None
    return traces, (how_it_ended(done.returncode), last or (0, 0))


def traces_of(runner, programs, schedules, deaths=10):
    """{(index, schedule): trace} for the schedules of the range, also when the runner dies on the way; after so many deaths it gives up."""
    out = {}
    args = ["--schedule", str(schedules[0])] if len(schedules) == 1 else ["--schedules", str(len(schedules))]
    todo = list(range(len(programs)))
    while todo:
        traces, end = call(runner, [programs[i] for i in todo], args)
        if end is not None and not end[0].endswith(WROTE_ALL):      # once more, so that the output tells where
            traces, end = call(runner, [programs[i] for i in todo], args + ["--unbuffered"])
        out.update({(todo[i], k): trace for (i, k), trace in traces.items()})
        if end is None:
            break
        how, (i, k) = end
        for schedule in schedules:
            if schedule >= k:
                out[todo[i], schedule] = (traces.get((i, k), "") if schedule == k else "") + how
        todo = todo[i + 1:]
        deaths -= 1
        if deaths == 0:
            break
    return out


def differs(runner, program, schedule):
    """The two traces if they differ, else None."""
    expected = model.run(program, schedule)
    got = traces_of(runner, [encode(program)], range(schedule, schedule + 1)).get((0, schedule), "")
    return None if got == expected else (expected, got)


def events(trace):
    return sum(line[0].isdigit() for line in trace.splitlines())


def compare(runner, programs, schedules, deaths=10):
    """Returns (events, [(index, schedule)] that differ) of encoded programs."""
    expected = {(i, k): model.run(program, k) for i, program in enumerate(map(decode, programs)) for k in schedules}
    n = sum(map(events, expected.values()))
    if not runner:
        return n, []

    # Those at whose end the library is right to die run alone, so that the others do not die with them.
    fatal = {i for (i, _), trace in expected.items() if trace.endswith(model.STUCK)}
    others = [i for i in range(len(programs)) if i not in fatal]
    got = {(others[i], k): trace for (i, k), trace in traces_of(runner, [programs[i] for i in others], schedules, deaths).items()}
    for i in fatal:
        for k in schedules:
            got[i, k] = traces_of(runner, [programs[i]], range(k, k + 1)).get((0, k), "")
    return n, sorted(x for x, trace in expected.items() if got.get(x) != trace)
