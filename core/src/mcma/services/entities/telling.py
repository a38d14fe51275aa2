"""Artists told again: what most of their present credits call them, what enrichers say over it, and a
person's word over all.

Nothing is lost by laying values over each other: what credits said of a column that shows another value is
kept in the artist's document, and shows again when the value goes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.artistfacts import ALIASES, Said, aliases_of, counting
from mcma.domain.layerrules import PERSON
from mcma.services.entities.aliases import Named, keep_aliases
from mcma.services.entities.artistrows import TOLD, credited, told
from mcma.services.entities.crediting import credited_names
from mcma.services.indexing.counters import name_in_search
from mcma.services.indexing.overlays import layering_of
from mcma.store.bulk import update_by_id
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import artists, field_values


async def tell_artists(
    connection: AsyncConnection,
    artist_ids: Collection[UUID],
    sort_names: Mapping[str, str] | None = None,
) -> list[UUID]:
    """Makes the rows, other names and search words of these artists say what is said of them; returns those
    that changed. To be called in a write transaction; artists that are gone are passed over.

    `sort_names`: what tags were just seen to say (name to sort name). An artist that a person took as theirs
    (`manual`) hears no enricher; one of which they said nothing single stays as it is.
    """
    if not artist_ids:
        return []
    await lock_catalogue(connection)
    ids = sorted(set(artist_ids))
    known = await _known(connection, ids)
    names = await credited_names(connection, ids, {id_: credited(row)["name"] for id_, row in known.items()})
    said = await _said(connection, known)
    order = layering_of(connection).order
    rows = []
    for id_, row in known.items():
        stay = row.metadata_status == "manual" and id_ not in said
        new = told(row, names.get(id_), counting(said.get(id_, ()), order), sort_names or {}, stay)
        if any(getattr(row, name) != value for name, value in new.items()):
            rows.append({"b_id": id_, **new, "updated_at": utcnow()})
    if rows:
        await connection.execute(update_by_id(artists, rows[0]), rows)
    changed = {row["b_id"] for row in rows}
    changed |= await keep_aliases(connection, {id_: _named(said.get(id_, ())) for id_ in known})
    await name_in_search(connection, sorted(changed))
    return sorted(changed)


async def _known(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Any]:
    columns = [artists.c[name] for name in ("id", *TOLD, "metadata_status")]
    query = sa.select(*columns).where(artists.c.id.in_(ids), artists.c.deleted_at.is_(None))
    return {row.id: row for row in await connection.execute(query.order_by(artists.c.id))}


async def _said(connection: AsyncConnection, known: Mapping[UUID, Any]) -> dict[UUID, list[Said]]:
    values = field_values.c
    query = sa.select(values.item_id, values.field, values.origin, values.value)
    heard = query.where(values.item_id.in_(list(known))).order_by(values.item_id, values.field, values.origin)
    found: dict[UUID, list[Said]] = {}
    for row in await connection.execute(heard):
        if row.origin == PERSON or known[row.item_id].metadata_status != "manual":
            found.setdefault(row.item_id, []).append(Said(row.field, row.origin, row.value))
    return await _without_taken_ids(connection, found)


async def _without_taken_ids(
    connection: AsyncConnection, found: dict[UUID, list[Said]]
) -> dict[UUID, list[Said]]:
    """An id is one artist's: two never have the same, whoever says it."""
    wanted = {one.value: UUID(one.value) for said in found.values() for one in said if one.field == "mbid"}
    if not wanted:
        return found
    query = sa.select(artists.c.mbid, artists.c.id).where(
        artists.c.mbid.in_(list(wanted.values())), artists.c.deleted_at.is_(None)
    )
    holders = {str(row.mbid): row.id for row in await connection.execute(query)}
    for id_ in sorted(found):
        for value in [one.value for one in found[id_] if one.field == "mbid"]:
            if holders.setdefault(value, id_) != id_:
                found[id_] = [one for one in found[id_] if (one.field, one.value) != ("mbid", value)]
    return found


def _named(said: Sequence[Said]) -> list[Named]:
    return [
        Named(one.origin, alias) for one in said if one.field == ALIASES for alias in aliases_of(one.value)
    ]
