"""Answers about users, their devices and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Track
from mcma_plugins.playing import PlayingState
from mcma_plugins.values import Right


class Tokens(BaseModel):
    access_token: str = Field(description="For `Authorization: Bearer`; short-lived.")
    token_type: str
    expires_at: datetime
    refresh_token: str = Field(description="Good once, and again for 60 s while what it gave is unused.")
    refresh_expires_at: datetime
    device_id: UUID | None = Field(description="The device that the login ends with.")


class Device(BaseModel):
    id: UUID
    user_id: UUID
    name: str
    client: str = Field(description="The program, as it calls itself.")
    profile: dict[str, Any] | None = Field(description="What it can play, in its own words.")
    acked_n: int = Field(description="The last of its own events that the server has.")
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None = Field(description="Roughly: to five minutes.")
    revoked_at: datetime | None
    current: bool = Field(description="The one that asks.")


class DeviceList(BaseModel):
    items: list[Device]


class Access(BaseModel):
    user_id: UUID
    name: str
    is_admin: bool
    granted_at: datetime


class AccessList(BaseModel):
    items: list[Access]


class User(BaseModel):
    id: UUID
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    rights: list[Right] = Field(description="Administrators have all.")
    email: str | None
    avatar_changed_at: datetime | None = Field(description="Null without a picture of their own.")
    downloads_per_day: int | None = Field(
        description="Tracks from outside; 0: no limit, null: as the server is set up."
    )


class UserDetail(User):
    libraries: list[UUID] = Field(description="Those the user may see.")


class UserList(BaseModel):
    items: list[User]


class SubsonicPassword(BaseModel):
    """What to type into a Subsonic app."""

    username: str
    password: str
    name: str = Field(description="Of the app password.")
    server: str | None = Field(description="The address for the app; null when the server was not told one.")


class AppPassword(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    last_client: str | None
    usable: bool = Field(description="False when its key is gone: make it anew.")
    device_id: UUID | None = Field(description="The device that it ends with.")


class AppPasswordList(BaseModel):
    items: list[AppPassword]


class NewAppPassword(AppPassword):
    password: str = Field(description="Shown this once.")


class EventResult(BaseModel):
    id: UUID
    status: str = Field(description="applied, duplicate, superseded or rejected.")


class EventResults(BaseModel):
    items: list[EventResult]


class Playing(BaseModel):
    user: str
    client: str
    player: str = Field(description="Tells the players of one user apart.")
    track: Track
    state: PlayingState
    position_ms: int = Field(description="Worked out from the last report.")
    rate: float
    started_at: datetime
    reported_at: datetime


class PlayingList(BaseModel):
    items: list[Playing]
