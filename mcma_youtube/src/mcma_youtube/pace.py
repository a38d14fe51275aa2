"""Not more than the service is to be asked."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from mcma_plugins.errors import RetryLater

_MINUTE: Final = 60.0


class Questions:
    """At most `most` in any minute. Whoever asks for more waits up to `patience` seconds, or is told to come
    back."""

    def __init__(self, most: int, patience: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._patience, self._clock = most, patience, clock
        self._asked: deque[float] = deque()

    async def take(self) -> None:
        wait = self._reserve()
        if wait > 0:
            await asyncio.sleep(wait)

    def _reserve(self) -> float:
        now = self._clock()
        while self._asked and self._asked[0] <= now - _MINUTE:
            self._asked.popleft()
        at = now if len(self._asked) < self._most else self._asked[-self._most] + _MINUTE
        if at - now > self._patience:
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
