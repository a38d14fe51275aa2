"""Searching every source at once: each answers by itself, within its own time, or says why it does not."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import NamedTuple

from mcma.domain.errors import NotFound, TooManyRequests
from mcma.services.outside.faults import ABSENT, BUSY, SLOW, SourceFault
from mcma.services.outside.reading import Readings
from mcma.services.outside.recognition import Knowing
from mcma.services.outside.relations import Found, Known
from mcma.services.outside.shared_questions import Flights, Turns
from mcma.services.outside.sources import MOST_FOUND, OutsideSources, checked_text
from mcma.services.recent import Recent
from mcma_plugins.sources import SourceItem, SourceKind
from mcma_plugins.values import Caller

REMEMBERED = 60.0
"""Seconds for which the same text is not asked of the same source again."""
AT_ONCE, WAITING = 3, 30
"""Questions of one person to one source: a slow one takes no turns of the others."""
ANSWER = 10.0
"""Seconds for one source among several, the time in its line included."""
STEPS = (10, 25, 50, MOST_FOUND)
"""How many things sources are asked for, so that pages of any size share an answer."""
KINDS = (SourceKind.TRACK, SourceKind.ALBUM, SourceKind.ARTIST)
"""Looked for unless somebody says what."""
_Key = tuple[str, SourceKind, str, int]


class Outside(NamedTuple):
    """A thing of a source, and what we know of it."""

    source: str
    item: SourceItem
    known: Known


class Answer(NamedTuple):
    """Of one source. With a `fault` there may be items all the same, of another kind."""

    source: str
    items: Sequence[Outside]
    fault: SourceFault | None = None


class ContentsPage(NamedTuple):
    items: Sequence[Outside]
    next: int | None
    """How many there were up to here, when there are more."""


class OutsideSearch:
    def __init__(self, outside: OutsideSources, knowing: Knowing, seconds: float = ANSWER) -> None:
        self._outside, self._knowing, self._seconds = outside, knowing, seconds
        self._flights: Flights[_Key, tuple[SourceItem, ...]] = Flights(Recent(REMEMBERED))
        self._turns = Turns(AT_ONCE, WAITING)
        self._readings = Readings(outside)

    async def search(
        self, caller: Caller, source: str, text: str, kind: SourceKind, limit: int
    ) -> list[Outside]:
        """The best first. Raises what `OutsideSources.search` raises, and `TooManyRequests`."""
        items = await self._items(caller, source, text, kind, limit)
        return await self._told(caller, source, items)

    async def _items(
        self, caller: Caller, source: str, text: str, kind: SourceKind, limit: int
    ) -> Sequence[SourceItem]:
        """A question keeps its turn until it is answered, whoever still waits for that."""
        wanted = checked_text(text)
        most = next((step for step in STEPS if step >= limit), MOST_FOUND)
        key = (source, kind, wanted.casefold(), most)

        async def ask() -> tuple[SourceItem, ...]:
            async with self._turns.taken((caller.user_id, source)):
                return await self._outside.search(source, wanted, kind, most)

        return (await self._flights.get(key, ask))[:limit]

    async def every(
        self,
        caller: Caller,
        text: str,
        kinds: Collection[SourceKind] = KINDS,
        limit: int = 20,
        sources: Collection[str] | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """One answer for each source that searches, or each of `sources`, as they come. `limit` counts for
        each kind. The caller closes it."""
        wanted, searched = checked_text(text), self._outside.searchable()
        asked = sorted(searched if sources is None else set(sources))
        tasks = [
            asyncio.create_task(self._answer(caller, name, wanted, kinds, searched.get(name), limit))
            for name in asked
        ]
        try:
            for done in asyncio.as_completed(tasks):
                yield await done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(
        self,
        caller: Caller,
        source: str,
        text: str,
        kinds: Collection[SourceKind],
        searched: Collection[SourceKind] | None,
        limit: int,
    ) -> Answer:
        if searched is None:
            return Answer(source, (), SourceFault(source, ABSENT, "there is no such source that searches"))

        async def one(kind: SourceKind) -> Sequence[SourceItem]:
            async with asyncio.timeout(self._seconds):
                return await self._items(caller, source, text, kind, limit)

        wanted = [kind for kind in SourceKind if kind in kinds and kind in searched]
        found = await asyncio.gather(*map(one, wanted), return_exceptions=True)
        items = [item for part in found if not isinstance(part, BaseException) for item in part]
        faults = [_fault(source, each) for each in found if isinstance(each, BaseException)]
        return Answer(source, await self._told(caller, source, items), faults[0] if faults else None)

    async def show(self, caller: Caller, source: str, kind: SourceKind, source_id: str) -> Outside:
        async with self._turns.taken((caller.user_id, source)):
            item = await self._outside.show(source, kind, source_id)
        return (await self._told(caller, source, [item]))[0]

    async def contents(
        self, caller: Caller, source: str, kind: SourceKind, source_id: str, start: int, limit: int
    ) -> ContentsPage:
        """What an album, an artist or a playlist holds, from the thing at `start` on."""
        async with self._turns.taken((caller.user_id, source)):
            part = await self._readings.part(source, kind, source_id, start, limit)
        items = await self._told(caller, source, part.items)
        return ContentsPage(items, start + limit if part.more else None)

    async def _told(self, caller: Caller, source: str, items: Sequence[SourceItem]) -> list[Outside]:
        known = await self._knowing.of(caller, [Found(source, item) for item in items])
        return [Outside(source, item, one) for item, one in zip(items, known, strict=True)]

    async def close(self) -> None:
        await self._flights.close()
        await self._readings.close()


def _fault(source: str, error: BaseException) -> SourceFault:
    """Of one source among several, none of which spoils the search."""
    if isinstance(error, SourceFault):
        return error
    if isinstance(error, TimeoutError):
        return SourceFault(source, SLOW, "no answer in time")
    if isinstance(error, TooManyRequests):
        return SourceFault(source, BUSY, error.message, error.retry_after)
    if isinstance(error, NotFound):
        return SourceFault(source, ABSENT, error.message)
    raise error
