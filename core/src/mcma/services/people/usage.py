"""When an app password was last used, by what, and when a device was last seen: written now and then, never
while somebody waits."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from mcma.services.people.usernames import printable
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.people import app_passwords, devices

EVERY = 300.0
"""Seconds between two writes about one app password or device."""
_CAPACITY = 2000

log = logging.getLogger(__name__)


class UsageNotes:
    """A note that is lost with the process is no loss: it says when a device was last seen, roughly."""

    def __init__(
        self, database: Database, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._every, self._clock = database, every, clock
        self._noted: dict[UUID, float] = {}
        self._pending: dict[UUID, str | None] = {}
        """Of devices None."""
        self._task: asyncio.Task[None] | None = None

    def note(self, secret_id: UUID, client: str) -> None:
        """An app password was used."""
        self._note(secret_id, printable(client))

    def saw(self, device_id: UUID) -> None:
        self._note(device_id, None)

    def _note(self, id_: UUID, client: str | None) -> None:
        now = self._clock()
        if now - self._noted.get(id_, -self._every) < self._every:
            return
        if len(self._noted) >= _CAPACITY:
            self._noted.clear()
        self._noted[id_] = now
        self._pending[id_] = client
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Waits until what was noted is written; call it before the database closes."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, {}
            try:
                await self._write_batch(batch)
            except Exception as error:  # noqa: BLE001 - a note must never break a login
                log.warning(
                    "The last use of app passwords and devices was not written: %s", type(error).__name__
                )

    async def _write_batch(self, batch: dict[UUID, str | None]) -> None:
        now = utcnow()
        async with self._database.write() as transaction:
            for id_ in sorted(batch):
                await transaction.connection.execute(_used(id_, batch[id_], now))


def _used(id_: UUID, client: str | None, now: datetime) -> sa.Update:
    if client is None:
        return sa.update(devices).where(devices.c.id == id_).values(last_seen_at=now)
    secret = sa.update(app_passwords).where(app_passwords.c.id == id_)
    return secret.values(last_used_at=now, last_client=client or None)
