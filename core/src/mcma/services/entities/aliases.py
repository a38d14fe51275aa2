"""Other names of artists: they find the artist in a search."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.artistfacts import Alias
from mcma.domain.credits import name_key
from mcma.store.bulk import insert_rows
from mcma.store.tables.naming import artist_aliases

MERGE = "merge"
"""Origin of the names of an artist that was merged into this one: they go with the merge."""


class Named(NamedTuple):
    origin: str
    alias: Alias


async def keep_aliases(connection: AsyncConnection, wanted: Mapping[UUID, Sequence[Named]]) -> set[UUID]:
    """Makes the other names of these artists those that are said; returns the artists where that changed
    something. Names of merges stay."""
    columns = artist_aliases.c
    query = sa.select(artist_aliases).where(columns.artist_id.in_(list(wanted)), columns.origin != MERGE)
    held: dict[UUID, set[Named]] = {}
    for row in await connection.execute(query):
        alias = Alias(row.name, row.sort_name, row.locale, row.is_primary)
        held.setdefault(row.artist_id, set()).add(Named(row.origin, alias))
    changed = {id_ for id_, named in wanted.items() if set(_once(named)) != held.get(id_, set())}
    if changed:
        gone = columns.artist_id.in_(changed), columns.origin != MERGE
        await connection.execute(sa.delete(artist_aliases).where(*gone))
        rows = [_row(id_, one) for id_ in sorted(changed) for one in _once(wanted[id_])]
        await insert_rows(connection, artist_aliases, rows)
    return changed


def _once(named: Iterable[Named]) -> list[Named]:
    """One row for a name and an origin, whatever languages it is of."""
    found: dict[tuple[str, str], Named] = {}
    for one in named:
        found.setdefault((one.origin, one.alias.name), one)
    return list(found.values())


def _row(artist_id: UUID, named: Named) -> dict[str, Any]:
    alias = named.alias
    return {
        "artist_id": artist_id, "name": alias.name, "origin": named.origin, "name_key": name_key(alias.name),
        "sort_name": alias.sort_name, "locale": alias.locale, "is_primary": alias.primary,
    }  # fmt: skip


async def add_merged_names(connection: AsyncConnection, artist: UUID, names: Sequence[str]) -> list[str]:
    """Returns those that are new with it."""
    columns = artist_aliases.c
    known = sa.select(columns.name).where(columns.artist_id == artist, columns.origin == MERGE)
    new = sorted(set(names) - set(await connection.scalars(known)))
    await insert_rows(connection, artist_aliases, [_row(artist, Named(MERGE, Alias(name))) for name in new])
    return new


async def drop_merged_names(connection: AsyncConnection, artist: UUID, names: Sequence[str]) -> None:
    here = artist_aliases.c.artist_id == artist, artist_aliases.c.name.in_(names)
    await connection.execute(sa.delete(artist_aliases).where(*here, artist_aliases.c.origin == MERGE))
