"""One trip to SQLite's thread for a statement, and everything SQLAlchemy wants to know about it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa

from mcma.store.engine import Database, sqlite_url

pytestmark = pytest.mark.anyio

NOTES = sa.Table(
    "notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text)
)


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path / "one.db"))
    async with database.write() as transaction:
        await transaction.connection.run_sync(NOTES.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    execute: Any = aiosqlite.Connection._execute

    async def counted(self: Any, work: Any, *arguments: Any, **named: Any) -> Any:
        made.append(work.__name__)
        return await execute(self, work, *arguments, **named)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


async def test_a_statement_is_one_trip(notes: Database, trips: list[str]) -> None:
    async with notes.write() as transaction:
        connection = transaction.connection
        trips.clear()
        await connection.execute(sa.insert(NOTES), [{"text": "a"}, {"text": "b"}])
        assert len(trips) == 1
        assert (await connection.execute(sa.select(NOTES.c.text))).scalars().all() == ["a", "b"]
        assert len(trips) == 2


async def test_what_a_statement_did_is_known(notes: Database) -> None:
    async with notes.write() as transaction:
        connection = transaction.connection
        made = await connection.execute(sa.insert(NOTES).values(text="a"))
        assert made.inserted_primary_key == (1,)
        changed = await connection.execute(sa.update(NOTES).values(text="b").returning(NOTES.c.id))
        assert changed.scalars().all() == [1]
        assert (await connection.execute(sa.delete(NOTES))).rowcount == 1


async def test_rows_come_in_pieces_for_who_asks(notes: Database) -> None:
    async with notes.write() as transaction:
        await transaction.connection.execute(sa.insert(NOTES), [{"text": str(n)} for n in range(50)])
    async with notes.read() as connection:
        streamed = await connection.stream_scalars(sa.select(NOTES.c.text).order_by(NOTES.c.id))
        assert [text async for text in streamed] == [str(n) for n in range(50)]


async def test_a_statement_that_fails_says_so_and_the_next_one_works(notes: Database) -> None:
    async with notes.read() as connection:
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            await connection.execute(sa.text("SELECT * FROM nowhere"))
        assert await connection.scalar(sa.text("SELECT 1")) == 1
