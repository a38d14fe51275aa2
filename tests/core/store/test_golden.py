"""Databases that released versions wrote, upgraded: nothing in them is lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.fingerprints import unpacked
from mcma.services.listening import rebuild
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core, newest_revision
from mcma.store.tables import metadata
from mcma.store.tables.catalogue import recordings, tracks
from mcma.store.tables.sounds import duplicate_groups, file_fingerprints, fingerprint_terms
from mcma.store.types import Id
from tests.conftest import empty_postgres
from tests.core.store.test_migrate import columns_of
from tests.support.golden import load_postgres, load_sqlite, revisions

pytestmark = pytest.mark.anyio

LOGS = ("like_events", "rating_events", "listens")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=revisions())
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def postgres_server(engine_name: str, request: pytest.FixtureRequest) -> Any:
    """It starts an event loop of its own, so it comes before anything that has one."""
    return request.getfixturevalue("postgres") if engine_name == "postgresql" else None


@pytest.fixture
async def old(
    engine_name: str, revision: str, tmp_path: Path, postgres_server: Any
) -> AsyncIterator[Database]:
    if engine_name == "sqlite":
        load_sqlite(revision, tmp_path / "old.db")
        opened = Database(sqlite_url(tmp_path / "old.db"))
        yield opened
        await opened.close()
        return
    async with empty_postgres(postgres_server) as name:
        load_postgres(revision, postgres_server, name)
        opened = Database(postgres_server.url(name))
        yield opened
        await opened.close()


async def rows(database: Database) -> Rows:
    """Every row of every table that was there before."""
    async with database.read() as connection:
        columns = sorted({(table, column) for table, column, _ in await connection.run_sync(columns_of)})
        found: Rows = {}
        for table in dict.fromkeys(table for table, _ in columns if table in metadata.tables):
            named = ", ".join(column for other, column in columns if other == table)  # * is another each time
            chosen = await connection.execute(sa.text(f"SELECT {named} FROM {table}"))
            found[table] = [dict(row) for row in chosen.mappings()]
        return found


def survivors(name: str, found: list[dict[str, Any]]) -> list[str]:
    """But for rows of playlists in the feed of what is shared, put right by 0012, and the feed's clock."""
    if name == "change_clock":
        return []
    shared = [row for row in found if (row.get("scope"), row.get("kind")) == ("shared", "playlist_item")]
    return sorted(key_of(row) for row in found if row not in shared)


def key_of(row: dict[str, Any]) -> str:
    return repr(sorted((name, repr(value)) for name, value in row.items()))


async def test_every_row_and_value_survives_the_upgrade(old: Database, tmp_path: Path) -> None:
    before = await rows(old)
    assert await migrate_core(old, tmp_path / "backups") != []
    await old.close()  # its connections have prepared statements for the old tables
    after = await rows(old)
    for name, kept in before.items():
        columns = set(kept[0]) if kept else set()
        now = [{column: row.get(column) for column in columns} for row in after[name]]
        assert survivors(name, now) == survivors(name, kept), name
    assert all(before[name] for name in (*LOGS, "tracks", "playlists", "field_values", "users"))


async def test_the_upgraded_schema_is_the_newest_one(old: Database, tmp_path: Path) -> None:
    await migrate_core(old, tmp_path / "backups")
    async with old.read() as connection:
        assert (
            await connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == newest_revision()
        )
        found = await connection.run_sync(columns_of)
    expected = {
        (table.name, column.name, column.nullable) for table in metadata.tables.values() for column in table.c
    }
    assert expected <= found


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_rows_of_playlists_are_in_the_feed_of_those_who_see_them(
    old: Database, tmp_path: Path, visibility: str
) -> None:
    """Triggers of that time did not move the rows of a playlist that was made public or private."""
    async with old.write() as transaction:
        for said in {"public", "private"} - {visibility}, {visibility}:
            flip = sa.text("UPDATE playlists SET visibility = :said")
            await transaction.connection.execute(flip, {"said": said.pop()})
    await migrate_core(old, tmp_path / "backups")
    await old.close()
    live = "FROM playlist_items WHERE deleted_at IS NULL"
    told = "FROM changes WHERE scope = 'shared' AND kind = 'playlist_item' AND op = 'put'"
    async with old.read() as connection:
        seen, there = [
            set(await connection.scalars(sa.text(query).columns(id=Id())))
            for query in (f"SELECT item_id AS id {told}", f"SELECT id {live}")
        ]
        numbers = (await connection.scalars(sa.text("SELECT seq FROM changes"))).all()
    assert there
    assert seen == (there if visibility == "public" else set())
    assert len(numbers) == len(set(numbers))
    async with old.write() as transaction:  # and what is written next comes after
        await transaction.connection.execute(sa.text("UPDATE playlists SET name = 'Renamed'"))
    async with old.read() as connection:
        latest = "SELECT max(seq) FROM changes WHERE kind = 'playlist'"
        assert await connection.scalar(sa.text(latest)) > max(numbers)


