"""Answers to look at: those that people are asked about, what became of the others, and where items stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.enriching.folders import remembered
from mcma.services.enriching.presence import is_here
from mcma.services.enriching.runs import REVIEW, kept_candidate
from mcma.services.enriching.values import Change, KeptCandidate
from mcma.store.dialect import json_size
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import albums, artists, tracks
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma.store.tables.enriching import enrichment_states as states
from mcma_plugins.enrichers import Reason
from mcma_plugins.values import ItemKind, ItemRef

MOST_OF_ITEM = 100


class ItemName(NamedTuple):
    title: str
    artist: str | None


class CandidateView(NamedTuple):
    """Without what it says: a page of answers about large albums would be hundreds of megabytes."""

    id: UUID
    ref: str
    title: str
    score: float
    said_score: float
    reasons: Sequence[Reason]
    link: str | None
    picture: bool
    tracks: int
    """Of how many it says something."""
    refused_at: datetime | None
    changes: Sequence[Change] | None = None
    """What it would make of the item; None where it was not asked for."""
    picture_state: str | None = None
    """What became of its picture, once it was taken; see `EnrichmentCandidate`."""
    picture_reason: str | None = None


class RunView(NamedTuple):
    id: UUID
    item: ItemRef
    name: ItemName | None
    """None: it is not here any more."""
    enricher: str
    trigger: str
    outcome: str
    candidate_id: UUID | None
    decided_by: str | None
    user_id: UUID | None
    decided_at: datetime | None
    undone_at: datetime | None
    created_at: datetime
    candidates: Sequence[CandidateView]


class StateView(NamedTuple):
    enricher: str
    state: str
    code: str | None
    message: str | None
    asked_at: datetime | None
    due_at: datetime | None
    failures: int
    run_id: UUID | None


class Filter(NamedTuple):
    outcome: str | None = "review"
    enricher: str | None = None
    kind: ItemKind | None = None


class RunPage(NamedTuple):
    items: Sequence[RunView]
    next: UUID | None


_RUNS = sa.select(*(column for column in runs.c if column is not runs.c.before))
"""`before` may be large, and is for taking back alone."""


async def page(connection: AsyncConnection, asked: Filter, after: UUID | None, limit: int) -> RunPage:
    """The latest first. Without questions about what is not here."""
    query = _RUNS.order_by(runs.c.id.desc()).limit(limit + 1)
    query = query if after is None else query.where(runs.c.id < after)
    query = query if asked.outcome is None else query.where(runs.c.outcome == asked.outcome)
    if asked.outcome in (None, REVIEW):
        query = query.where(sa.or_(runs.c.outcome != REVIEW, is_here(runs.c.item_kind, runs.c.item_id)))
    query = query if asked.enricher is None else query.where(runs.c.enricher == asked.enricher)
    query = query if asked.kind is None else query.where(runs.c.item_kind == asked.kind.value)
    rows = (await connection.execute(query)).all()
    shown = await _views(connection, rows[:limit])
    return RunPage(shown, shown[-1].id if len(rows) > limit else None)


async def show(connection: AsyncConnection, run_id: UUID) -> RunView:
    rows = (await connection.execute(_RUNS.where(runs.c.id == run_id))).all()
    if not rows:
        raise NotFound("There is no such answer.")
    return (await _views(connection, rows))[0]


async def history(connection: AsyncConnection, item: ItemRef) -> Sequence[RunView]:
    """The latest first."""
    query = _RUNS.where(runs.c.item_id == item.id, runs.c.item_kind == item.kind.value)
    rows = (await connection.execute(query.order_by(runs.c.id.desc()).limit(MOST_OF_ITEM))).all()
    return await _views(connection, rows)


async def states_of(connection: AsyncConnection, item: ItemRef) -> Sequence[StateView]:
    columns = [states.c[name] for name in StateView._fields]
    query = sa.select(*columns).where(states.c.item_id == item.id, states.c.item_kind == item.kind.value)
    return [StateView(*row) for row in await connection.execute(query.order_by(states.c.enricher))]


async def _views(connection: AsyncConnection, rows: Sequence[Any]) -> list[RunView]:
    held = await _candidates(connection, rows)
    names = await names_of(connection, [ItemRef(ItemKind(row.item_kind), row.item_id) for row in rows])
    return [_view(row, names, held.get(row.id, ())) for row in rows]


def _view(row: Any, names: Mapping[ItemRef, ItemName], found: Sequence[CandidateView]) -> RunView:
    item = ItemRef(ItemKind(row.item_kind), row.item_id)
    return RunView(
        row.id, item, names.get(item), row.enricher, row.trigger, row.outcome, row.candidate_id,
        row.decided_by, row.user_id, row.decided_at, row.undone_at, row.created_at, found,
    )  # fmt: skip


async def _candidates(
    connection: AsyncConnection, rows: Sequence[Any]
) -> Mapping[UUID, Sequence[CandidateView]]:
    of = [row.id for row in rows]
    query = sa.select(candidates.c.run_id, *_SHOWN.values()).where(candidates.c.run_id.in_(of))
    found: dict[UUID, list[CandidateView]] = defaultdict(list)
    for row in await connection.execute(query.order_by(candidates.c.position)) if of else ():
        told = {name: getattr(row, name) for name in _SHOWN}
        told["reasons"] = [Reason(*one) for one in row.reasons or ()]
        found[row.run_id].append(CandidateView(**told))
    return found


_SHOWN: Mapping[str, sa.ColumnElement[Any]] = {
    **{name: candidates.c[name] for name in CandidateView._fields if name in candidates.c},
    "picture": candidates.c.picture.is_not(None).label("picture"),
    "tracks": json_size(candidates.c.tracks).label("tracks"),
}


async def said_by(connection: AsyncConnection, run: RunView) -> Mapping[UUID, KeptCandidate]:
    """All that its candidates say."""
    of = {"enricher": run.enricher, "item_kind": run.item.kind}
    rows = await connection.execute(sa.select(candidates).where(candidates.c.run_id == run.id))
    return {row.id: kept_candidate({**row._mapping, **of}) for row in rows}


_NAMES: Mapping[ItemKind, tuple[sa.Table, Any, Any]] = {
    ItemKind.ALBUM: (albums, albums.c.title, albums.c.artist),
    ItemKind.TRACK: (tracks, tracks.c.title, tracks.c.artist),
    ItemKind.ARTIST: (artists, artists.c.name, sa.null()),
}


async def names_of(connection: AsyncConnection, items: Collection[ItemRef]) -> dict[ItemRef, ItemName]:
    """Those of merged items are the winner's; a folder is called by its path."""
    found: dict[ItemRef, ItemName] = {}
    for kind, (table, title, artist) in _NAMES.items():
        ids = {item.id for item in items if item.kind is kind}
        if not ids:
            continue
        leads = await winners(connection, kind, ids)
        today = {id_: leads.get(id_, id_) for id_ in ids}
        query = sa.select(table.c.id, title.label("title"), artist.label("artist")).where(
            table.c.id.in_(set(today.values())), table.c.deleted_at.is_(None)
        )
        named = {row.id: ItemName(row.title, row.artist) for row in await connection.execute(query)}
        found |= {ItemRef(kind, id_): named[end] for id_, end in today.items() if end in named}
    places = await remembered(connection, [one.id for one in items if one.kind is ItemKind.FOLDER])
    return found | {ItemRef(ItemKind.FOLDER, id_): ItemName(one.name, None) for id_, one in places.items()}
