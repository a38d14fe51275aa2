"""Cuts connections whose peer has stopped taking data."""

import array
import asyncio
import fcntl
import termios
from typing import Final

_STEPS: Final = 4


class StallWatch:
    """While started, aborts `transport` once its peer has taken nothing for `seconds`.

    A client that plays as it receives may drain a full socket buffer for minutes before there is room again,
    so progress is what the peer has acknowledged (SIOCOUTQ, tcp(7)), not whether something could be written.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, seconds: float) -> None:
        self._loop = loop
        self._transport = transport
        self._step = seconds / _STEPS
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = 0
        self._still = 0

    def start(self) -> None:
        self.stop()
        self._waiting, self._still = self._unsent(), 0
        self._timer = self._loop.call_later(self._step, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        before, self._waiting = self._waiting, self._unsent()
        self._still = self._still + 1 if self._waiting == before else 0
        if self._still >= _STEPS:
            self._transport.abort()
        else:
            self._timer = self._loop.call_later(self._step, self._look)

    def _unsent(self) -> int:
        """Bytes on this side: in the transport, and in the kernel until they are acknowledged."""
        kernel = array.array("i", [0])
        try:
            fcntl.ioctl(self._transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, kernel)
        except (OSError, ValueError):  # closing: the end comes by another way
            return 0
        return kernel[0] + self._transport.get_write_buffer_size()
