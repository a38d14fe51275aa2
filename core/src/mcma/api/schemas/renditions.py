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


class StreamForm(BaseModel):
    """What a stream holds; 0 where nobody knows."""

    container: str
    codec: str
    channels: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None = Field(description="Of what loses nothing.")


class StreamDecision(BaseModel):
    plays: bool = Field(description="The file as it is can be played.")
    reasons: list[str] = Field(description="Why not, each once: AudioCodecNotSupported, ...")
    source: StreamForm
    made: StreamForm | None = Field(description="What it would be turned into.")
    error: str | None = Field(description="Why there is neither.")
    params: str | None = Field(description="For `decision` of `/tracks/{id}/stream`; good for two days.")


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
