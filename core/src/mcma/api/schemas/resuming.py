"""Answers about what a user goes on with: bookmarks and play queues."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Track


class Bookmark(BaseModel):
    track: Track
    position_ms: int
    comment: str | None
    created_at: datetime
    changed_at: datetime


class BookmarkList(BaseModel):
    items: list[Bookmark]


class Queue(BaseModel):
    device_id: UUID | None = Field(description="Null for the queue that apps without a device share.")
    tracks: list[Track]
    current_index: int | None = Field(description="In `tracks`; null when there are none.")
    position_ms: int = Field(description="In the current track.")
    changed_at: datetime
    changed_by: str = Field(description="Name of the app.")
    rev: int


class QueueSummary(BaseModel):
    device_id: UUID | None
    song_count: int
    current_index: int | None
    position_ms: int
    changed_at: datetime
    changed_by: str
    rev: int


class QueueList(BaseModel):
    items: list[QueueSummary]
