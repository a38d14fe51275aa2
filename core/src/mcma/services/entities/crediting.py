"""What artists are called by the credits of present tracks and albums."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import album_artists, albums, track_artists, tracks


async def credited_names(
    connection: AsyncConnection, ids: Sequence[UUID], current: Mapping[UUID, str]
) -> dict[UUID, str]:
    """The most frequent name of each; of equally frequent ones the current one stays."""
    best: dict[UUID, tuple[int, bool, str]] = {}
    for row in await connection.execute(_credits(ids)):
        if row.artist_id in current:
            rank = (int(row.times), row.name == current[row.artist_id], row.name)
            best[row.artist_id] = max(best.get(row.artist_id, rank), rank)
    return {artist: name for artist, (_, _, name) in best.items()}


def _credits(ids: Sequence[UUID]) -> sa.Select[Any]:
    parts = []
    for link, item, column in ((track_artists, tracks, "track_id"), (album_artists, albums, "album_id")):
        parts.append(
            sa.select(link.c.artist_id, link.c.name)
            .join_from(link, item, item.c.id == link.c[column])
            .where(link.c.artist_id.in_(ids), item.c.deleted_at.is_(None), item.c.missing_since.is_(None))
        )
    said = sa.union_all(*parts).subquery()
    times = sa.func.count().label("times")
    return sa.select(said.c.artist_id, said.c.name, times).group_by(said.c.artist_id, said.c.name)
