"""Candidates and questions are written down: rejected ones as well, with their reasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import chunks
from mcma.services.matching.values import Judged, Outcome, Thing, Verdict
from mcma.store.bulk import insert_rows, upsert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.matching import DECIDED, OPEN, match_candidates, match_decisions, reviews
from mcma_plugins.ids import TrackId

MOST_KEPT = 10
"""Candidates of one claim that are kept from one look."""
_REWRITTEN = ("said", "score", "version", "reasons", "provider", "links")


class Look(NamedTuple):
    """What came of looking for one claim."""

    claim_id: UUID
    user_id: UUID | None
    """Whose claim it is."""
    found: Sequence[Judged]
    verdict: Verdict


async def keep(connection: AsyncConnection, looks: Sequence[Look]) -> None:
    """Looks that found nothing leave nothing. The claims are there, and theirs to write."""
    now = utcnow()
    rows = [_candidate(look.claim_id, one, now) for look in looks for one in look.found[:MOST_KEPT]]
    await upsert_rows(connection, match_candidates, rows, ("claim_id", "thing"), _REWRITTEN)
    decided = [look for look in looks if look.verdict.outcome is Outcome.AUTOMATIC]
    await insert_rows(connection, match_decisions, [_decision(look, now) for look in decided])
    await _open(connection, [look for look in looks if look.verdict.outcome is Outcome.HELD], now)
    for look in decided:
        await close(connection, look.claim_id, look.verdict.thing, "automatic", now)


def _candidate(claim_id: UUID, one: Judged, now: datetime) -> dict[str, Any]:
    thing, facts = one.thing, one.proposal.facts
    said = None if thing.track_id is not None else {
        "title": facts.title, "artists": list(facts.artists), "album": facts.album,
        "duration_ms": facts.duration_ms,
    }  # fmt: skip
    return {
        "id": new_id(), "claim_id": claim_id, "thing": thing.key, **thing._asdict(), "said": said,
        "score": one.score, "version": one.compared.version.value,
        "reasons": [list(reason) for reason in one.compared.reasons], "provider": one.proposal.provider,
        "links": list(one.proposal.links), "created_at": now,
    }  # fmt: skip


def _decision(look: Look, now: datetime) -> dict[str, Any]:
    thing = look.verdict.thing or Thing()
    return {
        "id": new_id(), "claim_id": look.claim_id, "kind": "automatic", "user_id": None, **thing._asdict(),
        "score": look.verdict.score, "before": None, "created_at": now, "undone_at": None, "undone_by": None,
    }  # fmt: skip


async def _open(connection: AsyncConnection, looks: Sequence[Look], now: datetime) -> None:
    """Asked again about what was decided before, and is not any more; what is open stays as it is."""
    rows = [
        {
            "claim_id": look.claim_id, "user_id": look.user_id, "state": OPEN, "kind": kind_of(look.found),
            "score": look.verdict.score, "track_id": None, "source": None, "source_id": None,
            "decided_by": None, "created_at": now, "changed_at": now,
        }
        for look in looks
        if look.user_id is not None
    ]  # fmt: skip
    update = ("state", "kind", "score", "track_id", "source", "source_id", "decided_by", "changed_at")
    await upsert_rows(connection, reviews, rows, ("claim_id",), update)


def kind_of(found: Sequence[Judged]) -> str:
    """By the best candidate."""
    return "track" if not found or found[0].thing.track_id is not None else "download"


async def close(
    connection: AsyncConnection, claim_id: UUID, thing: Thing | None, by: str, now: datetime
) -> None:
    """Where there is a question."""
    values = {"state": DECIDED, **(thing or Thing())._asdict(), "decided_by": by, "changed_at": now}
    await connection.execute(sa.update(reviews).where(reviews.c.claim_id == claim_id).values(**values))


async def reopen(connection: AsyncConnection, claim_id: UUID, now: datetime) -> None:
    values = {"state": OPEN, **Thing()._asdict(), "decided_by": None, "changed_at": now}
    await connection.execute(sa.update(reviews).where(reviews.c.claim_id == claim_id).values(**values))


async def settled(connection: AsyncConnection, tracks: Mapping[UUID, UUID | None]) -> None:
    """Claims were linked otherwise (a file came that is just it): nobody needs to be asked any more."""
    now = utcnow()
    linked = {claim: TrackId(track) for claim, track in tracks.items() if track is not None}
    for part in chunks(linked):
        query = sa.select(reviews.c.claim_id).where(reviews.c.claim_id.in_(part), reviews.c.state == OPEN)
        for claim in (await connection.scalars(query)).all():
            await close(connection, claim, Thing(linked[claim]), "automatic", now)
