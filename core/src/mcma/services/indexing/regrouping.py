"""The end of a scan: tracks whose tags ask for another album than the one they are on.

It is a query, not a memory: a scan that was killed in between is regrouped by the next one.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.albums import Regrouping, regroup
from mcma.services.enriching.statuses import settle_albums
from mcma.services.identity.merging import record_merge
from mcma.services.indexing.albumplays import follow_plays
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import albums, tracks


async def albums_to_regroup(
    connection: AsyncConnection, library_id: UUID, among: Collection[UUID] | None = None
) -> list[UUID]:
    """Albums with a track that asks for another key, in id order; of all of the library, or `among` these."""
    query = (
        sa.select(tracks.c.album_id)
        .join_from(tracks, albums, albums.c.id == tracks.c.album_id)
        .where(
            tracks.c.library_id == library_id,
            tracks.c.deleted_at.is_(None),
            tracks.c.album_key != albums.c.album_key,
        )
        .distinct()
        .order_by(tracks.c.album_id)
    )
    if among is not None:
        query = query.where(tracks.c.album_id.in_(among))
    return list((await connection.scalars(query)).all())


async def regroup_album(
    connection: AsyncConnection, writer: CatalogueWriter, album_id: UUID, since: datetime
) -> list[tuple[UUID, UUID]]:
    """Moves one album's tracks to where their keys say. Returns the (loser, winner) of a merge.

    An album that was made after `since`, when the last scan ended, gives its key up to the older one, which
    keeps its id: whether that scan was this one or one that was killed.
    """
    await lock_catalogue(connection)
    current, wanted = await _wanted(connection, album_id)
    if current is None or not wanted:
        return []
    holders = await _holders(connection, writer.library.id, album_id, set(wanted.values()))
    taken = frozenset(key for key, row in holders.items() if row.created_at < since)
    plan = regroup(current, wanted, taken)
    changed = {album_id}
    merges = []
    newborn = holders.get(plan.keeps)
    if newborn is not None:
        await _move_all(connection, newborn.id, album_id)
        await record_merge(connection, "album", newborn.id, album_id, "regrouped")
        merges.append((newborn.id, album_id))
        changed.add(newborn.id)
    await _set_key(connection, album_id, plan.keeps)
    changed |= await _move(connection, writer, plan)
    if all(key in plan.moves for key in wanted.values()) and newborn is None:
        merges.append((album_id, await _merge_away(connection, album_id, plan)))
    await settle_albums(connection, changed)
    await writer.refresh(connection, changed)
    await follow_plays(connection, changed)
    return merges


async def _wanted(connection: AsyncConnection, album_id: UUID) -> tuple[str | None, dict[UUID, str]]:
    current = await connection.scalar(
        sa.select(albums.c.album_key).where(albums.c.id == album_id, albums.c.deleted_at.is_(None))
    )
    query = sa.select(tracks.c.id, tracks.c.album_key).where(
        tracks.c.album_id == album_id, tracks.c.deleted_at.is_(None)
    )
    rows = await connection.execute(query)
    return current, {row.id: row.album_key or current or "" for row in rows}


async def _holders(
    connection: AsyncConnection, library_id: UUID, album_id: UUID, keys: set[str]
) -> dict[str, Any]:
    query = sa.select(albums.c.album_key, albums.c.id, albums.c.created_at).where(
        albums.c.library_id == library_id,
        albums.c.album_key.in_(keys),
        albums.c.id != album_id,
        albums.c.deleted_at.is_(None),
    )
    return {row.album_key: row for row in await connection.execute(query)}


async def _set_key(connection: AsyncConnection, album_id: UUID, key: str) -> None:
    await connection.execute(sa.update(albums).where(albums.c.id == album_id).values(album_key=key))


async def _move_all(connection: AsyncConnection, source: UUID, target: UUID) -> None:
    await connection.execute(
        sa.update(tracks).where(tracks.c.album_id == source).values(album_id=target, updated_at=utcnow())
    )


async def _move(connection: AsyncConnection, writer: CatalogueWriter, plan: Regrouping) -> set[UUID]:
    found = await writer.albums.find(connection, plan.moves)
    now = utcnow()
    for key, ids in sorted(plan.moves.items()):
        if key not in found:
            found |= await writer.albums.add_bare(connection, [key])
        statement = sa.update(tracks).where(tracks.c.id.in_(ids))
        await connection.execute(statement.values(album_id=found[key], updated_at=now))
    return set(found.values())


async def _merge_away(connection: AsyncConnection, album_id: UUID, plan: Regrouping) -> UUID:
    """Everything went to albums that were there before: the largest part is where this one now is."""
    key = max(plan.moves, key=lambda k: (len(plan.moves[k]), k))
    winner: UUID | None = await connection.scalar(
        sa.select(tracks.c.album_id).where(tracks.c.id == plan.moves[key][0])
    )
    assert winner is not None
    await record_merge(connection, "album", album_id, winner, "regrouped")
    return winner
