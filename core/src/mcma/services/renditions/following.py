"""Reading a file that somebody else is still writing."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, NamedTuple, Protocol

from mcma.domain.errors import McmaError, Unavailable
from mcma_plugins.streams import Announced
from mcma_plugins.values import StreamFile

CHUNK: Final = 256 * 1024
UNREAD: Final = 30.0
"""Seconds a hold lasts that nobody begins to read."""
_PAUSE: Final = 0.02


class Ended(NamedTuple):
    """`error` None: it is whole, and that long."""

    size: int
    error: McmaError | None = None


class Writer(Protocol):
    """Who writes it, here or in another process."""

    async def ended(self, seconds: float) -> Ended | None:
        """How it ended; None when it has not within so many seconds."""
        ...

    async def open(self) -> int:
        """What is written so far, open for reading. Raises `Unavailable` when there is nothing."""
        ...

    def leave(self) -> None:
        """One reader less."""
        ...


class Follower:
    """Satisfies `mcma_plugins.services.Growing`. Made for a reader that the writer knows of already."""

    def __init__(
        self, writer: Writer, announced: Announced, whole: Callable[[], Awaitable[StreamFile]]
    ) -> None:
        self._writer, self._announced, self._whole = writer, announced, whole
        self._closed = False
        self._unread = asyncio.get_running_loop().call_later(UNREAD, self.close)

    @property
    def announced(self) -> Announced:
        return self._announced

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        self._unread.cancel()
        descriptor = await self._writer.open()
        try:
            async for piece in self._pieces(descriptor):
                yield piece
        finally:
            os.close(descriptor)

    async def _pieces(self, descriptor: int) -> AsyncGenerator[bytes, None]:
        """What was written within the last moment is in memory, so reading it holds nobody up."""
        position = 0
        ended: Ended | None = None
        while True:
            if piece := os.pread(descriptor, CHUNK, position):
                position += len(piece)
                yield piece
            elif ended is not None:
                self._verify(ended, position)
                return
            else:
                ended = await self._writer.ended(_PAUSE)

    def _verify(self, ended: Ended, position: int) -> None:
        if ended.error is not None:
            raise Unavailable(ended.error.message, code=ended.error.stable_code)
        if position != ended.size:
            raise Unavailable("The rendition is not what was written.", code="transcode_failed")

    async def finished(self, seconds: float) -> StreamFile | None:
        ended = await self._writer.ended(seconds)
        if ended is None or ended.error is not None:
            return None
        return await self._whole()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._unread.cancel()
            self._writer.leave()
