"""Everything that SQLite and PostgreSQL say differently. No other module asks which one it is."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from mcma.store.clock import utcnow
from mcma.store.tables.machinery import SEARCH_TABLES
from mcma.store.types import Json


def upsert(
    connection: AsyncConnection | sa.Connection,
    table: sa.Table,
    keys: Sequence[str],
    update: Sequence[str] | None = None,
) -> Any:
    """INSERT ... ON CONFLICT (keys) DO UPDATE of `update` (all other columns given; () does nothing)."""
    return upsert_into(connection.dialect.name, table, keys, update)


def upsert_into(
    dialect: str, table: sa.Table, keys: Sequence[str], update: Sequence[str] | None = None
) -> Any:
    """The same for a dialect by its name."""
    module = sqlite if dialect == "sqlite" else postgresql
    statement = module.insert(table)
    if update is None:
        update = [column.name for column in table.columns if column.name not in keys]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in update}
    )


def insert_ignoring(connection: AsyncConnection, table: sa.Table) -> Any:
    """INSERT ... ON CONFLICT DO NOTHING, whatever constraint it is that conflicts."""
    module = sqlite if connection.dialect.name == "sqlite" else postgresql
    return module.insert(table).on_conflict_do_nothing()


def database_now(connection: AsyncConnection) -> Any:
    """The database's clock: leases are compared with nothing else. SQLite's is this machine's."""
    if connection.dialect.name == "sqlite":
        return sa.literal(utcnow())
    return sa.func.clock_timestamp()


def shifted(dialect: str, column: sa.ColumnElement[Any], by: timedelta) -> sa.ColumnElement[Any]:
    """A time of a column and a span; on SQLite, which keeps times as text, to the millisecond."""
    if dialect == "sqlite":
        made = sa.func.strftime("%Y-%m-%d %H:%M:%f", column, f"{by.total_seconds():+.3f} seconds")
        return sa.type_coerce(made, column.type)
    return column + by


def for_update_skip_locked(connection: AsyncConnection, statement: sa.Select[Any]) -> sa.Select[Any]:
    """On SQLite the writer is alone already."""
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=True)


def search_ddl(dialect: str) -> list[str]:
    """The full-text index over each search table, and what keeps it in step."""
    make = _fts5 if dialect == "sqlite" else _tsvector
    return [statement for table in SEARCH_TABLES for statement in make(table.name)]


def _fts5(name: str) -> list[str]:
    fts = f"{name}_fts"
    add = f"INSERT INTO {fts}(rowid, words) VALUES (new.n, new.words);"
    drop = f"INSERT INTO {fts}({fts}, rowid, words) VALUES ('delete', old.n, old.words);"
    return [
        f"CREATE VIRTUAL TABLE {fts} USING fts5(words, content='{name}', content_rowid='n', "
        "detail=none, columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER {name}_fts_i AFTER INSERT ON {name} BEGIN {add} END",
        f"CREATE TRIGGER {name}_fts_d AFTER DELETE ON {name} BEGIN {drop} END",
        f"CREATE TRIGGER {name}_fts_u AFTER UPDATE OF words ON {name} BEGIN {drop} {add} END",
    ]


def _tsvector(name: str) -> list[str]:
    return [
        f"ALTER TABLE {name} ADD COLUMN tsv tsvector "
        "GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
        f"CREATE INDEX ix_{name}_tsv ON {name} USING gin (tsv)",
    ]


def search_candidates(dialect: str, table: sa.Table, libraries: Any) -> sa.Select[Any]:
    """(item_id, words) of rows that contain every word of the parameter `query`; see `search_query`."""
    chosen = sa.select(table.c.item_id, table.c.words).where(table.c.library_id.in_(libraries))
    query = sa.bindparam("query", type_=sa.Text())
    if dialect == "sqlite":
        fts = sa.table(f"{table.name}_fts", sa.column("rowid"))
        matches = sa.column(f"{table.name}_fts", is_literal=True).op("MATCH")(query)
        return chosen.join(fts, fts.c.rowid == table.c.n).where(matches)
    tsv: sa.ColumnElement[Any] = sa.column("tsv", _selectable=table)
    return chosen.where(tsv.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), query)))


def search_query(dialect: str, words: Sequence[str]) -> str:
    """Every word as a prefix. `words` are folded: letters and digits only, so this is all the quoting."""
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"*' for word in words)
    return " & ".join(f"'{word}':*" for word in words)


def search_any(dialect: str, groups: Sequence[Sequence[str]]) -> str:
    """Rows that have every word of one of the groups, as whole words; folded like those of `search_query`."""
    if dialect == "sqlite":
        return " OR ".join(
            f"({' AND '.join(f'{chr(34)}{word}{chr(34)}' for word in group)})" for group in groups
        )
    return " | ".join(f"({' & '.join(f'{chr(39)}{word}{chr(39)}' for word in group)})" for group in groups)


