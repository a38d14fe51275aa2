"""Renditions of many files at once: what there is, what is made ahead by which job, how long it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import insert_ignoring
from mcma.store.queries.renditions import FAILED, QUEUED, READY, hold, live_job
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.renditions import renditions
from mcma.store.types import Big
from mcma_plugins.ids import UserId

MOST_IDS = 5000
Key = tuple[UUID, str]
"""File and what it is turned into."""


class Made(NamedTuple):
    """One rendition, as far as a plan looks at it."""

    id: UUID
    state: str
    size: int | None
    error: str | None
    job_id: UUID | None
    created_by: UUID | None
    finished_at: datetime | None
    pinned_until: datetime | None
    staged_until: datetime | None
    lost: bool
    """Waits for a job that is over."""

    def is_kept(self, now: datetime) -> bool:
        return any(until is not None and until > now for until in (self.pinned_until, self.staged_until))


_COLUMNS = [renditions.c[name] for name in Made._fields[:-1]]


async def of_files(connection: AsyncConnection, files: Sequence[UUID]) -> dict[Key, Made]:
    """As many as one query takes; without those that begin somewhere in the middle."""
    lost = sa.and_(renditions.c.state.not_in((READY, FAILED)), ~live_job())
    query = sa.select(renditions.c.file_id, renditions.c.profile, *_COLUMNS, lost).where(
        renditions.c.file_id.in_(files), renditions.c.offset_ms == 0
    )
    rows = await connection.execute(query)
    return {(file, profile): Made._make(rest) for file, profile, *rest in rows}


async def kept_bytes(connection: AsyncConnection, now: datetime) -> int:
    """Of all that may not be evicted now; of what is not there yet, about what it will be."""
    row = renditions.c
    lossless = row.sample_rate_hz * row.channels * row.bit_depth / 8
    rate = sa.case((row.bit_rate_kbps > 0, row.bit_rate_kbps * 125), else_=lossless)
    about = sa.cast(sa.cast(track_files.c.duration_ms, Big) / 1000 * sa.cast(rate, Big), Big)
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(sa.func.coalesce(row.size, about)), 0))
        .join(track_files, track_files.c.id == row.file_id)
        .where(row.state != FAILED, sa.or_(row.pinned_until > now, row.staged_until > now))
    )
    return int(await connection.scalar(query) or 0)


async def add(connection: AsyncConnection, values: Sequence[Mapping[str, Any]]) -> None:
    """Those that somebody else added stay theirs. In the order of their files, as everybody adds."""
    listed = sorted(values, key=lambda row: (row["file_id"].bytes, row["profile"]))
    await connection.execute(insert_ignoring(connection, renditions), [dict(row) for row in listed])


async def stage(connection: AsyncConnection, ids: Sequence[UUID], until: datetime) -> None:
    """Kept until then. Hold them first."""
    await connection.execute(sa.update(renditions).where(renditions.c.id.in_(ids)).values(staged_until=until))


async def release(connection: AsyncConnection, ids: Sequence[UUID], user: UserId) -> None:
    """Of those the ones that were made for this user: its device has them. Hold them first."""
    mine = renditions.c.created_by == user
    change = sa.update(renditions).where(
        renditions.c.id.in_(ids), mine, renditions.c.staged_until.is_not(None)
    )
    await connection.execute(change.values(staged_until=None))


async def hold_all(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    listed = sorted(ids, key=lambda id_: id_.bytes)
    for start in range(0, len(listed), MOST_IDS):
        await hold(connection, listed[start : start + MOST_IDS])


# The jobs


async def next_of(connection: AsyncConnection, job_id: UUID, attempt: int) -> UUID | None:
    """The first that waits for this job, or that an earlier attempt left half-done."""
    waits = _waiting(job_id, attempt).order_by(renditions.c.created_at, renditions.c.id).limit(1)
    found: UUID | None = await connection.scalar(waits)
    return found


async def count_of(connection: AsyncConnection, job_id: UUID, attempt: int) -> int:
    waits = _waiting(job_id, attempt).subquery()
    return int(await connection.scalar(sa.select(sa.func.count()).select_from(waits)) or 0)


def _waiting(job_id: UUID, attempt: int) -> sa.Select[Any]:
    of_job = renditions.c.job_id == job_id, renditions.c.attempt < attempt
    return sa.select(renditions.c.id).where(*of_job, renditions.c.state.not_in((READY, FAILED)))


async def hand_over(connection: AsyncConnection, job_id: UUID, successor: UUID) -> None:
    left = sa.update(renditions).where(
        renditions.c.job_id == job_id, renditions.c.state.not_in((READY, FAILED))
    )
    await connection.execute(left.values(job_id=successor, attempt=0, state=QUEUED))
