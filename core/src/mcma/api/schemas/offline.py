"""Answers about what a device takes along."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class OfflineEntry(BaseModel):
    track_id: UUID
    file_id: UUID
    pins: list[int] = Field(description="Places of the pins it is in, from 0.")
    url: str
    etag: UUID | None = Field(description="Of the bytes, without the quotes; null until they are there.")
    size: int
    estimated: bool = Field(description="The size is not known yet, and will rather be less.")
    content_type: str
    suffix: str
    duration_ms: int
    profile: str = Field(description="`original` for the file as it is.")
    state: str = Field(description="ready, queued, making, waiting, failed or held.")
    reason: str | None = Field(description="Of waiting: not_started or later. Of failed: why.")


class OfflineMissing(BaseModel):
    """What is in a pin and cannot be had."""

    pins: list[int]
    reason: str = Field(description="deleted, unknown, waiting (for its track) or file_missing.")
    track_id: UUID | None
    item_id: UUID | None = Field(description="The row of the playlist that waits for a track.")
    title: str | None
    artist: str | None


class OfflineTotals(BaseModel):
    count: int
    bytes: int = Field(description="Of those whose size is known.")
    estimated_bytes: int = Field(description="Of the others.")
    held: int
    left_out: int = Field(description="Those that did not fit into the budget.")
    left_out_bytes: int


class OfflinePlan(BaseModel):
    entries: list[OfflineEntry]
    missing: list[OfflineMissing]
    unneeded: list[UUID] = Field(description="What the device has and the plan does not name.")
    totals: OfflineTotals
    jobs: list[UUID] = Field(description="Those that are at work for it.")
    poll_after: int | None = Field(description="Seconds; null when nothing is open.")
    kept_until: datetime | None = Field(description="How long what is ready is kept for it at least.")
