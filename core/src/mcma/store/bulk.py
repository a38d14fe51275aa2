"""Inserting many rows: the statement is SQLAlchemy's, the values go straight to the driver.

A scan spends most of its time here. Each column's converter is looked up once per table instead of once per
row, and values that repeat (a batch has one `now`) are converted once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import upsert_into

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]


async def insert_rows(connection: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    """INSERT of `rows`, which all have the same keys. Columns not given get their default."""
    if rows:
        insert = _prepared(connection.dialect, table, tuple(rows[0]), None, None)
        await connection.exec_driver_sql(insert.sql, insert.values(rows))


async def upsert_rows(
    connection: AsyncConnection,
    table: sa.Table,
    rows: Sequence[Row],
    keys: tuple[str, ...],
    update: tuple[str, ...] | None = None,
) -> None:
    """The same with `dialect.upsert`: rows whose `keys` are there set the columns of `update`."""
    if rows:
        insert = _prepared(connection.dialect, table, tuple(rows[0]), keys, update)
        await connection.exec_driver_sql(insert.sql, insert.values(rows))


@lru_cache(200)
def _prepared(
    dialect: Dialect,
    table: sa.Table,
    names: tuple[str, ...],
    keys: tuple[str, ...] | None,
    update: tuple[str, ...] | None,
) -> "_Insert":
    statement = sa.insert(table) if keys is None else upsert_into(dialect.name, table, keys, update)
    return _Insert(dialect, table, names, statement)


class _Insert:
    def __init__(self, dialect: Dialect, table: sa.Table, names: tuple[str, ...], statement: Any) -> None:
        columns = [c for c in table.columns if c.name in names or _default(c) is not None]
        self.sql = str(statement.compile(dialect=dialect, column_keys=[column.name for column in columns]))
        self._columns = [(column.name, _default(column), _convert(column, dialect)) for column in columns]

    def values(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        by_column = [self._values(rows, *column) for column in self._columns]
        return list(zip(*by_column, strict=True))

    @staticmethod
    def _values(rows: Sequence[Row], name: str, default: Any, convert: Convert | None) -> list[Any]:
        if name not in rows[0]:
            return [default if convert is None else convert(default)] * len(rows)
        if convert is None:
            return [row[name] for row in rows]
        return _converted([row[name] for row in rows], convert)


def _converted(values: list[Any], convert: Convert) -> list[Any]:
    made: list[Any] = []
    last, converted = None, convert(None)
    for value in values:
        if value is not last:
            last, converted = value, convert(value)
        made.append(converted)
    return made


def _default(column: sa.Column[Any]) -> Any:
    default = column.default
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None


def _convert(column: sa.Column[Any], dialect: Dialect) -> Convert | None:
    if isinstance(column.type, sa.LargeBinary):
        return None  # both drivers take bytes as they are; SQLAlchemy wraps each value
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def update_by_id(table: sa.Table, row: Row) -> sa.Update:
    """UPDATE of one row for executemany: `b_id` is the id, all other keys of `row` are columns."""
    values = {name: sa.bindparam(name, type_=table.c[name].type) for name in row if name != "b_id"}
    return sa.update(table).where(table.c.id == sa.bindparam("b_id", type_=table.c.id.type)).values(values)
