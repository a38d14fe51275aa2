"""Who waits for whom: locks of PostgreSQL, where SQLite has one writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def schema_locked(connection: AsyncConnection) -> AsyncIterator[None]:
    """One migration at a time, from its backup to its end. SQLite's data folder is locked already."""
    if connection.dialect.name == "sqlite":
        yield
        return
    async with connection.begin():
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727265)"))
        yield


async def lock_schema(connection: AsyncConnection) -> None:
    """As `schema_locked`, to the end of the transaction that runs."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727265)"))


async def lock_feed(connection: AsyncConnection) -> None:
    """For those who write the change feed themselves, instead of the triggers: before they draw `seq`."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727266)"))


async def lock_catalogue(connection: AsyncConnection) -> None:
    """One writer of the catalogue at a time, so that two scans never make the same artist twice."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727267)"))


async def hold_catalogue(connection: AsyncConnection) -> None:
    """For transactions that write what depends on tracks, credits and redirects: playlists and their counts,
    likes and plays. To be the first thing in them: no writer of the catalogue is in the middle of it then,
    and whatever one does next sees what was written. Any number hold it at once."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(727267)"))


async def lock_asking(connection: AsyncConnection) -> None:
    """After the user: whoever asks for several things does it in an order of their own."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727268)"))


async def tell_now(connection: AsyncConnection) -> None:
    """Has the feed told now, not at the commit, of what this transaction wrote. On PostgreSQL all other
    writers of the feed wait from here to the end."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
