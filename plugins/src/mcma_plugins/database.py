"""Tables for plugins. Imported on demand: it brings in SQLAlchemy.

A plugin's tables are named `plugin_<name>_*`, live in a metadata made by `plugin_metadata`, and come into
being through the Alembic revisions in the folder its `migrations()` hook returns.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma_plugins.ids import JobId
from mcma_plugins.jobs import Payload, Priority


class Transaction(Protocol):
    """One transaction of core's database, committed when the context ends without an error."""

    @property
    def connection(self) -> AsyncConnection: ...

    async def enqueue(
        self,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: Priority = Priority.NORMAL,
        parent_id: JobId | None = None,
    ) -> JobId:
        """A job that exists exactly when the transaction does; `parent_id`: the job it is a part of."""
        ...


class PluginDatabase(Protocol):
    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for reading."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Keep it short: on SQLite every writer of the server waits for it."""
        ...


CORE_TABLES = ("users", "libraries", "artists", "albums", "tracks", "playlists", "claims")
"""Core tables a plugin may point at; each has `id` (UUID)."""


def plugin_metadata() -> sa.MetaData:
    """A metadata with stubs of `CORE_TABLES`, so that foreign keys resolve. Keys to core MUST say
    `ondelete="CASCADE"`."""
    metadata = sa.MetaData()
    for name in CORE_TABLES:
        sa.Table(name, metadata, sa.Column("id", sa.Uuid(), primary_key=True), info={"core": True})
    return metadata


@dataclass(frozen=True, slots=True)
class SyncedTable:
    """A plugin table whose rows clients follow through the change feed."""

    table: str
    kind: str
    """Name on the wire, for example "lyrics@1"."""
    id_column: str = "id"
    scope_column: str = "user_id"
    """Column with the user's or library's id."""
    scope: str = "me"
    """me or catalog."""
    columns: Sequence[str] = ()
    """Columns whose change is a change for clients; empty for all."""
