"""The last change of the feed, followed for those who wait for the next one.

One look for all who wait in this process, a few times a second and only while somebody waits: other processes
write as well, and a look is one step into an index.
"""

import asyncio
from contextlib import suppress

from mcma.domain.errors import Unavailable
from mcma.store.engine import Database
from mcma.store.queries.sync_state import head

EVERY = 0.25
"""Seconds."""


class Heads:
    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database, self._every = database, every
        self._changed = asyncio.Condition()
        self._last = 0
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, seq: int, seconds: float) -> bool:
        """Whether there was a change after `seq`, at the latest after so many seconds."""
        self._waiting += 1
        try:
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._changed:
                    await self._changed.wait_for(lambda: self._last > seq)
            return self._last > seq
        finally:
            self._waiting -= 1

    async def _look(self) -> None:
        try:
            while self._waiting:
                with suppress(Unavailable):  # who waits asks the database next, and is told
                    async with self._database.read() as connection:
                        self._last = await head(connection)
                    async with self._changed:
                        self._changed.notify_all()
                await asyncio.sleep(self._every)
        finally:
            self._looking = None

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
