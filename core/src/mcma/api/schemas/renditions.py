"""Answers about formats, and about files that are made of others."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Profile(BaseModel):
    name: str
    codec: str
    bit_rate_kbps: int | None
    container: str
    suffix: str
    content_type: str
    lossless: bool
    about: str


class ProfileList(BaseModel):
    items: list[Profile]


class Rendition(BaseModel):
    id: UUID = Field(description="Also the ETag of its bytes: one that is made anew has another.")
    file_id: UUID = Field(description="The file it is made of.")
    profile: str = Field(description="Codec, kbit/s, Hz and channels as one word.")
    state: str = Field(description="queued, running, ready or failed.")
    codec: str
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    suffix: str
    content_type: str
    size: int | None = Field(description="When it is ready.")
    job_id: UUID | None
    created_at: datetime
    last_used_at: datetime
    pinned_until: datetime | None = Field(description="It is kept until then, used or not.")
    error: str | None


class RenditionList(BaseModel):
    items: list[Rendition]
