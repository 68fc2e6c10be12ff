# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets: connecting, listening and serving. The sockets, the attempts at several addresses and the listeners are the C library's."""

import errno
import os
import socket

from gi.repository import Gio, GLib

from ._attributes import TypedAttributeProvider, TypedAttributeSet, typed_attribute
from ._driver import callable_name, cancelled, current, make_coroutine, refuse_cancelled, report_background_error, strip
from ._exceptions import ConnectionFailed
from ._gio import wait
from ._groups import TaskGroup
from ._native import Native, NativeSocketListener, NativeSocketStream
from ._scopes import CancelScope
from ._stop import is_stop_requested, wait_stop_requested
from ._streams import IO_ERROR, ByteStreamOfC, refuse

_RESOLVER_ERROR = GLib.quark_to_string(Gio.resolver_error_quark())

_ERRNOS = {
    int(code): number
    for code, number in (
        (Gio.IOErrorEnum.ADDRESS_IN_USE, errno.EADDRINUSE),
        (Gio.IOErrorEnum.CONNECTION_REFUSED, errno.ECONNREFUSED),
        (Gio.IOErrorEnum.CONNECTION_CLOSED, errno.ECONNRESET),
        (Gio.IOErrorEnum.EXISTS, errno.EEXIST),
        (Gio.IOErrorEnum.FILENAME_TOO_LONG, errno.ENAMETOOLONG),
        (Gio.IOErrorEnum.HOST_UNREACHABLE, errno.EHOSTUNREACH),
        (Gio.IOErrorEnum.INVALID_ARGUMENT, errno.EINVAL),
        (Gio.IOErrorEnum.NETWORK_UNREACHABLE, errno.ENETUNREACH),
        (Gio.IOErrorEnum.NOT_DIRECTORY, errno.ENOTDIR),
        (Gio.IOErrorEnum.NOT_FOUND, errno.ENOENT),
        (Gio.IOErrorEnum.PERMISSION_DENIED, errno.EACCES),
        (Gio.IOErrorEnum.TIMED_OUT, errno.ETIMEDOUT),
        (Gio.IOErrorEnum.TOO_MANY_OPEN_FILES, errno.EMFILE),
    )
}


def _make_os_error(error):
    """A GLib.Error as the OSError that Python programs expect."""
    if error.domain == _RESOLVER_ERROR:
        return socket.gaierror(socket.EAI_NONAME, error.message)
    number = _ERRNOS.get(error.code) if error.domain == IO_ERROR else None
    return OSError(number, error.message) if number is not None else OSError(error.message)


def _refuse_connection(error):
    cause = _make_os_error(error)
    if isinstance(cause, socket.gaierror):
        raise cause from error
    raise ConnectionFailed(error.message) from cause


# --- attributes ---


class SocketAttribute(TypedAttributeSet):
    """What a socket knows of itself, for extra()."""

    family: socket.AddressFamily = typed_attribute()
    local_address: "tuple[str, int] | str" = typed_attribute()  # (address, port), or the path of a UNIX socket
    local_port: int = typed_attribute()
    raw_socket: socket.socket = typed_attribute()  # a duplicate, for options; it is the caller's
    remote_address: "tuple[str, int] | str" = typed_attribute()
    remote_port: int = typed_attribute()


def _convert(address):
    """A GSocketAddress as Python writes it."""
    if isinstance(address, Gio.InetSocketAddress):
        return address.get_address().to_string(), address.get_port()
    return address.props.path or ""


def _describe(address, which):
    """The attributes of an address; which: "local" or "remote"."""
    place = _convert(address)
    attributes = {
        SocketAttribute.family: lambda: socket.AddressFamily(int(address.get_family())),
        getattr(SocketAttribute, which + "_address"): lambda: place,
    }
    if isinstance(place, tuple):
        attributes[getattr(SocketAttribute, which + "_port")] = lambda: place[1]
    return attributes


def _take_over(make, sock_or_fd):
    try:
        native = make(sock_or_fd if isinstance(sock_or_fd, int) else sock_or_fd.fileno())
    except GLib.Error as error:
        raise ValueError(error.message) from error
    if not isinstance(sock_or_fd, int):
        sock_or_fd.detach()
    return native


# --- streams ---


class SocketStream(ByteStreamOfC):
    """A connected socket, TCP or UNIX."""

    @classmethod
    async def from_socket(cls, sock_or_fd):
        """Takes over a connected stream socket."""
        return cls(_take_over(NativeSocketStream.new_from_fd, sock_or_fd))

    async def aclose(self):
        """Closes the stream, which needs no time. A task that waits in it gets ClosedResourceError."""
        self._native.close_now()

    @property
    def extra_attributes(self):
        attributes = {}
        for which in "remote", "local":
            address = getattr(self._native, f"get_{which}_address")()
            if address is not None:
                attributes.update(_describe(address, which))
        if not self._native.is_closed():
            attributes[SocketAttribute.raw_socket] = lambda: socket.socket(fileno=os.dup(self._native.get_fd()))
        return attributes


