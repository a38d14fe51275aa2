"""Pictures that nobody points at go; those that are wanted and not here are got (again)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layering import ARTWORK
from mcma.services.enriching import picturerows as rows
from mcma.services.enriching.runs import kept_candidate
from mcma.services.enriching.values import KeptCandidate
from mcma.services.keptpictures import KeptPictures
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables import catalogue as c
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma.store.tables.listening import playlists
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

PICTURES: Final = "enricher_pictures"
PORTION: Final = 300
_OLD: Final = timedelta(days=1)
_OF_PLUGINS = c.artworks.c.origin.like("plugin:%")
_POINTING = (c.tracks, c.albums, c.artists, c.track_files, c.item_artworks, playlists)
Want = Callable[[WriteTransaction, KeptCandidate], Awaitable[None]]


class PictureUpkeep:
    """Satisfies `JobOwner`. `want` has the picture of an answer got."""

    def __init__(self, database: Database, kept: KeptPictures, want: Want) -> None:
        self._database, self._kept, self._want = database, kept, want

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(PICTURES, self._run, max_attempts=2, concurrency=1, host_only=True),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {PICTURES: Schedule(PICTURES, timedelta(days=1), {})}

    async def _run(self, _: JobContext) -> Payload:
        forgotten = await self.forget()
        here = await asyncio.to_thread(self._kept.all)
        return {"forgotten": forgotten, "removed": await self.sweep(here), "wanted": await self.ask(here)}

    async def forget(self) -> int:
        """Rows of pictures that nothing shows and no answer about something that is here has."""
        gone, after = 0, UUID(int=0)
        while True:
            async with self._database.read() as connection:
                looked = await _unanswered(connection, c.artworks.c.id > after)
                idle = await _unshown(connection, looked)
            gone += await self._forget(idle)
            if len(looked) < PORTION:
                return gone
            after = looked[-1]

    async def _forget(self, idle: Sequence[UUID]) -> int:
        """The catalogue is locked only where there is something to forget: no index has what shows a picture,
        and those that are shown after all are looked at every day."""
        if not idle:
            return 0
        async with self._database.write(bulk=True) as transaction:
            await lock_catalogue(transaction.connection)
            still = await _unanswered(transaction.connection, c.artworks.c.id.in_(idle))
            still = await _unshown(transaction.connection, still)
            await _forgotten(transaction.connection, still)
        return len(still)

    async def sweep(self, here: set[str]) -> int:
        """Files that no row tells of. The catalogue is locked, so nobody begins to use one meanwhile."""
        async with self._database.read() as connection:
            left = await _unknown(connection, sorted(here))
        for start in range(0, len(left), PORTION):
            async with self._database.write(bulk=True) as transaction:
                await lock_catalogue(transaction.connection)
                part = await _unknown(transaction.connection, left[start : start + PORTION])
                await asyncio.to_thread(self._kept.remove, part)
            here.difference_update(part)
        return len(left)

    async def ask(self, here: set[str]) -> int:
        """For what was wanted and did not come, and for files that are gone (a backup of the database alone
        does not have them)."""
        asked, after = 0, UUID(int=0)
        while True:
            async with self._database.read() as connection:
                found = await _standing(connection, after)
            lacking = [row for row in found if _lacks(row, here)]
            asked += await self._ask(lacking)
            if len(found) < PORTION:
                return asked
            after = found[-1].id

    async def _ask(self, lacking: Sequence[Any]) -> int:
        async with self._database.write() as transaction:
            for row in lacking:
                await self._want(transaction, kept_candidate(row._asdict()))
        return len(lacking)


def _lacks(row: Any, here: set[str]) -> bool:
    return row.picture_state == rows.WANTED or row.sha256 is None or row.sha256.hex() not in here


async def _unanswered(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> list[UUID]:
    items = (c.albums, c.tracks, c.artists)
    here = sa.or_(
        *(sa.exists().where(each.c.id == candidates.c.item_id, each.c.deleted_at.is_(None)) for each in items)
    )
    answered = sa.exists().where(candidates.c.artwork_id == c.artworks.c.id, here)
    query = sa.select(c.artworks.c.id).where(
        _OF_PLUGINS, which, c.artworks.c.created_at < utcnow() - _OLD, ~answered
    )
    return list(await connection.scalars(query.order_by(c.artworks.c.id).limit(PORTION)))


async def _unshown(connection: AsyncConnection, ids: Sequence[UUID]) -> list[UUID]:
    shown = await _shown(connection, ids)
    return [id_ for id_ in ids if id_ not in shown]


async def _shown(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    found: set[UUID] = set()
    for table in _POINTING:
        column = table.c.artwork_id
        found.update(await connection.scalars(sa.select(column).where(column.in_(ids)).distinct()))
    value = sa.cast(c.field_values.c.value, sa.Text)
    said = sa.select(value).where(c.field_values.c.field == ARTWORK, value.in_([f'"{id_}"' for id_ in ids]))
    found.update(UUID(one.strip('"')) for one in await connection.scalars(said))
    return found


async def _forgotten(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    if ids:
        theirs = sa.update(candidates).where(candidates.c.artwork_id.in_(ids))
        await connection.execute(theirs.values(artwork_id=None))
        await connection.execute(sa.delete(c.artworks).where(c.artworks.c.id.in_(ids)))


async def _unknown(connection: AsyncConnection, keys: Sequence[str]) -> list[str]:
    known: set[str] = set()
    for start in range(0, len(keys), PORTION):
        part = [digest for key in keys[start : start + PORTION] if (digest := _digest(key)) is not None]
        query = sa.select(c.artworks.c.sha256).where(c.artworks.c.sha256.in_(part))
        known.update(digest.hex() for digest in await connection.scalars(query))
    return [key for key in keys if key not in known and _digest(key) is not None]


def _digest(key: str) -> bytes | None:
    """None for what somebody else put there: it is left alone."""
    try:
        return bytes.fromhex(key) if len(key) == 64 else None
    except ValueError:
        return None


async def _standing(connection: AsyncConnection, after: UUID) -> Sequence[Any]:
    """Answers that stand and whose picture was got, or is still wanted."""
    got = sa.and_(candidates.c.artwork_id.is_not(None), _OF_PLUGINS)
    query = (
        sa.select(candidates, runs.c.item_kind, runs.c.enricher, c.artworks.c.sha256)
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .join(c.artworks, c.artworks.c.id == candidates.c.artwork_id, isouter=True)
        .where(
            candidates.c.id > after, rows.TAKEN, candidates.c.picture.is_not(None),
            sa.or_(candidates.c.picture_state == rows.WANTED, got),
        )
        .order_by(candidates.c.id)
        .limit(PORTION)
    )  # fmt: skip
    return (await connection.execute(query)).all()
