"""One question to a source for all who ask it at the same time, and its answer for a while."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from mcma.domain.errors import TooManyRequests
from mcma.services.recent import Recent

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Flights(Generic[K, V]):
    """Who leaves early ends nobody else's; a question that nobody waits for any more is still answered."""

    def __init__(self, recent: Recent[K, V]) -> None:
        self._recent = recent
        self._open: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """Raises what `ask` raises, which is not kept."""
        held = self._recent.get(key)
        if held is not None:
            return held
        flight = self._open.get(key)
        if flight is None:
            flight = self._open[key] = asyncio.create_task(self._fly(key, ask))
            flight.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(flight)

    async def _fly(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        try:
            return self._recent.put(key, await ask())
        finally:
            del self._open[key]

    async def close(self) -> None:
        flights = list(self._open.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


class Turns:
    """So many at once for each one who asks; some wait, more are refused."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once, self._waiting = at_once, waiting
        self._lines: dict[Hashable, asyncio.Semaphore] = {}
        self._there: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def taken(self, who: Hashable) -> AsyncIterator[None]:
        if self._there[who] >= self._at_once + self._waiting:
            raise TooManyRequests("Too many searches at once.", retry_after=2)
        self._there[who] += 1
        line = self._lines.setdefault(who, asyncio.Semaphore(self._at_once))
        try:
            async with line:
                yield
        finally:
            self._there[who] -= 1
            if not self._there[who]:
                del self._there[who], self._lines[who]
