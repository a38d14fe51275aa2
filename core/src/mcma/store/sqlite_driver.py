"""aiosqlite with one trip to its thread for a statement.

SQLAlchemy asks for a cursor, runs it, fetches all rows and closes it; each of the four would be a trip of its
own, and a trip costs more than most statements do.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import dialect
from sqlalchemy.engine import make_url

_BUSY_SECONDS = 30


def connector(url: str) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """What to give `create_async_engine` as `async_creator`."""
    arguments, options = dialect().create_connect_args(make_url(url))
    opened: Any = partial(sqlite3.connect, *arguments, **options, timeout=_BUSY_SECONDS)

    async def connect() -> aiosqlite.Connection:
        connection = _Connection(opened, iter_chunk_size=64)
        connection._thread.daemon = True  # as SQLAlchemy does: a process may end without closing
        return await connection

    return connect


class _Connection(aiosqlite.Connection):
    def cursor(self) -> Any:
        return _Cursor(self)

    async def trip(self, how: str, sql: str, parameters: Sequence[Any], into: "_Cursor") -> None:
        make_it: Any = self._execute
        await make_it(self._run, how, sql, parameters, into)

    def _run(self, how: str, sql: str, parameters: Sequence[Any], into: "_Cursor") -> None:
        """In the connection's thread."""
        cursor = getattr(self._conn, how)(sql, parameters)
        into.description = cursor.description
        into.rows = cursor.fetchall() if cursor.description else []
        into.rowcount, into.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class _Cursor:
    """What SQLAlchemy uses of a cursor. All rows are there at once, as SQLAlchemy keeps them anyway."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.description: Any = None
        self.rows: list[Any] = []
        self.rowcount, self.arraysize = -1, 1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.trip("execute", sql, parameters, self)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Any]) -> Self:
        await self._connection.trip("executemany", sql, parameters, self)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self.rows = self.rows, []
        return rows

    async def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany()), None)

    async def close(self) -> None:
        self.rows = []
