"""What clients pushed, and small things of theirs that only clients read."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import big, doc, key, loose, maybe_when, ref, required_octets, table, when


class PushReceipt(SQLModel, table=True):
    """What was answered to an event. Kept for a while: those of the logs are known by the logs for ever."""

    __tablename__ = "push_receipts"
    user_id: UUID = ref("users.id", primary=True)
    id: UUID = loose(primary=True)
    """Of the event: made by the client."""
    device_id: UUID = loose()
    n: int = big()
    type: str
    digest: bytes = required_octets()
    """Of type, time and data as they were sent."""
    status: str
    code: str | None = None
    message: str | None = None
    canonical: dict[str, Any] | None = doc()
    seq: int | None = big(None)
    received_at: datetime = when()
    __table_args__ = (sa.Index("ix_push_receipts_received", "received_at"),)


class UserSetting(SQLModel, table=True):
    """What clients keep for a user under a name; the server makes nothing of it."""

    __tablename__ = "user_settings"
    id: UUID = key()
    """Made of the user and the name."""
    user_id: UUID = ref("users.id")
    name: str
    value: dict[str, Any] | None = doc()
    """In a document: SQLite keeps a bare number as what it takes it for."""
    changed_at: datetime = when()
    event_id: UUID = loose()
    """The event that decided: of two at one time, the greater id."""
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    __table_args__ = (sa.UniqueConstraint("user_id", "name", name="uq_user_settings_name"),)


push_receipts = table(PushReceipt)
user_settings = table(UserSetting)
