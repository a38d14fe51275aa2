"""What is never taken by itself again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import chunks
from mcma.services.matching.values import Thing
from mcma.store.redirects import winners
from mcma.store.tables.matching import match_blocks as table
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind

MOST = 20_000
"""Blocks that hold for whatever is claimed: read at once for each portion."""
_THING = (table.c.claim_id, table.c.track_id, table.c.source, table.c.source_id)


class Blocks(NamedTuple):
    always: frozenset[str]
    of_claim: dict[UUID, set[str]]

    def has(self, claim_id: UUID | None, thing: Thing) -> bool:
        if thing.key in self.always:
            return True
        return claim_id is not None and thing.key in self.of_claim.get(claim_id, ())


NOTHING = Blocks(frozenset(), {})


async def blocks_for(connection: AsyncConnection, user_id: UUID | None, claims: Iterable[UUID]) -> Blocks:
    """Of one person and of everybody. One query, and one more for some thousand claims, and one where tracks
    are blocked: what became another track is blocked as that."""
    mine = sa.or_(table.c.user_id.is_(None), table.c.user_id == user_id)
    query = sa.select(*_THING).where(mine, table.c.claim_id.is_(None)).limit(MOST)
    rows = list(await connection.execute(query))
    for part in chunks(claims):
        rows += await connection.execute(sa.select(*_THING).where(table.c.claim_id.in_(part)))
    leads: dict[UUID, UUID] = {}
    for part in chunks({row.track_id for row in rows if row.track_id}):
        leads |= await winners(connection, ItemKind.TRACK, part)
    held: dict[UUID | None, set[str]] = {}
    for row in rows:
        held.setdefault(row.claim_id, set()).update(_keys(row, leads))
    return Blocks(frozenset(held.pop(None, ())), {id_: keys for id_, keys in held.items() if id_})


def _keys(row: Any, leads: Mapping[UUID, UUID]) -> Iterator[str]:
    if row.track_id is None:
        yield Thing(None, row.source, row.source_id).key
        return
    for id_ in {row.track_id, leads.get(row.track_id, row.track_id)}:
        yield Thing(TrackId(id_)).key
