"""What is never taken by itself again."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import chunks
from mcma.services.matching.values import Thing
from mcma.store.tables.matching import match_blocks as table
from mcma_plugins.ids import TrackId

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
    """Of one person and of everybody. One query, and one more for some thousand claims."""
    mine = sa.or_(table.c.user_id.is_(None), table.c.user_id == user_id)
    query = sa.select(*_THING).where(mine, table.c.claim_id.is_(None)).limit(MOST)
    always = frozenset(_key(row) for row in await connection.execute(query))
    of_claim: dict[UUID, set[str]] = {}
    for part in chunks(claims):
        for row in await connection.execute(sa.select(*_THING).where(table.c.claim_id.in_(part))):
            of_claim.setdefault(row.claim_id, set()).add(_key(row))
    return Blocks(always, of_claim)


def _key(row: Any) -> str:
    return Thing(None if row.track_id is None else TrackId(row.track_id), row.source, row.source_id).key
