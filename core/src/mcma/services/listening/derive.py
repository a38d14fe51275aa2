"""Keeps `user_items` and `plays` equal to the logs. Recording and rebuilding run the same code, but for an
artist's plays: recording adds to them (`artist_counters`), rebuilding adds them up.

Everything is worked out per user and item from the item's whole log, so a late event, or a listen that
another channel reported first, ends in the same state as if all had come in order. An album's plays are those
of the tracks now on it, an artist's those of the tracks that now credit it in the artist role.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.plays import Heard, LikeMark, PlayState, RatingMark, liked_since, plays_of, rated
from mcma.services.listening.artist_counters import NEVER, Change, Counted, added, counted, counters
from mcma.store.dialect import upsert
from mcma.store.queries import listening as log
from mcma.store.tables.listening import play_listens, plays, user_items
from mcma.store.tables.people import users
from mcma_plugins.values import ItemKind

Leads = Mapping[UUID, UUID]
"""From every id in the logs to the item it means now; items themselves may stay out."""

CHUNK = 1000
_KEYS = ("user_id", "item_id")


async def lock(connection: AsyncConnection, user: UUID) -> None:
    """One writer per user: two that do not see each other's events would each derive without the other's.

    Who merely points at the user (a foreign key) is not kept waiting.
    """
    row = sa.select(users.c.id).where(users.c.id == user)
    await connection.execute(row.with_for_update(key_share=True))


async def refresh_likes(
    connection: AsyncConnection, user: UUID, kind: ItemKind, items: Iterable[UUID], leads: Leads
) -> dict[UUID, LikeMark]:
    """The last event per item."""
    latest: dict[UUID, LikeMark] = {}
    async for some, rows in _logs(connection, user, items, leads, log.likes_of):
        marks = {item: [LikeMark(row.at, row.id, row.liked) for row in rows[item]] for item in some}
        latest |= {item: max(found) for item, found in marks.items() if found}
        states = [{"item_id": item, "liked_at": liked_since(found)} for item, found in marks.items()]
        await _write(connection, user, kind, states, ["liked_at"])
    return latest


async def refresh_ratings(
    connection: AsyncConnection, user: UUID, kind: ItemKind, items: Iterable[UUID], leads: Leads
) -> dict[UUID, RatingMark]:
    latest: dict[UUID, RatingMark] = {}
    async for some, rows in _logs(connection, user, items, leads, log.ratings_of):
        marks = {item: [RatingMark(row.at, row.id, row.rating) for row in rows[item]] for item in some}
        latest |= {item: max(found) for item, found in marks.items() if found}
        states = []
        for item, found in marks.items():
            rating, at = rated(found)
            states.append({"item_id": item, "rating": rating, "rated_at": at})
        await _write(connection, user, kind, states, ["rating", "rated_at"])
    return latest


async def refresh_plays(
    connection: AsyncConnection, user: UUID, items: Iterable[UUID], leads: Leads
) -> list[tuple[UUID, PlayState]]:
    """(track, play) of the plays that count now and did not before."""
    fresh: list[tuple[UUID, PlayState]] = []
    found_on: set[UUID] = set()
    uncounted: set[UUID] = set()
    async for some, rows in _logs(connection, user, items, leads, log.listens_of):
        facts = {row.id: row for row in await connection.execute(log.durations(some))}
        made = {item: _plays(rows[item], facts[item].duration_ms) for item in some if item in facts}
        fresh += await _replace_plays(connection, user, made)
        changes = await _count(connection, user, made)
        found_on |= {row.album_id for row in facts.values() if row.album_id is not None}
        artists, unsure = await added(connection, user, changes)
        await _write(connection, user, ItemKind.ARTIST, artists, _PLAYED)
        uncounted |= unsure
    await refresh_albums(connection, user, found_on)
    await refresh_artists(connection, user, uncounted)
    return fresh


async def _count(
    connection: AsyncConnection, user: UUID, made: Mapping[UUID, Sequence[PlayState]]
) -> dict[UUID, Change]:
    """What tracks came to and had come to before."""
    held = await counted(connection, user, made)
    changes = {track: Change(held.get(track, NEVER), _counted(each)) for track, each in made.items()}
    states = [counters(track, change.after) for track, change in changes.items()]
    await _write(connection, user, ItemKind.TRACK, states, _PLAYED)
    return changes


_PLAYED = ["play_count", "last_played_at"]


async def refresh_albums(connection: AsyncConnection, user: UUID, albums: Iterable[UUID]) -> None:
    for some in chunks(albums):
        await _add_up(connection, user, ItemKind.ALBUM, log.album_plays(user, some))


async def refresh_artists(connection: AsyncConnection, user: UUID, artists: Iterable[UUID]) -> None:
    for some in chunks(artists):
        await _add_up(connection, user, ItemKind.ARTIST, log.artist_plays(user, some))


async def _add_up(connection: AsyncConnection, user: UUID, kind: ItemKind, sums: sa.Select[Any]) -> None:
    """`sums`: (item, plays, last)."""
    states = [
        counters(item, Counted(int(count), last)) for item, count, last in await connection.execute(sums)
    ]
    await _write(connection, user, kind, states, _PLAYED)


def _counted(made: Sequence[PlayState]) -> Counted:
    times = [play.started_at for play in made if play.counted]
    return Counted(len(times), max(times, default=None))


def _plays(rows: Iterable[Any], duration_ms: int) -> list[PlayState]:
    heard = (
        Heard(_started(row, duration_ms), row.id, row.source, row.ms_played, row.precision_s) for row in rows
    )
    return plays_of(heard, duration_ms)


def _started(row: Any, duration_ms: int) -> datetime:
    at: datetime = row.at
    if row.at_kind == "end":
        length = duration_ms if row.ms_played is None else row.ms_played
        return at - timedelta(milliseconds=length)
    return at


async def _replace_plays(
    connection: AsyncConnection, user: UUID, made: Mapping[UUID, Sequence[PlayState]]
) -> list[tuple[UUID, PlayState]]:
    """Writes only what differs: a play keeps its id, its row and its place in backups."""
    rows = (await connection.execute(log.plays_on(user, list(made)))).all()
    links = {row.listen_id: row.play_id for some in chunks(row.id for row in rows)
             for row in await connection.execute(log.links_of(some))}  # fmt: skip
    held = {row.id: (row.track_id, row.listen_id, row.started_at, row.ms_played, row.counted) for row in rows}
    wanted = {play.id: (track, play) for track, states in made.items() for play in states}
    changed = [
        {"id": play.id, "user_id": user, "track_id": track, "listen_id": play.listen_id,
         "started_at": play.started_at, "ms_played": play.ms_played, "counted": play.counted}
        for track, play in wanted.values()
        if held.get(play.id) != (track, play.listen_id, play.started_at, play.ms_played, play.counted)
    ]  # fmt: skip
    moved = [
        {"listen_id": listen, "play_id": play.id}
        for _, play in wanted.values() for listen in play.listens if links.get(listen) != play.id
    ]  # fmt: skip
    columns = ["track_id", "listen_id", "started_at", "ms_played", "counted"]
    await _upsert(connection, plays, ["id"], changed, columns)
    await _upsert(connection, play_listens, ["listen_id"], moved, ["play_id"])
    for some in chunks(held.keys() - wanted.keys()):
        await connection.execute(sa.delete(plays).where(plays.c.id.in_(some)))
    return [
        (track, play) for track, play in wanted.values()
        if play.counted and not (play.id in held and held[play.id][4])
    ]  # fmt: skip


async def _upsert(
    connection: AsyncConnection,
    table: sa.Table,
    keys: list[str],
    rows: list[dict[str, Any]],
    update: list[str],
) -> None:
    if rows:
        await connection.execute(upsert(connection, table, keys, update), rows)


async def _write(
    connection: AsyncConnection, user: UUID, kind: ItemKind, states: list[dict[str, Any]], update: list[str]
) -> None:
    rows = [{"user_id": user, "item_kind": kind.value, **state} for state in states]
    await _upsert(connection, user_items, list(_KEYS), rows, update)


async def _logs(
    connection: AsyncConnection, user: UUID, items: Iterable[UUID], leads: Leads, query: Any
) -> Any:
    """Chunks of items with their log rows, those of the items merged into them included."""
    merged: dict[UUID, list[UUID]] = defaultdict(list)
    for loser, winner in leads.items():
        merged[winner].append(loser)
    for some in chunks(items):
        wanted = [*some, *(loser for item in some for loser in merged.get(item, ()))]
        rows: dict[UUID, list[Any]] = defaultdict(list)
        for part in chunks(wanted):
            for row in await connection.execute(query(user, part)):
                rows[leads.get(row[0], row[0])].append(row)
        yield some, rows


def chunks(items: Iterable[UUID]) -> Iterator[list[UUID]]:
    listed = list(items)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
