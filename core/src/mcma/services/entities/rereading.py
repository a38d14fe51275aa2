"""Names are read as the owner's separators say: what was told under other ones is told again.

The separators in force are remembered once everything was looked at, so that a run that was killed begins
anew. Once a day names are read again: what is known to be one name grows.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.naming import Separators
from mcma.services.entities.reading import separators_of
from mcma.services.entities.recrediting import Notify, Recrediting
from mcma.services.indexing.retelling import tellings
from mcma.services.indexing.values import Telling
from mcma.services.inforce import InForce
from mcma.services.jobs import Jobs
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, tracks
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

REREAD = "reread_names"
"""The job kind."""
CHUNK = 200
_IN_FORCE = InForce("separators")
_NONE: Mapping[str, Sequence[str]] = {"signs": (), "whole": ()}


class Rereading:
    def __init__(self, database: Database, jobs: Jobs, notify: Notify) -> None:
        self._database, self._jobs = database, jobs
        self._recrediting = Recrediting(database, notify)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(REREAD, self._run, max_attempts=3, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {REREAD: Schedule(REREAD, timedelta(days=1), {})}

    async def settle(self) -> None:
        """To be called at the start: a job, where other separators were in force."""
        async with self._database.read() as connection:
            now, before = separators_of(connection), await _IN_FORCE.read(connection) or _NONE
        if (now.signs or before["signs"]) and _told(now) != before:
            await self._jobs.submit(REREAD, {}, dedup_key="start")

    async def _run(self, job: JobContext) -> Payload:
        async with self._database.read() as connection:
            now, before = separators_of(connection), await _IN_FORCE.read(connection) or _NONE
        changed = 0
        last: UUID | None = None
        signs = sorted({*now.signs, *before["signs"]})
        while signs and (rows := await self._next(signs, last)):
            last = rows[-1].id
            changed += await self._reread(rows)
            await job.progress(changed)
        async with self._database.write() as transaction:
            await _IN_FORCE.remember(transaction.connection, _told(now))
        return {"tracks": changed}

    async def _next(self, signs: Sequence[str], after: UUID | None) -> Sequence[Any]:
        """Tracks with one of the signs in a credit: what a name is divided by is still shown."""
        shown = (tracks.c.artist, tracks.c.album_artist)
        having = [one.icontains(sign, autoescape=True) for one in shown for sign in signs]
        query = (
            sa.select(tracks.c.id, tracks.c.library_id, tracks.c.file_id, tracks.c.details,
                      albums.c.details.label("album"))
            .join_from(tracks, albums, albums.c.id == tracks.c.album_id, isouter=True)
            .where(tracks.c.deleted_at.is_(None), tracks.c.file_id.is_not(None), sa.or_(*having))
        )  # fmt: skip
        behind = query if after is None else query.where(tracks.c.id > after)
        async with self._database.read() as connection:
            return (await connection.execute(behind.order_by(tracks.c.id).limit(CHUNK))).all()

    async def _reread(self, rows: Sequence[Any]) -> int:
        async with self._database.read() as connection:
            said = {one.track_id: one for one in await tellings(connection, {r.id: r.file_id for r in rows})}
        found: dict[UUID, list[UUID]] = {}
        for row in rows:
            if row.id in said and _differs(said[row.id], row):
                found.setdefault(row.library_id, []).append(row.id)
        await self._recrediting.tracks(found)
        return sum(map(len, found.values()))


def _differs(telling: Telling, row: Any) -> bool:
    if [one.name for one in telling.credited.main] != _names(row.details):
        return True
    return row.album is not None and [one.name for one in telling.album_artists] != _names(row.album)


def _names(details: Any) -> list[str]:
    return [name for _, name, _ in (details or {}).get("artists", ())]


def _told(separators: Separators) -> dict[str, list[str]]:
    return {"signs": sorted(separators.signs), "whole": sorted(separators.whole)}
