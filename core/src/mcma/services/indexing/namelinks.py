"""Which genres and labels an item has: rows between the two."""

from collections.abc import Iterable, Mapping, Sequence
from random import random
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.names import Names
from mcma.store.bulk import insert_rows
from mcma.store.tables.catalogue import album_genres, album_labels, track_genres


class Link(NamedTuple):
    table: sa.Table
    owner: str
    column: str
    scattered: bool = False
    """Rows carry a random number, by which a few are taken from anywhere among many."""


TRACK_GENRES = Link(track_genres, "track_id", "genre_id", scattered=True)
ALBUM_GENRES = Link(album_genres, "album_id", "genre_id")
ALBUM_LABELS = Link(album_labels, "album_id", "label_id")

Wanted = Mapping[UUID, Sequence[str]]


async def add_names(
    connection: AsyncConnection, link: Link, names: Names, wanted: Wanted, touched: set[UUID]
) -> None:
    """For items that are new."""
    ids = await names.ids(connection, {name for group in wanted.values() for name in group})
    rows: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for item, group in wanted.items():
        for position, name in enumerate(group):
            row: dict[str, Any] = {link.owner: item, link.column: ids[name], "position": position}
            if link.scattered:
                row["rnd"] = random()  # noqa: S311
            rows.setdefault((item, ids[name]), row)
    touched.update(other for _, other in rows)
    await insert_rows(connection, link.table, list(rows.values()))


async def replace_names(
    connection: AsyncConnection, link: Link, names: Names, wanted: Wanted, touched: set[UUID]
) -> None:
    """Notes all that came or went."""
    await remove_names(connection, link, list(wanted), touched)
    await add_names(connection, link, names, wanted, touched)


async def remove_names(
    connection: AsyncConnection, link: Link, items: Iterable[UUID], touched: set[UUID]
) -> None:
    theirs = link.table.c[link.owner].in_(list(items))
    touched.update((await connection.scalars(sa.select(link.table.c[link.column]).where(theirs))).all())
    await connection.execute(sa.delete(link.table).where(theirs))
