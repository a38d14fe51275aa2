"""A scan that was killed anywhere, and the next one, end where an undisturbed one ends."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosqlite
import pytest
import sqlalchemy as sa

from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.catalogue import albums, artists, libraries, track_files, tracks
from mcma_plugins.jobs import JobCancelled
from tests.support.catalogue_truth import check
from tests.support.scanning import Music, QuietJob

pytestmark = pytest.mark.anyio

CRASHES = 16
TABLES = (tracks, albums, artists, track_files)


class Killed(Exception):
    pass


def first_state(music: Music) -> None:
    music.album("a", "one two three", artist="Anna", album="First", genre="Rock", label="Label")
    music.album("b", "four five", artist="Berta", album="Hits")
    music.album("c", "six seven", artist="Clara", album="Third")
    music.put("d/8.mp3", title="eight", artist="Dora")


def second_state(music: Music) -> None:
    """A bit of everything: rekeyed (a newcomer first), various, moved, gone, new, retagged, merged."""
    music.put("0/0.mp3", title="zero", artist="Anna", album="Fixed")
    music.retag_all("a", album="Fixed", genre="Pop")
    music.put("b/09 nine.mp3", title="nine", artist="Emma", album="Hits")
    music.move("c/01 six.mp3", "e/six.mp3")
    (music.root / "c/02 seven.mp3").replace(music.root / "b/01 four.mp3")
    music.retag("d/8.mp3", album="Fixed", artist="Anna")
    music.put("f/1.mp3", title="ten", artist="Fanny", album="New")
    (music.root / "f/bad.mp3").write_bytes(b"bad")


async def told(database: Database, known: set[UUID]) -> dict[str, Any]:
    """What the catalogue says, with the ids that were there before."""

    def named(id_: UUID | None) -> UUID | str | None:
        return id_ if id_ is None or id_ in known else "new"

    async with database.read() as connection:
        rows = {
            t.name: (await connection.execute(sa.select(t))).all()
            for t in (tracks, albums, artists, track_files)
        }
        state = (await connection.execute(sa.select(libraries.c.song_count, libraries.c.scan_state))).one()
    living = {name: [row for row in found if row.deleted_at is None] for name, found in rows.items()}
    return {
        "state": tuple(state),
        "tracks": sorted((t.title, t.artist, t.album_artist, str(named(t.id)), str(named(t.album_id)),
                          t.missing_since is None) for t in living["tracks"]),
        "albums": sorted((a.title, a.artist, str(named(a.id)), a.song_count, a.missing_since is None)
                         for a in living["albums"]),
        "artists": sorted((a.name, str(named(a.id))) for a in living["artists"]),
        "files": sorted((f.path_display, str(named(f.id)), f.missing_since is None)
                        for f in living["track_files"]),
    }  # fmt: skip


async def known_ids(database: Database) -> set[UUID]:
    found: set[UUID] = set()
    async with database.read() as connection:
        for table in TABLES:
            found |= set((await connection.scalars(sa.select(table.c.id))).all())
    return found


@asynccontextmanager
async def copy_of(path: Path, name: str) -> AsyncIterator[Database]:
    copy = path.parent / f"{name}.db"
    shutil.copy(path, copy)
    database = Database(sqlite_url(copy))
    yield database
    await database.close()
    copy.unlink()


def count_writes(database: Database, at: int | None = None) -> list[int]:
    """Counts the statements of the writer; raises at the given one."""
    counted = [0]

    def before(*_: object) -> None:
        counted[0] += 1
        if counted[0] == at:
            raise Killed

    sa.event.listen(database._writer.sync_engine, "before_cursor_execute", before)
    return counted


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("start", ["known", "empty"])
async def test_killed_at_any_statement(
    music: Music, tmp_path: Path, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.services.indexing.scan.BATCH_FILES", 3)
    first_state(music)
    if start == "known":
        await music.scan()
    known = await known_ids(music.database)
    path = tmp_path / "state.db"
    async with aiosqlite.connect(music.database.url.partition(":///")[2]) as connection:
        await connection.execute(f"VACUUM INTO '{path}'")
    second_state(music)
    await music.scan()
    expected = await told(music.database, known)
    original = music.database
    async with copy_of(path, "counting") as music.database:
        counted = count_writes(music.database)
        await music.scan()
        assert await told(music.database, known) == expected
    for at in range(1, counted[0], max(1, counted[0] // CRASHES)):
        async with copy_of(path, f"crash{at}") as music.database:
            await _crash(music, at)
            await music.scan()
            assert await told(music.database, known) == expected, at
            await check(music.database)
    music.database = original


async def _crash(music: Music, at: int) -> None:
    broken = Database(music.database.url)
    count_writes(broken, at)
    healthy, music.database = music.database, broken
    try:
        await music.scan()
    except Killed:
        pass
    finally:
        music.database = healthy
        await broken.close()


class Cancelling(QuietJob):
    def __init__(self, at: int) -> None:
        self.left = at

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            raise JobCancelled


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_cancelled_scan_is_finished_by_the_next(
    music: Music, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.services.indexing.scan.BATCH_FILES", 2)
    first_state(music)
    await music.scan()
    second_state(music)
    with pytest.raises(JobCancelled):
        await music.scanning(job=Cancelling(at)).run()
    [row] = await music.rows(libraries)
    assert (row.scan_state, row.scan_error) == ("failed", "JobCancelled: ")
    report = await music.scan()
    assert (report.state, len(await music.tracks())) == ("ok", 10)
    assert (await music.rows(libraries))[0].scan_state == "ok"


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
async def test_a_task_that_is_cancelled_leaves_nothing_behind(music: Music, delay: float) -> None:
    music.album("a", "one two three", artist="Anna", album="First")
    before = asyncio.all_tasks()
    task = asyncio.create_task(music.scan())
    await asyncio.sleep(delay)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == before
    await music.scan()
    assert len(await music.tracks()) == 3
