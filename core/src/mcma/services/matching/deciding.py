"""What a claim means, said by a person, and taken back. Nothing automatic changes what a person said."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims.claims import link
from mcma.services.claims.lookup import UNKNOWN, Match
from mcma.services.matching import candidate_store
from mcma.services.matching.blocking import blocks_for
from mcma.services.matching.current_decision import Standing, aim, last_decision, standing, tell, thing_of
from mcma.services.matching.values import OnDecided, Thing
from mcma.services.playlists.playlist_locks import lock_playlists_with
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.queries.claims import PERSON
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import playlist_items
from mcma.store.tables.matching import match_blocks, match_candidates
from mcma.store.tables.matching import match_decisions as decisions
from mcma_plugins.ids import ClaimId, TrackId
from mcma_plugins.values import Caller, ItemKind


class Decided(NamedTuple):
    claim_id: ClaimId
    track_id: TrackId | None
    """What stands; None: none of those that were found, or something that is to be got."""
    stands: bool = True
    """Whether it is what was said now: where somebody has decided before, and `first` counts, it is not."""
    thing: Thing | None = None


async def decide(
    connection: AsyncConnection,
    caller: Caller,
    claim_id: UUID,
    choice: Thing | UUID | None,
    told: OnDecided | None = None,
) -> Decided:
    """A claim of the caller's own, once: the first decision stands. `NotFound`."""
    held = await _locked(connection, caller, claim_id)
    if held.by == PERSON:
        wanted = await _thing(connection, held, choice)
        return Decided(ClaimId(claim_id), _track(held.thing), held.thing == wanted, held.thing)
    return await _say(connection, caller, held, choice, told)


async def say(
    connection: AsyncConnection,
    caller: Caller,
    claim_id: UUID,
    choice: Thing | UUID | None,
    told: OnDecided | None = None,
    *,
    of_anybody: bool = False,
) -> Decided:
    """Whatever was said before. A choice is a thing, a candidate by its id, or None: none of these.

    `NotFound` for claims of others, for tracks that the caller does not see, and for candidates of other
    claims. Administrators decide for everybody, and `of_anybody` is for who may by other means. The
    transaction has the catalogue locked.
    """
    held = await _locked(connection, caller, claim_id, of_anybody=of_anybody)
    return await _say(connection, caller, held, choice, told)


async def _say(
    connection: AsyncConnection,
    caller: Caller,
    held: Standing,
    choice: Thing | UUID | None,
    told: OnDecided | None,
) -> Decided:
    thing, now = await _thing(connection, held, choice), utcnow()
    if thing is not None and thing.track_id is not None:
        thing = Thing(await _seen(connection, caller, thing.track_id))
    row = {
        "id": new_id(), "claim_id": held.claim_id, "kind": PERSON, "user_id": caller.user_id,
        **(thing or Thing())._asdict(), "score": 1.0, "before": held.kept, "created_at": now,
        "undone_at": None, "undone_by": None,
    }  # fmt: skip
    if held.by != PERSON or held.thing != thing:  # said again, it is one decision to be taken back
        await insert_rows(connection, decisions, [row])
    track = _track(thing)
    if thing is None or track is not None:
        await link(connection, {held.claim_id: Match(track, PERSON, 1.0)})
    else:
        await link(connection, {held.claim_id: UNKNOWN})
        await aim(connection, held.claim_id, thing)
    await candidate_store.close(connection, held.claim_id, thing, PERSON, now)
    await tell(told, connection, held, PERSON, thing)
    return Decided(ClaimId(held.claim_id), track, True, thing)


async def undo(
    connection: AsyncConnection, caller: Caller, claim_id: UUID, told: OnDecided | None = None
) -> Decided:
    """What was decided last is no more, and what stood before stands again. What was undone is not chosen
    again by itself. `NotFound`; `Conflict` (code nothing_to_undo)."""
    held = await _locked(connection, caller, claim_id)
    last = await last_decision(connection, claim_id)
    if last is None and held.thing is None:
        raise Conflict("Nothing was decided of this claim.", code="nothing_to_undo")
    now = utcnow()
    if last is not None:
        gone = {"undone_at": now, "undone_by": caller.user_id}
        await connection.execute(sa.update(decisions).where(decisions.c.id == last.id).values(**gone))
    await _bar(connection, caller, held, {held.thing, None if last is None else thing_of(last)})
    before = {} if last is None else last.before or {}
    thing = await _restore(connection, held, before)
    if thing is None:
        await candidate_store.reopen(connection, claim_id, now)
    await tell(told, connection, held, "undone", thing)
    return Decided(ClaimId(claim_id), _track(thing), True, thing)


async def _restore(connection: AsyncConnection, held: Standing, before: dict[str, Any]) -> Thing | None:
    track = None if before.get("track_id") is None else await _today(connection, UUID(before["track_id"]))
    lost = track is None and before.get("track_id") is not None
    method, score = None if lost else before.get("method"), before.get("score") or 0.0
    await link(connection, {held.claim_id: Match(track, method or "unknown", score)})
    source = Thing(None, before.get("source"), before.get("source_id")) if before.get("source") else None
    if before or held.row.source is not None:
        await aim(connection, held.claim_id, source)
    return source if track is None else Thing(track)


async def _today(connection: AsyncConnection, track_id: UUID) -> TrackId | None:
    """The one it leads to; None where it was removed."""
    leads = await winners(connection, ItemKind.TRACK, [track_id])
    there = sa.select(tracks.c.id).where(tracks.c.id == leads.get(track_id, track_id))
    found = await connection.scalar(there.where(tracks.c.deleted_at.is_(None)))
    return None if found is None else TrackId(found)


async def _bar(
    connection: AsyncConnection, caller: Caller, held: Standing, things: Iterable[Thing | None]
) -> None:
    now, blocks = utcnow(), await blocks_for(connection, held.user_id, [held.claim_id])
    rows = [
        {
            "id": new_id(), "user_id": held.user_id, "claim_id": held.claim_id, **thing._asdict(),
            "note": "undone", "created_by": caller.user_id, "created_at": now,
        }
        for thing in things
        if thing is not None and not blocks.has(held.claim_id, thing)
    ]  # fmt: skip
    await insert_rows(connection, match_blocks, rows)


async def _locked(
    connection: AsyncConnection, caller: Caller, claim_id: UUID, *, of_anybody: bool = False
) -> Standing:
    await lock_playlists_with(connection, playlist_items.c.claim_id == claim_id)
    held = await standing(connection, claim_id)
    if held is None or not (of_anybody or caller.is_admin or held.user_id == caller.user_id):
        raise NotFound("There is no such claim.")
    return held


async def _thing(connection: AsyncConnection, held: Standing, choice: Thing | UUID | None) -> Thing | None:
    if choice is None or isinstance(choice, Thing):
        return choice
    mine = match_candidates.c.id == choice, match_candidates.c.claim_id == held.claim_id
    row = (await connection.execute(sa.select(match_candidates).where(*mine))).one_or_none()
    if row is None:
        raise NotFound("There is no such candidate.")
    return thing_of(row)


def _track(thing: Thing | None) -> TrackId | None:
    return None if thing is None else thing.track_id


async def _seen(connection: AsyncConnection, caller: Caller, track_id: UUID) -> TrackId:
    seen = await reachable(connection, caller, ItemKind.TRACK, [track_id])
    if track_id not in seen:
        raise NotFound("There is no such track.")
    return TrackId(seen[track_id])
