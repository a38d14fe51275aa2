"""Queries that are built and compiled once. What varies are their values, all of them named parameters.

SQLAlchemy writes the SQL for either engine. Running it goes past SQLAlchemy, straight to the driver: for a
small answer it would cost several times what the database does.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store import dialect as engines

Columns = list[Sequence[Any]]
"""An answer by column, which is how it is turned into views fastest; [] without any row."""
Values = dict[str, Any]
_Convert = Callable[[Any], Any]
_DRIVER_ERRORS = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError)


def param(name: str, like: Any = None) -> sa.BindParameter[Any]:
    """A value given at each run, of the type of a column or of a type."""
    kind = getattr(like, "type", like)
    return sa.bindparam(name, type_=kind)


class _Reader(NamedTuple):
    """Makes values of what the driver gives: one by one, or of a column without gaps at once."""

    one: _Convert
    whole: Callable[[Sequence[Any]], Iterable[Any]]


class _Compiled(NamedTuple):
    sql: str
    names: tuple[str, ...]
    fixed: dict[str, Any]
    """Values that are part of the query."""
    binds: tuple[_Convert | None, ...]
    results: tuple[_Reader | None, ...]


class Prepared:
    """One SELECT of one shape. `varied`: how it is best run depends on its values."""

    __slots__ = ("_compiled", "_statement", "_varied")

    def __init__(self, statement: sa.Select[Any] | sa.CompoundSelect[Any], *, varied: bool = False) -> None:
        self._statement, self._varied = statement, varied
        self._compiled: dict[str, _Compiled] = {}

    async def columns(self, connection: AsyncConnection, values: Values) -> Columns:
        made = self._for(connection.dialect)
        given = made.fixed | values
        bound = [
            given[name] if bind is None else bind(given[name])
            for name, bind in zip(made.names, made.binds, strict=True)
        ]
        try:
            rows = await engines.fetched(connection, made.sql, bound, varied=self._varied)
        except _DRIVER_ERRORS as error:
            return await self._carefully(connection, values, error)
        return _converted(rows, made.results)

    async def _carefully(self, connection: AsyncConnection, values: Values, first: Exception) -> Columns:
        """Again by SQLAlchemy, which knows what the driver's errors mean and when a connection is gone. Where
        the first error has ended the transaction, another one only says that: the first one is told."""
        try:
            rows = (await connection.execute(self._statement, dict(values))).all()
        except sa.exc.DBAPIError as again:
            if engines.says_aborted(again):
                raise sa.exc.DBAPIError(str(self._statement), None, first) from first
            raise
        return list(zip(*rows, strict=True))

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return found


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    late = compiled.literal_execute_params | compiled.post_compile_params
    if late:
        found = ", ".join(sorted(each.key for each in late))
        raise TypeError(f"{found}: written into the SQL at each run, which a prepared query does not do")
    params = [compiled.binds[name] for name in compiled.positiontup or ()]
    fixed = {each.key: each.effective_value for each in params if not each.required}
    binds = [each.type.dialect_impl(dialect).bind_processor(dialect) for each in params]
    names = tuple(each.key for each in params)
    return _Compiled(str(compiled), names, fixed, tuple(binds), tuple(_results(statement, dialect)))


def _results(statement: Any, dialect: Dialect) -> list[_Reader | None]:
    columns = statement.selected_columns
    if engines.ready_made(dialect):
        return [None] * len(columns)
    return [_reader(column.type, dialect) for column in columns]


def _reader(kind: Any, dialect: Dialect) -> _Reader | None:
    one = kind.dialect_impl(dialect).result_processor(dialect, None)
    return None if one is None else _Reader(one, getattr(kind, "whole", None) or partial(map, one))


def _converted(rows: Sequence[Sequence[Any]], results: Sequence[_Reader | None]) -> Columns:
    columns: Columns = list(zip(*rows, strict=True))
    if columns:
        for place in compress(range(len(results)), results):
            columns[place] = _column(columns[place], results[place])
    return columns


def _column(values: Sequence[Any], reader: Any) -> Sequence[Any]:
    """Columns without any value are many: an MBID, a rating, a date."""
    missing = values.count(None)
    if missing == len(values):
        return values
    return list(map(reader.one, values) if missing else reader.whole(values))
