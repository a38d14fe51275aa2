"""What the server itself needs: jobs, the change feed, search rows, settings."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import (
    big,
    doc,
    key,
    loose,
    maybe_loose,
    maybe_when,
    table,
    when,
)
from mcma.store.types import Big, Id


class Job(SQLModel, table=True):
    __tablename__ = "jobs"
    id: UUID = key()
    kind: str
    payload: dict[str, Any] | None = doc()
    dedup_key: str | None = None
    """At most one live job per kind and key."""
    state: str = "queued"
    """queued, running, succeeded, failed, cancelled or no_handler."""
    priority: int = 50
    attempt: int = 0
    max_attempts: int = 5
    run_after: datetime = when()
    lease_until: datetime | None = maybe_when()
    owner: UUID | None = maybe_loose()
    done: int = big()
    total: int | None = big(None)
    note: str | None = None
    error: str | None = None
    result: dict[str, Any] | None = doc()
    log_tail: str | None = None
    cancel_requested: bool = False
    parent_id: UUID | None = maybe_loose()
    awaits_children: bool = False
    """Its own work is done: it runs on, without an owner, until no job below it is live."""
    created_by: UUID | None = maybe_loose()
    created_at: datetime = when()
    started_at: datetime | None = maybe_when()
    finished_at: datetime | None = maybe_when()
    __table_args__ = (
        sa.Index("ix_jobs_due", "state", "priority", "run_after"),
        sa.Index("ix_jobs_kind", "kind", "state", "priority", "run_after", "id"),
        sa.Index("ix_jobs_created", "created_at"),
        sa.Index("ix_jobs_children", "parent_id", "state"),
        sa.Index(
            "uq_jobs_dedup",
            "kind",
            "dedup_key",
            unique=True,
            sqlite_where=sa.text("dedup_key IS NOT NULL AND state IN ('queued', 'running')"),
            postgresql_where=sa.text("dedup_key IS NOT NULL AND state IN ('queued', 'running')"),
        ),
    )


class Worker(SQLModel, table=True):
    __tablename__ = "workers"
    id: UUID = key()
    host: str
    pid: int
    role: str = "serve"
    """serve or worker."""
    slots: int = 0
    """How many jobs it runs at once."""
    kinds: list[str] | None = doc()
    started_at: datetime = when()
    heartbeat_at: datetime = when()


class Schedule(SQLModel, table=True):
    __tablename__ = "schedules"
    name: str = Field(primary_key=True)
    kind: str
    payload: dict[str, Any] | None = doc()
    every_s: int
    next_at: datetime = when()
    last_at: datetime | None = maybe_when()
    enabled: bool = True


class Change(SQLModel, table=True):
    """The change feed: one row per (scope, kind, item), written by triggers alone (see `feed.py`)."""

    __tablename__ = "changes"
    scope: str = Field(primary_key=True)
    """catalog, me or shared."""
    scope_id: UUID = loose(primary=True)
    kind: str = Field(primary_key=True)
    item_id: UUID = loose(primary=True)
    seq: int = Field(sa_type=Big, unique=True)
    rev: int
    op: str
    """put or del."""
    reason: str | None = None
    """deleted, merged, access or library_removed."""
    replaced_by: UUID | None = maybe_loose()
    __table_args__ = (sa.Index("ix_changes_scope", "scope", "scope_id", "seq"),)


class ChangeClock(SQLModel, table=True):
    """The last `seq` given out on SQLite; PostgreSQL draws from a sequence."""

    __tablename__ = "change_clock"
    id: int = Field(primary_key=True)
    seq: int = big()


class PluginSetting(SQLModel, table=True):
    __tablename__ = "plugin_settings"
    plugin: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: Any = doc()
    updated_at: datetime = when()
    updated_by: UUID | None = maybe_loose()


class KeyValueRow(SQLModel, table=True):
    __tablename__ = "key_values"
    namespace: str = Field(primary_key=True)
    """core, or plugin:<name>."""
    key: str = Field(primary_key=True)
    value: Any = doc()
    updated_at: datetime = when()
    expires_at: datetime | None = maybe_when()


def _search_table(name: str) -> sa.Table:
    """Folded words of one kind of item; the full-text index over it is the engine's own (`dialect`)."""
    return sa.Table(
        name,
        SQLModel.metadata,
        sa.Column("n", Big.with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("item_id", Id, nullable=False),
        sa.Column("library_id", Id, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.UniqueConstraint("item_id", "library_id", name=f"uq_{name}"),
    )


search_tracks = _search_table("search_tracks")
search_albums = _search_table("search_albums")
search_artists = _search_table("search_artists")
SEARCH_TABLES = (search_tracks, search_albums, search_artists)

jobs = table(Job)
workers = table(Worker)
schedules = table(Schedule)
changes = table(Change)
change_clock = table(ChangeClock)
plugin_settings = table(PluginSetting)
key_values = table(KeyValueRow)
