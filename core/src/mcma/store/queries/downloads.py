"""Downloads and the requests that follow them: found, made, told.

Locks are taken in this order: a download, then requests; of several downloads by source id. A parent is
written after the commit that wrote its parts.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.queries.claims import meant_otherwise
from mcma.store.tables.listening import claims
from mcma.store.tables.wanted import (
    ACTIVE,
    CANCELLED,
    FAILED,
    HAVE,
    REQUESTED,
    REVIEW,
    download_parts,
    download_requests,
    downloads,
)

_NOTHING = dict.fromkeys(("waiting_for", "retry_at", "code", "error", "look_at"))
LIMITED = "rate_limited"
_SHARED = (*ACTIVE, FAILED)
"""States of requests that are those of their download."""
LIVE = download_requests.c.deleted_at.is_(None)


class Thing(NamedTuple):
    """One thing of a source."""

    source: str
    kind: str
    source_id: str


class Told(NamedTuple):
    """How a download is now, for itself and for those who asked for it."""

    state: str
    waiting_for: str | None = None
    retry_at: datetime | None = None
    code: str | None = None
    error: str | None = None


async def get(connection: AsyncConnection, id_: UUID, *, locked: bool = False) -> Any:
    query = sa.select(downloads).where(downloads.c.id == id_)
    return (await connection.execute(query.with_for_update() if locked else query)).one_or_none()


async def is_of(connection: AsyncConnection, id_: UUID | None, thing: Thing) -> bool:
    """Whether it is the download of just this."""
    same = (downloads.c[name] == value for name, value in thing._asdict().items())
    return bool(await connection.scalar(sa.select(downloads.c.id).where(downloads.c.id == id_, *same)))


async def made(
    connection: AsyncConnection, thing: Thing, priority: int, item: Mapping[str, Any] | None
) -> Any:
    """The one there is, locked; else a new one."""
    [row] = await made_many(connection, [(thing, item)], priority)
    return row


async def made_many(
    connection: AsyncConnection, things: Sequence[tuple[Thing, Mapping[str, Any] | None]], priority: int
) -> list[Any]:
    """Things of one source and kind, in their order. A hundred or so."""
    now, first = utcnow(), things[0][0]
    rows = [
        {"id": new_id(), **thing._asdict(), "state": REQUESTED, "faults": 0, "priority": priority,
         "item": item, "listed": False, "created_at": now, "changed_at": now}
        for thing, item in sorted(things, key=lambda one: one[0].source_id)
    ]  # fmt: skip
    await connection.execute(insert_ignoring(connection, downloads), rows)
    query = sa.select(downloads).where(
        downloads.c.source == first.source, downloads.c.kind == first.kind,
        downloads.c.source_id.in_([thing.source_id for thing, _ in things]),
    )  # fmt: skip
    found = await connection.execute(query.order_by(downloads.c.source_id).with_for_update())
    by_id = {row.source_id: row for row in found}
    return [by_id[thing.source_id] for thing, _ in things]


async def tell(connection: AsyncConnection, id_: UUID, told: Told, **values: Any) -> None:
    """The download, which is locked by this, and every request that follows it."""
    now = utcnow()
    await connection.execute(
        sa.update(downloads).where(downloads.c.id == id_).values(**told._asdict(), changed_at=now, **values)
    )
    shared = {name: values[name] for name in ("job_id", "track_id") if name in values}
    mine = download_requests.c.download_id == id_, LIVE, download_requests.c.state.in_(_SHARED)
    await lock_requests(connection, *mine)
    follows = sa.update(download_requests).where(*mine)
    await connection.execute(follows.values(**told._asdict(), changed_at=now, **shared))


async def answer(connection: AsyncConnection, thing: Thing, id_: UUID, track_id: UUID | None) -> None:
    """It is here: also for those who were not allowed it, or waited for something else. Those who have said
    meanwhile that they meant something else wait for that."""
    same = sa.and_(*(download_requests.c[name] == value for name, value in thing._asdict().items()))
    theirs = sa.or_(download_requests.c.download_id == id_, same), LIVE
    await lock_requests(connection, *theirs)
    claimed = claims.c.id == download_requests.c.claim_id, meant_otherwise(thing.source, thing.source_id)
    other, state = sa.exists().where(*claimed), download_requests.c.state
    now = {"changed_at": utcnow(), **_NOTHING}
    met = sa.update(download_requests).where(*theirs, state.in_((*_SHARED, REQUESTED, REVIEW)), ~other)
    await connection.execute(met.values(state=HAVE, track_id=track_id, **now))
    left = sa.update(download_requests).where(*theirs, state.in_(_SHARED), other)
    await connection.execute(left.values(state=REQUESTED, track_id=None, **now))


async def lock_requests(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> None:
    """In the order of their ids, so that two who change several of them cannot wait for each other."""
    query = sa.select(download_requests.c.id).where(*which).order_by(download_requests.c.id)
    await connection.execute(query.with_for_update())


async def put(connection: AsyncConnection, id_: UUID, **values: Any) -> None:
    """What nobody is told of."""
    await connection.execute(sa.update(downloads).where(downloads.c.id == id_).values(**values))


def wanted(row: Any = downloads.c) -> sa.ColumnElement[bool]:
    """Whether somebody may have it and still wants it, alone or as part of something."""
    asked = sa.exists().where(
        download_requests.c.download_id == row.id, LIVE, download_requests.c.state.in_(_SHARED)
    )
    parent = downloads.alias("parent")
    held = sa.exists().where(
        download_parts.c.download_id == row.id, parent.c.id == download_parts.c.parent_id,
        parent.c.state.in_(_SHARED),
    )  # fmt: skip
    return sa.or_(asked, held)


async def is_wanted(connection: AsyncConnection, id_: UUID) -> bool:
    return bool(await connection.scalar(sa.select(downloads.c.id).where(downloads.c.id == id_, wanted())))


async def asked_since(connection: AsyncConnection, user_id: UUID, since: datetime) -> int:
    """Tracks that count for this user's quota."""
    alone = sa.select(sa.func.count()).where(
        download_requests.c.user_id == user_id, download_requests.c.created_at > since,
        download_requests.c.kind == "track", download_requests.c.download_id.is_not(None),
    )  # fmt: skip
    parts = sa.select(sa.func.count()).where(
        download_parts.c.user_id == user_id, download_parts.c.created_at > since
    )
    return (await connection.scalar(alone) or 0) + (await connection.scalar(parts) or 0)


