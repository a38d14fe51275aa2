"""Migrations: a backup first, all or nothing, never backwards."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.store import migrate
from mcma.store.engine import Database
from mcma.store.migrate import BadRevision, SchemaNewer, core_folder, migrate_core, newest_revision
from mcma.store.tables import metadata
from mcma.store.tables.machinery import key_values
from tests.core.store.rows import a_value

pytestmark = pytest.mark.anyio

NEWEST = newest_revision()

NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{NEWEST}"
def upgrade() -> None:
    op.create_table("brand_new", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("UPDATE key_values SET key = 'renamed'")
    {{ending}}
"""


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Core's revisions with one more; the file decides what it does at its end."""
    folder = Path(shutil.copytree(core_folder(), tmp_path / "migrations"))
    monkeypatch.setattr(migrate, "core_folder", lambda: folder)
    revision = folder / "versions" / "9999_next.py"
    revision.write_text(NEXT.format(ending="pass"))
    return revision


async def put(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(key_values), [a_value("kept")])


async def state(database: Database) -> tuple[str, bool, list[str]]:
    async with database.read() as connection:
        version = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        keys = list((await connection.scalars(sa.select(key_values.c.key))).all())
    return str(version), "brand_new" in names, keys


async def test_an_upgrade_makes_a_backup_first_and_keeps_the_data(
    database: Database, newer: Path, tmp_path: Path
) -> None:
    await put(database)
    assert await migrate_core(database, tmp_path / "backups") == ["9999"]
    assert await state(database) == ("9999", True, ["renamed"])
    assert await backed_up_keys(database, tmp_path / "backups") == ["kept"]
    assert await migrate_core(database, tmp_path / "backups") == []


async def backed_up_keys(database: Database, folder: Path) -> list[str]:
    if database.is_sqlite:
        [copy] = folder.iterdir()
        assert copy.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(copy)) as opened:
            return [row[0] for row in opened.execute("SELECT key FROM key_values")]
    async with database.read() as connection:
        query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mcma_backup_%'"
        [schema] = (await connection.scalars(sa.text(query))).all()
        return list((await connection.scalars(sa.text(f'SELECT key FROM "{schema}".key_values'))).all())


async def test_a_failing_upgrade_leaves_the_old_schema(
    database: Database, newer: Path, tmp_path: Path
) -> None:
    await put(database)
    newer.write_text(NEXT.format(ending="1 / 0"))
    with pytest.raises(ZeroDivisionError):
        await migrate_core(database, tmp_path / "backups")
    assert await state(database) == (NEWEST, False, ["kept"])


async def test_an_older_version_refuses_a_newer_schema(
    database: Database, newer: Path, tmp_path: Path
) -> None:
    await migrate_core(database, tmp_path / "backups")
    newer.unlink()
    shutil.rmtree(newer.parent / "__pycache__", ignore_errors=True)
    with pytest.raises(SchemaNewer, match="9999"):
        await migrate_core(database, tmp_path / "backups")


@pytest.mark.parametrize(
    "text",
    [
        f"revision: str = '9999'\ndown_revision: str | None = '{NEWEST}'\ndef upgrade() -> None: ...\n",
        f'down_revision = "{NEWEST}"\nrevision = "9999"\ndef upgrade() -> None: ...\n',
    ],
)
async def test_revisions_may_be_written_as_alembic_writes_them(
    database: Database, newer: Path, tmp_path: Path, text: str
) -> None:
    newer.write_text(text)
    assert await migrate_core(database, tmp_path / "backups") == ["9999"]


@pytest.mark.parametrize(
    "text", [f"revision, down_revision = '9999', '{NEWEST}'\n", "revision = '9999'\ndown_revision = None\n"]
)
async def test_a_history_that_cannot_be_followed_is_refused(
    database: Database, newer: Path, tmp_path: Path, text: str
) -> None:
    newer.write_text(text)
    with pytest.raises(BadRevision, match=r"9999_next\.py"):
        await migrate_core(database, tmp_path / "backups")


async def test_two_at_once_migrate_once(database: Database, newer: Path, tmp_path: Path) -> None:
    await put(database)
    other = Database(database.url)
    await asyncio.gather(*(migrate_core(one, tmp_path / "backups") for one in (database, other)))
    await other.close()
    assert await state(database) == ("9999", True, ["renamed"])


async def test_the_migrated_schema_is_the_one_of_the_tables(database: Database) -> None:
    """The revisions and the models say the same, column by column."""
    async with database.read() as connection:
        found = await connection.run_sync(columns_of)
    expected = {
        (table.name, column.name, column.nullable) for table in metadata.tables.values() for column in table.c
    }
    assert {entry for entry in found if entry[0] in metadata.tables and entry[1] != "tsv"} == expected


def columns_of(connection: sa.Connection) -> set[tuple[str, str, bool]]:
    inspector = sa.inspect(connection)
    return {
        (table, column["name"], column["nullable"])
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }


async def test_every_index_of_the_tables_is_there(database: Database) -> None:
    async with database.read() as connection:
        found = await connection.run_sync(
            lambda sync: {
                index["name"] for table in metadata.tables for index in sa.inspect(sync).get_indexes(table)
            }
        )
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= found
