"""Reading what arrives: at most so many bytes, at most so long, and a file in a part of itself."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO, Final, TypeVar

import httpx2

from mcma_plugins._answers import too_large
from mcma_plugins._parts import Kept, Part, content_range
from mcma_plugins.errors import RetryLater
from mcma_plugins.sources import FetchProgress

_PIECE: Final = 256 * 1024
"""Bytes written at once."""
_WHOLE, _RANGE, _NOT_SATISFIABLE = 200, 206, 416
T = TypeVar("T")


async def all_of(answer: httpx2.Response, most: int) -> bytes:
    """Unpacked. Unpacking goes on for as long as it is asked for more, so it stops here."""
    content = bytearray()
    async with aclosing(answer.aiter_bytes()) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > most:
                raise too_large(most)
    return bytes(content)


@dataclass(frozen=True, slots=True)
class Arriving:
    url: str
    part: Part
    kept: Kept | None
    most: int
    deadline: float

    def going_on(self) -> Mapping[str, str]:
        if self.kept is None or self.kept.validator is None:
            return {}
        return {"Range": f"bytes={self.part.size}-", "If-Range": self.kept.validator}

    def is_other(self, answer: httpx2.Response) -> bool:
        """Whether what was kept is of no use: it has to be asked for from the start."""
        if self.kept is None:
            return False
        if answer.status_code == _NOT_SATISFIABLE:
            said = content_range(answer)
            return said is None or said.total != self.part.size or self.kept.total not in (None, said.total)
        return answer.status_code == _RANGE and not self.kept.fits(answer, self.part.size)

    async def steps(self, host: str, answer: httpx2.Response) -> AsyncGenerator[FetchProgress, None]:
        """Until the file is there."""
        total = self._begun(host, answer)
        if total is not None and total > self.most:
            self.part.drop()
            raise too_large(self.most)
        yield FetchProgress(self.part.size, total)
        if answer.status_code != _NOT_SATISFIABLE:
            async with aclosing(self._written(answer)) as sizes:
                async for size in sizes:
                    yield FetchProgress(size, total)
        if total is not None and self.part.size != total:
            raise RetryLater(f"{host} sent {self.part.size} of {total} bytes.", code="incomplete")
        await _in_thread(self.part.finish)

    def _begun(self, host: str, answer: httpx2.Response) -> int | None:
        """The size of the whole, if it is known. A 200 begins anew, whatever was there."""
        if answer.status_code == _WHOLE:
            kept = Kept.of(self.url, answer)
            self.part.begin(kept)
            return kept.total
        said = content_range(answer)
        if self.kept is None or said is None:
            raise RetryLater(f"{host} sent a piece that was not asked for.", code="bad_answer")
        return said.total or self.kept.total

    async def _written(self, answer: httpx2.Response) -> AsyncGenerator[int, None]:
        with self.part.opened() as file:
            buffer = bytearray()
            try:
                async for piece in self._in_time(answer):
                    buffer += piece
                    if len(buffer) >= _PIECE:
                        yield await self._append(file, buffer)
            finally:
                # What has arrived is kept, also when the rest does not come.
                if buffer:
                    self.part.append(file, bytes(buffer))
            yield file.tell()

    async def _append(self, file: IO[bytes], buffer: bytearray) -> int:
        piece = bytes(buffer)
        buffer.clear()
        await _in_thread(lambda: self.part.append(file, piece))
        return file.tell()

    async def _in_time(self, answer: httpx2.Response) -> AsyncIterator[bytes]:
        async with aclosing(answer.aiter_raw()) as pieces:
            while True:
                async with asyncio.timeout_at(self.deadline):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece


async def _in_thread(work: Callable[[], T]) -> T:
    """Whoever is cancelled waits for it: a thread cannot be stopped, and must not write to what is closed."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        if not running.done():
            await asyncio.wait({running})
