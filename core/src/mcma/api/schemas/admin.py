"""Answers for administrators."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Library
from mcma.api.schemas.machinery import Notice


class DatabaseFacts(BaseModel):
    kind: str = Field(description="sqlite or postgresql.")
    version: str
    size: int = Field(description="Bytes.")
    schema_: str | None = Field(alias="schema")


class Disk(BaseModel):
    """Of the data folder, in bytes."""

    free: int
    total: int


class Worker(BaseModel):
    id: UUID
    host: str
    pid: int
    role: str = Field(description="serve or worker.")
    slots: int
    kinds: list[str]
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    running: int


class PluginNote(BaseModel):
    name: str
    state: str
    reason: str | None
    hint: str | None
    notices: list[Notice]


class Concern(BaseModel):
    code: str = Field(description="Stable: sqlite_old, no_tls, secrets_readable, plugin_failed and so on.")
    level: str = Field(description="error or warning.")
    message: str
    hint: str | None


class Overview(BaseModel):
    version: str
    started_at: datetime
    uptime_s: int
    database: DatabaseFacts
    disk: Disk
    libraries: list[Library]
    jobs: dict[str, int] = Field(description="How many there are in each state.")
    workers: list[Worker]
    plugins: list[PluginNote]
    tools: dict[str, str | None] = Field(description="Where each program is; null for one that is missing.")
    doorbell: str = Field(description="embedded or redis.")
    warnings: list[Concern]


class Setting(BaseModel):
    plugin: str | None = Field(description="Null for the server's own.")
    name: str
    env: str = Field(description="The variable it was read from, or would be.")
    value: str | None = Field(description="Secrets are masked.")
    default: str | None
    origin: str = Field(description="default, env, .env, file, generated, given or missing.")
    secret: bool
    description: str


class SettingList(BaseModel):
    items: list[Setting]
    schemas: dict[str, dict[str, Any]] = Field(description="By plugin, the JSON schema of its settings.")


class MergedItem(BaseModel):
    id: UUID
    name: str


class Merge(BaseModel):
    """Two items that turned out to be one: the loser's id leads to the winner."""

    id: UUID
    kind: str = Field(description="track, album, artist or label.")
    loser: MergedItem
    winner: MergedItem
    reason: str
    by_user: UUID | None = Field(description="Null: by itself, or at the command line; `reason` tells.")
    at: datetime
    undone_at: datetime | None
    can_undo: bool = Field(
        description="Whether it is of a kind that can be; what came later may be in the way."
    )


class MergePage(BaseModel):
    items: list[Merge]
    next: str | None
