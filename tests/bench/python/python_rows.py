# SPDX-License-Identifier: LGPL-2.1-or-later
"""`tests/bench/run python`: builds the library with introspection, and measures the Python rows of ours and its peers in turn."""

import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.join(ROOT, '_build', 'bench-python')

ROWS = {
    'sleep0': 100_000,
    'spawn_join': 100_000,
    'spawn_join_one': 30_000,
    'move_on_after': 100_000,
    'memory_stream': 100_000,  # an item through a buffer of 100
    'memory_stream_0': 30_000,  # an item from hand to hand
    'lock': 100_000,  # taken and released, nobody else wants it
    'event': 30_000,  # made, waited for, and set by another task that yields once
    'to_thread': 20_000,  # a function that does nothing, called in a worker thread and waited for
    'await_gio': 20_000,
}
NO_PEERS = {'await_gio'}
NO_ASYNCIO = {'memory_stream_0'}  # its queue has no such thing
PEERS = {'asyncio': 'asyncio', 'anyio': 'anyio', 'trio': 'trio'}  # and the module that each needs


def find_python():
    """A Python that has PyGObject: it need not be the first in PATH."""
    for python in ('python3', '/usr/bin/python3'):
        if subprocess.run([python, '-c', 'import gi.repository'], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def build():
    commands = [['meson', 'setup', '--buildtype=release', '-Dintrospection=enabled', '-Dtests=false', '-Ddemos=false', BUILD, ROOT], ['ninja', '-C', BUILD]]
    if os.path.exists(os.path.join(BUILD, 'build.ninja')):
        commands[0].insert(2, '--reconfigure')
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.stderr.write(done.stdout)
            return False
    return True


def measure(command, env):
    """(value, comments), or None after saying why."""
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=180)
    if done.returncode != 0:
        print(f'# {" ".join(command)} failed: {done.stderr.strip().splitlines()[-1:]}')
        return None
    lines = done.stdout.splitlines()
    return float(lines[-1].split()[2]), lines[:-1]


def run(names, rounds, cpu):
    """All rounds of the rows. The exit status."""
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f'# no such row: {" ".join(unknown)}; there are {" ".join(ROWS)}')
        return 2
    python = find_python()
    if python is None:
        print('# python: needs a Python with PyGObject (python3-gi)')
        return 1
    if not build():
        return 1
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    env = dict(
        os.environ,
        GI_TYPELIB_PATH=os.path.join(BUILD, 'introspection'),
        LD_LIBRARY_PATH=os.path.join(BUILD, 'anyio-glib'),
        PYTHONPATH=os.path.join(ROOT, 'introspection', 'python'),
        PYTHONWARNINGS='ignore',
        PYTHONDONTWRITEBYTECODE='1',
    )
    peers = []
    for peer, module in PEERS.items():
        if subprocess.run([python, '-W', 'ignore', '-c', f'import anyio, {module}' if peer != 'asyncio' else 'import asyncio'], stderr=subprocess.DEVNULL).returncode == 0:
            peers.append(peer)
        else:
            print(f'# @{peer}: skipped, not installed')

    good = True
    for row, n in ROWS.items():
        if names and row not in names:
            continue
        sides = ['ours'] + [peer for peer in peers if row not in NO_PEERS and (peer != 'asyncio' or row not in NO_ASYNCIO)]
        values = {side: [] for side in sides}
        comments = []
        for _ in range(rounds):
            for side in sides:
                figure = measure([python, os.path.join(HERE, 'rows.py'), side, row, str(n)], env)
                if figure is None:
                    good = False
                    continue
                values[side].append(figure[0])
                comments = figure[1] or comments
        for comment in comments:
            print(comment)
        for side in sides:
            if values[side]:
                name = row if side == 'ours' else f'{row}@{side}'
                print(f'{name} {n} {statistics.median(values[side]):.3g} us', flush=True)
        for side in sides[1:]:
            ratios = [theirs / ours for ours, theirs in zip(values['ours'], values[side])]
            if ratios:
                print(f'# {row} {n} against {row}@{side}: {statistics.median(ratios):.3g} times better, '
                      f'{min(ratios):.3g} to {max(ratios):.3g} in {len(ratios)} rounds')
    return 0 if good else 1
