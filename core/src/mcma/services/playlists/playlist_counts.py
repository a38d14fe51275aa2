"""What playlists hold, counted by library: anew, where tracks have changed behind the playlists' back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import chunks
from mcma.services.playlists.playlist_locks import lock_playlists, lock_playlists_with
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import playlist_items, playlist_libraries, playlists


async def recount(
    connection: AsyncConnection, ids: Iterable[UUID], changed_at: datetime | None = None
) -> None:
    """`changed_at` where the playlists themselves have changed."""
    ids = sorted(set(ids))
    await lock_playlists(connection, ids)
    for part in chunks(ids):
        sums = (await connection.execute(queries.sums(playlist_items.c.playlist_id.in_(part)))).all()
        old = sa.delete(playlist_libraries).where(playlist_libraries.c.playlist_id.in_(part))
        await connection.execute(old)
        if sums:
            names = ("playlist_id", "library_id", "song_count", "duration_ms")
            rows = [dict(zip(names, row, strict=True)) for row in sums]
            await connection.execute(sa.insert(playlist_libraries), rows)
        await _total(connection, part, sums)
        if changed_at is not None:
            told = sa.update(playlists).where(playlists.c.id.in_(part))
            await connection.execute(told.values(changed_at=changed_at))


async def _total(connection: AsyncConnection, ids: Sequence[UUID], sums: Sequence[Any]) -> None:
    totals: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for playlist, _, songs, duration in sums:
        totals[playlist][0] += songs
        totals[playlist][1] += duration
    plain = sa.and_(playlists.c.id == sa.bindparam("playlist"), playlists.c.rules.is_(None))
    statement = sa.update(playlists).where(plain)
    await connection.execute(
        statement.values(song_count=sa.bindparam("songs"), duration_ms=sa.bindparam("duration")),
        [{"playlist": id_, "songs": totals[id_][0], "duration": totals[id_][1]} for id_ in ids],
    )


async def recount_with(connection: AsyncConnection, track_ids: Sequence[UUID]) -> None:
    """Playlists in which these tracks are."""
    await recount(connection, await lock_playlists_with(connection, playlist_items.c.track_id.in_(track_ids)))


async def recount_of(database: Database, track_ids: Sequence[UUID]) -> None:
    """Playlists in which these tracks are, after the change of the tracks has been committed."""
    async with database.write() as transaction:
        await recount_with(transaction.connection, track_ids)


async def recount_changed(database: Database, library_id: UUID, since: datetime) -> None:
    """Playlists with tracks of a library that have changed since then, each in a transaction of its own."""
    changed = sa.select(playlist_items.c.playlist_id).distinct().join(
        tracks, tracks.c.id == playlist_items.c.track_id
    )  # fmt: skip
    async with database.read() as connection:
        query = changed.where(queries.LIVE, tracks.c.library_id == library_id, tracks.c.updated_at >= since)
        ids = list(await connection.scalars(query))
    await _one_by_one(database, ids)


async def recount_all(database: Database) -> None:
    async with database.read() as connection:
        ids = list(await connection.scalars(sa.select(playlists.c.id)))
    await _one_by_one(database, ids)


async def _one_by_one(database: Database, ids: Sequence[UUID]) -> None:
    for id_ in ids:
        async with database.write() as transaction:
            await recount(transaction.connection, [id_])
