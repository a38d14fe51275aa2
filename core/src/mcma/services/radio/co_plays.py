"""What is played together: pairs of tracks that somebody heard within half an hour, counted over everybody.

Derived from `plays`, without saying whose they are, and at most `MOST` per track. A track is always counted
anew from all of its plays, so that late plays, doubled runs and merges all end in the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.bulk import upsert_rows
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import Database
from mcma.store.queries import co_plays as queries
from mcma.store.redirects import winners
from mcma.store.tables.machinery import key_values
from mcma.store.tables.radio import co_plays
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.values import ItemKind

CO_PLAYS = "co_plays"
MOST = 50
"""Others kept per track."""
SOME = 10
"""Tracks counted and written in one transaction: their others are up to fifty times as many."""
CONSIDERED = 500
"""Others of one track whose own rows are looked after."""
OVERLAP = timedelta(minutes=10)
"""A listen is received before its transaction ends: what came just before the last run is looked at again."""
_KEYS = ("track_id", "other_id")
_SINCE = ("core", "co_plays.since")

Counted = Mapping[UUID, Sequence[tuple[float, UUID]]]


class CoPlays:
    def __init__(self, database: Database) -> None:
        self._database = database

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(CO_PLAYS, self._run, max_attempts=3, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        """What is new every hour; everything once a week, because plays grow old."""
        return {
            CO_PLAYS: Schedule(CO_PLAYS, timedelta(hours=1), {}),
            f"{CO_PLAYS}_all": Schedule(CO_PLAYS, timedelta(days=7), {"all": True}),
        }

    async def _run(self, job: JobContext) -> Payload:
        if job.payload.get("all"):
            return {"tracks": await self.rebuild(job)}
        return {"tracks": await self.refresh(job)}

    async def refresh(self, job: JobContext | None = None) -> int:
        """Counts what was heard or merged since the last time; how many tracks that were."""
        began = utcnow()
        async with self._database.read() as connection:
            fresh = await _fresh(connection, await _since(connection))
        for place, some in enumerate(_chunks(sorted(fresh)), 1):
            await self._count(some, began, both=True)
            if job is not None:
                await job.progress(min(place * SOME, len(fresh)), len(fresh))
        await self._remember(began)
        return len(fresh)

    async def rebuild(self, job: JobContext | None = None) -> int:
        """Counts everything."""
        began, done, last = utcnow(), 0, None
        async with self._database.write(bulk=True) as transaction:
            await transaction.connection.execute(queries.unplayed())
        while some := await self._played(last):
            await self._count(some, began, both=False)
            done, last = done + len(some), some[-1]
            if job is not None:
                await job.progress(done)
        await self._remember(began)
        return done

    async def _played(self, after: UUID | None) -> list[UUID]:
        async with self._database.read() as connection:
            return list(await connection.scalars(queries.played(after, SOME)))

    async def _count(self, ids: Sequence[UUID], now: datetime, *, both: bool) -> None:
        """`both`: the others' rows about these as well; not needed where the others have their turn."""
        async with self._database.read() as connection:
            counted = await _counted(connection, ids, now)
        rows = [_row(one, other, score) for one, found in counted.items() for score, other in found[:MOST]]
        others = [_row(other, one, score) for one, found in counted.items() for score, other in found]
        gone = co_plays.c.track_id.in_(ids) | co_plays.c.other_id.in_(ids) if both else None
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await connection.execute(sa.delete(co_plays).where(_about(ids) if gone is None else gone))
            await upsert_rows(connection, co_plays, rows + others if both else rows, _KEYS)
            if both:
                for some in _chunks(sorted({row["track_id"] for row in others}), CONSIDERED):
                    await connection.execute(queries.beyond(some, MOST))

    async def _remember(self, began: datetime) -> None:
        namespace, key = _SINCE
        row = {"namespace": namespace, "key": key, "value": began.isoformat(), "updated_at": began}
        async with self._database.write() as transaction:
            statement = upsert(
                transaction.connection, key_values, ["namespace", "key"], ["value", "updated_at"]
            )
            await transaction.connection.execute(statement, [row])


def _about(ids: Sequence[UUID]) -> sa.ColumnElement[bool]:
    return co_plays.c.track_id.in_(ids)


async def _since(connection: AsyncConnection) -> datetime | None:
    namespace, key = _SINCE
    here = (key_values.c.namespace == namespace, key_values.c.key == key)
    found = await connection.scalar(sa.select(key_values.c.value).where(*here))
    return datetime.fromisoformat(found) - OVERLAP if isinstance(found, str) else None


async def _fresh(connection: AsyncConnection, since: datetime | None) -> set[UUID]:
    """All that were ever heard, the first time."""
    since = since or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    heard = set(await connection.scalars(queries.heard_since(since)))
    merged = {id_ for row in await connection.execute(queries.merged_since(since)) for id_ in row}
    leads: dict[UUID, UUID] = {}
    for some in _chunks(sorted(heard | merged), CONSIDERED):
        leads |= await winners(connection, ItemKind.TRACK, some)
    return {leads.get(id_, id_) for id_ in heard} | merged


async def _counted(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> Counted:
    found: defaultdict[UUID, list[tuple[float, UUID]]] = defaultdict(list)
    for one, other, score in await connection.execute(queries.pairs(connection.dialect.name, ids, now)):
        found[one].append((float(score), other))
    return {one: sorted(pairs, key=_best)[:CONSIDERED] for one, pairs in found.items()}


def _best(pair: tuple[float, UUID]) -> tuple[float, UUID]:
    return -pair[0], pair[1]


def _row(one: UUID, other: UUID, score: float) -> dict[str, Any]:
    return {"track_id": one, "other_id": other, "score": round(score, 3)}


def _chunks(ids: Sequence[UUID], size: int = SOME) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])
