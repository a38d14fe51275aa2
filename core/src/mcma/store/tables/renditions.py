"""Files made of other files: a cache, which can be made anew."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import big, key, maybe_loose, maybe_when, ref, table, when


class Rendition(SQLModel, table=True):
    __tablename__ = "renditions"
    id: UUID = key()
    """Also the strong validator of its bytes: one that is made anew has another id."""
    file_id: UUID = ref("track_files.id")
    profile: str
    """What the sound was turned into, as one word: `opus-128-48000-2`."""
    offset_ms: int = 0
    state: str = "running"
    """queued, running, ready or failed."""
    codec: str
    bit_rate_kbps: int = 0
    sample_rate_hz: int
    channels: int
    bit_depth: int
    suffix: str
    content_type: str
    size: int | None = big(None)
    """When it is ready."""
    job_id: UUID | None = maybe_loose()
    attempt: int = 0
    """Of the job: a worker that was thought dead must not end what its successor makes."""
    created_by: UUID | None = maybe_loose()
    created_at: datetime = when()
    finished_at: datetime | None = maybe_when()
    last_used_at: datetime = when()
    pinned_until: datetime | None = maybe_when()
    """Somebody asked for it; until then it is kept."""
    staged_until: datetime | None = maybe_when()
    """Made ahead for a plan; kept until its device has it, or then."""
    error: str | None = None
    __table_args__ = (
        sa.UniqueConstraint("file_id", "profile", "offset_ms", name="uq_renditions"),
        sa.Index("ix_renditions_used", "state", "last_used_at"),
        sa.Index("ix_renditions_job", "job_id", "created_at"),
    )


renditions = table(Rendition)
