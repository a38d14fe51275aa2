"""Which track a claim means, said by a person. Nothing automatic changes it any more."""

from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims.claims import link
from mcma.services.claims.matching import Match
from mcma.services.playlists.playlist_locks import lock_playlists_with
from mcma.store.queries.claims import PERSON
from mcma.store.tables.listening import claims, playlist_items
from mcma_plugins.ids import ClaimId, TrackId
from mcma_plugins.values import Caller, ItemKind


class Decided(NamedTuple):
    claim_id: ClaimId
    track_id: TrackId | None
    """What stands; None: none of those that were found."""
    stands: bool
    """Whether it is what was said now: where somebody has decided before, and `first` counts, it is not."""


async def decide(
    connection: AsyncConnection, caller: Caller, claim_id: UUID, track_id: UUID | None
) -> Decided:
    """A claim of the caller's own, once: the first decision stands. `NotFound`."""
    await lock_playlists_with(connection, playlist_items.c.claim_id == claim_id)
    query = sa.select(claims.c.track_id, claims.c.match_method).where(
        claims.c.id == claim_id, claims.c.created_by == caller.user_id
    )
    held = (await connection.execute(query.with_for_update(key_share=True))).one_or_none()
    if held is None:
        raise NotFound("There is no such claim.")
    if held.match_method == PERSON:
        return Decided(ClaimId(claim_id), held.track_id, held.track_id == track_id)
    return await say(connection, caller, claim_id, track_id)


async def say(connection: AsyncConnection, caller: Caller, claim_id: UUID, track_id: UUID | None) -> Decided:
    """Whatever was said before. `NotFound` for a track that the caller does not see."""
    found = None if track_id is None else await _seen(connection, caller, track_id)
    await link(connection, {claim_id: Match(found, PERSON, 1.0)})
    return Decided(ClaimId(claim_id), found, True)


async def _seen(connection: AsyncConnection, caller: Caller, track_id: UUID) -> TrackId:
    seen = await reachable(connection, caller, ItemKind.TRACK, [track_id])
    if track_id not in seen:
        raise NotFound("There is no such track.")
    return TrackId(seen[track_id])
