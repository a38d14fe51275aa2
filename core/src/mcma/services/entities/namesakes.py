"""The artists that a credit may mean."""

from collections.abc import Collection
from itertools import zip_longest
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layerrules import PERSON, PLUGIN
from mcma.services.catalogue.lookup import chunks
from mcma.store.queries.prepared import param
from mcma.store.redirects import merged_into
from mcma.store.tables.catalogue import artists, merges
from mcma.store.tables.naming import artist_aliases

BY_HAND = "by hand"
"""Reason of a merge that a person made: names and ids of the loser lead to the winner, until it is undone.
So they do for one that an enricher knew of (`plugin:<name>`)."""
_NOBODY = UUID(int=0)
_LEADING = (
    merges.c.loser_id == artists.c.id, merges.c.item_kind == "artist", merges.c.undone_at.is_(None),
    sa.or_(merges.c.reason == BY_HAND, merges.c.reason.startswith(PLUGIN)),
)  # fmt: skip


_CALLED = (
    sa.select(artists.c.id, artists.c.name_key, artists.c.mbid)
    .where(
        sa.or_(artists.c.name_key.in_(param("keys")), artists.c.mbid.in_(param("mbids"))),
        artists.c.deleted_at.is_(None),
    )
    .order_by(artists.c.id)
)


class Namesake(NamedTuple):
    id: UUID
    name_key: str
    mbid: str | None
    leads_to: UUID
    """Itself, or the artist that it was merged into by somebody's word, or whose other name it is."""


async def namesakes(
    connection: AsyncConnection, keys: Collection[str], mbids: Collection[UUID], *, merged: bool
) -> list[Namesake]:
    """Those with one of these names or ids, the oldest first. `merged`: whether to look at merges and other
    names as well; nobody has said anything of them otherwise."""
    some = {
        one for part, ids in zip_longest(chunks(keys), chunks(mbids), fillvalue=())
        for one in await _some(connection, part, ids, merged=merged)
    }  # fmt: skip
    found = sorted(some, key=lambda one: one.id)
    if not merged:
        return found
    unknown = set(keys) - {one.name_key for one in found}
    return [*found, *[one for part in chunks(unknown) for one in await _aliases(connection, part)]]


async def _some(
    connection: AsyncConnection, keys: Collection[str], mbids: Collection[UUID], *, merged: bool
) -> list[Namesake]:
    found = [Namesake(*row, row[0]) for row in await _rows(connection, keys, mbids)]
    return found + (await _merged(connection, keys, mbids) if merged else [])


async def _rows(
    connection: AsyncConnection, keys: Collection[str], mbids: Collection[UUID]
) -> list[tuple[UUID, str, str | None]]:
    rows = await connection.execute(_CALLED, {"keys": list(keys), "mbids": list(mbids)})
    return [(row.id, row.name_key, row.mbid and str(row.mbid)) for row in rows]


async def _merged(
    connection: AsyncConnection, keys: Collection[str], mbids: Collection[UUID]
) -> list[Namesake]:
    columns = artists.c
    query = sa.select(columns.id, columns.name_key, columns.mbid, columns.replaced_by).where(
        sa.or_(columns.name_key.in_(keys), columns.mbid.in_(mbids)),
        columns.replaced_by.is_not(None),
        sa.exists().where(*_LEADING),
    )
    rows = await connection.execute(query)
    return [Namesake(row.id, row.name_key, row.mbid and str(row.mbid), row.replaced_by) for row in rows]


async def _aliases(connection: AsyncConnection, keys: Collection[str]) -> list[Namesake]:
    """Of names that nobody has as their own: where it is one artist alone by a person's word."""
    columns = artist_aliases.c
    query = (
        sa.select(columns.name_key, columns.artist_id)
        .join_from(artist_aliases, artists, artists.c.id == columns.artist_id)
        .where(columns.name_key.in_(keys), columns.origin == PERSON, artists.c.deleted_at.is_(None))
        .distinct()
    )
    found: dict[str, list[UUID]] = {}
    for row in await connection.execute(query.order_by(columns.name_key, columns.artist_id)):
        found.setdefault(row.name_key, []).append(row.artist_id)
    return [Namesake(_NOBODY, key, None, ids[0]) for key, ids in found.items() if len(ids) == 1]


async def leading_to(connection: AsyncConnection, artist: UUID) -> list[Namesake]:
    """The artist itself, those that were merged into it, and names that a person says are its own."""
    columns, others = artists.c, artist_aliases.c
    led = sa.and_(columns.replaced_by == artist, sa.exists().where(*_LEADING))
    query = sa.select(columns.id, columns.name_key, columns.mbid).where(
        columns.id.in_([artist, *await merged_into(connection, [artist])]),
        sa.or_(columns.id == artist, led),
    )
    found = [
        Namesake(row.id, row.name_key, row.mbid and str(row.mbid), artist)
        for row in await connection.execute(query)
    ]
    said = sa.select(others.name_key).where(others.artist_id == artist, others.origin == PERSON)
    meant = await namesakes(connection, set(await connection.scalars(said)), (), merged=True)
    return found + [one for one in meant if one.id == _NOBODY and one.leads_to == artist]
