"""Answers of the sync protocol. Data of the single types: `docs/sync.md`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class SyncScopeView(BaseModel):
    scope: str
    epoch: str = Field(description="Another one than at the last snapshot: no cursor is good any more.")


class SyncLimits(BaseModel):
    changes: int
    wait_seconds: int
    push_events: int = Field(description="Events in one batch.")
    push_bytes: int = Field(description="The length of one batch.")


class SyncCapabilities(BaseModel):
    protocol: Literal[1]
    scopes: list[SyncScopeView]
    types: list[str]
    events: list[str] = Field(description="Types that a batch may have.")
    retention_days: int = Field(description="How long deletions are told at least.")
    server_time: datetime
    limits: SyncLimits


class SyncLine(BaseModel):
    """`data` comes with `put`; `reason` and `replaced_by` with `del`."""

    seq: int
    scope: str
    type: str
    id: UUID
    op: Literal["put", "del"]
    rev: int
    data: dict[str, Any] | None = None
    reason: str | None = Field(default=None, description="deleted, merged, access or library_removed.")
    replaced_by: UUID | None = Field(default=None, description="The item that it is now a part of.")


class SyncChanges(BaseModel):
    changes: list[SyncLine]
    next: str = Field(description="The cursor to go on with.")
    more: bool = Field(description="Whether there are more at once.")
    epoch: str
    server_time: datetime


class SyncTypeDigest(BaseModel):
    scope: str
    type: str
    items: int
    sum: str = Field(description="64 bits in hexadecimal.")


class SyncDigest(BaseModel):
    items: list[SyncTypeDigest]


class SyncPushResult(BaseModel):
    id: UUID
    n: int
    status: Literal["applied", "duplicate", "superseded", "rejected", "deferred"]
    seq: int | None = Field(description="With the changes up to it comes what the event did.")
    code: str | None = Field(description="Why it was rejected or deferred.")
    message: str | None
    canonical: dict[str, Any] | None = Field(description="The state that stands.")


class SyncPushed(BaseModel):
    acked_n: int = Field(description="Everything of the device up to it was answered for good.")
    head: int
    epoch: str
    server_time: datetime
    results: list[SyncPushResult]
