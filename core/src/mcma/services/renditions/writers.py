"""Who writes a rendition, as its readers see it: a job of this process, or of another one."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from mcma.domain.errors import Unavailable
from mcma.services.renditions.following import Ended
from mcma.services.renditions.making import CannotMake, Making
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows

TOUCH_EVERY: Final = 5.0
"""Seconds between two signs of life that a reader elsewhere gives to whoever writes."""
FIRST_BYTES: Final = 10.0
_GONE: Final = CannotMake("Whoever made it is gone.")


class Here:
    """A job of this process. `when_idle` is called when the last reader has left."""

    def __init__(self, making: Making, when_idle: Callable[[Making], None]) -> None:
        self._making, self._when_idle = making, when_idle
        making.listeners += 1

    async def ended(self, seconds: float) -> Ended | None:
        making = self._making
        try:
            async with asyncio.timeout(seconds):
                await making.over.wait()
        except TimeoutError:
            return None
        return Ended(making.size or 0, making.error)

    async def open(self) -> int:
        return _opened(self._making.order.into, self._making.order.kept)

    def leave(self) -> None:
        self._making.listeners -= 1
        if not self._making.listeners:
            self._when_idle(self._making)


class Elsewhere:
    """A job of another process that shares the folder: its row tells how it goes."""

    def __init__(self, database: Database, id_: UUID, part: Path, whole: Path) -> None:
        self._database, self._id, self._part, self._whole = database, id_, part, whole
        self._touched = 0.0

    async def ended(self, seconds: float) -> Ended | None:
        await self._touch()
        until = time.monotonic() + seconds
        while (found := await self._look()) is None and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(0.2, max(0.05, left)))
        return found

    async def _look(self) -> Ended | None:
        async with self._database.read() as connection:
            row = await rows.get(connection, self._id)
            if row is not None and row.state == rows.READY:
                return Ended(row.size or 0)
            gone = row is None or row.state == rows.FAILED or await rows.is_orphan(connection, self._id)
        return Ended(0, _GONE) if gone else None

    async def _touch(self) -> None:
        now = time.monotonic()
        if now - self._touched >= TOUCH_EVERY:
            self._touched = now
            async with self._database.write() as transaction:
                await rows.touch(transaction.connection, self._id, utcnow())

    async def open(self) -> int:
        """Waits for the first bytes."""
        until = time.monotonic() + FIRST_BYTES
        while not self._part.exists() and time.monotonic() < until and await self.ended(0.1) is None:
            continue
        return _opened(self._part, self._whole)

    def leave(self) -> None:
        """Its signs of life end."""


def _opened(*places: Path) -> int:
    for path in places:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
    raise Unavailable("The rendition is not there any more.", code="transcode_failed")
