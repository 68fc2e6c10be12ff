# SPDX-License-Identifier: LGPL-2.1-or-later
"""Subprocesses: the C library's, under AnyIO's names. The launcher that starts them is GIO's; what it cannot do (another user, a new session) is not there."""

import errno
import os
from subprocess import DEVNULL, PIPE, STDOUT, CalledProcessError, CompletedProcess

from gi.repository import Gio, GLib

from ._driver import current, refuse_cancelled
from ._gio import wait
from ._native import Native
from ._streams import ByteReceiveStreamOfC, ByteSendStreamOfC, refuse

_SPAWN_ERROR = GLib.quark_to_string(GLib.spawn_error_quark())

_ERRNOS = {
    int(code): number
    for code, number in (
        (GLib.SpawnError.ACCES, errno.EACCES),
        (GLib.SpawnError.CHDIR, errno.ENOENT),
        (GLib.SpawnError.NOENT, errno.ENOENT),
        (GLib.SpawnError.NOEXEC, errno.ENOEXEC),
        (GLib.SpawnError.PERM, errno.EPERM),
        (GLib.SpawnError.TOO_BIG, errno.E2BIG),
    )
}


class _PipeToProcess(ByteSendStreamOfC):
    async def aclose(self):
        """Closes the pipe, which tells the process that nothing more comes."""
        await wait(self._native.close_async)


class _PipeFromProcess(ByteReceiveStreamOfC):
    async def aclose(self):
        """Closes the pipe; a process that writes to it gets SIGPIPE."""
        await wait(self._native.close_async)


class Process:
    """A process that was opened by open_process(). Leaving `async with` closes its pipes and waits for it; if that is cancelled, it is killed, and has ended all the same."""

    def __init__(self, native):
        self._native = native
        stdin, stdout, stderr = native.get_stdin(), native.get_stdout(), native.get_stderr()
        self.stdin = _PipeToProcess(stdin) if stdin is not None else None
        self.stdout = _PipeFromProcess(stdout) if stdout is not None else None
        self.stderr = _PipeFromProcess(stderr) if stderr is not None else None

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        await self.aclose()

    @property
    def pid(self):
        """The number of the process; 0 if it ended too quickly to be asked."""
        return self._native.get_pid()

    @property
    def returncode(self):
        """The exit status, or minus the signal that ended it; None while it runs."""
        return self._native.get_returncode() if self._native.has_exited() else None

    async def wait(self):
        """Waits until it has ended, whoever still holds its pipes; returns the return code."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        await wait(self._native.wait_async)
        return self.returncode

    def send_signal(self, signal):
        """Sends a signal; nothing happens if it has ended."""
        self._native.send_signal(int(signal))

    def terminate(self):
        """Asks it to end (SIGTERM)."""
        self._native.terminate()

    def kill(self):
        """Ends it (SIGKILL)."""
        self._native.kill()

    async def stop(self, grace):
        """SIGTERM; SIGKILL if it still runs after so many seconds, or if this is cancelled. It has ended then. Returns the return code."""
        await wait(self._native.stop_async, grace)
        return self.returncode

    async def aclose(self):
        """Closes the pipes, then waits until it has ended; if that is cancelled, kills it and waits for that."""
        await wait(self._native.close_async)


# --- opening ---


def _get_fd(place):
    """A descriptor for the child, of its own, from a descriptor or file."""
    return os.dup(place if isinstance(place, int) else place.fileno())


def _make_launcher(stdin, stdout, stderr, cwd, env, pass_fds):
    flags = Gio.SubprocessFlags.NONE
    if stdin == PIPE:
        flags |= Gio.SubprocessFlags.STDIN_PIPE
    elif stdin is None:
        flags |= Gio.SubprocessFlags.STDIN_INHERIT
    if stdout == PIPE:
        flags |= Gio.SubprocessFlags.STDOUT_PIPE
    elif stdout == DEVNULL:
        flags |= Gio.SubprocessFlags.STDOUT_SILENCE
    if stderr == PIPE:
        flags |= Gio.SubprocessFlags.STDERR_PIPE
    elif stderr == DEVNULL:
        flags |= Gio.SubprocessFlags.STDERR_SILENCE
    elif stderr == STDOUT:
        flags |= Gio.SubprocessFlags.STDERR_MERGE
    launcher = Gio.SubprocessLauncher.new(flags)
    for place, take in (stdin, launcher.take_stdin_fd), (stdout, launcher.take_stdout_fd), (stderr, launcher.take_stderr_fd):
        if place is not None and place not in (PIPE, DEVNULL, STDOUT):
            take(_get_fd(place))
    for fd in pass_fds:
        launcher.take_fd(os.dup(fd), fd)
    if cwd is not None:
        launcher.set_cwd(os.fspath(cwd))
    if env is not None:
        launcher.set_environ([f"{name}={value}" for name, value in env.items()])
    return launcher


def _open(command, stdin, stdout, stderr, cwd, env, pass_fds):
    if isinstance(command, (str, bytes)):
        argv = ["/bin/sh", "-c", os.fsdecode(command)]
    else:
        argv = [os.fsdecode(each) for each in command]
        if not argv:
            raise ValueError("the command is empty")
    try:
        return Process(Native.open_process_from(_make_launcher(stdin, stdout, stderr, cwd, env, pass_fds), argv))
    except GLib.Error as error:
        number = _ERRNOS.get(error.code) if error.domain == _SPAWN_ERROR else None
        raise (OSError(number, error.message) if number is not None else OSError(error.message)) from error


async def open_process(command, *, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=None, env=None, pass_fds=()):
    """Starts a program: a line for the shell, or a sequence of the program and its arguments."""
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    return _open(command, stdin, stdout, stderr, cwd, env, pass_fds)


async def run_process(command, *, input=None, stdin=None, stdout=PIPE, stderr=PIPE, check=True, cwd=None, env=None, pass_fds=()):
    """Runs a program to its end and returns a subprocess.CompletedProcess. check: an exit status that is not 0 raises subprocess.CalledProcessError, with the outputs."""
    if input is not None and stdin is not None:
        raise ValueError("only one of input and stdin is possible")
    process = await open_process(command, stdin=PIPE if input is not None else stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=env, pass_fds=pass_fds)
    native = process._native
    try:
        _, out, err = await wait(native.communicate_async, GLib.Bytes.new(bytes(memoryview(input))) if input is not None else None)
    except GLib.Error as error:
        refuse(error, "receiving from")
    outputs = [each.get_data() if each is not None else None for each in (out, err)]
    if check and process.returncode != 0:
        raise CalledProcessError(process.returncode, command, *outputs)
    return CompletedProcess(command, process.returncode, *outputs)
