"""What claims are compared with, what was decided, and what is never taken again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import doc, key, maybe_loose, maybe_ref, maybe_when, ref, table, when

OPEN, DECIDED = "open", "decided"


class MatchCandidate(SQLModel, table=True):
    """Something that may be what a claim means: a track, or a thing of a source."""

    __tablename__ = "match_candidates"
    id: UUID = key()
    claim_id: UUID = ref("claims.id")
    thing: str
    """Which one, so that the same is not kept twice: `track:ID` or `source:NAME:ID`."""
    track_id: UUID | None = maybe_ref("tracks.id", cascade=True, index=True)
    source: str | None = None
    source_id: str | None = None
    said: dict[str, Any] | None = doc()
    """What the source says of it; null for tracks."""
    score: float
    version: str
    reasons: list[Any] | None = doc()
    """[field, score or null, note] of each."""
    provider: str
    links: list[str] | None = doc()
    created_at: datetime = when()
    __table_args__ = (sa.UniqueConstraint("claim_id", "thing"),)


class MatchDecision(SQLModel, table=True):
    """A log: what was decided of a claim, by whom, and what stood before."""

    __tablename__ = "match_decisions"
    id: UUID = key()
    claim_id: UUID = ref("claims.id")
    kind: str
    """automatic or person."""
    user_id: UUID | None = maybe_loose()
    track_id: UUID | None = maybe_loose()
    source: str | None = None
    source_id: str | None = None
    score: float
    before: dict[str, Any] | None = doc()
    """What stood in the claim."""
    created_at: datetime = when()
    undone_at: datetime | None = maybe_when()
    undone_by: UUID | None = maybe_loose()
    __table_args__ = (sa.Index("ix_match_decisions_claim", "claim_id", "id"),)


class MatchBlock(SQLModel, table=True):
    """What is never taken by itself: for one claim, for one person, or for everybody."""

    __tablename__ = "match_blocks"
    id: UUID = key()
    user_id: UUID | None = maybe_ref("users.id", cascade=True, index=True)
    """Null: for everybody."""
    claim_id: UUID | None = maybe_ref("claims.id", cascade=True, index=True)
    """Null: for whatever is claimed."""
    track_id: UUID | None = maybe_ref("tracks.id", cascade=True, index=True)
    source: str | None = None
    source_id: str | None = None
    note: str | None = None
    created_by: UUID | None = maybe_loose()
    created_at: datetime = when()
    __table_args__ = (sa.Index("ix_match_blocks_source", "source", "source_id"),)


class Review(SQLModel, table=True):
    """A claim that a person is or was asked about."""

    __tablename__ = "reviews"
    claim_id: UUID = ref("claims.id", primary=True)
    user_id: UUID = ref("users.id")
    state: str = OPEN
    kind: str
    """track: which of these tracks it is; download: which thing of a source is to be got."""
    score: float
    """Of the best candidate."""
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    """What was decided."""
    source: str | None = None
    source_id: str | None = None
    decided_by: str | None = None
    """automatic or person."""
    created_at: datetime = when()
    changed_at: datetime = when()
    rev: int = 1
    __table_args__ = (sa.Index("ix_reviews_user", "user_id", "created_at", "claim_id"),)


match_candidates = table(MatchCandidate)
match_decisions = table(MatchDecision)
match_blocks = table(MatchBlock)
reviews = table(Review)
