"""What stands of a claim now, and how it comes to stand otherwise."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.matching.values import Decision, OnDecided, Thing
from mcma.store.clock import utcnow
from mcma.store.queries.claims import PERSON
from mcma.store.tables.listening import claims
from mcma.store.tables.matching import match_decisions
from mcma_plugins.ids import ClaimId, TrackId


class Standing(NamedTuple):
    claim_id: UUID
    user_id: UUID | None
    thing: Thing | None
    """Its track; or, where it has none, what of a source was decided on."""
    method: str | None
    score: float | None
    row: Any
    """The claim."""
    by: str | None
    """automatic or person, where it was decided and is not undone."""

    @property
    def kept(self) -> dict[str, Any]:
        """What undoing brings back."""
        row = self.row
        return {
            "track_id": None if row.track_id is None else str(row.track_id), "method": row.match_method,
            "score": row.match_score, "source": row.source, "source_id": row.source_id,
        }  # fmt: skip


async def standing(connection: AsyncConnection, claim_id: UUID) -> Standing | None:
    """The claim is locked. To be called with its playlists locked."""
    query = sa.select(claims).where(claims.c.id == claim_id).with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    last = await last_decision(connection, claim_id)
    thing = None if last is None else thing_of(last)
    if row.track_id is not None:
        thing = Thing(TrackId(row.track_id))
    elif thing is not None and thing.track_id is not None:
        thing = None
    by = PERSON if row.match_method == PERSON else None if last is None else last.kind
    return Standing(row.id, row.created_by, thing, row.match_method, row.match_score, row, by)


async def last_decision(connection: AsyncConnection, claim_id: UUID) -> Any:
    """That is not undone."""
    query = sa.select(match_decisions).where(match_decisions.c.claim_id == claim_id)
    query = query.where(match_decisions.c.undone_at.is_(None)).order_by(match_decisions.c.id.desc()).limit(1)
    return (await connection.execute(query)).one_or_none()


def thing_of(row: Any) -> Thing | None:
    if row.track_id is None and row.source is None:
        return None
    return Thing(None if row.track_id is None else TrackId(row.track_id), row.source, row.source_id)


async def aim(connection: AsyncConnection, claim_id: UUID, thing: Thing | None) -> None:
    """What of a source is to be got for it: when that has come, `claims.fetched` links it."""
    source, source_id = (None, None) if thing is None else (thing.source, thing.source_id)
    values = {"source": source, "source_id": source_id, "updated_at": utcnow()}
    await connection.execute(sa.update(claims).where(claims.c.id == claim_id).values(**values))


async def tell(
    told: OnDecided | None, connection: AsyncConnection, held: Standing, kind: str, thing: Thing | None
) -> None:
    if told is not None:
        made = Decision(ClaimId(held.claim_id), held.user_id, kind, thing, held.thing, utcnow())
        await told(connection, made)