async def test_what_is_derived_can_be_made_anew(old: Database, tmp_path: Path) -> None:
    await migrate_core(old, tmp_path / "backups")
    before = (await rows(old))["user_items"]
    await rebuild.rebuild(old)
    after = (await rows(old))["user_items"]
    for row in (*before, *after):
        row.pop("rev")
    artists = [row for row in after if row["item_kind"] == "artist"]
    assert sum(row["play_count"] for row in artists) == sum(
        row["play_count"] for row in after if row["item_kind"] == "track"
    ), "artists had none when this was written"
    assert sorted(map(key_of, without_plays_of_artists(after))) == sorted(
        map(key_of, without_plays_of_artists(before))
    )
    assert len(before) >= 2


def without_plays_of_artists(user_items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All else that people did to artists stays; a row that has nothing else goes."""
    plays = {"play_count": 0, "last_played_at": None}
    said = ("liked_at", "rating", "rated_at")
    kept = [row | plays if row["item_kind"] == "artist" else row for row in user_items]
    return [
        row for row in kept if row["item_kind"] != "artist" or any(row[name] is not None for name in said)
    ]


@pytest.mark.parametrize("revision", ["0016", "0019"])
async def test_fingerprints_of_recordings_are_those_of_their_files(old: Database, tmp_path: Path) -> None:
    raw, made = bytes(place * place % 251 for place in range(800)), new_id()
    async with old.write() as transaction:
        connection = transaction.connection
        some = sa.select(tracks.c.id, tracks.c.file_id).where(tracks.c.file_id.is_not(None)).limit(1)
        track, file = (await connection.execute(some)).one()
        kept = {"id": made, "fingerprint": raw, "created_at": utcnow()}
        await connection.execute(sa.insert(recordings).values(**kept))
        mine = sa.update(tracks).where(tracks.c.id == track)
        await connection.execute(mine.values(recording_id=made))
    await migrate_core(old, tmp_path / "backups")
    await old.close()
    async with old.read() as connection:
        [row] = (await connection.execute(sa.select(file_fingerprints))).all()
        there = await connection.scalar(sa.select(recordings.c.fingerprint).where(recordings.c.id == made))
    assert (row.file_id, unpacked(row.packed), row.compared_at) == (file, raw, None)
    assert there == raw, "nothing is lost"


@pytest.mark.parametrize("revision", ["0023"])
async def test_terms_come_to_have_the_length_of_their_recording(old: Database, tmp_path: Path) -> None:
    orphan = sa.text("INSERT INTO fingerprint_terms (term, number) VALUES (3, 987654)")
    dismissed = sa.text("UPDATE duplicate_groups SET dismissed_at = found_at")
    async with old.write() as transaction:
        await transaction.connection.execute(orphan)
        assert (await transaction.connection.execute(dismissed)).rowcount
    before = {(row["term"], row["number"]) for row in (await rows(old))["fingerprint_terms"]}
    await migrate_core(old, tmp_path / "backups")
    await old.close()
    async with old.read() as connection:
        lengths = sa.select(file_fingerprints.c.number, file_fingerprints.c.duration_ms / 1000)
        known = {number: int(seconds or 0) for number, seconds in await connection.execute(lengths)} | {
            987654: 0
        }
        after = (await connection.execute(sa.select(fingerprint_terms))).all()
        standing = set(await connection.scalars(sa.select(duplicate_groups.c.standing)))
    assert len(before) > 1
    assert {tuple(row) for row in after} == {(term, known[number], number) for term, number in before}
    assert standing == {"dismissed"}
