"""Asks for one recording, in the transaction of whatever asks. What is here already is not asked for."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import key_of
from mcma.domain.errors import Conflict, InvalidInput
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims import claims
from mcma.services.claims.matching import Matcher, Wanted
from mcma.store.bulk import insert_rows
from mcma.store.clock import utcnow
from mcma.store.tables import listening as heard
from mcma.store.tables.catalogue import source_refs
from mcma.store.tables.wanted import CANCELLED, HAVE, REQUESTED
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.ids import DownloadRequestId, TrackId
from mcma_plugins.values import Caller, ItemKind

MOST = 1000
"""Requests of one person that wait."""
LIVE = table.c.deleted_at.is_(None)


class Wish(NamedTuple):
    """From where, or what it is, or both."""

    source: str | None = None
    source_id: str | None = None
    wanted: Wanted | None = None
    note: str | None = None


class Answer(NamedTuple):
    id: DownloadRequestId | None
    """None: there is no request, for the track is here."""
    state: str
    track_id: TrackId | None
    made: bool = False
    """Whether the request is new."""


async def ask(connection: AsyncConnection, caller: Caller, id_: UUID, wish: Wish) -> Answer:
    """The same again, by its id, by (source, source_id) or by what it is, is the request that is there.

    The caller's user is locked. `InvalidInput`; `Conflict` for an id of somebody else's (code id_taken) and
    for more requests than one may have (code too_large).
    """
    if (wish.source is None) != (wish.source_id is None) or (wish.source is None and wish.wanted is None):
        raise InvalidInput("Say source and source_id, or a claim.")
    held = await _held(connection, caller, id_, wish)
    if held is not None:
        return held
    track = await _here(connection, caller, wish)
    if track is not None:
        return Answer(None, HAVE, TrackId(track))
    await _check_room(connection, caller)
    await _insert(connection, caller, id_, wish)
    return Answer(DownloadRequestId(id_), REQUESTED, None, made=True)


async def _held(connection: AsyncConnection, caller: Caller, id_: UUID, wish: Wish) -> Answer | None:
    row = (await connection.execute(_ROWS.where(table.c.id == id_))).one_or_none()
    if row is not None and row.user_id != caller.user_id:
        raise Conflict("This id is that of another request.", code="id_taken")
    if row is None:
        mine = _ROWS.where(table.c.user_id == caller.user_id, LIVE, _same(wish))
        row = (await connection.execute(mine.order_by(table.c.id).limit(1))).first()
    if row is None:
        return None
    return Answer(row.id, row.state if row.deleted_at is None else CANCELLED, row.track_id)


def _same(wish: Wish) -> sa.ColumnElement[bool]:
    if wish.source is not None:
        return sa.and_(table.c.source == wish.source, table.c.source_id == wish.source_id)
    key = "" if wish.wanted is None else key_of(wish.wanted.said.title, wish.wanted.said.artist)
    if not key:
        return sa.false()
    alike = sa.select(heard.claims.c.id).where(heard.claims.c.norm_key == key)
    return sa.and_(table.c.source.is_(None), table.c.claim_id.in_(alike))


async def _here(connection: AsyncConnection, caller: Caller, wish: Wish) -> UUID | None:
    """A track that the caller sees and that is just this."""
    if wish.source is None or wish.source_id is None:
        [match] = await Matcher(connection, caller).match([wish.wanted] if wish.wanted else [])
        return match.track_id
    known = sa.select(source_refs.c.track_id).where(
        source_refs.c.source == wish.source, source_refs.c.instance == "",
        source_refs.c.source_id == wish.source_id.encode(),
    )  # fmt: skip
    track = await connection.scalar(known)
    if track is None:
        return None
    return (await reachable(connection, caller, ItemKind.TRACK, [track])).get(track)


async def _check_room(connection: AsyncConnection, caller: Caller) -> None:
    mine = table.c.user_id == caller.user_id, table.c.state == REQUESTED, LIVE
    if (await connection.scalar(sa.select(sa.func.count()).where(*mine)) or 0) >= MOST:
        raise Conflict(f"One user may wait for {MOST} downloads at most.", code="too_large")


async def _insert(connection: AsyncConnection, caller: Caller, id_: UUID, wish: Wish) -> None:
    made: dict[UUID, Any] = {}
    if wish.wanted is not None:
        made = await claims.of_things(connection, caller, {id_: wish.wanted}, match=wish.source is None)
    now = utcnow()
    row = {
        "id": id_, "user_id": caller.user_id, "source": wish.source, "source_id": wish.source_id,
        "claim_id": made[id_][0] if made else None, "state": REQUESTED, "note": wish.note,
        "created_at": now, "changed_at": now,
    }  # fmt: skip
    await insert_rows(connection, table, [row])


_ROWS = sa.select(
    *(table.c[name] for name in ("id", "user_id", "state", "track_id", "deleted_at")),
)
