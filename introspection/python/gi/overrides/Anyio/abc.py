# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interfaces of what is closed, sent to and received from, to derive from and to check against."""

import abc
import types

from ._attributes import TypedAttributeProvider
from ._broadcast import BroadcastReceiveStream, BroadcastSendStream
from ._exceptions import EndOfStream
from ._groups import TaskGroup
from ._memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from ._processes import Process
from ._scopes import CancelScope
from ._sockets import SocketAttribute, SocketListener, SocketStream
from ._streams import ByteReceiveStreamOfC, ByteSendStreamOfC


class AsyncResource(abc.ABC):
    """What is closed by aclose(), also at the end of an `async with` block."""

    __slots__ = ("__weakref__",)

    __class_getitem__ = classmethod(types.GenericAlias)

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback):
        await self.aclose()

    @abc.abstractmethod
    async def aclose(self):
        """Closes the resource; in a cancelled scope it still lets go of it."""


class UnreliableObjectReceiveStream(AsyncResource, TypedAttributeProvider):
    """Gives objects, perhaps not all, perhaps in another order."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    @abc.abstractmethod
    async def receive(self):
        """The next object; EndOfStream if the other side has closed."""


class UnreliableObjectSendStream(AsyncResource, TypedAttributeProvider):
    """Takes objects, and perhaps loses some."""

    @abc.abstractmethod
    async def send(self, item):
        """Sends an object."""


class UnreliableObjectStream(UnreliableObjectReceiveStream, UnreliableObjectSendStream):
    """Both in one."""


class ObjectReceiveStream(UnreliableObjectReceiveStream):
    """Gives all objects in order."""


class ObjectSendStream(UnreliableObjectSendStream):
    """Takes objects, of which all arrive in order."""


class ObjectStream(ObjectReceiveStream, ObjectSendStream, UnreliableObjectStream):
    """Both in one."""

    @abc.abstractmethod
    async def send_eof(self):
        """Says that no more objects will be sent; the other direction stays open."""


class ByteReceiveStream(AsyncResource, TypedAttributeProvider):
    """Gives bytes, in pieces of any size."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    @abc.abstractmethod
    async def receive(self, max_bytes=65536):
        """What there is, at least one byte; EndOfStream if no more will come."""


class ByteSendStream(AsyncResource, TypedAttributeProvider):
    """Takes bytes."""

    @abc.abstractmethod
    async def send(self, item):
        """Sends all the bytes."""


class ByteStream(ByteReceiveStream, ByteSendStream):
    """Both in one."""

    @abc.abstractmethod
    async def send_eof(self):
        """Says that no more bytes will be sent; the other direction stays open."""


class Listener(AsyncResource, TypedAttributeProvider):
    """What others connect to."""

    @abc.abstractmethod
    async def serve(self, handler, task_group=None):
        """Runs handler(stream) in a task for each connection."""


AsyncResource.register(Process)
ByteReceiveStream.register(ByteReceiveStreamOfC)
ByteSendStream.register(ByteSendStreamOfC)
ByteStream.register(SocketStream)
Listener.register(SocketListener)
for _kind in MemoryObjectReceiveStream, BroadcastReceiveStream:
    ObjectReceiveStream.register(_kind)
for _kind in MemoryObjectSendStream, BroadcastSendStream:
    ObjectSendStream.register(_kind)

__all__ = [
    "AsyncResource",
    "ByteReceiveStream",
    "ByteSendStream",
    "ByteStream",
    "CancelScope",
    "Listener",
    "ObjectReceiveStream",
    "ObjectSendStream",
    "ObjectStream",
    "Process",
    "SocketAttribute",
    "SocketListener",
    "SocketStream",
    "TaskGroup",
    "UnreliableObjectReceiveStream",
    "UnreliableObjectSendStream",
    "UnreliableObjectStream",
]
