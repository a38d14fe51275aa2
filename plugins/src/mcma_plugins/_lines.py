"""What a program says, line by line, while it says it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Final, cast

_WAITING: Final = 256
"""Lines that wait to be taken before the program is left to wait itself."""


def nothing() -> None:
    pass


class Lines(asyncio.Protocol):
    """Reads a pipe to its end. `longest`: bytes of a line; one that is longer makes it `full`, and ends it.

    Nobody takes them: reading pauses, and the program waits as soon as the pipe is full.
    """

    def __init__(self, longest: int) -> None:
        self.full = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.when_full: Callable[[], None] = nothing
        self._longest = longest
        self._ready: deque[bytes] = deque()
        self._begun = bytearray()
        self._news = asyncio.Event()
        self._transport: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.ReadTransport, transport)

    def data_received(self, data: bytes) -> None:
        if self.full:
            return
        *whole, rest = (bytes(self._begun) + data).split(b"\n")
        self._begun = bytearray(rest)
        self._ready.extend(whole)
        if max(map(len, (*whole, rest))) > self._longest:
            self.full = True
            self.when_full()
        elif len(self._ready) > _WAITING and self._transport is not None:
            self._transport.pause_reading()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._begun:
            self._ready.append(bytes(self._begun))
            self._begun.clear()
        if not self.closed.done():
            self.closed.set_result(None)
        self._news.set()

    async def take(self) -> AsyncGenerator[str, None]:
        """To the end of the pipe; without the ends of lines. What is not UTF-8 is replaced."""
        while self._ready or not self.closed.done():
            while self._ready and not self.full:
                yield self._ready.popleft().decode("utf-8", "replace").removesuffix("\r")
            if self.full:
                return
            self._go_on()
            if not self.closed.done():
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _go_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