class json_has(FunctionElement[bool]):  # noqa: N801 - written as a function
    """json_has(document column, key, value): whether the list at that key of the document holds the text."""

    type = sa.Boolean()
    inherit_cache = True
    name = "json_has"


class json_object_of(FunctionElement[Any]):  # noqa: N801 - written as a function
    """json_object_of(text column, document column): of many rows one document, each text to what it says."""

    type = Json
    inherit_cache = True
    name = "json_object_of"


class gathered(FunctionElement[str]):  # noqa: N801 - written as a function
    """gathered(column): the texts of all rows with commas between them. SQLAlchemy's own puts the comma in
    when the statement is run, so that `Prepared` would hand the driver a statement that is none."""

    type = sa.Text()
    inherit_cache = True
    name = "gathered"


@compiles(gathered, "sqlite")
def _gathered_sqlite(element: gathered, compiler: Any, **more: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **more)}, ',')"


@compiles(gathered, "postgresql")
def _gathered_postgresql(element: gathered, compiler: Any, **more: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **more)}, ',')"


class utc_date(FunctionElement[str]):  # noqa: N801 - written as a function
    """utc_date(time column, length): 10 for the day (2026-11-20), 7 for the month."""

    type = sa.Text()
    inherit_cache = True
    name = "utc_date"


class unsought(FunctionElement[Any]):  # noqa: N801 - written as a function
    """unsought(column): the column in a condition SQLite looks at in passing. Without statistics it takes
    every range for few rows, and would collect and sort them where a list has an order to be walked along."""

    inherit_cache = True
    name = "unsought"


@compiles(unsought, "sqlite")
def _unsought_sqlite(element: unsought, compiler: Any, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"


@compiles(unsought, "postgresql")
def _unsought_postgresql(element: unsought, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(utc_date, "sqlite")
def _utc_date_sqlite(element: utc_date, compiler: Any, **more: Any) -> str:
    column, length = (compiler.process(one, **more) for one in element.clauses)
    return f"substr({column}, 1, {length})"


@compiles(utc_date, "postgresql")
def _utc_date_postgresql(element: utc_date, compiler: Any, **more: Any) -> str:
    column, length = (compiler.process(one, **more) for one in element.clauses)
    return f"left(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD'), {length})"


@compiles(json_has, "sqlite")
def _json_has_sqlite(element: json_has, compiler: Any, **more: Any) -> str:
    column, key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}, '$.' || {key}) WHERE value = {value})"


@compiles(json_has, "postgresql")
def _json_has_postgresql(element: json_has, compiler: Any, **more: Any) -> str:
    column, key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"coalesce(jsonb_exists({column} -> {key}, {value}), false)"


@compiles(json_object_of, "sqlite")
def _json_object_of_sqlite(element: json_object_of, compiler: Any, **more: Any) -> str:
    key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"json_group_object({key}, json({value}))"


@compiles(json_object_of, "postgresql")
def _json_object_of_postgresql(element: json_object_of, compiler: Any, **more: Any) -> str:
    key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"jsonb_object_agg({key}, {value})"


async def database_size(connection: AsyncConnection) -> int:
    """Bytes."""
    if connection.dialect.name == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        query = "SELECT pg_database_size(current_database())"
    return int(await connection.scalar(sa.text(query)) or 0)


async def engine_version(connection: AsyncConnection) -> str:
    query = "sqlite_version()" if connection.dialect.name == "sqlite" else "current_setting('server_version')"
    return str(await connection.scalar(sa.text(f"SELECT {query}")))


@asynccontextmanager
async def schema_locked(connection: AsyncConnection) -> AsyncIterator[None]:
    """One migration at a time, from its backup to its end. SQLite's data folder is locked already."""
    if connection.dialect.name == "sqlite":
        yield
        return
    async with connection.begin():
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727265)"))
        yield


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


async def lock_schema(connection: AsyncConnection) -> None:
    """As `schema_locked`, to the end of the transaction that runs."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727265)"))


async def lock_feed(connection: AsyncConnection) -> None:
    """For those who write the change feed themselves, instead of the triggers: before they draw `seq`."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(727266)"))


async def last_seq(connection: AsyncConnection) -> int:
    """Of the change feed, ever given out: to changes that are gone, or not committed, as well."""
    sqlite = connection.dialect.name == "sqlite"
    query = "SELECT seq FROM change_clock" if sqlite else "SELECT last_value FROM change_seq"
    return int(await connection.scalar(sa.text(query)) or 0)


def triggers(connection: sa.Connection) -> Sequence[tuple[str, str]]:
    """(trigger, table) of all that somebody made."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
        )
    return [(name, table) for name, table in connection.exec_driver_sql(query)]


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
