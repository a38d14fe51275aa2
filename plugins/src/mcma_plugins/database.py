"""Tables for plugins. Imported on demand: it brings in SQLAlchemy.

A plugin's tables are named `plugin_<name>_*`, live in a metadata made by `plugin_metadata`, and come into
being through the Alembic revisions in the folder its `migrations()` hook returns. Those that clients are to
follow are declared by `synced_table` and the hook `synced_tables()`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

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


class Id(TypeDecorator[UUID]):
    """A UUID as core keeps it: 16 bytes on SQLite, `uuid` on PostgreSQL. Columns that point at core's tables
    MUST be of it, in the migrations as well: `sa.Uuid()` is text on SQLite and never equal to core's ids."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.Uuid() if postgres else sa.BLOB(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return value if value is None or dialect.name == "postgresql" else UUID(bytes=value)


CORE_TABLES = ("users", "libraries", "artists", "albums", "tracks", "playlists", "claims")
"""Core tables a plugin may point at; each has `id` (`Id`)."""


def plugin_metadata() -> sa.MetaData:
    """A metadata with stubs of `CORE_TABLES`, so that foreign keys resolve. Keys to core MUST say
    `ondelete="CASCADE"`."""
    metadata = sa.MetaData()
    for name in CORE_TABLES:
        sa.Table(name, metadata, sa.Column("id", Id(), primary_key=True), info={"core": True})
    return metadata


SyncScope = Literal["me", "catalog", "shared"]
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")
"""Of tables and columns that are synced. An engine's names have 63 at most; triggers are named after them."""
_TOLD: tuple[type[TypeEngine[Any]], ...] = (
    Id, sa.String, sa.Boolean, sa.Integer, sa.Float, sa.DateTime, sa.JSON,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyncedTable:
    """A table whose rows clients follow. Made by `synced_table`, which checks it."""

    table: sa.Table
    scope: SyncScope
    scope_column: str | None
    columns: tuple[str, ...]
    id_column: str

    @property
    def name(self) -> str:
        return str(self.table.name)


def synced_table(
    table: sa.Table,
    scope: SyncScope,
    *,
    columns: Sequence[str],
    scope_column: str | None = None,
    id_column: str = "id",
) -> SyncedTable:
    """Declares that clients follow the rows of a table, as type `<name of the table>@1`.

    `scope`: `me`, the user's whose id is in `scope_column` (`user_id`); `catalog`, those who may see the
    library whose id is there (`library_id`); `shared`, everybody's. A row without it is nobody's. `columns`
    are told under their names: text, whole and other numbers, booleans, times with a zone, JSON and ids.
    `id_column` is the primary key, an `Id`. Where the table has a column `deleted_at`, rows that have it set
    are gone for clients. Raises `ValueError`, in words for people.
    """
    if scope not in ("me", "catalog", "shared"):
        raise ValueError(f"{table.name}: the scope {scope!r} is none of me, catalog, shared")
    column = scope_column or {"me": "user_id", "catalog": "library_id"}.get(scope)
    if scope == "shared" and column is not None:
        raise ValueError(f"{table.name}: what is shared has no scope_column")
    made = SyncedTable(table, scope, column, tuple(columns), id_column)
    if problem := next(_problems(made), None):
        raise ValueError(f"{table.name}: {problem}")
    return made


def _problems(one: SyncedTable) -> Iterator[str]:
    if not _NAME.fullmatch(one.table.name):
        yield "the name of a synced table has at most 50 lower case letters, digits and underscores"
    if not one.columns or len(set(one.columns)) != len(one.columns):
        yield "columns names what is told, each once"
    ids = [one.id_column, *([one.scope_column] if one.scope_column else [])]
    for name in (*ids, *one.columns):
        if name not in one.table.c or not _NAME.fullmatch(name):
            yield f"there is no column {name!r} with a plain name"
        elif not isinstance(one.table.c[name].type, (Id,) if name in ids else _TOLD):
            yield f"{name} must be an Id" if name in ids else f"{name} is of a type that cannot be told"
    if [column.name for column in one.table.primary_key] != [one.id_column]:
        yield f"its primary key must be {one.id_column} alone"
