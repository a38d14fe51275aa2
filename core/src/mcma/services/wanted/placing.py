"""Asks for something, in the transaction of whatever asks. What is here already is not asked for."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import key_of
from mcma.domain.errors import Conflict, Forbidden, InvalidInput
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims import claims
from mcma.services.claims.lookup import Matcher, Wanted
from mcma.services.downloading.queueing import KINDS, TRACK, Starting
from mcma.services.downloading.requesting import look_for, start, wait
from mcma.store.access import visible_libraries
from mcma.store.bulk import insert_rows
from mcma.store.clock import utcnow
from mcma.store.engine import WriteTransaction
from mcma.store.queries.downloads import LIVE, Thing
from mcma.store.tables import listening as heard
from mcma.store.tables.catalogue import libraries, source_refs
from mcma.store.tables.wanted import (
    ACTIVE,
    CANCELLED,
    FAILED,
    FOR_APPROVAL,
    HAVE,
    REQUESTED,
    REVIEW,
)
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.ids import DownloadRequestId, TrackId
from mcma_plugins.jobs import Priority
from mcma_plugins.values import Caller, ItemKind

MOST = 1000
"""Requests of one person that wait."""


class Wish(NamedTuple):
    """From where, or what it is, or both."""

    source: str | None = None
    source_id: str | None = None
    wanted: Wanted | None = None
    note: str | None = None
    kind: str = TRACK
    priority: int = Priority.NORMAL
    """BULK for what nobody waits for."""

    @property
    def thing(self) -> Thing | None:
        if self.source is None or self.source_id is None:
            return None
        return Thing(self.source, self.kind, self.source_id)


class Answer(NamedTuple):
    id: DownloadRequestId | None
    """None: there is no request, for the track is here."""
    state: str
    track_id: TrackId | None
    made: bool = False
    """Whether the request is new."""
    waiting_for: str | None = None
    retry_at: datetime | None = None


async def ask(
    transaction: WriteTransaction, caller: Caller, id_: UUID, wish: Wish, starting: Starting
) -> Answer:
    """The same again, by its id, by its place in a source or by what it is, is the request that is there; one
    that failed or was cancelled is begun again, unless it is asked for by its own id.

    The caller's user is locked. `InvalidInput`; `Conflict` for an id of somebody else's (code id_taken), for
    more requests than one may have (too_large) and for more than one may get in a day (quota_exceeded);
    `Forbidden` for whoever does not see the library that it would go to.
    """
    _check(wish, starting)
    connection = transaction.connection
    held = await _held(connection, caller, id_, wish)
    if held is not None and not await _ended(connection, caller, held, id_):
        return _answer(held)
    track = await _here(connection, caller, wish)
    if track is not None and held is None:
        return Answer(None, HAVE, TrackId(track))
    if held is None:
        await _check_sight(connection, caller)
        await _check_room(connection, caller)
        await _insert(connection, caller, id_, wish)
    return await begin(transaction, caller, id_ if held is None else held.id, starting, made=held is None)


async def begin(
    transaction: WriteTransaction, caller: Caller, id_: UUID, starting: Starting, *, made: bool = False
) -> Answer:
    """As far as the caller may: into the line, or waiting for an administrator, or for a source."""
    connection = transaction.connection
    row = (await connection.execute(sa.select(table).where(table.c.id == id_))).one()
    if not starting.policy.may_fetch(caller) and row.approved_by is None:
        await wait(connection, id_, FOR_APPROVAL)
    elif row.source is None:
        await look_for(transaction, row, starting, is_admin=caller.is_admin)
    else:
        await start(transaction, row, starting, is_admin=caller.is_admin)
    now = (await connection.execute(_ROWS.where(table.c.id == id_))).one()
    return _answer(now)._replace(made=made)


def _check(wish: Wish, starting: Starting) -> None:
    if (wish.source is None) != (wish.source_id is None) or (wish.source is None and wish.wanted is None):
        raise InvalidInput("Say source and source_id, or a claim.")
    if wish.kind not in KINDS or (wish.kind != TRACK and wish.source is None):
        raise InvalidInput("A track, an album or a playlist of a source can be asked for.")
    thing = wish.thing
    if thing is not None and not starting.accepts(*thing):
        raise InvalidInput(f"This is no id of {wish.source}.", code="bad_source_id")


async def _held(connection: AsyncConnection, caller: Caller, id_: UUID, wish: Wish) -> Any:
    row = (await connection.execute(_ROWS.where(table.c.id == id_))).one_or_none()
    if row is not None and row.user_id != caller.user_id:
        raise Conflict("This id is that of another request.", code="id_taken")
    if row is None:
        mine = _ROWS.where(table.c.user_id == caller.user_id, LIVE, _same(wish))
        row = (await connection.execute(mine.order_by(table.c.id).limit(1))).first()
    return row


async def _ended(connection: AsyncConnection, caller: Caller, held: Any, id_: UUID) -> bool:
    """Whether asking again begins it again. What has the id that is asked with was just said twice."""
    if held.id == id_ or held.deleted_at is not None:
        return False
    if held.state == HAVE and held.track_id is not None:
        return not await reachable(connection, caller, ItemKind.TRACK, [held.track_id])
    return held.state in (FAILED, CANCELLED)


def _answer(row: Any) -> Answer:
    state = row.state if row.deleted_at is None else CANCELLED
    return Answer(row.id, state, row.track_id, False, row.waiting_for, row.retry_at)


def _same(wish: Wish) -> sa.ColumnElement[bool]:
    if wish.thing is not None:
        return sa.and_(*(table.c[name] == value for name, value in wish.thing._asdict().items()))
    key = "" if wish.wanted is None else key_of(wish.wanted.said.title, wish.wanted.said.artist)
    if not key:
        return sa.false()
    alike = sa.select(heard.claims.c.id).where(heard.claims.c.norm_key == key)
    return sa.and_(table.c.kind == TRACK, table.c.claim_id.in_(alike))


async def _here(connection: AsyncConnection, caller: Caller, wish: Wish) -> UUID | None:
    """A track that the caller sees and that is just this."""
    if wish.source is None or wish.source_id is None:
        [match] = await Matcher(connection, caller).match([wish.wanted] if wish.wanted else [])
        return match.track_id
    if wish.kind != TRACK:
        return None
    known = sa.select(source_refs.c.track_id).where(
        source_refs.c.source == wish.source, source_refs.c.instance == "",
        source_refs.c.source_id == wish.source_id.encode(),
    )  # fmt: skip
    track = await connection.scalar(known)
    if track is None:
        return None
    return (await reachable(connection, caller, ItemKind.TRACK, [track])).get(track)


async def _check_sight(connection: AsyncConnection, caller: Caller) -> None:
    """Nobody gets what they would not see: it goes to the first managed library, once there is one."""
    first = (
        sa.select(libraries.c.id)
        .where(libraries.c.kind == "managed")
        .order_by(libraries.c.deleted_at.is_not(None), libraries.c.number)
        .limit(1)
    )
    goes_to = await connection.scalar(first)
    if goes_to is not None and goes_to not in await visible_libraries(connection, caller):
        raise Forbidden("You have no access to the library that downloads go to.")


async def _check_room(connection: AsyncConnection, caller: Caller) -> None:
    waits = table.c.state.in_((REQUESTED, REVIEW, *ACTIVE))
    mine = table.c.user_id == caller.user_id, waits, LIVE
    if (await connection.scalar(sa.select(sa.func.count()).where(*mine)) or 0) >= MOST:
        raise Conflict(f"One user may wait for {MOST} downloads at most.", code="too_large")


async def _insert(connection: AsyncConnection, caller: Caller, id_: UUID, wish: Wish) -> None:
    made: dict[UUID, Any] = {}
    if wish.wanted is not None:
        made = await claims.of_things(connection, caller, {id_: wish.wanted}, match=wish.source is None)
    now = utcnow()
    row = {
        "id": id_, "user_id": caller.user_id, "kind": wish.kind, "source": wish.source,
        "source_id": wish.source_id, "claim_id": made[id_][0] if made else None, "state": REQUESTED,
        "priority": wish.priority, "note": wish.note, "created_at": now, "changed_at": now,
    }  # fmt: skip
    await insert_rows(connection, table, [row])


_ROWS = sa.select(
    *(table.c[name] for name in (
        "id", "user_id", "state", "track_id", "deleted_at", "waiting_for", "retry_at",
    )),
)  # fmt: skip
