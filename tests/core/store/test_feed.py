"""The change feed: every write is seen, in an order a polling reader can trust."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from mcma.services.jobs import Jobs
from mcma.services.server.plugin_data import PluginTables
from mcma.services.sync.kinds import Kinds
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import Track, artist_libraries, artists, libraries, tracks
from mcma.store.tables.machinery import changes
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.database import Id, synced_table

pytestmark = pytest.mark.anyio


def a_library(number: int = 1) -> dict[str, Any]:
    now = utcnow()
    return {"id": new_id(), "number": number, "name": "Music", "kind": "folder", "changed_at": now,
            "created_at": now, "updated_at": now}  # fmt: skip


def a_track(library: UUID, title: str) -> dict[str, Any]:
    now = utcnow()
    return {"id": new_id(), "library_id": library, "title": title, "sort_title": title,
            "created_at": now, "updated_at": now}  # fmt: skip


async def feed(database: Database, **where: Any) -> list[Any]:
    query = sa.select(changes).order_by(changes.c.seq)
    for name, value in where.items():
        query = query.where(changes.c[name] == value)
    async with database.read() as connection:
        return list((await connection.execute(query)).all())


async def insert(database: Database, table: sa.Table, *rows: dict[str, Any]) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(table), list(rows))


async def test_a_bulk_insert_is_a_put_for_every_row(database: Database) -> None:
    library = a_library()
    await insert(database, libraries, library)
    rows = [a_track(library["id"], f"t{n}") for n in range(25)]
    await insert(database, tracks, *rows)
    seen = await feed(database, kind="track")
    assert {row.item_id for row in seen} == {row["id"] for row in rows}
    kinds = {(row.scope, row.scope_id, row.op, row.rev) for row in seen}
    assert kinds == {("catalog", library["id"], "put", 1)}


async def test_an_update_moves_the_row_to_the_end_with_a_new_rev(database: Database) -> None:
    library = a_library()
    await insert(database, libraries, library)
    first, second = a_track(library["id"], "a"), a_track(library["id"], "b")
    await insert(database, tracks, first, second)
    async with database.write() as transaction:
        await transaction.connection.execute(
            sa.update(tracks).where(tracks.c.id == first["id"]).values(title="c")
        )
    seen = await feed(database, kind="track")
    assert [(row.item_id, row.rev) for row in seen] == [(second["id"], 1), (first["id"], 2)]
    async with database.read() as connection:
        rev = await connection.scalar(sa.select(tracks.c.rev).where(tracks.c.id == first["id"]))
    assert rev == 2


@pytest.mark.parametrize("values", [{"rnd": 0.5}, {"title": "same"}], ids=["bookkeeping", "no difference"])
async def test_an_update_that_changes_nothing_for_clients_is_silent(
    database: Database, values: dict[str, Any]
) -> None:
    library = a_library()
    await insert(database, libraries, library)
    await insert(database, tracks, a_track(library["id"], "same"))
    before = await feed(database, kind="track")
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(tracks).values(**values))
    assert await feed(database, kind="track") == before


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"deleted_at": utcnow()}, "deleted"), ({"deleted_at": utcnow(), "replaced_by": new_id()}, "merged")],
)
async def test_a_soft_deletion_is_a_del_with_its_reason(
    database: Database, values: dict[str, Any], reason: str
) -> None:
    library = a_library()
    await insert(database, libraries, library)
    await insert(database, tracks, a_track(library["id"], "gone"))
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(tracks).values(**values))
    [row] = await feed(database, kind="track")
    assert (row.op, row.reason, row.replaced_by) == ("del", reason, values.get("replaced_by"))


async def test_an_artist_is_seen_in_every_library_that_has_it(database: Database) -> None:
    first, second = a_library(1), a_library(2)
    await insert(database, libraries, first, second)
    now = utcnow()
    artist = {"id": new_id(), "name": "A", "sort_name": "A", "created_at": now, "updated_at": now}
    await insert(database, artists, artist)
    assert await feed(database, kind="artist") == []
    rows = [{"artist_id": artist["id"], "library_id": library["id"]} for library in (first, second)]
    await insert(database, artist_libraries, *rows)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(artists).values(name="B"))
        await transaction.connection.execute(
            sa.delete(artist_libraries).where(artist_libraries.c.library_id == second["id"])
        )
    seen = {row.scope_id: (row.op, row.reason) for row in await feed(database, kind="artist")}
    assert seen == {first["id"]: ("put", None), second["id"]: ("del", "access")}
    assert len({row.seq for row in await feed(database)}) == len(await feed(database))


async def test_moving_to_another_library_is_a_del_here_and_a_put_there(database: Database) -> None:
    first, second = a_library(1), a_library(2)
    await insert(database, libraries, first, second)
    await insert(database, tracks, a_track(first["id"], "wanderer"))
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(tracks).values(library_id=second["id"]))
    seen = {row.scope_id: (row.op, row.reason) for row in await feed(database, kind="track")}
    assert seen == {first["id"]: ("del", "access"), second["id"]: ("put", None)}


async def test_a_rollback_leaves_no_change(database: Database) -> None:
    library = a_library()
    with pytest.raises(RuntimeError, match="no"):
        async with database.write() as transaction:
            await transaction.connection.execute(sa.insert(libraries), [library])
            raise RuntimeError("no")
    assert await feed(database) == []


NOTES = sa.Table(
    "plugin_notes_note",
    sa.MetaData(),
    sa.Column("id", Id(), primary_key=True),
    sa.Column("library_id", Id()),
    sa.Column("words", sa.Text),
)
WRITERS = 8
PER_WRITER = 60


async def test_a_polling_reader_misses_nothing_of_eight_writers(database: Database) -> None:
    """With `seq` drawn at insert, a reader that polls "greater than my cursor" misses a fifth of them."""
    library = a_library()
    await insert(database, libraries, library)
    notes = PluginTables(database, Jobs(database, EmbeddedDoorbell()))
    async with notes.write() as plugin:
        await plugin.connection.run_sync(NOTES.create)
    await Kinds().declare(database, [synced_table(NOTES, "catalog", columns=["words"])])
    made: set[UUID] = set()
    done = asyncio.Event()

    async def write(way: int) -> None:
        for number in range(PER_WRITER):
            rows = [a_track(library["id"], f"{way}.{number}.{n}") for n in range(1 + number % 5)]
            async with notes.write() if way == 3 else database.write() as transaction:
                for row in rows:
                    await _insert_somehow(transaction.connection, way, row)
                    await asyncio.sleep(0)
                if way % 2:
                    await asyncio.sleep(0.001 * (number % 4))
            made.update(row["id"] for row in rows)

    async def read() -> set[UUID]:
        seen: set[UUID] = set()
        cursor = 0
        while True:
            last_round = done.is_set()
            query = sa.select(changes.c.seq, changes.c.item_id).where(
                changes.c.seq > cursor, changes.c.kind.in_(("track", NOTES.name))
            )
            async with database.read() as connection:
                rows = (await connection.execute(query.order_by(changes.c.seq).limit(50))).all()
            seen.update(row.item_id for row in rows)
            cursor = rows[-1].seq if rows else cursor
            if last_round and not rows:
                return seen

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(way) for way in range(WRITERS)))
    done.set()
    seen = await reader
    assert len(made) == WRITERS * PER_WRITER * 3
    assert seen == made


async def _insert_somehow(connection: Any, way: int, row: dict[str, Any]) -> None:
    """By a plugin, the ORM, Core, raw SQL, and by an update of a row just made."""
    if way == 3:
        note = {"id": row["id"], "library_id": row["library_id"], "words": row["title"]}
        await connection.execute(sa.insert(NOTES), [note])
        return
    if way == 6:
        async with AsyncSession(connection, join_transaction_mode="rollback_only") as session:
            session.add(Track(**row))
            await session.flush()
            session.expunge_all()
        return
    if way % 3 == 0:
        await connection.execute(sa.insert(tracks), [row])
        return
    columns = ("id", "library_id", "title", "sort_title", "sort_key", "artist", "duration_ms", "rnd",
               "metadata_status", "created_at", "updated_at", "rev")  # fmt: skip
    full = {"sort_key": "", "artist": "", "duration_ms": 0, "rnd": 0.1, "metadata_status": "pending",
            "rev": 1, **row}  # fmt: skip
    marks = ", ".join(f":{name}" for name in columns)
    statement = sa.text(f"INSERT INTO tracks ({', '.join(columns)}) VALUES ({marks})").bindparams(
        *(sa.bindparam(name, type_=tracks.c[name].type) for name in columns)
    )
    await connection.execute(statement, full)
    if way % 3 == 2:
        await connection.execute(sa.update(tracks).where(tracks.c.id == row["id"]).values(title="again"))


@pytest.mark.parametrize("change", ["UPDATE listens SET client = 'x'", "DELETE FROM listens"])
async def test_logs_refuse_to_be_rewritten(database: Database, change: str) -> None:
    now = utcnow()
    user = new_id()
    async with database.write() as transaction:
        run = transaction.connection.execute
        await run(
            sa.text("INSERT INTO users (id, name, name_key, is_admin, token_version, created_at, updated_at) "
                    "VALUES (:id, 'u', 'u', false, 0, :now, :now)").bindparams(
                sa.bindparam("id", user, type_=tracks.c.id.type),
                sa.bindparam("now", now, type_=tracks.c.created_at.type),
            )
        )  # fmt: skip
        await run(
            sa.text("INSERT INTO listens (id, user_id, at, at_kind, precision_s, reported_at, received_at, "
                    "source, source_key, client) "
                    "VALUES (:id, :user, :now, 'start', 1, :now, :now, 's', 'k', '')"
                    ).bindparams(
                sa.bindparam("id", new_id(), type_=tracks.c.id.type),
                sa.bindparam("user", user, type_=tracks.c.id.type),
                sa.bindparam("now", now, type_=tracks.c.created_at.type),
            )
        )  # fmt: skip
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as transaction:
            await transaction.connection.exec_driver_sql(change)
