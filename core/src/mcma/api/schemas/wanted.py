"""Answers about what people ask to have."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.playlists import Claim


class DownloadRequest(BaseModel):
    id: UUID
    user_id: UUID
    user: str
    source: str | None
    source_id: str | None
    claim: Claim | None = Field(description="What was said of it.")
    state: str = Field(description="requested, or have: its track is here.")
    waiting_for: str | None = Field(
        description="source: nothing on this server can get it yet; it is met when its track comes."
    )
    track_id: UUID | None
    job_id: UUID | None
    note: str | None
    error: str | None
    created_at: datetime
    changed_at: datetime
    rev: int


class DownloadRequestPage(BaseModel):
    items: list[DownloadRequest]
    next: str | None


class DownloadAnswer(BaseModel):
    id: UUID | None = Field(description="Of the request; null where there is none, for the track is here.")
    state: str = Field(description="requested, have, or cancelled: it was, under this id.")
    waiting_for: str | None = Field(description="source: nothing on this server can get it yet.")
    track_id: UUID | None
