"""The rule by which one of a track's files is played; and the job that chooses anew when it has changed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.quality import BEST, Rule
from mcma.services.indexing.fileshelf import best_files, changed_files
from mcma.services.indexing.missing import touch
from mcma.services.indexing.preferred_rule import rule_of
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.jobs import Jobs
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue, upsert
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma.store.tables.machinery import key_values
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule

PREFER: Final = "prefer_files"
PORTION: Final = 200
"""Tracks with several files that are looked at in one transaction."""
_KEY: Final = "preferred_file"


class Preferring:
    """Satisfies `JobOwner`."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database, self._jobs = database, jobs

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(PREFER, self._run, max_attempts=3, timeout=timedelta(days=1), concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def settle(self) -> bool:
        """Has files chosen anew where another rule was in force before. Whether it does."""
        async with self._database.read() as connection:
            rule, before = rule_of(connection), await _in_force(connection)
        if before == rule:
            return False
        await self._jobs.submit(PREFER, {}, dedup_key=PREFER, priority=Priority.BULK)
        return True

    async def _run(self, job: JobContext) -> Payload:
        """What was chosen stands if it is killed; then it goes through all of them again."""
        changed, seen = 0, 0
        for library in await self._libraries():
            after: UUID | None = None
            writer = CatalogueWriter(library)
            while ids := await self._several(library.id, after):
                after, seen = ids[-1], seen + len(ids)
                changed += await self._choose(writer, ids)
                await Recounting(self._database, writer.touched).run()
                await job.progress(seen)
        async with self._database.write() as transaction:
            await _keep(transaction.connection, rule_of(transaction.connection))
        return {"tracks": seen, "changed": changed}

    async def _libraries(self) -> list[LibraryPlace]:
        query = sa.select(libraries.c.id, libraries.c.root, libraries.c.source).order_by(libraries.c.id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(libraries.c.deleted_at.is_(None)))
            return [LibraryPlace(row.id, row.root or b"", row.source) for row in rows]

    async def _several(self, library: UUID, after: UUID | None) -> Sequence[UUID]:
        """Tracks with several files, by id, behind `after`."""
        files = track_files.c
        query = (
            sa.select(tracks.c.id)
            .join_from(tracks, track_files, files.track_id == tracks.c.id)
            .where(tracks.c.library_id == library, tracks.c.deleted_at.is_(None), files.deleted_at.is_(None))
            .group_by(tracks.c.id)
            .having(sa.func.count() > 1)
            .order_by(tracks.c.id)
            .limit(PORTION)
        )
        async with self._database.read() as connection:
            found = await connection.scalars(query if after is None else query.where(tracks.c.id > after))
            return list(found)

    async def _choose(self, writer: CatalogueWriter, ids: Sequence[UUID]) -> int:
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            changed = await changed_files(connection, await best_files(connection, ids))
            await touch(connection, writer, set(changed))
            await writer.tell_again(connection, changed)
            await writer.refresh(connection)
        return len(changed)


async def _in_force(connection: AsyncConnection) -> Rule:
    here = key_values.c.namespace == "core", key_values.c.key == _KEY
    found: Any = await connection.scalar(sa.select(key_values.c.value).where(*here))
    return tuple(found) if found else BEST


async def _keep(connection: AsyncConnection, rule: Rule) -> None:
    row = {"namespace": "core", "key": _KEY, "value": list(rule), "updated_at": utcnow()}
    there = upsert(connection, key_values, ("namespace", "key"), ("value", "updated_at"))
    await connection.execute(there.values(**row))
