"""Users, what they log in with, and their devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import (
    big,
    doc,
    key,
    maybe_loose,
    maybe_when,
    ref,
    required_octets,
    table,
    when,
)
from mcma.store.types import Id


class User(SQLModel, table=True):
    __tablename__ = "users"
    id: UUID = key()
    name: str
    name_key: str = Field(unique=True)
    """The name folded: two users never differ by case alone."""
    password_hash: str | None = None
    is_admin: bool = False
    may_download: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    may_upload: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    may_share: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    may_fetch: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    downloads_per_day: int | None = None
    """None: as the setting says; 0: no limit."""
    email: str | None = None
    """For people to read; nothing is ever sent there."""
    token_version: int = 0
    """Part of every access token; raised by a password change or a revoke."""
    preferences: dict[str, Any] | None = doc()
    created_at: datetime = when()
    updated_at: datetime = when()
    disabled_at: datetime | None = maybe_when()


class RefreshToken(SQLModel, table=True):
    __tablename__ = "refresh_tokens"
    id: UUID = key()
    user_id: UUID = ref("users.id", index=True)
    family_id: UUID = Field(sa_type=Id, index=True)
    """All tokens that came from one login; reuse of a spent one revokes the family."""
    token_hash: bytes = required_octets()
    client: str = ""
    created_at: datetime = when()
    expires_at: datetime = when()
    used_at: datetime | None = maybe_when()
    device_id: UUID | None = Field(default=None, sa_type=Id, nullable=True, index=True)
    """Ends with it."""
    revoked_at: datetime | None = maybe_when()
    __table_args__ = (sa.Index("ix_refresh_tokens_hash", "token_hash", unique=True),)


class AppPassword(SQLModel, table=True):
    __tablename__ = "app_passwords"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    name: str
    """The device or app it was made for; one per name and user."""
    secret: bytes = required_octets()
    """Encrypted at rest: the token scheme of Subsonic needs it back."""
    key_id: str
    """Which key it is encrypted with."""
    lookup: bytes = required_octets()
    """HMAC of the secret, by which an apiKey is found."""
    created_at: datetime = when()
    last_used_at: datetime | None = maybe_when()
    last_client: str | None = None
    device_id: UUID | None = Field(default=None, sa_type=Id, nullable=True, index=True)
    __table_args__ = (
        sa.UniqueConstraint("user_id", "name", name="uq_app_passwords_name"),
        sa.Index("ix_app_passwords_lookup", "lookup", unique=True),
    )


class Device(SQLModel, table=True):
    __tablename__ = "devices"
    id: UUID = key()
    user_id: UUID = ref("users.id", index=True)
    name: str
    client: str = ""
    profile: dict[str, Any] | None = doc()
    acked_n: int = big()
    created_at: datetime = when()
    updated_at: datetime = when()
    last_seen_at: datetime | None = maybe_when()
    revoked_at: datetime | None = maybe_when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()


class Avatar(SQLModel, table=True):
    """A person's picture, a few dozen kilobytes: here it comes and goes with the row and its backups."""

    __tablename__ = "avatars"
    user_id: UUID = ref("users.id", primary=True)
    data: bytes = required_octets()
    """A square JPEG without metadata."""
    etag: str
    changed_at: datetime = when()


class LibraryAccess(SQLModel, table=True):
    __tablename__ = "library_access"
    user_id: UUID = ref("users.id", primary=True)
    library_id: UUID = ref("libraries.id", primary=True, index=True)
    created_at: datetime = when()
    granted_by: UUID | None = maybe_loose()


users = table(User)
refresh_tokens = table(RefreshToken)
app_passwords = table(AppPassword)
devices = table(Device)
avatars = table(Avatar)
library_access = table(LibraryAccess)
