"""Answers about what plugins know of music."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class EnricherState(BaseModel):
    name: str
    plugin: str | None = Field(description="Null where it does not run any more; what it said stays.")
    identifies: bool | None = Field(description="Whether its answers decide the `metadata_status`.")
    kinds: list[str] = Field(description="What it is asked about: album, artist, track.")
    condition: str = Field(description="running, paused or absent.")
    until: datetime | None = Field(description="When it is asked again.")
    code: str | None = Field(description="Why it is paused or what its last answer failed of.")
    reason: str | None
    states: dict[str, int] = Field(
        description="Items by state: waiting, nothing (it knows of nothing), review, enriched, failed."
    )
    waits: dict[str, int] = Field(description="Items that wait, by why; in_line: they are asked about next.")


class EnrichmentOverview(BaseModel):
    items: list[EnricherState]


class EnrichmentSubject(BaseModel):
    kind: str = Field(
        description="album, folder (tracks without an album that lie together), track or artist."
    )
    id: UUID
    title: str | None = Field(
        description="Of a folder its path in the library. Null where it is not here any more."
    )
    artist: str | None


class EnrichmentReason(BaseModel):
    field: str = Field(description="`doubt` is of the server itself.")
    score: float | None = Field(description="0 (contradicts) to 1 (agrees); null where it cannot be said.")
    note: str


class EnrichmentChange(BaseModel):
    kind: str
    id: UUID
    field: str
    before: Any = Field(
        description="Of lyrics in short: lang, the first 200 characters (plain), how many lines have times "
        "(synced)."
    )
    before_origin: str = Field(description="tag, file_name, person or plugin:NAME.")
    after: Any
    kept: bool = Field(description="It stays as it is: a person said it, or the rule of the field does.")
    reason: str | None


class EnrichmentCandidate(BaseModel):
    id: UUID
    ref: str = Field(description="Which one, in words of the enricher, the same each time.")
    title: str
    score: float = Field(description="As the server sees it.")
    said_score: float = Field(description="As the enricher said.")
    link: str | None = Field(description="A page about it.")
    picture: bool = Field(description="It comes with a picture.")
    picture_state: str | None = Field(
        description="What became of it, once the candidate was taken: wanted (it is still got), taken, none "
        "(there is none after all), not_needed (every track has one), unfit (it cannot be shown), failed."
    )
    picture_reason: str | None = Field(description="Why it is unfit or failed, for people.")
    tracks: int = Field(description="Of how many tracks it says something.")
    refused_at: datetime | None
    reasons: list[EnrichmentReason]
    changes: list[EnrichmentChange] | None = Field(
        description="What it would change now; null in lists. At most 2000."
    )


class EnrichmentRun(BaseModel):
    id: UUID
    item: EnrichmentSubject
    enricher: str
    trigger: str = Field(description="import, schedule or request.")
    outcome: str = Field(
        description="review (a person is asked), applied, nothing, kept (what was taken before stays), "
        "refused, undone, superseded (a later answer stands for it)."
    )
    candidate_id: UUID | None = Field(description="What was taken.")
    decided_by: str | None = Field(description="automatic or person.")
    user_id: UUID | None
    decided_at: datetime | None
    undone_at: datetime | None
    created_at: datetime
    candidates: list[EnrichmentCandidate] = Field(description="The best first.")


class EnrichmentRunPage(BaseModel):
    items: list[EnrichmentRun]
    next: str | None


class EnrichmentStanding(BaseModel):
    enricher: str
    state: str = Field(description="waiting, nothing, review, enriched or failed.")
    code: str | None = Field(description="Why it waits or failed; `manual`, `not_needed`: it is not asked.")
    message: str | None
    asked_at: datetime | None
    due_at: datetime | None = Field(description="When it is asked about again; null: not by itself.")
    failures: int = Field(description="Faults in a row.")
    run_id: UUID | None = Field(description="The latest answer.")


class EnrichmentItemStanding(EnrichmentStanding):
    item: EnrichmentSubject


class EnrichmentItemPage(BaseModel):
    items: list[EnrichmentItemStanding]
    next: str | None


class EnrichedItem(BaseModel):
    item: EnrichmentSubject
    states: list[EnrichmentStanding]
    runs: list[EnrichmentRun]
