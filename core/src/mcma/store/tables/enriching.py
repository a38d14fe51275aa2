"""What enrichers were asked and what they answered, what was decided, and what plugins share of services
outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import (
    doc,
    key,
    loose,
    maybe_loose,
    maybe_ref,
    maybe_when,
    octets,
    ref,
    required_octets,
    table,
    when,
)

DUE = sa.text("due_at IS NOT NULL")
GOT = sa.text("artwork_id IS NOT NULL")
WANTED = sa.text("picture_state = 'wanted'")


class EnrichmentState(SQLModel, table=True):
    """Where an item stands with one enricher. No row: it has never been asked."""

    __tablename__ = "enrichment_states"
    item_id: UUID = loose(primary=True)
    enricher: str = Field(primary_key=True)
    item_kind: str
    """album, folder (tracks without an album that lie together), track (without an album) or artist."""
    library_id: UUID | None = maybe_ref("libraries.id", cascade=True, index=True)
    """Null for artists."""
    state: str
    """waiting (a fault, or it is still to be asked), nothing (it knows of nothing), review, enriched,
    failed."""
    code: str | None = None
    """Why it waits or failed: stable."""
    message: str | None = None
    asked_of: bytes | None = octets()
    """A hash of what was known when it was asked; other knowledge is a reason to ask again."""
    asked_at: datetime | None = maybe_when()
    due_at: datetime | None = maybe_when()
    """When it is asked again by itself; null: not by itself."""
    failures: int = 0
    """Faults in a row."""
    run_id: UUID | None = maybe_loose()
    """The latest."""
    __table_args__ = (
        sa.Index("ix_enrichment_states_due", "enricher", "due_at", sqlite_where=DUE, postgresql_where=DUE),
        sa.Index("ix_enrichment_states_state", "enricher", "state", "code"),
        sa.Index("ix_enrichment_states_item", "enricher", "state", "item_id"),
    )


class EnrichmentFolder(SQLModel, table=True):
    """A folder that was asked about, or is to be. Its id follows from where it is."""

    __tablename__ = "enrichment_folders"
    id: UUID = loose(primary=True)
    library_id: UUID = ref("libraries.id", index=True)
    folder: bytes = required_octets()
    """As of its files."""
    path: str
    """For people."""


class EnrichmentRun(SQLModel, table=True):
    """One answer of one enricher, and what was decided of it."""

    __tablename__ = "enrichment_runs"
    id: UUID = key()
    item_id: UUID = loose()
    item_kind: str
    enricher: str
    trigger: str
    """import, schedule or request."""
    asked_by: UUID | None = maybe_loose()
    outcome: str
    """nothing, review, applied, kept (what was taken before stays), refused (a person said that it is none of
    them), undone, superseded (a question that a later answer stands for)."""
    candidate_id: UUID | None = maybe_loose()
    """What was taken."""
    decided_by: str | None = None
    """automatic or person."""
    user_id: UUID | None = maybe_loose()
    decided_at: datetime | None = maybe_when()
    before: dict[str, Any] | None = doc()
    """The values of this enricher that stood before, so that the decision can be taken back."""
    undone_at: datetime | None = maybe_when()
    undone_by: UUID | None = maybe_loose()
    created_at: datetime = when()
    __table_args__ = (
        sa.Index("ix_enrichment_runs_item", "item_id", "enricher", "id"),
        sa.Index("ix_enrichment_runs_outcome", "outcome", "id"),
    )


class EnrichmentCandidate(SQLModel, table=True):
    __tablename__ = "enrichment_candidates"
    id: UUID = key()
    run_id: UUID = ref("enrichment_runs.id")
    item_id: UUID = loose()
    position: int
    ref: str
    title: str
    score: float
    """As core sees it: what contradicts is worth less than the enricher said."""
    said_score: float
    reasons: list[Any] | None = doc()
    """[field, score or null, note] of each."""
    fields: dict[str, Any] | None = doc()
    tracks: dict[str, Any] | None = doc()
    """Track id to its fields."""
    artists: dict[str, Any] | None = doc()
    """MusicBrainz id to its fields."""
    picture: str | None = None
    picture_state: str | None = None
    """Once it is taken and has one: wanted, taken, none (the enricher has none after all), not_needed (every
    track has one), unfit (it is none that can be shown), failed."""
    picture_reason: str | None = None
    """Why it is unfit or failed, for people."""
    artwork_id: UUID | None = maybe_loose()
    """The picture that was got."""
    link: str | None = None
    refused_at: datetime | None = maybe_when()
    """A person said that it is not this; it is never taken by itself again, in no later run either."""
    refused_by: UUID | None = maybe_loose()
    __table_args__ = (
        sa.UniqueConstraint("run_id", "ref"),
        sa.Index("ix_enrichment_candidates_item", "item_id", "ref"),
        sa.Index("ix_enrichment_candidates_artwork", "artwork_id", sqlite_where=GOT, postgresql_where=GOT),
        sa.Index("ix_enrichment_candidates_wanted", "id", sqlite_where=WANTED, postgresql_where=WANTED),
    )


class RemoteTurn(SQLModel, table=True):
    """When the next one may ask a service outside."""

    __tablename__ = "remote_turns"
    plugin: str = Field(primary_key=True)
    service: str = Field(primary_key=True)
    next_at: datetime = when()


class RemoteAnswer(SQLModel, table=True):
    """What a service outside answered, for as long as it is good."""

    __tablename__ = "remote_answers"
    plugin: str = Field(primary_key=True)
    key_hash: bytes = Field(sa_type=sa.LargeBinary, primary_key=True)
    """SHA-256 of the key."""
    answer: bytes = required_octets()
    kept_at: datetime = when()
    expires_at: datetime = when()
    __table_args__ = (sa.Index("ix_remote_answers_expires", "expires_at"),)


enrichment_states = table(EnrichmentState)
enrichment_folders = table(EnrichmentFolder)
enrichment_runs = table(EnrichmentRun)
enrichment_candidates = table(EnrichmentCandidate)
remote_turns = table(RemoteTurn)
remote_answers = table(RemoteAnswer)