async def unsettled_parents(connection: AsyncConnection, part: UUID | None = None) -> Sequence[Any]:
    """Albums and playlists that are listed and have no part under way: rows of id and whether one failed."""
    below = downloads.alias("below")
    inside = sa.and_(download_parts.c.parent_id == downloads.c.id, below.c.id == download_parts.c.download_id)
    busy = sa.exists().where(inside, below.c.state.in_(ACTIVE)).correlate(downloads)
    failed = (
        sa.select(sa.func.count())
        .select_from(download_parts.join(below, below.c.id == download_parts.c.download_id))
        .where(download_parts.c.parent_id == downloads.c.id, below.c.state == FAILED)
        .correlate(downloads)
    )
    query = sa.select(downloads.c.id, failed.scalar_subquery().label("failed")).where(
        downloads.c.listed, downloads.c.state.in_(ACTIVE), ~busy
    )
    if part is not None:
        holds = sa.select(download_parts.c.parent_id).where(download_parts.c.download_id == part)
        query = query.where(downloads.c.id.in_(holds))
    return (await connection.execute(query.limit(100))).all()


async def final_among(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that are downloads nobody needs a folder for any more."""
    over = downloads.c.state.in_((HAVE, CANCELLED))
    query = sa.select(downloads.c.id).where(downloads.c.id.in_(ids), over)
    return set(await connection.scalars(query))


async def live_among(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Those whose folder in staging is theirs: failed ones too, for they may be tried again."""
    query = sa.select(downloads.c.id).where(downloads.c.id.in_(ids), downloads.c.state.in_(_SHARED))
    return set(await connection.scalars(query))


async def held_until(connection: AsyncConnection, source: str, but: UUID) -> Any:
    """The last moment (with the words) until which this source asked for a pause, when something else was got
    from it."""
    query = sa.select(downloads.c.retry_at, downloads.c.error).where(
        downloads.c.state == ACTIVE[0], downloads.c.source == source, downloads.c.retry_at > utcnow(),
        downloads.c.code == LIMITED, downloads.c.id != but,
    )  # fmt: skip
    return (await connection.execute(query.order_by(downloads.c.retry_at.desc()).limit(1))).first()
