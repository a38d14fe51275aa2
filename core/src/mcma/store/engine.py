"""Opening the database. One class for both engines; the differences are in `dialect`.

On SQLite there is one writing connection, handed out first come, first served, and a few that only read: one
writer and one checkpointer (SQLite before 3.51.3 can corrupt a WAL that two connections reset at once).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from mcma.domain.errors import OutOfSpace, Unavailable
from mcma.store.dialect import prefer_indexes
from mcma.store.failures import translated
from mcma.store.reserve import Reserve
from mcma.store.sqlite_driver import connector

READERS = 4
PRESSED_SECONDS = 2.0
"""How long after somebody's write had to wait for another those of the background are kept shorter."""


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _loads(value: Any) -> Any:
    """SQLite keeps a JSON number as the number it is, not as text."""
    return value if isinstance(value, int | float) else orjson.loads(value)


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@dataclass(slots=True)
class WriteTransaction:
    """One open transaction. What is added to `after_commit` runs once it has been committed."""

    connection: AsyncConnection
    after_commit: list[Callable[[], Awaitable[None] | None]] = field(default_factory=list)

    async def run_after_commit(self) -> None:
        for callback in self.after_commit:
            waiting = callback()
            if waiting is not None:
                await waiting


class Database:
    """`read()` and `write()` are the only ways in.

    Raises `OutOfSpace` when the disk is full and `Unavailable` when the server cannot be reached. `reserve`
    is space that is given up for people's small writes when the disk is full.
    """

    def __init__(self, url: str, reserve: Reserve | None = None) -> None:
        self.url = url
        self._reserve = reserve
        self.dialect = make_url(url).get_backend_name()
        if self.dialect == "sqlite":
            self._reader = _sqlite_engine(url, size=READERS, writing=False, isolation_level="AUTOCOMMIT")
            self._writer = _sqlite_engine(url, size=1, writing=True)
        else:
            self._writer = _postgres_engine(url)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = asyncio.Lock()
        self._heard: list[Callable[[], object]] = []
        self._pressed_until = 0.0

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @property
    def pressed(self) -> bool:
        """Whether people write as well, and wait: who writes in bulk then takes less at a time."""
        return time.monotonic() < self._pressed_until

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only reads; every statement sees what is committed by then."""
        with translated():
            async with _connected(self._reader) as connection:
                yield connection

    @asynccontextmanager
    async def write(self, *, bulk: bool = False) -> AsyncIterator[WriteTransaction]:
        """A transaction: committed at the end, rolled back by any exception. Keep it short.

        `bulk` writes leave the last of a full disk to what people do: they get `OutOfSpace` first.
        """
        if self._reserve is not None:
            if not bulk:
                self._reserve.spare()
            elif not self._reserve.hold():
                raise OutOfSpace("The disk that holds the data folder is full.")
        try:
            if self.is_sqlite:
                if not bulk and self._turn.locked():
                    self._pressed_until = time.monotonic() + PRESSED_SECONDS
                async with self._turn, self._begin() as transaction:
                    yield transaction
            else:
                async with self._begin() as transaction:
                    yield transaction
        except OutOfSpace:
            if self._reserve is not None:
                self._reserve.release()
            raise
        for hear in self._heard:
            hear()
        await transaction.run_after_commit()

    def after_writes(self, hear: Callable[[], object]) -> None:
        """Called after each commit of this process; it must not take time."""
        self._heard.append(hear)

    def know(self, **options: object) -> None:
        """Whatever its connections carry from now on, in their execution options."""
        self._writer.update_execution_options(**options)
        self._reader.update_execution_options(**options)

    def hold_reserve(self) -> None:
        """As long as there is room for it. For a server; a command is over too soon."""
        if self._reserve is not None:
            self._reserve.hold()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[WriteTransaction]:
        with translated():
            async with _connected(self._writer) as connection, connection.begin():
                yield WriteTransaction(connection)

    async def close(self) -> None:
        await self._reader.dispose()
        if self.is_sqlite:
            await self._writer.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. Only getting one may fail with the operating system's errors; those of the
    caller's own work, later, are the caller's."""
    try:
        connection = await engine.connect()
    except (OSError, TimeoutError) as error:
        raise Unavailable("The database cannot be reached.") from error
    try:
        yield connection
    except asyncpg.InternalClientError as error:
        # what the driver says when the server ended the connection just before: SQLAlchemy does not know it
        await connection.invalidate(error)
        raise Unavailable("The database cannot be reached.") from error
    finally:
        await asyncio.shield(connection.close())


def migration_engine(url: str) -> AsyncEngine:
    """One connection for schema changes; on SQLite without foreign keys, which a rebuilt table would trip."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, size=1, writing=True, foreign_keys=False)
    return create_async_engine(url, pool_size=1, hide_parameters=True)


def _sqlite_engine(
    url: str, *, size: int, writing: bool, foreign_keys: bool = True, **more: Any
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=_loads,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        pool_use_lifo=True,  # the one with the warmest cache; the others stay small
        max_overflow=0,
        pool_timeout=60,
        skip_autocommit_rollback=not writing,
        async_creator=connector(url),
        **more,
    )

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA cache_size=-16000" if writing else "PRAGMA cache_size=-8000")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("PRAGMA mmap_size=0")
        cursor.execute(f"PRAGMA wal_autocheckpoint={4000 if writing else 0}")
        cursor.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
        cursor.close()

    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def on_invalidate(connection: Any, _record: Any, _error: Any) -> None:
        """A statement was cancelled. Closing the connection frees its lock only once nobody holds the cursor,
        and the traceback does: without this, whoever handles the error waits for itself."""
        connection.rollback()

    sa.event.listen(engine.sync_engine, "connect", on_connect)
    if writing:
        sa.event.listen(engine.sync_engine, "begin", on_begin)
        sa.event.listen(engine.sync_engine, "invalidate", on_invalidate)
    return engine


def _postgres_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        skip_autocommit_rollback=True,
    )
    sa.event.listen(engine.sync_engine, "connect", lambda connection, _record: prefer_indexes(connection))
    return engine
