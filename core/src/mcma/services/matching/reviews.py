"""Claims that people are asked about, with everything that was compared, the rejected as well."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.store.access import library_ids
from mcma.store.clock import utcnow
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import albums, tracks
from mcma.store.tables.listening import claims
from mcma.store.tables.matching import DECIDED
from mcma.store.tables.matching import match_candidates as candidates
from mcma.store.tables.matching import reviews as table
from mcma.store.tables.people import users
from mcma_plugins.ids import ClaimId, TrackId, UserId
from mcma_plugins.values import Caller, ClaimView

MOST_SHOWN = 20
"""Candidates of one claim: there are hardly ever more."""
NONE = "none"
"""The state of a claim that nobody was asked about."""


class CandidateView(NamedTuple):
    id: UUID
    track_id: TrackId | None
    source: str | None
    source_id: str | None
    title: str
    artists: Sequence[str]
    album: str | None
    duration_ms: int | None
    score: float
    version: str
    """same; other: the same song in another version."""
    reasons: Sequence[tuple[str, float | None, str]]
    provider: str
    links: Sequence[str]
    created_at: datetime


class ReviewView(NamedTuple):
    claim_id: ClaimId
    user_id: UserId
    user: str
    claim: ClaimView
    state: str
    """open, decided, or none."""
    kind: str | None
    score: float | None
    track_id: TrackId | None
    source: str | None
    source_id: str | None
    decided_by: str | None
    created_at: datetime | None
    changed_at: datetime | None
    candidates: Sequence[CandidateView]


class Place(NamedTuple):
    """Where a page ended."""

    created_at: datetime
    claim_id: UUID


class ReviewPage(NamedTuple):
    items: Sequence[ReviewView]
    next: Place | None


class Filter(NamedTuple):
    state: str | None = None
    kind: str | None = None


async def page(
    connection: AsyncConnection, caller: Caller, asked: Filter, after: Place | None, limit: int
) -> ReviewPage:
    """The latest first. Two queries, however many there are."""
    order = table.c.created_at.desc(), table.c.claim_id.desc()
    query = _views(caller).where(table.c.claim_id.is_not(None)).order_by(*order).limit(limit + 1)
    if after is not None:
        same = sa.and_(table.c.created_at == after.created_at, table.c.claim_id < after.claim_id)
        query = query.where(sa.or_(table.c.created_at < after.created_at, same))
    query = query if asked.state is None else query.where(table.c.state == asked.state)
    query = query if asked.kind is None else query.where(table.c.kind == asked.kind)
    found = (await connection.execute(query)).all()
    shown = await _with_candidates(connection, caller, found[:limit])
    if len(found) <= limit:
        return ReviewPage(shown, None)
    last = shown[-1]
    return ReviewPage(shown, Place(last.created_at or utcnow(), last.claim_id))


async def show(connection: AsyncConnection, caller: Caller, claim_id: UUID) -> ReviewView:
    """Of any claim of the caller's, whether somebody was asked or not. `NotFound`."""
    row = (await connection.execute(_views(caller).where(claims.c.id == claim_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such claim.")
    return (await _with_candidates(connection, caller, [row]))[0]


_CLAIMED = (
    "title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "match_method", "match_score",
    "source", "source_id",
)  # fmt: skip
_ASKED = [
    table.c[name]
    for name in ("state", "kind", "score", "track_id", "source", "source_id", "decided_by", "created_at",
                 "changed_at")
]  # fmt: skip


def _views(caller: Caller) -> sa.Select[Any]:
    source = claims.join(users, users.c.id == claims.c.created_by)
    source = source.outerjoin(table, table.c.claim_id == claims.c.id)
    said = [claims.c[name].label(f"claim_{name}") for name in _CLAIMED]
    whose = (users.c.id.label("user_id"), users.c.name.label("user"))
    columns = (claims.c.id, *whose, claims.c.track_id.label("now"))
    chosen = sa.select(*columns, *said, *_ASKED).select_from(source)
    return chosen if caller.is_admin else chosen.where(claims.c.created_by == caller.user_id)


async def _with_candidates(
    connection: AsyncConnection, caller: Caller, rows: Sequence[Any]
) -> list[ReviewView]:
    held = await _candidates(connection, caller, [row[0] for row in rows]) if rows else {}
    return [_view(row, held.get(row[0], ())) for row in rows]


def _view(row: Any, found: Sequence[CandidateView]) -> ReviewView:
    id_, user_id, user, now, title, artists, *rest = row
    said, asked = rest[: len(_CLAIMED) - 2], rest[len(_CLAIMED) - 2 :]
    state, kind, score, track, *others = asked
    if state is None:
        state = NONE if now is None else DECIDED
    claim = ClaimView(ClaimId(id_), title, tuple(artists or ()), *said)
    head = (ClaimId(id_), UserId(user_id), user, claim, state, kind, score)
    return ReviewView._make((*head, now or track, *others, found))


async def _candidates(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[CandidateView]]:
    """The best first. Tracks that the caller may not see (any more) are left out."""
    source = candidates.outerjoin(tracks, tracks.c.id == candidates.c.track_id)
    source = source.outerjoin(albums, albums.c.id == tracks.c.album_id)
    seen = sa.or_(candidates.c.track_id.is_(None), tracks.c.library_id.in_(library_ids(caller)))
    columns = (candidates, tracks.c.title.label("title"), tracks.c.artist.label("artist"),
               albums.c.title.label("album"), tracks.c.duration_ms.label("duration_ms"))  # fmt: skip
    query = sa.select(*columns).select_from(source).where(candidates.c.claim_id.in_(ids), seen)
    found: dict[UUID, list[CandidateView]] = defaultdict(list)
    rows = await connection.execute(query.order_by(candidates.c.score.desc(), quick(candidates.c.id)))
    for row in rows:
        if len(found[row.claim_id]) < MOST_SHOWN:
            found[row.claim_id].append(_candidate(row))
    return found


def _candidate(row: Any) -> CandidateView:
    said = row.said
    if said is None:
        artists = [row.artist] if row.artist else []
        said = {"title": row.title, "artists": artists, "album": row.album, "duration_ms": row.duration_ms}
    return CandidateView(
        row.id, row.track_id, row.source, row.source_id, said["title"], said["artists"], said["album"],
        said["duration_ms"], row.score, row.version,
        [(field, score, note) for field, score, note in row.reasons or ()], row.provider, row.links or (),
        row.created_at,
    )  # fmt: skip
