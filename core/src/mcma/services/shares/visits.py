"""How often a link was opened: the first visit is written at once, those that follow with the next batch."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.shares import shares

EVERY = 10.0
"""Seconds between two writes. Visits since the last one are lost with the process."""

log = logging.getLogger(__name__)


class Visits:
    def __init__(self, database: Database, *, every: float = EVERY) -> None:
        self._database, self._every = database, every
        self._pending: dict[UUID, tuple[int, datetime]] = {}
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, share_id: UUID) -> None:
        count, _ = self._pending.get(share_id, (0, None))
        self._pending[share_id] = (count + 1, utcnow())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Waits until what was noted is written; call it before the database closes."""
        self._hurry.set()
        if self._task is not None:
            await self._task
        self._hurry.clear()

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, {}
            try:
                await self._write_batch(batch)
            except Exception as error:  # noqa: BLE001 - a count must never break a page
                log.warning("Visits of shares were not counted: %s", type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._hurry.wait()

    async def _write_batch(self, batch: dict[UUID, tuple[int, datetime]]) -> None:
        async with self._database.write() as transaction:
            for id_ in sorted(batch):
                count, at = batch[id_]
                counted = {"visits": shares.c.visits + count, "last_visited_at": at}
                await transaction.connection.execute(
                    sa.update(shares).where(shares.c.id == id_).values(counted)
                )
