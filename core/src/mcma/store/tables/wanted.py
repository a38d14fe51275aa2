"""What people ask to have."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import key, maybe_loose, maybe_ref, maybe_when, ref, table, when

REQUESTED, HAVE, CANCELLED = "requested", "have", "cancelled"
"""It waits for somebody or something that can get it; it is here; nobody wants it any more."""


class DownloadRequest(SQLModel, table=True):
    """One person's wish. Those of several people for one (source, source_id) are met by one job."""

    __tablename__ = "download_requests"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    source: str | None = None
    source_id: str | None = None
    claim_id: UUID | None = maybe_ref("claims.id", index=True)
    """Where it is not said where from."""
    state: str = REQUESTED
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    job_id: UUID | None = maybe_loose()
    note: str | None = None
    """Of the person, for whoever decides."""
    error: str | None = None
    created_at: datetime = when()
    changed_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    __table_args__ = (
        sa.Index("ix_download_requests_user", "user_id", "id"),
        sa.Index(
            "uq_download_requests_thing", "source", "source_id", "user_id", unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"), postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )  # fmt: skip


download_requests = table(DownloadRequest)
