"""Statements that write, and the times they compare."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import utcnow


def upsert(
    connection: AsyncConnection | sa.Connection,
    table: sa.Table,
    keys: Sequence[str],
    update: Sequence[str] | None = None,
) -> Any:
    """INSERT ... ON CONFLICT (keys) DO UPDATE of `update` (all other columns given; () does nothing)."""
    return upsert_into(connection.dialect.name, table, keys, update)


def upsert_into(
    dialect: str, table: sa.Table, keys: Sequence[str], update: Sequence[str] | None = None
) -> Any:
    """The same for a dialect by its name."""
    module = sqlite if dialect == "sqlite" else postgresql
    statement = module.insert(table)
    if update is None:
        update = [column.name for column in table.columns if column.name not in keys]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in update}
    )


def insert_ignoring(connection: AsyncConnection, table: sa.Table) -> Any:
    """INSERT ... ON CONFLICT DO NOTHING, whatever constraint it is that conflicts."""
    module = sqlite if connection.dialect.name == "sqlite" else postgresql
    return module.insert(table).on_conflict_do_nothing()


def database_now(connection: AsyncConnection) -> Any:
    """The database's clock: leases are compared with nothing else. SQLite's is this machine's."""
    if connection.dialect.name == "sqlite":
        return sa.literal(utcnow())
    return sa.func.clock_timestamp()


def shifted(dialect: str, column: sa.ColumnElement[Any], by: timedelta) -> sa.ColumnElement[Any]:
    """A time of a column and a span; on SQLite, which keeps times as text, to the millisecond."""
    if dialect == "sqlite":
        made = sa.func.strftime("%Y-%m-%d %H:%M:%f", column, f"{by.total_seconds():+.3f} seconds")
        return sa.type_coerce(made, column.type)
    return column + by


def for_update_skip_locked(connection: AsyncConnection, statement: sa.Select[Any]) -> sa.Select[Any]:
    """On SQLite the writer is alone already."""
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=True)
