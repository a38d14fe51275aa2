"""Rows of which nothing is known but an id of a source: it is asked what they are, where it is here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.claims.claims import UNNAMED, named
from mcma.services.claims.linking import wanted_of
from mcma.services.claims.lookup import Wanted
from mcma.services.jobs import Jobs
from mcma.services.outside import OutsideSources, SourceFault
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import claims, playlist_items
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import PlaylistId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import Caller

DESCRIBE = "describe_playlist"
PORTION = 25
"""Asked about between two transactions."""


class PlaylistDescribing:
    def __init__(self, database: Database, jobs: Jobs, outside: OutsideSources) -> None:
        self._database, self._jobs, self._outside = database, jobs, outside

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(DESCRIBE, self._run, max_attempts=8, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def start(self, caller: Caller, playlist_id: PlaylistId) -> None:
        await self._jobs.submit(
            DESCRIBE, {"playlist_id": str(playlist_id)}, dedup_key=str(playlist_id), priority=Priority.BULK,
            created_by=caller.user_id,
        )  # fmt: skip

    async def _run(self, job: JobContext) -> Payload:
        """Each claim is asked about once; what the source has no longer stays as it is."""
        playlist_id, after = UUID(job.payload["playlist_id"]), UUID(int=0)
        done = found = 0
        while rows := await self._unnamed(playlist_id, after):
            said = {row.id: one for row in rows if (one := await self._said(row)) is not None}
            async with self._database.write() as transaction:
                await hold_catalogue(transaction.connection)
                await named(transaction.connection, said)
            done, found, after = done + len(rows), found + len(said), rows[-1].id
            await job.progress(done)
        return {"asked": done, "described": found}

    async def _unnamed(self, playlist_id: UUID, after: UUID) -> Sequence[Any]:
        of_list = sa.select(playlist_items.c.claim_id).where(queries.of(playlist_id), queries.LIVE)
        query = sa.select(claims.c.id, claims.c.source, claims.c.source_id).where(
            claims.c.id > after, claims.c.id.in_(of_list), claims.c.title == UNNAMED,
            claims.c.source.in_(self._outside.names()),
        )  # fmt: skip
        async with self._database.read() as connection:
            return (await connection.execute(query.order_by(claims.c.id).limit(PORTION))).all()

    async def _said(self, row: Any) -> Wanted | None:
        try:
            item = await self._outside.show(row.source, SourceKind.TRACK, row.source_id)
        except SourceFault as fault:
            if fault.permanent:
                raise PermanentError(fault.message, code=fault.state) from fault
            raise RetryLater(fault.message, after=fault.retry_after) from fault
        except (InvalidInput, NotFound):
            return None
        return wanted_of(row.source, item)
