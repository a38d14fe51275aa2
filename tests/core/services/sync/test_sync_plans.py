"""What clients ask for is walked along indexes, however long the feed is."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.store.engine import Database
from mcma.store.queries import sync, sync_items, sync_state
from mcma.store.queries.prepared import Prepared
from mcma.store.tables.machinery import changes
from tests.support.catalogue import Seeded, seed

pytestmark = pytest.mark.anyio
TRACKS = 4000


async def plan(database: Database, prepared: Prepared, values: dict[str, object]) -> str:
    """As the engine tells it, with the values that count."""
    word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as connection:
        made = prepared._for(connection.dialect)
        given = made.fixed | values
        bound = [
            given.get(name) if bind is None else bind(given.get(name))
            for name, bind in zip(made.names, made.binds, strict=True)
        ]
        if database.is_sqlite:
            rows = (await connection.exec_driver_sql(f"{word} {made.sql}", tuple(bound))).all()
            return "\n".join(str(row[-1]) for row in rows)
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        rows = await raw.driver_connection.fetch(f"{word} {made.sql}", *bound)
        return "\n".join(str(row[0]) for row in rows)


def of_scopes(lib: Seeded, seq: int) -> dict[str, object]:
    scopes = [("catalog", lib.library_id), ("me", lib.user.user_id), ("shared", UUID(int=0))]
    return {**sync.values(scopes), "seq": seq, "most": 501}


async def test_snapshots_and_digests_follow_the_key(database: Database) -> None:
    """On SQLite, which plans without statistics; PostgreSQL sorts the few rows of a test."""
    if not database.is_sqlite:
        pytest.skip("the next test is for it as well")
    for kind, told in sync_items.KINDS.items():
        assert_walked(await plan(database, sync_items.present(kind, told), {}))
        assert_walked(await plan(database, sync_items.revisions(kind, told), {}))
        assert_walked(await plan(database, sync_items.told_by_ids(told, [UUID(int=1)])[0], {}))


def assert_walked(told: str) -> None:
    assert told.count("SEARCH") >= 1, told
    assert not any(line.startswith("SCAN") or "TEMP B-TREE" in line for line in told.splitlines()), told


async def test_a_long_feed_is_not_gone_through(database: Database) -> None:
    """Both engines, with enough in the feed for PostgreSQL to tell the difference."""
    lib = await seed(database, tracks=TRACKS)
    if not database.is_sqlite:
        async with database.write() as transaction:
            await transaction.connection.exec_driver_sql("ANALYZE")
    async with database.read() as connection:
        head = await sync_state.head(connection)
        length = await connection.scalar(sa.select(sa.func.count()).select_from(changes))
    assert length is not None and length > 2 * TRACKS
    asked = {"scope": "catalog", "id": lib.library_id, "item": lib.tracks[TRACKS // 2], "most": 500}
    track = sync_items.KINDS["track"]
    plans = {
        "head": await plan(database, sync.HEAD, {}),
        "after": await plan(database, sync.after(3), of_scopes(lib, head - 10)),
        "snapshot": await plan(database, sync_items.present("track", track), asked),
        "digest": await plan(database, sync_items.revisions("track", track), asked),
    }
    bad = {name: told for name, told in plans.items() if any(map(_gone_through, told.splitlines()))}
    assert bad == {}


def _gone_through(line: str) -> bool:
    """Whether this step reads all of the feed, or sorts more than a page of it."""
    return "Seq Scan on changes" in line or (line.strip().startswith("SCAN changes") and "USING" not in line)
