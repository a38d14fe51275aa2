"""The job behind a download of one track: got, finished, taken in, told. It may be killed anywhere."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from mcma.services.downloading.arriving import Arriving, here, staged_of
from mcma.services.downloading.description import described, from_kept, kept
from mcma.services.downloading.finishing import Finishing
from mcma.services.downloading.folders import Folder
from mcma.services.downloading.outcomes import Troubles
from mcma.services.downloading.queueing import ATTEMPTS, TRACK, SourceOffer, Starting, job_kind
from mcma.services.downloading.source_run import taken
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.outside import Asking
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Told
from mcma.store.tables.wanted import HAVE, RUNNING
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind, Payload
from mcma_plugins.sources import FetchableSource

_log = structlog.get_logger(__name__)
_MORE_SECONDS = 1800.0
"""For finishing and taking in, beside what the source may take."""


class Fetching:
    def __init__(
        self,
        database: Database,
        starting: Starting,
        asking: Asking,
        managed: ManagedLibraries,
        finishing: Finishing,
        arriving: Arriving,
        troubles: Troubles,
    ) -> None:
        self._database, self._starting, self._asking = database, starting, asking
        self._managed, self._finishing, self._arriving = managed, finishing, arriving
        self._troubles = troubles

    def job_kinds(self) -> Sequence[JobKind]:
        policy = self._starting.policy
        limit = timedelta(seconds=policy.seconds + _MORE_SECONDS)
        return [
            JobKind(job_kind(offer, TRACK), partial(self._run, offer), max_attempts=ATTEMPTS, timeout=limit,
                    concurrency=policy.per_source)
            for offer in self._starting.sources()
        ]  # fmt: skip

    async def _run(self, offer: SourceOffer, job: JobContext) -> Payload:
        id_ = UUID(job.payload["download"])
        row = await self._row(id_)
        if row is None or row.state == HAVE:
            return {}
        try:
            track = await self._track(offer, row, job)
            await self._arriving.met(row, track)
        except (JobCancelled, asyncio.CancelledError):
            await asyncio.shield(self._troubles.left(row, job))
            raise
        except Exception as error:  # noqa: BLE001 - whatever a source raises is told
            await self._troubles.failed(row, error)
        await self._troubles.settle(id_)
        return {"track_id": str(track)}

    async def _track(self, offer: SourceOffer, row: Any, job: JobContext) -> UUID:
        staged = staged_of(row)
        if staged is not None:
            return await self._arriving.go_on(staged, job.created_by)
        async with self._database.read() as connection:
            known = await here(connection, row)
        if known is not None:
            return known
        await self._troubles.may_ask(row)
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
            return await self._arriving.take_in(row, library, finished, job.created_by)

    async def _row(self, id_: UUID) -> Any:
        async with self._database.read() as connection:
            return await rows.get(connection, id_)

    async def _tell(self, id_: UUID, told: Told) -> None:
        async with self._database.write() as transaction:
            await rows.tell(transaction.connection, id_, told)
