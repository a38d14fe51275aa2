"""Answers about what claims mean."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.playlists import Claim


class MatchReason(BaseModel):
    field: str = Field(
        description="title, artist, version, number, duration, album, isrc, recording or plugin."
    )
    score: float | None = Field(description="0 to 1; null where it cannot be said.")
    note: str


class MatchCandidate(BaseModel):
    id: UUID
    track_id: UUID | None
    source: str | None
    source_id: str | None
    title: str
    artists: list[str]
    album: str | None
    duration_ms: int | None
    score: float
    version: str = Field(description="same, or other: the same song in another version (live, a remix).")
    reasons: list[MatchReason]
    provider: str = Field(description="library, source:NAME or plugin:NAME.")
    links: list[str] = Field(description="Pages for people.")
    created_at: datetime


class Review(BaseModel):
    claim_id: UUID
    user_id: UUID
    user: str
    claim: Claim
    state: str = Field(description="open, decided, or none: nobody was asked.")
    kind: str | None = Field(description="track, or download: a thing of a source is to be got.")
    score: float | None = Field(description="Of the best candidate when somebody was asked.")
    track_id: UUID | None = Field(description="What stands.")
    source: str | None = Field(description="What is to be got, with `source_id`.")
    source_id: str | None
    decided_by: str | None = Field(description="automatic or person.")
    created_at: datetime | None
    changed_at: datetime | None
    candidates: list[MatchCandidate] = Field(description="The best first, the rejected ones as well.")


class ReviewPage(BaseModel):
    items: list[Review]
    next: str | None


class ReviewAnswer(BaseModel):
    claim_id: UUID
    status: str = Field(description="decided or rejected.")
    code: str | None = Field(description="Why it was rejected, as a problem's code.")
    message: str | None
    track_id: UUID | None
    source: str | None
    source_id: str | None


class ReviewAnswers(BaseModel):
    results: list[ReviewAnswer]


class MatchBlock(BaseModel):
    id: UUID
    user_id: UUID | None = Field(description="Whose matches it is kept from; null for everybody's.")
    claim_id: UUID | None
    track_id: UUID | None
    source: str | None
    source_id: str | None
    note: str | None
    created_at: datetime


class MatchBlockPage(BaseModel):
    items: list[MatchBlock]
    next: str | None
