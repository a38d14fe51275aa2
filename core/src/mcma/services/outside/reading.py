"""What long things of sources hold: read as far as somebody has asked, once for all who ask."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import NamedTuple

from mcma.domain.errors import McmaError
from mcma.services.outside.sources import OutsideSources
from mcma.services.recent import Recent
from mcma_plugins.sources import SourceItem, SourceKind

MOST = 10_000
"""Things of one album, artist or playlist."""
REMEMBERED = 300.0
IDLE = 60.0
"""Seconds for which a source is kept waiting for somebody who turns the page."""
MOST_READINGS = 20


class Part(NamedTuple):
    items: Sequence[SourceItem]
    more: bool


class Readings:
    def __init__(self, outside: OutsideSources, idle: float = IDLE) -> None:
        self._outside, self._idle = outside, idle
        self._recent: Recent[tuple[str, SourceKind, str], Reading] = Recent(REMEMBERED, MOST_READINGS)
        self._open: set[Reading] = set()

    async def part(self, source: str, kind: SourceKind, source_id: str, start: int, limit: int) -> Part:
        """Raises what `OutsideSources.contents` raises."""
        key = (source, kind, source_id)
        reading = self._recent.get(key)
        if reading is None or not reading.reaches(start + limit + 1):
            pages = self._outside.contents(source, kind, source_id, MOST)
            reading = self._recent.put(key, Reading(pages, self._idle))
            self._open.add(reading)
            reading.task.add_done_callback(partial(self._closed, reading))
        await reading.until(start + limit + 1)
        return Part(reading.items[start : start + limit], len(reading.items) > start + limit)

    def _closed(self, reading: "Reading", _: object) -> None:
        self._open.discard(reading)

    async def close(self) -> None:
        for reading in list(self._open):
            await reading.close()


class Reading:
    """Of one thing."""

    def __init__(self, pages: AsyncGenerator[tuple[SourceItem, ...], None], idle: float) -> None:
        self.items: list[SourceItem] = []
        self._wanted, self._idle = 0, idle
        self._over = self._whole = False
        self._fault: McmaError | None = None
        self._news, self._wish = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._read(pages))

    def reaches(self, count: int) -> bool:
        """Whether it has so many, or all there are, or can still get them."""
        return len(self.items) >= count or self._whole or not self._over

    async def until(self, count: int) -> None:
        """There are `count` things, or that was all. Raises why there are not."""
        self._wanted = max(self._wanted, count)
        self._wish.set()
        while len(self.items) < count and not self._over:
            await self._news.wait()
        if self._fault is not None and len(self.items) < count:
            raise self._fault

    async def _read(self, pages: AsyncGenerator[tuple[SourceItem, ...], None]) -> None:
        try:
            async with aclosing(pages):
                async for page in pages:
                    self.items += page
                    self._tell()
                    if not await self._wished():
                        return
            self._whole = True
        except McmaError as error:
            self._fault = error
        finally:
            self._over = True
            self._tell()

    async def _wished(self) -> bool:
        """Whether more is wanted; waits for that. When nobody has come, nobody is told to wait any more."""
        while len(self.items) >= self._wanted:
            self._wish.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wish.wait(), self._idle)
            if not self._wish.is_set():
                self._over = True
                return False
        return True

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def close(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
