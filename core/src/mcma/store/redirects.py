"""Merged items: old ids lead to the winner, the winner stands for all that were merged into it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import albums, artists, merges, tracks
from mcma_plugins.values import ItemKind

TABLES: Mapping[ItemKind, sa.Table] = {
    ItemKind.TRACK: tracks,
    ItemKind.ALBUM: albums,
    ItemKind.ARTIST: artists,
}


async def winners(connection: AsyncConnection, kind: ItemKind, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Where each id leads to; ids that lead nowhere else stay out, and kinds that are never merged."""
    table = TABLES.get(kind)
    if table is None:
        return {}
    found: dict[UUID, UUID] = {}
    open_ids = set(ids)
    while open_ids:
        rows = await connection.execute(
            sa.select(table.c.id, table.c.replaced_by).where(
                table.c.id.in_(list(open_ids)), table.c.replaced_by.is_not(None)
            )
        )
        step = {row.id: row.replaced_by for row in rows}
        found |= step
        open_ids = set(step.values()) - found.keys()
    return {id_: _end(found, id_) for id_ in found}


def _end(found: Mapping[UUID, UUID], id_: UUID) -> UUID:
    while id_ in found:
        id_ = found[id_]
    return id_


async def merged_into(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Loser to winner for all that were merged into these, at any distance.

    Read from the merge records, which are few: whoever writes `replaced_by` writes one of them.
    """
    found: dict[UUID, UUID] = {}
    roots = {id_: id_ for id_ in ids}
    while roots:
        rows = await connection.execute(
            sa.select(merges.c.loser_id, merges.c.winner_id).where(
                merges.c.winner_id.in_(list(roots)), merges.c.undone_at.is_(None)
            )
        )
        roots = {row.loser_id: roots[row.winner_id] for row in rows if row.loser_id not in found}
        found |= roots
    return found
