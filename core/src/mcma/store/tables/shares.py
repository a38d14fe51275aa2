"""What people without an account are given a link to."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import big, key, loose, maybe_when, ref, required_octets, table, when


class Share(SQLModel, table=True):
    __tablename__ = "shares"
    id: UUID = key()
    owner_id: UUID = ref("users.id")
    token_hash: bytes = required_octets()
    """SHA-256 of the token in the link: finds the share, whatever became of the key."""
    token: bytes = required_octets()
    """The same encrypted, so that its owner can be shown the link again."""
    key_id: str
    """Which key it is encrypted with."""
    description: str | None = None
    allow_download: bool = False
    expires_at: datetime | None = maybe_when()
    visits: int = big()
    last_visited_at: datetime | None = maybe_when()
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    __table_args__ = (
        sa.Index("ix_shares_token", "token_hash", unique=True),
        sa.Index("ix_shares_owner", "owner_id", "id"),
    )


class ShareItem(SQLModel, table=True):
    """In the order of `position`. What it points at may be gone, or out of its owner's sight."""

    __tablename__ = "share_items"
    share_id: UUID = ref("shares.id", primary=True)
    position: int = Field(primary_key=True)
    item_kind: str
    item_id: UUID = loose()


shares = table(Share)
share_items = table(ShareItem)
