"""Queries that go past SQLAlchemy answer as it would, and fail as it would."""

from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Unavailable
from mcma.store import dialect
from mcma.store.engine import Database
from mcma.store.queries.prepared import Prepared, param
from mcma.store.queries.rows import quick
from mcma.store.tables.machinery import key_values
from tests.core.store.rows import a_value

pytestmark = pytest.mark.anyio
COLUMNS = (key_values.c.key, quick(key_values.c.updated_at), sa.literal("fixed").label("word"))
ONE = Prepared(sa.select(*COLUMNS).where(key_values.c.key == param("key", key_values.c.key)))


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.write() as transaction:
        rows = [a_value(name, "x") for name in ("a", "b")]
        await transaction.connection.execute(sa.insert(key_values), rows)
    return database


async def asked(database: Database, key: str) -> Any:
    async with database.read() as connection:
        return [list(column) for column in await ONE.columns(connection, {"key": key, "unused": 1})]


async def test_an_answer_comes_by_column(filled: Database) -> None:
    keys, times, words = await asked(filled, "b")
    assert (keys, words, times[0].utcoffset().total_seconds()) == (["b"], ["fixed"], 0)
    assert await asked(filled, "none") == []


async def test_it_sees_its_own_transaction(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(key_values), [a_value("mine", "x")])
        assert (await ONE.columns(transaction.connection, {"key": "mine"}))[0][0] == "mine"


async def test_when_the_driver_fails_sqlalchemy_tries_again(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await asked(filled, "a")

    async def failing(*_: Any, **_more: Any) -> Any:
        raise ConnectionResetError

    monkeypatch.setattr(dialect, "fetched", failing)
    assert await asked(filled, "a") == expected
    assert await asked(filled, "none") == []


async def test_errors_mean_what_they_always_mean(database: Database) -> None:
    wrong = Prepared(sa.select(sa.column("x")).select_from(sa.table("nowhere")))
    async with database.read() as connection:
        with pytest.raises(sa.exc.DBAPIError):
            await wrong.columns(connection, {})
    await database.close()
    async with database.read() as connection:
        assert await ONE.columns(connection, {"key": "a"}) == []


async def test_in_a_transaction_the_first_error_is_told(database: Database) -> None:
    wrong = Prepared(sa.select(sa.column("x")).select_from(sa.table("nowhere")))
    with pytest.raises(sa.exc.DBAPIError, match="nowhere") as told:
        async with database.write() as transaction:
            await wrong.columns(transaction.connection, {})
    assert "aborted" not in str(told.value)


async def test_a_lost_connection_is_told_as_such(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's cannot be lost")
    with pytest.raises(Unavailable):
        async with database.read() as connection:
            pid = await connection.scalar(sa.text("SELECT pg_backend_pid()"))
            async with database.read() as other:
                await other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await ONE.columns(connection, {"key": "a"})
    assert await asked(database, "a") == []


async def test_what_varies_is_planned_for_its_values(filled: Database) -> None:
    """And nothing else is, on the same connection."""
    if filled.is_sqlite:
        pytest.skip("SQLite plans a query once")
    mode = Prepared(sa.select(sa.func.current_setting("plan_cache_mode").label("mode")))
    varied = Prepared(sa.select(sa.func.current_setting("plan_cache_mode").label("mode")), varied=True)
    async with filled.read() as connection:
        modes = [(await one.columns(connection, {}))[0][0] for one in (mode, varied, varied, mode)]
        jit = await connection.scalar(sa.text("SHOW jit"))
    assert (modes, jit) == (["auto", "force_custom_plan", "force_custom_plan", "auto"], "off")


async def test_statistics_can_be_refreshed(database: Database) -> None:
    async with database.write() as transaction:
        await dialect.refresh_statistics(transaction.connection)
        await dialect.refresh_statistics(transaction.connection, [key_values])


async def test_what_is_written_into_the_sql_late_is_refused(database: Database) -> None:
    """The driver would be given a query that is not finished."""
    one_of = Prepared(sa.select(key_values.c.key).where(key_values.c.key.in_(["a", "b"])))
    async with database.read() as connection:
        with pytest.raises(TypeError, match="written into the SQL at each run"):
            await one_of.columns(connection, {})
