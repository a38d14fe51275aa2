"""The last changes of the feed, followed for those who wait for the next one.

One look for all who wait in this process: a few times a second, and as soon as this process has written, but
only while somebody waits. It reads what came since the look before, by the order of the feed, whoever waits
for what.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import NamedTuple
from uuid import UUID

from mcma.domain.errors import Unavailable
from mcma.services.looking import Looking
from mcma.store.engine import Database
from mcma.store.queries.sync import NEWS
from mcma.store.queries.sync_state import head

EVERY = 0.25
"""Seconds."""
BEGINNING = 10.0
"""Seconds that the first look may take."""


class Head(NamedTuple):
    """The last change of a scope; the last one of who may see which library in it, 0 without any."""

    seq: int
    access: int


News = Mapping[tuple[str, UUID], Head]
"""By name and id of the scope."""


class Heads:
    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database = database
        self._looking = Looking(self._look, every)
        database.after_writes(self._looking.soon)
        self._changed = asyncio.Condition()
        self._last: int | None = None
        """None before the first look of those who wait."""
        self._waiting = 0
        self._told: set[Callable[[News], None]] = set()

    async def beyond(self, seq: int, seconds: float) -> bool:
        """Whether there was a change after `seq`, at the latest after so many seconds."""
        with self._awaited():
            await self._until(lambda: self._last is not None and self._last > seq, seconds)
            return self._last is not None and self._last > seq

    @asynccontextmanager
    async def followed(self, tell: Callable[[News], None]) -> AsyncIterator[None]:
        """`tell` hears of every change after the beginning; some may be from just before. Raises
        `Unavailable` when the database cannot be read."""
        with self._awaited():
            self._told.add(tell)
            try:
                await self._until(lambda: self._last is not None, BEGINNING)
                if self._last is None:
                    raise Unavailable("The database cannot be read now.")
                yield
            finally:
                self._told.discard(tell)

    @contextmanager
    def _awaited(self) -> Iterator[None]:
        if not self._waiting:
            self._last = None  # what came while nobody waited is news to nobody
        self._waiting += 1
        try:
            with self._looking.awaited():
                yield
        finally:
            self._waiting -= 1

    async def _until(self, true: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(true)

    async def _look(self) -> None:
        last = self._last
        async with self._database.read() as connection:
            if last is None:
                last, rows = await head(connection), []
            else:
                rows = list(zip(*await NEWS.columns(connection, {"seq": last}), strict=True))
        news = {(scope, id_): Head(seq, access or 0) for scope, id_, seq, access in rows}
        self._last = max([last, *(one.seq for one in news.values())])
        for tell in list(self._told) if news else ():
            tell(news)
        async with self._changed:
            self._changed.notify_all()

    async def close(self) -> None:
        await self._looking.close()
