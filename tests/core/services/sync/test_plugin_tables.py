"""Tables of plugins that clients follow: declared, told, moved, gone with their plugin, and back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.services.sync import feed as feed_module
from mcma.services.sync.cursors import Page
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.heads import Heads
from mcma.services.sync.kinds import Kinds
from mcma.store import plugin_feed
from mcma.store.dialect import triggers
from mcma.store.engine import Database
from mcma.store.plugin_feed import BadTable
from mcma.store.tables import catalogue as c
from mcma_plugins.database import Id, SyncedTable, plugin_metadata, synced_table
from tests.support.catalogue import Seeded, seed
from tests.support.replica import Replica

pytestmark = pytest.mark.anyio

METADATA = plugin_metadata()
MOODS = sa.Table(
    "plugin_moods_mood",
    METADATA,
    sa.Column("id", Id(), primary_key=True),
    sa.Column("user_id", Id(), sa.ForeignKey("users.id", ondelete="CASCADE")),
    sa.Column("track_id", Id(), sa.ForeignKey("tracks.id", ondelete="CASCADE")),
    sa.Column("order", sa.Integer),
    sa.Column("words", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("doc", sa.JSON),
    sa.Column("private", sa.Text),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
)
TOLD = ("track_id", "order", "words", "at", "doc")
MINE = synced_table(MOODS, "me", columns=TOLD)
TYPE = "plugin_moods_mood@1"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def lib(database: Database) -> Seeded:
    async with database.write() as transaction:
        await transaction.connection.run_sync(MOODS.create)
    return await seed(database, tracks=4)


async def copy(database: Database, lib: Seeded, *tables: SyncedTable) -> tuple[Kinds, Replica]:
    """A server that starts with a plugin that declares these, and a client."""
    kinds = Kinds()
    await kinds.declare(database, tables)
    await kinds.settle(database)
    made = Replica(SyncFeed(database, Heads(database), 180, kinds), lib.user)
    await made.begin()
    return kinds, made


def mood(user: UUID | None, **values: Any) -> dict[str, Any]:
    return {"id": uuid4(), "user_id": user, "track_id": None, "order": 1, "words": "calm", "at": AT,
            "doc": {"a": [1]}, **values}  # fmt: skip


async def write(database: Database, *statements: sa.Executable) -> None:
    async with database.write() as transaction:
        for one in statements:
            await transaction.connection.execute(one)


async def test_rows_come_change_and_go(database: Database, lib: Seeded) -> None:
    _, replica = await copy(database, lib, MINE)
    first, second = mood(lib.user.user_id, track_id=lib.tracks[0]), mood(lib.user.user_id, order=None)
    await write(database, sa.insert(MOODS).values([first, second | {"words": "wild"}]))
    await replica.follow()
    assert replica.of(TYPE) == {
        str(first["id"]): {
            "track_id": lib.tracks[0],
            "order": 1,
            "words": "calm",
            "at": AT,
            "doc": {"a": [1]},
        },
        str(second["id"]): {"track_id": None, "order": None, "words": "wild", "at": AT, "doc": {"a": [1]}},
    }
    await write(database, sa.update(MOODS).values(private="untold"))
    assert await replica.follow() == 0, "a column that is not told is no news"
    await write(database, sa.update(MOODS).values(order=2))
    assert await replica.follow() == 2
    await replica.agrees()
    await write(database, sa.update(MOODS).where(MOODS.c.id == first["id"]).values(deleted_at=AT),
                sa.delete(MOODS).where(MOODS.c.id == second["id"]))  # fmt: skip
    await replica.follow()
    assert replica.of(TYPE) == {}
    await write(database, sa.update(MOODS).values(deleted_at=None))
    await replica.follow()
    assert set(replica.of(TYPE)) == {str(first["id"])}
    await write(database, sa.delete(c.tracks).where(c.tracks.c.id == lib.tracks[0]))
    await replica.follow()
    assert replica.of(TYPE) == {}, "what core removes takes the plugin's row along, and says so"
    await replica.agrees()


async def test_a_row_is_its_users_alone_and_may_change_hands(database: Database, lib: Seeded) -> None:
    _, replica = await copy(database, lib, MINE)
    other = Replica(replica.feed, lib.admin)
    await other.begin()
    await write(database, sa.insert(MOODS).values([mood(lib.user.user_id), mood(None)]))
    await replica.follow()
    await other.follow()
    assert (len(replica.of(TYPE)), len(other.of(TYPE))) == (1, 0), "a row without a user is nobody's"
    await write(database, sa.update(MOODS).values(user_id=lib.admin.user_id))
    await replica.follow()
    await other.follow()
    assert (len(replica.of(TYPE)), len(other.of(TYPE))) == (0, 2)
    await write(database, sa.update(MOODS).values(user_id=None))
    await other.follow()
    assert other.of(TYPE) == {}
    for one in (replica, other):
        await one.agrees()


@pytest.mark.parametrize("scope", ["catalog", "shared"])
async def test_of_a_library_and_everybodys(database: Database, lib: Seeded, scope: Any) -> None:
    table = sa.Table("plugin_moods_tag", sa.MetaData(), sa.Column("id", Id(), primary_key=True),
                     sa.Column("library_id", Id()), sa.Column("words", sa.Text))  # fmt: skip
    async with database.write() as transaction:
        await transaction.connection.run_sync(table.create)
    _, replica = await copy(database, lib, synced_table(table, scope, columns=["words"]))
    await write(database, sa.insert(table).values(id=uuid4(), library_id=lib.library_id, words="x"))
    await replica.follow()
    [(found, _, _)] = [key for key in replica.items if key[1] == "plugin_moods_tag@1"]
    assert found == (f"catalog:{lib.library_id}" if scope == "catalog" else "shared")
    await replica.agrees()


async def test_without_its_plugin_a_table_leaves_and_comes_back(database: Database, lib: Seeded) -> None:
    kinds, replica = await copy(database, lib, MINE)
    rows = [mood(lib.user.user_id) for _ in range(3)]
    await write(database, sa.insert(MOODS).values(rows))
    await replica.follow()
    page = await replica.feed.snapshot(lib.user, ["me"])
    assert TYPE in (await replica.feed.capabilities(lib.user)).types
    without = Kinds()
    assert await without.settle(database) == [MOODS.name]
    assert await without.settle(database) == []
    replica.feed = SyncFeed(database, Heads(database), 180, without)
    assert TYPE not in (await replica.feed.capabilities(lib.user)).types
    await replica.follow()
    assert replica.of(TYPE) == {}
    assert {why for key, (why, _) in replica.gone.items() if key[1] == TYPE} == {"access"}
    await replica.agrees()
    assert [line async for portion in page.lines for line in portion if line["type"] == TYPE] == []
    await write(database, sa.delete(MOODS).where(MOODS.c.id == rows[0]["id"]),
                sa.insert(MOODS).values([mood(lib.user.user_id)]))  # fmt: skip
    assert await replica.follow() == 0
    replica.feed = SyncFeed(database, Heads(database), 180, kinds)
    await kinds.declare(database, [MINE])
    await replica.follow()
    assert len(replica.of(TYPE)) == 3
    await replica.agrees()


async def test_starting_again_tells_nothing_anew_but_another_declaration_does(
    database: Database, lib: Seeded
) -> None:
    _, replica = await copy(database, lib, MINE)
    await write(database, sa.insert(MOODS).values([mood(lib.user.user_id), mood(lib.user.user_id)]))
    await replica.follow()
    replica.feed = SyncFeed(database, Heads(database), 180, kinds := Kinds())
    await kinds.declare(database, [MINE])
    assert await replica.follow() == 0
    await kinds.declare(database, [synced_table(MOODS, "me", columns=["words", "private"])])
    assert await replica.follow() == 2
    assert {frozenset(data) for data in replica.of(TYPE).values()} == {frozenset({"words", "private"})}
    await replica.agrees()


async def test_a_migration_rebuilds_the_table_and_clients_see_what_it_did(
    database: Database, lib: Seeded
) -> None:
    kinds, replica = await copy(database, lib, MINE)
    kept, lost = mood(lib.user.user_id), mood(lib.user.user_id)
    await write(database, sa.insert(MOODS).values([kept, lost]))
    await replica.follow()
    async with database.write() as transaction:
        await transaction.connection.run_sync(plugin_feed.drop_triggers, "plugin_moods_")
        await transaction.connection.execute(sa.delete(MOODS).where(MOODS.c.id == lost["id"]))
        await transaction.connection.execute(sa.update(MOODS).values(words="migrated"))
        assert not [of for _, of in await transaction.connection.run_sync(triggers) if of == MOODS.name]
    await kinds.declare(database, [MINE])
    await replica.follow()
    assert {id_: data["words"] for id_, data in replica.of(TYPE).items()} == {str(kept["id"]): "migrated"}
    await replica.agrees()


async def test_what_a_plugin_writes_past_its_types_stops_nobody(database: Database, lib: Seeded) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps types itself")
    _, replica = await copy(database, lib, MINE)
    await write(
        database,
        sa.insert(MOODS).values([mood(lib.user.user_id)]),
        sa.text(
            "UPDATE plugin_moods_mood SET track_id = NULL, \"order\" = 'x', at = 'noon', doc = '{', words = 5"
        ),
        sa.text("INSERT INTO plugin_moods_mood (id, words) VALUES ('no id', 'lost')"),
    )
    await replica.follow()
    [data] = replica.of(TYPE).values()
    assert data == {"track_id": None, "order": None, "words": "5", "at": None, "doc": None}
    await replica.agrees()


OTHER = sa.Table("plugin_moods_mood", sa.MetaData(), sa.Column("id", Id(), primary_key=True),
                 sa.Column("user_id", Id()), sa.Column("missing", sa.Text))  # fmt: skip
NONE = sa.Table("plugin_moods_none", sa.MetaData(), sa.Column("id", Id(), primary_key=True),
                sa.Column("user_id", Id()), sa.Column("missing", sa.Text))  # fmt: skip


@pytest.mark.parametrize(("table", "said"), [(NONE, "no table"), (OTHER, "no column missing")])
async def test_a_declaration_that_the_database_does_not_bear_out(
    database: Database, lib: Seeded, table: sa.Table, said: str
) -> None:
    kinds = Kinds()
    with pytest.raises(BadTable, match=said):
        await kinds.declare(database, [MINE, synced_table(table, "me", columns=["missing"])])
    async with database.read() as connection:
        assert await plugin_feed.left_over(connection, []) == [], "all of a plugin's tables, or none"
    assert MOODS.name not in kinds.told


async def test_ids_that_are_text_are_refused(database: Database, lib: Seeded) -> None:
    text = sa.Table("plugin_moods_text", sa.MetaData(), sa.Column("id", sa.Text, primary_key=True),
                    sa.Column("user_id", Id()), sa.Column("words", sa.Text))  # fmt: skip
    async with database.write() as transaction:
        await transaction.connection.run_sync(text.create)
    claimed = sa.Table("plugin_moods_text", sa.MetaData(), sa.Column("id", Id(), primary_key=True),
                       sa.Column("user_id", Id()), sa.Column("words", sa.Text))  # fmt: skip
    with pytest.raises(BadTable, match="must make it an Id"):
        await Kinds().declare(database, [synced_table(claimed, "me", columns=["words"])])


async def test_a_page_of_a_plugin_that_is_gone(
    database: Database, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, replica = await copy(database, lib, MINE)
    monkeypatch.setattr(feed_module, "PAGE", 1)
    page = await replica.feed.snapshot(lib.user, ["me"])
    async for _portion in page.lines:
        pass
    assert page.ending.next is not None
    assert MOODS.name in Page.unpacked(page.ending.next.rpartition(".")[0]).kinds
    feed = SyncFeed(database, Heads(database), 180, Kinds())
    while page.ending.cursor is None:
        assert page.ending.next is not None
        page = await feed.more(lib.user, page.ending.next)
        async for _portion in page.lines:
            pass
