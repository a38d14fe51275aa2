"""What artists are called by the credits of present tracks and albums."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.services.entities.aliases import MERGE
from mcma.store.tables.catalogue import album_artists, albums, artists, track_artists, tracks
from mcma.store.tables.naming import artist_aliases


async def credited_names(
    connection: AsyncConnection, ids: Sequence[UUID], current: Mapping[UUID, str]
) -> dict[UUID, str]:
    """The most frequent name of each; of equally frequent ones the current one stays."""
    best: dict[UUID, tuple[int, bool, str]] = {}
    others = await _passed_over(connection, ids)
    for row in await connection.execute(_credits(ids)):
        if row.artist_id in current and (not others or (row.artist_id, name_key(row.name)) not in others):
            rank = (int(row.times), row.name == current[row.artist_id], row.name)
            best[row.artist_id] = max(best.get(row.artist_id, rank), rank)
    return {artist: name for artist, (_, _, name) in best.items()}


async def all_names(connection: AsyncConnection, artist: UUID) -> list[str]:
    """Every name that a credit of this artist has, and its own."""
    links = (track_artists, album_artists)
    parts = [sa.select(link.c.name).where(link.c.artist_id == artist) for link in links]
    own = sa.select(artists.c.name).where(artists.c.id == artist)
    return sorted(set(await connection.scalars(sa.union(*parts, own))))


async def _passed_over(connection: AsyncConnection, ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
    """Names of artists that a person merged into these: however many credits have them, they call nobody."""
    columns = artist_aliases.c
    query = sa.select(columns.artist_id, columns.name_key, artists.c.name_key.label("own")).join_from(
        artist_aliases, artists, artists.c.id == columns.artist_id
    )
    rows = await connection.execute(query.where(columns.artist_id.in_(ids), columns.origin == MERGE))
    return {(row.artist_id, row.name_key) for row in rows if row.name_key != row.own}


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
