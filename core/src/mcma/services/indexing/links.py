"""Whom tracks and albums credit, and their genres and labels: looked at before and after they are told
afresh, so that only those are counted anew of whom something came or went."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.values import Touched
from mcma.store.tables import catalogue as c

_TRACKS = (("artists", c.track_artists, "artist_id"), ("genres", c.track_genres, "genre_id"))
_ALBUMS = (
    ("artists", c.album_artists, "artist_id"),
    ("genres", c.album_genres, "genre_id"),
    ("labels", c.album_labels, "label_id"),
)


class Link(NamedTuple):
    kind: str
    """artists, genres or labels."""
    owner: UUID
    other: UUID
    name: str
    """As credited."""


Links = frozenset[Link]


async def links_of(connection: AsyncConnection, tracks: Collection[UUID], albums: Collection[UUID]) -> Links:
    """One query."""
    parts = [_links(*one, "track_id", tracks) for one in _TRACKS]
    parts += [_links(*one, "album_id", albums) for one in _ALBUMS]
    rows = await connection.execute(sa.union_all(*parts))
    return frozenset(Link._make(row) for row in rows)


def _links(
    kind: str, table: sa.Table, column: str, owner: str, ids: Collection[UUID]
) -> sa.Select[tuple[str, UUID, UUID, str]]:
    name = table.c.name if "name" in table.c else sa.literal_column("''")
    return sa.select(
        sa.literal_column(f"'{kind}'").label("kind"), table.c[owner].label("owner"),
        table.c[column].label("other"), name.label("name"),
    ).where(table.c[owner].in_(ids))  # fmt: skip


def changed(before: Links, after: Links) -> Touched:
    found = Touched()
    for link in before ^ after:
        getattr(found, link.kind).add(link.other)
    return found