async def _find_local_address(host):
    address = Gio.InetSocketAddress.new_from_string(host, 0)
    if address is None:
        found = await wait(Gio.Resolver.get_default().lookup_by_name_async, host)
        address = Gio.InetSocketAddress.new(found[0], 0)
    return address


async def connect_tcp(remote_host, remote_port, *, local_host=None, happy_eyeballs_delay=0.25):
    """Connects to a host. Its addresses are tried in turn, each happy_eyeballs_delay seconds after the one before, or when that has failed."""
    try:
        local_address = await _find_local_address(str(local_host)) if local_host is not None else None
        return SocketStream(await wait(Native.connect_tcp_from_async, local_address, str(remote_host), remote_port, happy_eyeballs_delay))
    except GLib.Error as error:
        _refuse_connection(error)


async def connect_unix(path):
    """Connects to a UNIX socket."""
    try:
        return SocketStream(await wait(Native.connect_unix_async, os.fspath(path)))
    except GLib.Error as error:
        _refuse_connection(error)


# --- listeners ---


async def _cancel_when_stopped(scope):
    await wait_stop_requested()
    scope.cancel("a stop was requested")


async def _run_connection(handler, stream):
    """One connection of a server whose others go on when it fails."""
    task = current()
    async with stream:
        try:
            await make_coroutine(handler, (stream,))
        except BaseException as error:
            rest, was_cancelled = strip(error, task)
            if rest is not None and not isinstance(rest, Exception):
                raise
            if rest is not None:
                report_background_error(task, rest)
            if was_cancelled:
                raise cancelled(task) from None


class SocketListener(TypedAttributeProvider):
    """Sockets that others connect to, TCP or UNIX: one, or one for each address of a host."""

    def __init__(self, native):
        self._native = native

    @classmethod
    async def from_socket(cls, sock_or_fd):
        """Takes over a socket that listens."""
        return cls(_take_over(NativeSocketListener.new_from_fd, sock_or_fd))

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        await self.aclose()

    @property
    def listeners(self):
        """This one alone, also if it listens at several addresses."""
        return [self]

    async def accept(self):
        """Accepts the next connection; waits for it."""
        task = current()
        if task.cancelled:
            await refuse_cancelled(task)
        try:
            return SocketStream(await wait(self._native.accept_async))
        except GLib.Error as error:
            refuse(error, "accepting connections from")

    async def serve(self, handler, task_group=None):
        """Runs handler(stream) in a task for each connection, until a soft stop is requested.

        With a task_group the tasks are that group's, a failure is the group's, too, and the handler closes the stream. Without, they are those of a group of its own, for which
        it waits; the stream is closed when the handler has returned, and a failure is told to the handler of set_background_error_handler() and disturbs nobody.
        """
        failure = None
        async with TaskGroup() as own:
            accepting = CancelScope()
            watcher = own.start_soon(_cancel_when_stopped, accepting)
            with accepting:
                try:
                    while not is_stop_requested():
                        stream = await self.accept()
                        if task_group is not None:
                            task_group.start_soon(handler, stream)
                        else:
                            own.start_soon(_run_connection, handler, stream, name=callable_name(handler))
                except Exception as error:
                    failure = error
                    own.cancel("no more connections can be accepted")
            watcher.cancel()
        try:
            if failure is not None:
                raise failure
        finally:
            failure = None

    async def aclose(self):
        """Closes the listener, which needs no time, and removes the file of a UNIX socket; the connections live on."""
        self._native.close_now()

    @property
    def extra_attributes(self):
        return _describe(self._native.get_local_address(), "local")


async def create_tcp_listener(*, local_host=None, local_port=0, reuse_port=False):
    """Listens at a TCP port: at all addresses of local_host, or of this machine. Port 0: one that the system chooses, the same everywhere."""
    flags = Native.ListenFlags.REUSE_PORT if reuse_port else Native.ListenFlags.NONE
    host = str(local_host) if local_host is not None else None
    try:
        return SocketListener(await wait(Native.create_tcp_listener_async, host, local_port, flags))
    except GLib.Error as error:
        raise _make_os_error(error) from error


async def create_unix_listener(path, *, mode=None):
    """Listens at a UNIX socket. An old socket of that name is replaced, another file is not. mode: its permissions."""
    task = current()
    if task.cancelled:
        await refuse_cancelled(task)
    try:
        return SocketListener(NativeSocketListener.new_unix(os.fspath(path), mode if mode is not None else -1))
    except GLib.Error as error:
        raise _make_os_error(error) from error
