"""Reading and writing: rollbacks, the full disk, databases that are away."""

import asyncio
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from mcma.domain.errors import OutOfSpace, Unavailable
from mcma.store.engine import Database, sqlite_url
from mcma.store.reserve import NAME, Reserve
from mcma.store.tables.machinery import key_values
from tests.core.store.rows import a_value

pytestmark = pytest.mark.anyio


async def put(database: Database, key: str, text: str = "x", *, bulk: bool = False) -> None:
    async with database.write(bulk=bulk) as transaction:
        await transaction.connection.execute(sa.insert(key_values), [a_value(key, text)])


async def keys(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.scalars(sa.select(key_values.c.key).order_by(key_values.c.key))).all())


async def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as transaction:
            await transaction.connection.execute(sa.insert(key_values), [a_value("lost")])
            _ = 1 / 0
    await put(database, "kept")
    assert await keys(database) == ["kept"]


async def test_a_cancelled_transaction_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    begun = asyncio.Event()

    async def slow() -> None:
        async with database.write() as transaction:
            await transaction.connection.execute(sa.insert(key_values), [a_value("lost")])
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await put(database, "kept")
    assert await keys(database) == ["kept"]


async def test_after_commit_runs_after_a_commit_only(database: Database) -> None:
    heard: list[str] = []

    async def hear() -> None:
        heard.append(",".join(await keys(database)))

    async with database.write() as transaction:
        transaction.after_commit.append(hear)
        await transaction.connection.execute(sa.insert(key_values), [a_value("a")])
        assert heard == []
    with pytest.raises(ZeroDivisionError):
        async with database.write() as transaction:
            transaction.after_commit.append(hear)
            _ = 1 / 0
    assert heard == ["a"]


async def test_a_reader_cannot_write(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has many writers; only SQLite's readers are kept from writing")
    with pytest.raises(sa.exc.DBAPIError, match="readonly"):
        async with database.read() as connection:
            await connection.execute(sa.insert(key_values), [a_value("no")])


@pytest.fixture
async def small(sqlite_template: Path, tmp_path: Path) -> "Database":
    """A database that may not grow by much, as on a full disk, with its reserve."""
    path = tmp_path / "mcma.db"
    shutil.copy(sqlite_template, path)
    held = Reserve(tmp_path, size=4096, room=0)
    assert held.hold()
    database = Database(sqlite_url(path), held)
    async with database.write() as transaction:
        pages = await transaction.connection.scalar(sa.text("PRAGMA page_count"))
        await transaction.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")
    return database


async def test_on_a_full_disk_bulk_is_refused_and_small_writes_go_on(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**9, used=10**9, free=0))
    with pytest.raises(OutOfSpace):
        await put(small, "large", "x" * 1_000_000)
    assert not (tmp_path / NAME).exists(), "the reserve is what small writes live on"
    with pytest.raises(OutOfSpace):
        await put(small, "bulk", bulk=True)
    await put(small, "small")
    assert await keys(small) == ["small"]
    monkeypatch.undo()
    await put(small, "bulk", bulk=True)
    assert (tmp_path / NAME).stat().st_size == 4096
    assert await keys(small) == ["bulk", "small"]
    await small.close()


async def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"postgresql+asyncpg://nobody@/none?host={tmp_path}")
    with pytest.raises(Unavailable):
        await keys(database)
    await database.close()
