"""The job behind a download of one track: got, finished, taken in, told. It may be killed anywhere."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.services.downloading.arriving import Arriving, here, staged_of
from mcma.services.downloading.described import described, from_kept, kept
from mcma.services.downloading.faults import MOST, Fault, Held, delay, judged
from mcma.services.downloading.finishing import Finishing
from mcma.services.downloading.folders import Folder
from mcma.services.downloading.starting import ATTEMPTS, TRACK, SourceOffer, Starting, job_kind
from mcma.services.downloading.taking import taken
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.outside import Asking
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Told
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.wanted import ACTIVE, CANCELLED, FAILED, HAVE, QUEUED, RUNNING
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind, Payload, Schedule
from mcma_plugins.sources import FetchableSource

_log = structlog.get_logger(__name__)
_MORE_SECONDS = 1800.0
"""For finishing and taking in, beside what the source may take."""
Settled = Callable[[UUID], Any]


class Fetching:
    """`settled` is told of every download that is over, after its commit."""

    def __init__(
        self,
        database: Database,
        starting: Starting,
        asking: Asking,
        managed: ManagedLibraries,
        finishing: Finishing,
        arriving: Arriving,
        settled: Settled,
    ) -> None:
        self._database, self._starting, self._asking = database, starting, asking
        self._managed, self._finishing, self._arriving = managed, finishing, arriving
        self._settled = settled

    def job_kinds(self) -> Sequence[JobKind]:
        policy = self._starting.policy
        limit = timedelta(seconds=policy.seconds + _MORE_SECONDS)
        return [
            JobKind(job_kind(offer, TRACK), partial(self._run, offer), max_attempts=ATTEMPTS, timeout=limit,
                    concurrency=policy.per_source)
            for offer in self._starting.sources()
        ]  # fmt: skip

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def _run(self, offer: SourceOffer, job: JobContext) -> Payload:
        id_ = UUID(job.payload["download"])
        row = await self._row(id_)
        if row is None or row.state == HAVE:
            return {}
        try:
            track = await self._track(offer, row, job)
            await self._arriving.met(row, track)
        except (JobCancelled, asyncio.CancelledError):
            await asyncio.shield(self._left(row, job))
            raise
        except Exception as error:  # noqa: BLE001 - whatever a source raises is told
            await self._failed(row, error)
        await self._over(id_)
        return {"track_id": str(track)}

    async def _track(self, offer: SourceOffer, row: Any, job: JobContext) -> UUID:
        staged = staged_of(row)
        if staged is not None:
            return await self._arriving.go_on(staged, job.created_by)
        async with self._database.read() as connection:
            known = await here(connection, row)
            wanted = await rows.is_wanted(connection, row.id)
            held = await rows.held_until(connection, row.source, row.id)
        if known is not None:
            return known
        if not wanted:
            raise JobCancelled("nobody wants it any more")
        if held is not None:
            raise Held((held.retry_at - utcnow()).total_seconds(), held.error or "The source wants a pause.")
        await self._tell(row.id, Told(RUNNING))
        return await self._got(offer, row, job)

    async def _got(self, offer: SourceOffer, row: Any, job: JobContext) -> UUID:
        source, policy = offer.source, self._starting.policy
        assert isinstance(source, FetchableSource)
        library = await self._managed.place()
        folder = Folder(library, row.id)
        await asyncio.to_thread(folder.check_room, 0, policy.reserve_bytes)
        with folder.held():
            fetched = await taken(self._asking, source, row.source_id, folder, policy, job.progress)
            said = from_kept(row.item).under(described(fetched.item))
            finished = await self._finishing.finish(folder, fetched, said)
            async with self._database.write() as transaction:
                await rows.put(transaction.connection, row.id, item=kept(said))
            return await self._arriving.take_in(row, library, finished.pending, job.created_by)

    async def _failed(self, row: Any, error: Exception) -> NoReturn:
        """Tells why, and raises what says to the job when to try again, if ever."""
        fault, policy = judged(error), self._starting.policy
        _log.warning("download_failed", download=str(row.id), source=row.source, code=fault.code,
                     exc_info=error if fault.code == "source_failed" else None)  # fmt: skip
        async with self._database.write() as transaction:
            now = await rows.get(transaction.connection, row.id, locked=True)
            faults = now.faults + int(fault.counts)
            final = fault.final or faults >= MOST
            seconds = delay(fault, faults, policy.backoff_seconds)
            if final:
                told = Told(FAILED, code=fault.code, error=fault.message)
                await rows.tell(transaction.connection, row.id, told, faults=faults, arriving=None)
            else:
                await self._wait(transaction.connection, row.id, fault, seconds, faults)
        if not final:
            raise RetryLater(fault.message, after=seconds, code=fault.code)
        await self._over(row.id)
        raise PermanentError(fault.message, code=fault.code)

    async def _wait(self, connection: Any, id_: UUID, fault: Fault, seconds: float, faults: int) -> None:
        until = utcnow() + timedelta(seconds=seconds)
        told = Told(QUEUED, fault.waiting_for, until, fault.code, fault.message)
        await rows.tell(connection, id_, told, faults=faults)

    async def _left(self, row: Any, job: JobContext) -> None:
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
            library = await self._managed.place()
            await asyncio.to_thread(Folder(library, row.id).remove)
            await self._over(row.id)

    async def _over(self, id_: UUID) -> None:
        await self._settled(id_)

    async def _row(self, id_: UUID) -> Any:
        async with self._database.read() as connection:
            return await rows.get(connection, id_)

    async def _tell(self, id_: UUID, told: Told) -> None:
        async with self._database.write() as transaction:
            await rows.tell(transaction.connection, id_, told)
