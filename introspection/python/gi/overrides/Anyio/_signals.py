# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unix signals as something to iterate over.

Python's own handlers are left where they are and not called for what is received here: there is no KeyboardInterrupt for a SIGINT, say. When the block ends they are called again.
"""

import operator
import signal

from gi.repository import Gio, GLib

from ._exceptions import ClosedResourceError
from ._gio import wait
from ._native import Native

_IO_ERROR = GLib.quark_to_string(Gio.io_error_quark())


def _to_signal(number):
    try:
        return signal.Signals(number)
    except ValueError:
        return number  # most real-time signals have no name


class open_signal_receiver:
    """Receives the signals within a `with` block, which gives an asynchronous iterator over them, in the order of arrival:

        with open_signal_receiver(signal.SIGTERM, signal.SIGHUP) as signals:
            async for signum in signals:
                ...

    In any thread; each block that receives a signal gets it.
    """

    __slots__ = ("_numbers", "_native")

    def __init__(self, *signals):
        self._numbers = [operator.index(number) for number in signals]
        self._native = None

    def __enter__(self):
        if self._native is not None:
            raise RuntimeError("open_signal_receiver() is entered once; make another one")
        try:
            self._native = Native.SignalReceiver.open_exclusive(self._numbers)
        except GLib.Error as error:
            if error.domain == _IO_ERROR and error.code == int(Gio.IOErrorEnum.INVALID_ARGUMENT):
                raise ValueError(error.message) from None
            raise
        return self

    def __exit__(self, exc_type, exc, traceback):
        self._native.close()

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._native is None or self._native.is_closed():
            raise ClosedResourceError
        try:
            return _to_signal(await wait(self._native.receive_async))
        except GLib.Error as error:
            if error.domain == _IO_ERROR and error.code == int(Gio.IOErrorEnum.CLOSED):
                raise ClosedResourceError from None
            raise
