"""An artist is called what most of its present credits say."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.folding import fold
from mcma.services.indexing.artists import Artists
from mcma.store.bulk import update_by_id
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import album_artists, albums, artists, track_artists, tracks


async def rename_artists(connection: AsyncConnection, memory: Artists, ids: Sequence[UUID]) -> list[UUID]:
    """Returns the artists whose names changed. A person's choice stays."""
    await lock_catalogue(connection)
    columns = artists.c
    query = sa.select(columns.id, columns.name, columns.sort_name).where(
        columns.id.in_(ids), columns.metadata_status != "manual", columns.deleted_at.is_(None)
    )
    known = {row.id: row for row in await connection.execute(query)}
    called = await _most_frequent(connection, ids, {id: row.name for id, row in known.items()})
    rows = [row for id, name in sorted(called.items()) if (row := _row(known[id], name, memory)) is not None]
    if rows:
        await connection.execute(update_by_id(artists, rows[0]), rows)
    return [row["b_id"] for row in rows]


async def _most_frequent(
    connection: AsyncConnection, ids: Sequence[UUID], current: dict[UUID, str]
) -> dict[UUID, str]:
    """Of equally frequent names the current one stays."""
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


def _row(known: Any, name: str, memory: Artists) -> dict[str, Any] | None:
    kept = known.sort_name if name == known.name else name
    sort_name = memory.sort_names.get(name, kept)
    if (name, sort_name) == (known.name, known.sort_name):
        return None
    return {"b_id": known.id, "name": name, "name_key": name_key(name), "sort_name": sort_name,
            "sort_key": fold(sort_name), "updated_at": utcnow()}  # fmt: skip
