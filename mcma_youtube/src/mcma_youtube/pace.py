"""Not more than the service is to be asked."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from mcma_plugins.errors import RetryLater

_MINUTE: Final = 60.0
SOON: Final = 2.0
"""Seconds that a person may be kept waiting."""
PATIENT: Final = 25.0
"""Those that a page of a long list may take more."""


class Questions:
    """At most `most` in any minute."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._asked: deque[float] = deque()

    async def take(self, patience: float = SOON, *, spaced: bool = False) -> None:
        """Waits for a turn, or raises `RetryLater` when that would take longer than `patience` (seconds).
        `spaced`: also some time after the one before, so that a long list never uses up the minute."""
        wait = self.reserve(patience, spaced=spaced)
        if wait > 0:
            await asyncio.sleep(wait)

    def reserve(self, patience: float, *, spaced: bool = False) -> float:
        """Seconds to wait."""
        now = self._clock()
        while self._asked and self._asked[0] <= now - _MINUTE:
            self._asked.popleft()
        at = now if len(self._asked) < self._most else self._asked[-self._most] + _MINUTE
        if spaced and self._asked:
            at = max(at, self._asked[-1] + _MINUTE / self._most)
        if at - now > patience:
            raise RetryLater(
                "YouTube is asked often enough for the moment.", after=at - now, code="rate_limited"
            )
        self._asked.append(at)
        return at - now


class Downloads:
    """`most` at once, and `between` seconds from one start to the next."""

    def __init__(self, most: int, between: float) -> None:
        self._free, self._turn = asyncio.Semaphore(most), asyncio.Lock()
        self._between, self._last = between, float("-inf")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._free:
            async with self._turn:
                await asyncio.sleep(max(0.0, self._last + self._between - time.monotonic()))
                self._last = time.monotonic()
            yield
