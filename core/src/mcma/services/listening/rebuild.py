"""Makes `user_items` and `plays` anew from the logs, through the redirects as they are now."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.listening import derive
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.queries import listening as log
from mcma.store.redirects import TABLES, winners
from mcma.store.tables.listening import plays, user_items
from mcma.store.tables.people import users
from mcma_plugins.values import ItemKind

Items = dict[ItemKind, set[UUID]]


async def rebuild(database: Database, user_id: UUID | None = None) -> None:
    """For one user or all; one transaction per user. The result equals what recording keeps up to date.

    For `mcma rebuild`; a merge is followed by `rebuild_for`.
    """
    async with database.read() as connection:
        everyone = [user_id] if user_id else list(await connection.scalars(sa.select(users.c.id)))
    for each in everyone:
        async with database.write() as transaction:
            await hold_catalogue(transaction.connection)
            await rebuild_user(transaction.connection, each)


async def rebuild_for(connection: AsyncConnection, items: Sequence[UUID]) -> None:
    """For all who did something with these items, in the transaction that merged or parted them.

    To be called by whoever writes `replaced_by` and the merge record, with losers and winners.
    """
    query = sa.select(user_items.c.user_id).where(user_items.c.item_id.in_(items)).distinct()
    for user in sorted(await connection.scalars(query)):
        await rebuild_user(connection, user)


async def rebuild_user(connection: AsyncConnection, user: UUID) -> None:
    await derive.lock(connection, user)
    likes, ratings, heard = [await _found(connection, query) for query in log.logged(user)]
    leads = await _leads(connection, likes, ratings, heard)
    liked, given, played = [_led(found, leads) for found in (likes, ratings, heard)]
    await _clear(connection, user, liked, given, played)
    for kind, items in liked.items():
        await derive.refresh_likes(connection, user, kind, items, leads)
    for kind, items in given.items():
        await derive.refresh_ratings(connection, user, kind, items, leads)
    tracks = played.get(ItemKind.TRACK, set())
    await derive.refresh_plays(connection, user, tracks, leads)
    await derive.refresh_artists(connection, user, await _artists(connection, tracks))


async def _found(connection: AsyncConnection, query: sa.Executable) -> Items:
    found: Items = defaultdict(set)
    for row in await connection.execute(query):
        found[ItemKind(row[0])].add(row[1])
    return found


async def _leads(connection: AsyncConnection, *logs: Items) -> dict[UUID, UUID]:
    leads: dict[UUID, UUID] = {}
    for kind in TABLES:
        wanted = list(set().union(*(found.get(kind, set()) for found in logs)))
        for start in range(0, len(wanted), derive.CHUNK):
            leads |= await winners(connection, kind, wanted[start : start + derive.CHUNK])
    return leads


def _led(found: Items, leads: dict[UUID, UUID]) -> Items:
    return {kind: {leads.get(item, item) for item in items} for kind, items in found.items()}


async def _clear(connection: AsyncConnection, user: UUID, liked: Items, given: Items, played: Items) -> None:
    """Takes back what no log says any more; what stays is written over."""
    heard = played.get(ItemKind.TRACK, set())
    rows = (await connection.execute(sa.select(user_items).where(user_items.c.user_id == user))).all()
    gone = sa.delete(plays).where(plays.c.user_id == user)
    for row in await connection.execute(
        sa.select(plays.c.id, plays.c.track_id).where(plays.c.user_id == user)
    ):
        if row.track_id is not None and row.track_id not in heard:
            await connection.execute(gone.where(plays.c.id == row.id))
    with_plays = heard | await _albums(connection, heard) | await _artists(connection, heard)
    for row in rows:
        kind, item = ItemKind(row.item_kind), row.item_id
        kept = {
            "liked_at": item in liked.get(kind, ()), "rating": item in given.get(kind, ()),
            "play_count": item in with_plays,
        }  # fmt: skip
        await _clear_row(connection, user, item, kept)


async def _albums(connection: AsyncConnection, heard: set[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for some in derive.chunks(heard):
        rows = await connection.execute(log.durations(some))
        found |= {row.album_id for row in rows if row.album_id is not None}
    return found


async def _artists(connection: AsyncConnection, heard: set[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for some in derive.chunks(heard):
        found |= set(await connection.scalars(log.main_artists(some)))
    return found


_EMPTY: dict[str, dict[str, Any]] = {
    "liked_at": {"liked_at": None},
    "rating": {"rating": None, "rated_at": None},
    "play_count": {"play_count": 0, "last_played_at": None},
}


async def _clear_row(connection: AsyncConnection, user: UUID, item: UUID, kept: dict[str, bool]) -> None:
    here = (user_items.c.user_id == user, user_items.c.item_id == item)
    if not any(kept.values()):
        await connection.execute(sa.delete(user_items).where(*here))
        return
    empty = {name: value for part, keep in kept.items() if not keep for name, value in _EMPTY[part].items()}
    differs = [user_items.c[name].is_distinct_from(value) for name, value in empty.items()]
    if empty:
        await connection.execute(sa.update(user_items).where(*here, sa.or_(*differs)).values(**empty))
