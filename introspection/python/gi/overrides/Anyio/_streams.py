# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams of bytes: the objects of the C library under AnyIO's names.

What has come already is received at once; who has to wait awaits the operation of the library, whose own result tells whether a cancelled one has received something.
"""

from gi.repository import Gio, GLib

from ._attributes import TypedAttributeProvider
from ._driver import current, give_way, refuse_cancelled
from ._exceptions import BrokenResourceError, BusyResourceError, ClosedResourceError, EndOfStream
from ._gio import wait

IO_ERROR = GLib.quark_to_string(Gio.io_error_quark())

_CLOSED = int(Gio.IOErrorEnum.CLOSED)
_BROKEN = int(Gio.IOErrorEnum.BROKEN_PIPE)
_BUSY = int(Gio.IOErrorEnum.PENDING)
_WOULD_BLOCK = int(Gio.IOErrorEnum.WOULD_BLOCK)


def refuse(error, action):
    """Raises what AnyIO has for a GLib.Error of a stream or listener; action: what a second user would be doing."""
    if error.domain == IO_ERROR:
        if error.code == _CLOSED:
            raise ClosedResourceError(error.message) from error
        if error.code == _BROKEN:
            raise BrokenResourceError(error.message) from error
        if error.code == _BUSY:
            raise BusyResourceError(action) from error
    raise error


class _StreamOfC(TypedAttributeProvider):
    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        await self.aclose()


class ByteReceiveStreamOfC(_StreamOfC):
    """One that wraps an object with AnyioByteReceiveStream."""

    def __init__(self, native):
        self._native = native
        self._is_receiving = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self, max_bytes=65536):
        """Receives what there is, at least one byte; waits until there is something. EndOfStream if no more will come."""
        task = current()
        if max_bytes < 1:
            raise ValueError("max_bytes must be a positive integer")
        if self._is_receiving:
            raise BusyResourceError("receiving from")
        if task.cancelled:
            await refuse_cancelled(task)
        self._is_receiving = True
        try:
            received = self._try_receive(max_bytes)
            if received is None:
                received = await wait(self._native.receive_async, max_bytes)
            else:
                task.budget -= 1
                if task.budget <= 0:
                    await give_way(task)
        except GLib.Error as error:
            refuse(error, "receiving from")
        finally:
            self._is_receiving = False
        if not received.get_size():
            raise EndOfStream
        return received.get_data()

    def _try_receive(self, max_bytes):
        """What is there at once; None if it has to be waited for."""
        return None


class ByteSendStreamOfC(_StreamOfC):
    """One that wraps an object with AnyioByteSendStream."""

    def __init__(self, native):
        self._native = native
        self._is_sending = False

    async def send(self, item):
        """Sends all the bytes; waits as long as the other side does not take them. If it is cancelled, nobody knows how many were sent."""
        task = current()
        data = GLib.Bytes.new(item if isinstance(item, bytes) else bytes(memoryview(item)))
        if self._is_sending:
            raise BusyResourceError("sending to")
        if task.cancelled:
            await refuse_cancelled(task)
        self._is_sending = True
        try:
            await wait(self._native.send_async, data)
        except GLib.Error as error:
            refuse(error, "sending to")
        finally:
            self._is_sending = False


class ByteStreamOfC(ByteReceiveStreamOfC, ByteSendStreamOfC):
    """One that wraps an object with AnyioByteStream and receive_nowait()."""

    def __init__(self, native):
        ByteReceiveStreamOfC.__init__(self, native)
        ByteSendStreamOfC.__init__(self, native)
        self._receive_nowait = native.receive_nowait

    def _try_receive(self, max_bytes):
        try:
            return self._receive_nowait(max_bytes)
        except GLib.Error as error:
            if error.code == _WOULD_BLOCK and error.domain == IO_ERROR:
                return None
            raise

    async def send_eof(self):
        """Tells the other side that nothing more comes; receiving goes on."""
        try:
            await wait(self._native.send_eof_async)
        except GLib.Error as error:
            refuse(error, "sending to")
