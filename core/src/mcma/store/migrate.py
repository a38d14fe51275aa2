"""Bringing a database to the newest schema: core's own, and each plugin's with a version table of its own.

Order: a backup copy, then everything in one transaction with foreign keys off, then the derived triggers
anew. A process killed in between leaves the old schema as it was.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import McmaError
from mcma.store import feed, plugin_feed
from mcma.store.clock import utcnow
from mcma.store.dialect import schema_locked, triggers
from mcma.store.engine import Database, migration_engine

VERSION_TABLE = "alembic_version"


class SchemaNewer(McmaError):
    """The database was written by a newer mcma; an older one must not touch it."""

    code = "schema_newer"


def core_folder() -> Path:
    with as_file(files("mcma.store") / "migrations") as folder:
        return folder


class BadRevision(McmaError):
    """A folder of revisions that cannot be followed; its author's mistake."""

    code = "bad_revision"


async def migrate_core(database: Database, backups: Path) -> list[str]:
    """Migrates core's tables. Returns the revisions that were applied, oldest first.

    Raises `SchemaNewer` when the database is from a later version.
    """
    return await migrate(database, core_folder(), VERSION_TABLE, backups, core=True)


async def migrate_plugin(database: Database, name: str, folder: Path, backups: Path) -> list[str]:
    """The same for one plugin. Whatever it raises concerns that plugin alone."""
    return await migrate(database, folder, f"alembic_version_{name}", backups, core=False)


async def migrate(
    database: Database, folder: Path, version_table: str, backups: Path, *, core: bool
) -> list[str]:
    if not await _pending(database, folder, version_table):
        return []
    async with _connection(database) as guard, schema_locked(guard):
        pending = await _pending(database, folder, version_table)
        if pending:
            await backup(database, backups, version_table)
            await _apply(database, folder, version_table, core=core)
    return pending


async def _apply(database: Database, folder: Path, version_table: str, *, core: bool) -> None:
    async with _connection(database) as connection, connection.begin():
        if not core:
            plugin = version_table.removeprefix(f"{VERSION_TABLE}_")
            await connection.run_sync(plugin_feed.drop_triggers, f"plugin_{plugin}_")
        await connection.run_sync(_upgrade, folder, version_table)
        if core:
            await connection.run_sync(install_triggers)


@asynccontextmanager
async def _connection(database: Database) -> AsyncIterator[AsyncConnection]:
    engine = migration_engine(database.url)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _pending(database: Database, folder: Path, version_table: str) -> list[str]:
    """Revisions that are still to be applied, oldest first."""
    followed = await asyncio.to_thread(revisions, folder)
    async with database.read() as connection:
        current = await connection.run_sync(_current, version_table)
    if current is not None and current not in followed.values():
        raise SchemaNewer(
            f"The database has schema {current}, which this version does not know.",
            hint="Install the version that wrote it, or restore the backup made before that upgrade.",
        )
    pending = []
    while current in followed:
        current = followed[current]
        pending.append(current)
    return pending


_REVISION = re.compile(r"""^revision(?:\s*:[^=\n]+)?\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_BEFORE = re.compile(r"""^down_revision(?:\s*:[^=\n]+)?\s*=\s*(?:["']([^"']+)["']|None)""", re.MULTILINE)


def revisions(folder: Path) -> dict[str | None, str]:
    """Revision to the one that follows it; None to the first. Read as text: nearly always nothing is pending,
    and importing Alembic to find that out would be a good part of the start.

    Raises `BadRevision` for a file that does not say them plainly, or a history that is no single line.
    """
    followed: dict[str | None, str] = {}
    for path in sorted((folder / "versions").glob("[!_]*.py")):
        text = path.read_text()
        revision, before = _REVISION.search(text), _BEFORE.search(text)
        if revision is None or before is None or before[1] in followed:
            raise BadRevision(
                f"{path.name}: say `revision` and `down_revision` plainly, in one line of descent."
            )
        followed[before[1]] = revision[1]
    return followed


def newest_revision() -> str:
    """Core's schema as this version knows it."""
    followed, newest = revisions(core_folder()), None
    while newest in followed:
        newest = followed[newest]
    assert newest is not None
    return newest


def _current(connection: sa.Connection, version_table: str) -> str | None:
    if not sa.inspect(connection).has_table(version_table):
        return None
    version = connection.scalar(sa.text(f"SELECT version_num FROM {version_table}"))
    return None if version is None else str(version)


def _upgrade(connection: sa.Connection, folder: Path, version_table: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes.update(version_table=version_table, connection=connection)
    command.upgrade(config, "head")


def install_triggers(connection: sa.Connection) -> None:
    """Drops and makes again every trigger that is derived from `feed.SYNCED`."""
    dialect = connection.dialect.name
    statements = feed.drop_statements(dialect, triggers(connection))
    statements += feed.trigger_statements(dialect) + feed.log_guard_statements(dialect)
    for statement in statements:
        connection.exec_driver_sql(statement)


async def backup(database: Database, folder: Path, version_table: str) -> Path | None:
    """A copy to go back to. None for a database without any tables yet.

    SQLite: a file in `folder`. PostgreSQL: the tables copied into a schema named after the time.
    """
    stamp = utcnow().strftime("%Y%m%d_%H%M%S_%f")
    async with database.read() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    if not names:
        return None
    if database.is_sqlite:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"before_{version_table}_{stamp}.db"
        await asyncio.to_thread(_vacuum_into, sa.engine.make_url(database.url).database or "", target)
        return target
    await _copy_schema(database, f"mcma_backup_{stamp}", names)
    return None


def _vacuum_into(source: str, target: Path) -> None:
    connection = sqlite3.connect(source)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    target.chmod(0o600)


async def _copy_schema(database: Database, schema: str, names: Sequence[str]) -> None:
    async with database.write() as transaction:
        run = transaction.connection.exec_driver_sql
        old = await run("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mcma\\_backup\\_%%' ORDER BY 1")
        for (name,) in old.all()[:-1]:
            await run(f'DROP SCHEMA "{name}" CASCADE')
        await run(f'CREATE SCHEMA "{schema}"')
        for name in names:
            await run(f'CREATE TABLE "{schema}"."{name}" AS TABLE public."{name}"')
