"""Answers about what people ask to have."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.playlists import Claim

_STATE = (
    "requested (see `waiting_for`), queued, running, importing, review (a person has to say which it is), "
    "have (its track is here), failed (see `code`), rejected or cancelled. More may come."
)
_WAITING = (
    "approval (of an administrator), source (nothing here can get it yet, or it wants a pause), space (on "
    "the disk), quota (the person's) or null. More may come."
)
_RETRY = "When it is tried again by itself."


class DownloadRequest(BaseModel):
    id: UUID
    user_id: UUID
    user: str
    kind: str = Field(description="track, album or playlist.")
    source: str | None
    source_id: str | None
    title: str | None = Field(description="Of the source, once it was asked; else of the claim.")
    artists: list[str]
    claim: Claim | None = Field(description="What was said of it.")
    state: str = Field(description=_STATE)
    waiting_for: str | None = Field(description=_WAITING)
    retry_at: datetime | None = Field(description=_RETRY)
    track_id: UUID | None
    job_id: UUID | None
    done: int | None = Field(description="Bytes of a track; of an album or playlist, parts.")
    total: int | None
    later: bool = Field(description="After all that somebody waits for.")
    note: str | None
    code: str | None = Field(
        description="Stable, of `error`: not_music, too_large, auth_required, rate_limited, out_of_space, "
        "ffmpeg_missing, incomplete, took_too_long, parts_failed, ... or what the source gave."
    )
    error: str | None = Field(description="For people.")
    created_at: datetime
    changed_at: datetime
    rev: int


class DownloadRequestPage(BaseModel):
    items: list[DownloadRequest]
    next: str | None


class DownloadAnswer(BaseModel):
    id: UUID | None = Field(description="Of the request; null where there is none, for the track is here.")
    state: str = Field(description=_STATE)
    waiting_for: str | None = Field(description=_WAITING)
    retry_at: datetime | None = Field(description=_RETRY)
    track_id: UUID | None
