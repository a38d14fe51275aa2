"""Candidates from wherever, for one claim: judged, kept, and decided on where that needs no person."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.domain.matching import Facts
from mcma.services.claims.claims import link, wanted
from mcma.services.claims.lookup import Match
from mcma.services.matching.blocking import blocks_for
from mcma.services.matching.candidate_store import Look, keep
from mcma.services.matching.current_decision import Standing, aim, standing, tell
from mcma.services.matching.judging import judged, verdict
from mcma.services.matching.library import candidate_of
from mcma.services.matching.thresholds import bands_of
from mcma.services.matching.values import Judged, OnDecided, Outcome, Proposal, Thing, Verdict
from mcma.services.playlists.playlist_locks import lock_playlists_with
from mcma.store.queries import claims as queries
from mcma.store.queries.claims import PERSON
from mcma.store.tables.listening import playlist_items
from mcma.store.tables.people import users
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller

METHOD = "alike"


async def consider(
    connection: AsyncConnection, claim_id: UUID, proposals: Sequence[Proposal], told: OnDecided | None = None
) -> Verdict:
    """In the caller's transaction, which has the catalogue held or locked. `NotFound`.

    What a person has decided stands, and so does a track that is there; what is to be got from a source may
    become another thing. Tracks that the claim's owner may not
    see are passed over; what is blocked is kept with its score, and never chosen.
    """
    await lock_playlists_with(connection, playlist_items.c.claim_id == claim_id)
    held = await standing(connection, claim_id)
    if held is None:
        raise NotFound("There is no such claim.")
    if held.by == PERSON or held.row.track_id is not None:
        outcome = Outcome.PERSON if held.by == PERSON else Outcome.AUTOMATIC
        return Verdict(outcome, held.thing, held.score or 0.0)
    found = await _judged(connection, held, proposals)
    blocks = await blocks_for(connection, held.user_id, [claim_id])
    made = verdict([one for one in found if not blocks.has(claim_id, one.thing)], bands_of(connection))
    await keep(connection, [Look(claim_id, held.user_id, found, made)])
    if made.outcome is Outcome.AUTOMATIC and made.thing is not None:
        await _take(connection, held, made.thing, made.score)
        await tell(told, connection, held, "automatic", made.thing)
    return made


async def _take(connection: AsyncConnection, held: Standing, thing: Thing, score: float) -> None:
    if thing.track_id is not None:
        await link(connection, {held.claim_id: Match(thing.track_id, METHOD, score)})
    else:
        await aim(connection, held.claim_id, thing)


async def _judged(connection: AsyncConnection, held: Standing, proposals: Sequence[Proposal]) -> list[Judged]:
    """Of tracks, what the library says of them is compared, not what was proposed."""
    said = wanted(held.row).facts
    ids = {one.thing.track_id for one in proposals if one.thing.track_id is not None}
    if not ids:
        return judged(said, proposals)
    caller = await _owner(connection, held)
    rows = [] if caller is None else (await connection.execute(queries.of_ids(list(ids), caller))).all()
    tracks = {row[0]: candidate_of(row[:-1], row[-1]) for row in rows}
    sure: list[Proposal] = []
    for one in proposals:
        if one.thing.track_id is None:
            sure.append(one)
        elif one.thing.track_id in tracks:
            sure.append(_with_facts(one, tracks[one.thing.track_id].facts))
    recordings = {id_: track.candidate.recording_id for id_, track in tracks.items()}
    return [one._replace(recording_id=recordings.get(one.thing.track_id)) if one.thing.track_id else one
            for one in judged(said, sure)]  # fmt: skip


def _with_facts(one: Proposal, facts: Facts) -> Proposal:
    return Proposal(one.thing, facts, one.provider, one.links, one.claimed_score, one.claimed_reason)


async def _owner(connection: AsyncConnection, held: Standing) -> Caller | None:
    query = sa.select(users.c.id, users.c.name, users.c.is_admin).where(users.c.id == held.user_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Caller(UserId(row.id), row.name, row.is_admin)
