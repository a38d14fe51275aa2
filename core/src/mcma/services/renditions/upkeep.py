"""Keeps the cache of renditions within bounds, and finds what killed servers left behind."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import structlog

from mcma.services.renditions.files import RenditionFiles
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import RenditionRow
from mcma_plugins.jobs import JobContext, Payload

_log = structlog.get_logger(__name__)

READ_LATELY: Final = timedelta(hours=1)
"""Whoever was served one may still be reading it, range by range."""
FAILURES_KEPT: Final = timedelta(hours=1)
BATCH: Final = 200


class Room(NamedTuple):
    """What the cache may hold."""

    bytes: int
    age: timedelta
    """Unused for so long, one goes."""


class Upkeep:
    def __init__(self, database: Database, files: RenditionFiles, room: Room) -> None:
        self._database, self._files, self._room = database, files, room

    async def recover(self) -> int:
        """Removes what jobs that are over have left half-done. How many."""
        async with self._database.read() as connection:
            lost = await rows.orphans(connection)
        await self._drop(lost)
        parts = await asyncio.to_thread(self._files.parts)
        async with self._database.read() as connection:
            states = await rows.known(connection, [id_ for id_, _ in parts])
        for id_, path in parts:
            if states.get(id_) != rows.RUNNING:
                await asyncio.to_thread(path.unlink, missing_ok=True)
        if lost:
            _log.info("renditions_recovered", count=len(lost))
        return len(lost)

    async def run(self, job: JobContext) -> Payload:
        """The job: what is useless, then what is too much, then what has no row."""
        dropped = await self.recover() + await self._drop_useless() + await self._make_room(job)
        return {"dropped": dropped, "orphans": await self._drop_files_without_row()}

    async def _drop_useless(self) -> int:
        now, dropped = utcnow(), 0
        while True:
            async with self._database.read() as connection:
                found = await rows.useless(
                    connection, unused_since=now - self._room.age, failed_before=now - FAILURES_KEPT,
                    now=now, limit=BATCH,
                )  # fmt: skip
            await self._drop(found)
            dropped += len(found)
            if len(found) < BATCH:
                return dropped

    async def _make_room(self, job: JobContext) -> int:
        dropped = 0
        while (excess := await self.total() - self._room.bytes) > 0:
            now = utcnow()
            async with self._database.read() as connection:
                found = await rows.longest_unused(
                    connection, unused_since=now - READ_LATELY, now=now, limit=BATCH
                )
            if not (chosen := _enough(list(found), excess)):
                return dropped
            await self._drop(chosen)
            dropped += len(chosen)
            await job.progress(dropped)
        return dropped

    async def total(self) -> int:
        async with self._database.read() as connection:
            return await rows.total_size(connection)

    async def is_full(self) -> bool:
        return await self.total() > self._room.bytes

    async def _drop(self, found: Sequence[RenditionRow]) -> None:
        """The row first: a file that no row knows is found again, a row without its file is a promise."""
        if not found:
            return
        async with self._database.write() as transaction:
            await rows.drop_many(transaction.connection, [row.id for row in found])
        for row in found:
            await asyncio.to_thread(self._files.drop, row.id, row.suffix)

    async def _drop_files_without_row(self) -> int:
        dropped = 0
        old = await asyncio.to_thread(lambda: list(self._files.old()))
        for start in range(0, len(old), BATCH):
            batch = old[start : start + BATCH]
            async with self._database.read() as connection:
                states = await rows.known(connection, [id_ for id_, _ in batch])
            for id_, path in batch:
                if id_ not in states:
                    await asyncio.to_thread(path.unlink, missing_ok=True)
                    dropped += 1
        return dropped


def _enough(found: list[RenditionRow], excess: int) -> list[RenditionRow]:
    """The first ones that make that much room together."""
    chosen = []
    for row in found:
        if excess <= 0:
            break
        chosen.append(row)
        excess -= row.size or 0
    return chosen
