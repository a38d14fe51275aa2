"""What people ask to have, and what is got from outside because of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import big, doc, key, maybe_loose, maybe_ref, maybe_when, ref, table, when
from mcma.store.types import Id

REQUESTED, QUEUED, RUNNING, IMPORTING = "requested", "queued", "running", "importing"
REVIEW, HAVE, FAILED = "review", "have", "failed"
REJECTED, CANCELLED = "rejected", "cancelled"
"""Of requests: it waits for somebody or something; it is in the line; it is being got; it is here and being
taken in; a person has to say which; it is here; it could not be got; an administrator said no; nobody wants
it any more. Of downloads the same without review and rejected."""
ACTIVE = (QUEUED, RUNNING, IMPORTING)

FOR_APPROVAL, FOR_SOURCE, FOR_SPACE, FOR_QUOTA = "approval", "source", "space", "quota"
"""What is waited for."""


class DownloadRequest(SQLModel, table=True):
    """One person's wish. Those of several people for one thing of a source are met by one download."""

    __tablename__ = "download_requests"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    kind: str = Field(default="track", sa_column_kwargs={"server_default": "track"})
    """track, album or playlist."""
    source: str | None = None
    source_id: str | None = None
    claim_id: UUID | None = maybe_ref("claims.id", index=True)
    """Where it is not said where from."""
    state: str = REQUESTED
    waiting_for: str | None = None
    """approval, source, space or quota."""
    retry_at: datetime | None = maybe_when()
    """When it is tried again by itself."""
    download_id: UUID | None = Field(default=None, sa_type=Id, nullable=True, index=True)
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    job_id: UUID | None = maybe_loose()
    priority: int = Field(default=50, sa_column_kwargs={"server_default": "50"})
    note: str | None = None
    """Of the person, for whoever decides."""
    code: str | None = None
    """Stable, of the `error`, which is for people."""
    error: str | None = None
    looks: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How often the sources were searched for its claim."""
    look_at: datetime | None = maybe_when()
    """When they are searched next; None where nobody looks."""
    approved_by: UUID | None = maybe_loose()
    """The administrator, where it took one; what else is chosen for it later takes another approval."""
    created_at: datetime = when()
    changed_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    __table_args__ = (
        sa.Index("ix_download_requests_user", "user_id", "id"),
        sa.Index("ix_download_requests_look", "look_at", "priority"),
        sa.Index(
            "uq_download_requests_thing", "source", "kind", "source_id", "user_id", unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"), postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )  # fmt: skip


class Download(SQLModel, table=True):
    """One thing of one source, however many people asked for it."""

    __tablename__ = "downloads"
    id: UUID = key()
    """Also the name of its folder in staging, which outlives attempts."""
    source: str
    kind: str
    source_id: str
    state: str = REQUESTED
    waiting_for: str | None = None
    retry_at: datetime | None = maybe_when()
    code: str | None = None
    error: str | None = None
    user_id: UUID | None = maybe_loose()
    """Who asked for it first."""
    faults: int = 0
    """Attempts that failed since somebody last asked for it."""
    priority: int = 50
    job_id: UUID | None = maybe_loose()
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    item: dict[str, Any] | None = doc()
    """What the source said of it before it was got."""
    arriving: dict[str, Any] | None = doc()
    """Ids of its library, track and file while it is taken in."""
    listed: bool = False
    """Of an album or playlist: all that is in it is known."""
    size: int | None = big(None)
    created_at: datetime = when()
    changed_at: datetime = when()
    __table_args__ = (
        sa.UniqueConstraint("source", "kind", "source_id", name="uq_downloads_thing"),
        sa.Index("ix_downloads_state", "state", "source", "retry_at"),
    )


class DownloadPart(SQLModel, table=True):
    """What an album or playlist of a source holds."""

    __tablename__ = "download_parts"
    parent_id: UUID = ref("downloads.id", primary=True)
    download_id: UUID = ref("downloads.id", primary=True, index=True)
    position: int
    user_id: UUID | None = maybe_loose()
    """Whose quota it counts for; None for what had not to be got."""
    created_at: datetime = when()
    __table_args__ = (sa.Index("ix_download_parts_user", "user_id", "created_at"),)


download_requests = table(DownloadRequest)
downloads = table(Download)
download_parts = table(DownloadPart)
