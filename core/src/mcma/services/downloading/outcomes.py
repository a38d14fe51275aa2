"""What a download is told when it does not go on: a fault, a pause, nobody who wants it."""

import asyncio
from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.services.downloading.faults import MOST, Held, delay, judged
from mcma.services.downloading.folders import Folder
from mcma.services.downloading.policy import Policy
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Told
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.wanted import ACTIVE, CANCELLED, FAILED, HAVE, QUEUED
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.jobs import JobCancelled, JobContext

_log = structlog.get_logger(__name__)


class Troubles:
    def __init__(self, database: Database, managed: ManagedLibraries, policy: Policy) -> None:
        self._database, self._managed, self._policy = database, managed, policy

    async def may_ask(self, row: Any) -> None:
        """Raises `JobCancelled` for what nobody wants, `Held` while its source wants a pause."""
        async with self._database.read() as connection:
            wanted = await rows.is_wanted(connection, row.id)
            held = await rows.held_until(connection, row.source, row.id)
        if not wanted:
            raise JobCancelled("nobody wants it any more")
        if held is not None:
            seconds = (held.retry_at - utcnow()).total_seconds()
            raise Held(max(0.0, seconds), held.error or "The source wants a pause.")

    async def failed(self, row: Any, error: Exception) -> NoReturn:
        """Tells why, and raises what says to the job when to try again, if ever."""
        fault = judged(error)
        _log.warning("download_failed", download=str(row.id), source=row.source, code=fault.code,
                     exc_info=error if fault.code == "source_failed" else None)  # fmt: skip
        if fault.final:
            await self._forget(row.id)
        async with self._database.write() as transaction:
            connection = transaction.connection
            now = await rows.get(connection, row.id, locked=True)
            faults = now.faults + int(fault.counts)
            final = fault.final or faults >= MOST
            seconds = delay(fault, faults, self._policy.backoff_seconds)
            until = utcnow() + timedelta(seconds=seconds)
            waits = Told(QUEUED, fault.waiting_for, until, fault.code, fault.message)
            told = Told(FAILED, code=fault.code, error=fault.message) if final else waits
            more = {"arriving": None} if final else {}
            if now.state in ACTIVE:
                await rows.tell(connection, row.id, told, faults=faults, **more)
        if not final:
            raise RetryLater(fault.message, after=seconds, code=fault.code)
        await self.settle(row.id)
        raise PermanentError(fault.message, code=fault.code)

    async def left(self, row: Any, job: JobContext) -> None:
        """It was told to stop: because the server stops, because nobody wants it, or by the job's number."""
        async with self._database.write() as transaction:
            connection = transaction.connection
            now = await rows.get(connection, row.id, locked=True)
            asked = await connection.scalar(
                sa.select(job_rows.c.cancel_requested).where(job_rows.c.id == job.id)
            )
            over = now.state == CANCELLED or asked or not await rows.is_wanted(connection, row.id)
            if over and now.state in ACTIVE:
                await rows.tell(connection, row.id, Told(CANCELLED))
        if over:
            await self._forget(row.id)
            await self.settle(row.id)

    async def _forget(self, id_: UUID) -> None:
        for library in await self._managed.all():
            await asyncio.to_thread(Folder(library, id_).remove)

    async def settle(self, part: UUID | None = None) -> None:
        """After the commit that ended a part: albums and playlists that have nothing under way are over."""
        async with self._database.read() as connection:
            over = await rows.unsettled_parents(connection, part)
        for parent in over:
            words = f"{parent.failed} of its tracks could not be got."
            failed = Told(FAILED, code="parts_failed", error=words)
            async with self._database.write() as transaction:
                now = await rows.get(transaction.connection, parent.id, locked=True)
                if now.state in ACTIVE and now.listed:
                    await rows.tell(
                        transaction.connection, parent.id, failed if parent.failed else Told(HAVE)
                    )
