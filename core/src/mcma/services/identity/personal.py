"""What people keep of a track, and goes to the track it turned out to be: bookmarks, queues, what is playing.

Of two bookmarks the later one stays. What was there before is kept with the merge, to be given back; what
people have changed since stays as they changed it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import UTCDateTime

from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.tables.listening import bookmarks, now_playing, play_queues

BOOKMARKS, QUEUES = "bookmarks", "queues"
_KEPT = [column.name for column in bookmarks.c if column.name not in ("user_id", "track_id", "rev")]
Values = dict[str, Any]


async def carry(connection: AsyncConnection, loser: UUID, winner: UUID) -> dict[str, Any]:
    """Returns what `give_back` needs, as JSON."""
    playing = sa.update(now_playing).where(now_playing.c.track_id == loser)
    await connection.execute(playing.values(track_id=winner))
    kept = {
        BOOKMARKS: await _carry_bookmarks(connection, loser, winner),
        QUEUES: await _carry_queues(connection, loser, winner),
    }
    return {name: rows for name, rows in kept.items() if rows}


async def give_back(connection: AsyncConnection, kept: Mapping[str, Any], loser: UUID, winner: UUID) -> None:
    for one in kept.get(BOOKMARKS, ()):
        await _part_bookmark(connection, one, loser, winner)
    for one in kept.get(QUEUES, ()):
        await _part_queue(connection, one, loser, winner)


async def _carry_bookmarks(connection: AsyncConnection, loser: UUID, winner: UUID) -> list[Values]:
    both = await _bookmarks(connection, loser, winner)
    kept = []
    for user in sorted({user for user, track in both if track == loser}):
        mine, theirs = both[user, loser], both.get((user, winner))
        if mine["deleted_at"] is not None:
            continue
        loses = (
            theirs is not None and theirs["deleted_at"] is None and theirs["changed_at"] >= mine["changed_at"]
        )
        if not loses:
            await _write(connection, user, winner, mine)
        await _write(connection, user, loser, {**mine, "deleted_at": utcnow()})
        before = None if theirs is None else _told(theirs)
        kept.append({"user": str(user), "mine": _told(mine), "theirs": before, "went": not loses})
    return kept


async def _part_bookmark(connection: AsyncConnection, kept: Values, loser: UUID, winner: UUID) -> None:
    user, mine = UUID(kept["user"]), _read(kept["mine"])
    now = (await _bookmarks(connection, loser, winner)).get((user, winner))
    await _write(connection, user, loser, mine)
    if not kept["went"] or now is None or now["changed_at"] != mine["changed_at"]:
        return  # it was never touched, or has been since
    theirs = {**mine, "deleted_at": utcnow()} if kept["theirs"] is None else _read(kept["theirs"])
    await _write(connection, user, winner, theirs)


async def _bookmarks(connection: AsyncConnection, *tracks: UUID) -> dict[tuple[UUID, UUID], Values]:
    query = sa.select(bookmarks).where(bookmarks.c.track_id.in_(tracks)).with_for_update()
    rows = (await connection.execute(query.order_by(bookmarks.c.user_id, bookmarks.c.track_id))).all()
    return {(row.user_id, row.track_id): {name: getattr(row, name) for name in _KEPT} for row in rows}


async def _write(connection: AsyncConnection, user: UUID, track: UUID, values: Values) -> None:
    statement = upsert(connection, bookmarks, ("user_id", "track_id"), _KEPT)
    await connection.execute(statement, [{"user_id": user, "track_id": track, "rev": 1, **values}])


def _told(values: Values) -> Values:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(values: Values) -> Values:
    times = {name for name in values if name in _KEPT and isinstance(bookmarks.c[name].type, UTCDateTime)}
    return {
        name: datetime.fromisoformat(value) if name in times and value is not None else value
        for name, value in values.items()
        if name in _KEPT
    }


async def _carry_queues(connection: AsyncConnection, loser: UUID, winner: UUID) -> list[Values]:
    """There are a few queues for each person, so they are all looked through."""
    named = sa.cast(play_queues.c.track_ids, sa.Text).contains(str(loser))
    query = sa.select(play_queues.c.id, play_queues.c.track_ids, play_queues.c.changed_at).where(named)
    kept = []
    for row in (await connection.execute(query.order_by(play_queues.c.id).with_for_update())).all():
        places = [place for place, id_ in enumerate(row.track_ids) if id_ == str(loser)]
        await _put(connection, row.id, row.track_ids, places, winner)
        kept.append({"queue": str(row.id), "places": places, "changed_at": row.changed_at.isoformat()})
    return kept


async def _part_queue(connection: AsyncConnection, kept: Values, loser: UUID, winner: UUID) -> None:
    query = sa.select(play_queues.c.track_ids, play_queues.c.changed_at).where(
        play_queues.c.id == UUID(kept["queue"])
    )
    row = (await connection.execute(query.with_for_update())).first()
    if row is None or row.changed_at != datetime.fromisoformat(kept["changed_at"]):
        return
    listed = row.track_ids or []
    places = [place for place in kept["places"] if listed[place : place + 1] == [str(winner)]]
    await _put(connection, UUID(kept["queue"]), listed, places, loser)


async def _put(
    connection: AsyncConnection, queue: UUID, listed: list[str], places: list[int], track: UUID
) -> None:
    ids = [str(track) if place in places else id_ for place, id_ in enumerate(listed)]
    await connection.execute(sa.update(play_queues).where(play_queues.c.id == queue).values(track_ids=ids))
