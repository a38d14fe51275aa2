"""Every answer is kept with what was decided of it, so that it can be looked at, taken back and repeated."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.deciding import Outcome, Standing, Verdict
from mcma.services.enriching.doubting import Doubted
from mcma.services.enriching.states import OF_FOLDER
from mcma.services.enriching.values import KeptCandidate, Laid
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma.store.tables.enriching import enrichment_states as states
from mcma_plugins.enrichers import Reason
from mcma_plugins.values import ItemKind, ItemRef

NOTHING, REVIEW, APPLIED, REFUSED, UNDONE, SUPERSEDED = (
    "nothing", "review", "applied", "refused", "undone", "superseded",
)  # fmt: skip
AUTOMATIC, PERSON = "automatic", "person"
KEPT = 3
"""Of runs of an item and an enricher that decided nothing."""


class Asked(NamedTuple):
    """By whom, and why."""

    trigger: str
    """import, schedule or request."""
    by: UUID | None = None


class Past(NamedTuple):
    """What was decided of an item before, of one enricher's answers."""

    standing: Standing | None = None
    refused: frozenset[str] = frozenset()


async def past_of(connection: AsyncConnection, item_id: UUID, enricher: str) -> Past:
    """An album that came of an answer about a folder has that one behind it."""
    taken = sa.and_(runs.c.outcome == APPLIED, runs.c.candidate_id == candidates.c.id)
    of_folder = (
        sa.select(states.c.run_id)
        .where(states.c.item_id == item_id, states.c.enricher == enricher, states.c.code == OF_FOLDER)
        .scalar_subquery()
    )
    said_at = sa.case((taken, runs.c.decided_at), else_=candidates.c.refused_at)
    query = (
        sa.select(candidates, runs.c.decided_by, taken.label("taken"))
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(
            sa.or_(runs.c.item_id == item_id, runs.c.id == of_folder), runs.c.enricher == enricher,
            sa.or_(taken, candidates.c.refused_at.is_not(None)),
        )
        .order_by(said_at, runs.c.id)
    )  # fmt: skip
    standing: Standing | None = None
    refused: set[str] = set()
    for row in await connection.execute(query):
        if row.taken:
            said = [row.fields or {}, row.tracks or {}, row.artists or {}, row.picture]
            same_still = standing is not None and standing.by_person and standing.ref == row.ref
            standing = Standing(row.ref, same_still or row.decided_by == PERSON, said)
            refused.discard(row.ref)
        else:
            refused.add(row.ref)
    return Past(standing, frozenset(refused))


async def keep(
    connection: AsyncConnection,
    item: ItemRef,
    enricher: str,
    found: Sequence[Doubted],
    made: Verdict,
    asked: Asked,
) -> tuple[UUID, KeptCandidate | None]:
    """The run's id, and what was chosen. An older question about the item is no question any more."""
    now, run_id = utcnow(), new_id()
    kept = [_candidate(run_id, item, enricher, place, one, made) for place, one in enumerate(found)]
    chosen = None
    if made.outcome is Outcome.APPLIED and made.chosen is not None:
        place = [one.candidate.ref for one in found].index(made.chosen.candidate.ref)
        chosen = kept_candidate({**kept[place], "item_kind": item.kind.value, "enricher": enricher})
    await supersede(connection, item.id, enricher)
    row = {
        "id": run_id, "item_id": item.id, "item_kind": item.kind.value, "enricher": enricher,
        "trigger": asked.trigger, "asked_by": asked.by, "outcome": str(made.outcome),
        "candidate_id": chosen and chosen.id, "decided_by": chosen and AUTOMATIC,
        "decided_at": chosen and now, "created_at": now,
    }  # fmt: skip
    await insert_rows(connection, runs, [row])
    await insert_rows(connection, candidates, kept)
    await _prune(connection, item.id, enricher)
    return run_id, chosen


def _candidate(
    run_id: UUID, item: ItemRef, enricher: str, place: int, one: Doubted, made: Verdict
) -> dict[str, Any]:
    said = one.candidate
    asked = made.chosen is not None and made.chosen.candidate.ref == said.ref and made.why is not None
    reasons = (made.why, *one.reasons) if asked and made.why is not None else one.reasons
    return {
        "id": new_id(), "run_id": run_id, "item_id": item.id, "position": place, "ref": said.ref,
        "title": said.title, "score": one.score, "said_score": said.score,
        "reasons": [list(reason) for reason in reasons], "fields": dict(said.fields) or None,
        "tracks": {str(id_): dict(values) for id_, values in said.tracks.items()} or None,
        "artists": {mbid: dict(values) for mbid, values in said.artists.items()} or None,
        "picture": said.picture, "link": said.link,
    }  # fmt: skip


def kept_candidate(row: Mapping[str, Any]) -> KeptCandidate:
    """Of the columns of a candidate, with `enricher` and `item_kind` of its run."""
    return KeptCandidate(
        id=row["id"], run_id=row["run_id"], item=ItemRef(ItemKind(row["item_kind"]), row["item_id"]),
        enricher=row["enricher"], ref=row["ref"], title=row["title"], score=row["score"],
        reasons=[Reason(*one) for one in row["reasons"] or ()], fields=row["fields"] or {},
        tracks={UUID(id_): values for id_, values in (row["tracks"] or {}).items()},
        artists=row["artists"] or {}, picture=row["picture"], link=row["link"],
    )  # fmt: skip


async def supersede(
    connection: AsyncConnection, item_id: UUID, enricher: str, but: UUID | None = None
) -> None:
    """Open questions about it are none any more."""
    open_ = runs.c.item_id == item_id, runs.c.enricher == enricher, runs.c.outcome == REVIEW
    others = sa.update(runs).where(*open_)
    others = others if but is None else others.where(runs.c.id != but)
    await connection.execute(others.values(outcome=SUPERSEDED))


async def laid(connection: AsyncConnection, run_id: UUID, done: Laid) -> None:
    """What stood before is kept with the decision."""
    before = sa.update(runs).where(runs.c.id == run_id)
    await connection.execute(before.values(before=dict(done.before)))


async def _prune(connection: AsyncConnection, item_id: UUID, enricher: str) -> None:
    mine = runs.c.item_id == item_id, runs.c.enricher == enricher
    latest = sa.select(runs.c.id).where(*mine).order_by(runs.c.id.desc()).limit(KEPT)
    said_no = sa.exists().where(candidates.c.run_id == runs.c.id, candidates.c.refused_at.is_not(None))
    old = sa.delete(runs).where(
        *mine,
        runs.c.outcome.in_((NOTHING, SUPERSEDED, "kept")),
        runs.c.id.not_in(latest.scalar_subquery()),
        ~said_no,
    )
    await connection.execute(old)
