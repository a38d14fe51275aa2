"""How statements are planned, run, limited, and fail."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection


async def fetched(
    connection: AsyncConnection, sql: str, values: Sequence[Any], *, varied: bool = False
) -> Sequence[Sequence[Any]]:
    """All rows of a query, as the driver gives them: one trip to SQLite's thread, or one message.

    `varied`: the best plan depends on the values. Raises the driver's own exceptions.
    """
    assert connection.sync_connection is not None
    driver: Any = connection.sync_connection.connection.driver_connection
    rows: Sequence[Sequence[Any]]
    if connection.dialect.name == "sqlite":
        rows = await driver.execute_fetchall(sql, values)
    else:
        await _planned(connection.sync_connection.info, driver, "force_custom_plan" if varied else "auto")
        rows = await driver.fetch(sql, *values)
    return rows


def says_aborted(error: sa.exc.DBAPIError) -> bool:
    """PostgreSQL runs nothing more in a transaction in which something has failed."""
    return getattr(error.orig, "sqlstate", None) == "25P02"


async def _planned(info: dict[Any, Any], driver: Any, mode: str) -> None:
    """From its sixth run on PostgreSQL takes one plan for a statement whatever its values are, and then
    expects few rows of every condition: it would collect and sort what a list only has to be walked for.
    Planning costs a small query more than running it, so most are left to that."""
    if info.get("plan_cache_mode", "auto") != mode:
        await driver.execute(f"SET plan_cache_mode = {mode}")
        info["plan_cache_mode"] = mode


def prefer_indexes(connection: Any) -> None:
    """For a new connection of SQLAlchemy's. Lists are read along indexes that are mostly in memory: as costly
    as PostgreSQL takes that to be, it would rather read whole tables. Compiling a plan (JIT) never pays."""
    connection.run_async(lambda driver: driver.execute("SET random_page_cost = 1.1; SET jit = off"))


def ready_made(dialect: Dialect) -> bool:
    """Whether the driver makes ids, times and documents itself; SQLite stores them as what it has."""
    return dialect.name != "sqlite"


async def refresh_statistics(connection: AsyncConnection, tables: Iterable[sa.Table] = ()) -> None:
    """Tells the planner how large `tables` (all, without any) have become, after much was written.

    PostgreSQL's autovacuum comes to it within minutes; until then it sorts whole libraries for one page.
    SQLite is left alone: lists are read along the index of their order by how they are written, and
    statistics of its own would only talk it out of that.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables)
        await connection.execute(sa.text(f"ANALYZE {names}"))


@asynccontextmanager
async def limited(connection: AsyncConnection, seconds: float) -> AsyncIterator[None]:
    """Statements in it are stopped after so long: `TimeoutError`. For connections that only read."""
    limit = _interrupting if connection.dialect.name == "sqlite" else _timed
    try:
        async with limit(connection, seconds):
            yield
    except sa.exc.DBAPIError as error:
        stopped = getattr(error.orig, "sqlstate", None) == "57014" or str(error.orig) == "interrupted"
        if stopped:
            raise TimeoutError("The database took too long.") from error
        raise


@asynccontextmanager
async def _timed(connection: AsyncConnection, seconds: float) -> AsyncIterator[None]:
    await connection.execute(sa.text(f"SET statement_timeout = {int(seconds * 1000)}"))
    try:
        yield
    finally:
        await connection.execute(sa.text("RESET statement_timeout"))


@asynccontextmanager
async def _interrupting(connection: AsyncConnection, seconds: float) -> AsyncIterator[None]:
    assert connection.sync_connection is not None
    driver: Any = connection.sync_connection.connection.driver_connection

    async def interrupt() -> None:
        await asyncio.sleep(seconds)
        await driver.interrupt()

    timer = asyncio.create_task(interrupt())
    try:
        yield
    finally:
        timer.cancel()
