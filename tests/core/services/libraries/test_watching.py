"""What changes on the disk is taken in by itself, once it is quiet; one process of several sees to it."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.services.libraries import watching as module
from mcma.services.libraries.leases import Lease
from mcma.services.libraries.libraries import Libraries
from mcma.services.libraries.watching import Alone, Holder, Target, Watcher, WatchOptions, starting
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries.jobs import database_time
from mcma.store.tables.catalogue import libraries, tracks
from mcma.store.tables.machinery import jobs
from mcma_plugins.ids import JobId
from mcma_plugins.sources import Changed, FoundFolder, SourceHealth, Watching
from mcma_plugins.values import JobView, LibraryView
from tests.support.audio import make_audio
from tests.support.catalogue import EPOCH, set_row
from tests.support.jobs import until
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
FAST = WatchOptions(settle_seconds=0.2, poll_seconds=0.2)


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND", 0.1)
    monkeypatch.setattr(module, "AFTER_FAILURE", 0.1)
    monkeypatch.setattr(module, "SHARE", 0)


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url) as made:
        yield made


def watcher(server: Server, *, holder: Holder | None = None, sources: Any = None, **more: Any) -> Watcher:
    services = server.core.services
    own = {offer.thing.name: offer.thing for offer in server.core.host.sources()}
    return Watcher(
        server.database, lambda: sources or own, starting(services.scans, services.imports),
        services.jobs.wait, holder or Alone(), more.get("options", FAST),
    )  # fmt: skip


@asynccontextmanager
async def running(*made: Watcher) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.run()) for one in made]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def state(server: Server) -> tuple[str | None, str | None]:
    view = await server.core.services.libraries.get(SYSTEM, (await only_library(server)))
    return view.watch_state, view.watch_reason


async def only_library(server: Server) -> Any:
    return (await server.core.services.libraries.list(SYSTEM))[0].id


async def titles(server: Server) -> set[str]:
    async with server.database.read() as connection:
        here = tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
        return set(await connection.scalars(sa.select(tracks.c.title).where(*here)))


async def scans(server: Server) -> list[Any]:
    async with server.database.read() as connection:
        query = sa.select(jobs).where(jobs.c.kind == "scan").order_by(jobs.c.id)
        return list((await connection.execute(query)).all())


async def quiet(server: Server) -> None:
    """Nothing is left to do."""
    await until(lambda: _all_over(server))


async def _all_over(server: Server) -> bool:
    return all(row.finished_at is not None for row in await scans(server))


def add(server: Server, name: str) -> None:
    make_audio(server.music / "New" / f"{name}.mp3", tags={"title": name, "artist": "Cleo", "album": "C"},
               freq=500 + sum(map(ord, name)))  # fmt: skip


async def watched(server: Server, how: str = "events") -> None:
    async def is_so() -> bool:
        return (await state(server))[0] == how

    await until(is_so)


async def test_a_new_file_and_one_that_goes(server: Server) -> None:
    async with running(watcher(server)):
        await watched(server)
        add(server, "Fresh")
        await until(lambda: _has(server, "Fresh"))
        (server.music / "New" / "Fresh.mp3").unlink()
        await until(lambda: _lacks(server, "Fresh"))
    assert (await state(server))[0] is None, "nobody watches any more"


async def _has(server: Server, title: str) -> bool:
    return title in await titles(server)


async def _lacks(server: Server, title: str) -> bool:
    return title not in await titles(server)


async def test_what_changed_while_nobody_watched_is_caught_up_with(server: Server) -> None:
    add(server, "Earlier")
    async with running(watcher(server)):
        await until(lambda: _has(server, "Earlier"))


async def test_a_file_that_is_still_being_copied_is_not_taken_half(server: Server, tmp_path: Path) -> None:
    tags = {"title": "Whole", "artist": "Cleo", "album": "C"}
    source = make_audio(tmp_path / "whole.flac", fmt="flac", freq=888, tags=tags).read_bytes()
    async with running(watcher(server, options=WatchOptions(settle_seconds=1.0))):
        await watched(server)
        await until(lambda: _count(server, 2))  # catching up
        await quiet(server)
        before = len(await scans(server))
        with (server.music / "whole.flac").open("wb") as growing:
            for start in range(0, len(source), len(source) // 8 + 1):
                growing.write(source[start : start + len(source) // 8 + 1])
                growing.flush()
                await asyncio.sleep(0.15)
        assert len(await scans(server)) == before
        await until(lambda: _has(server, "Whole"))
        assert len(await scans(server)) == before + 1


async def test_thousands_of_events_are_one_scan(server: Server) -> None:
    async with running(watcher(server)):
        await watched(server)
        await quiet(server)
        await until(lambda: _count(server, 2))
        before = len(await scans(server))
        for number in range(3000):
            (server.music / "Ann" / f"{number}.txt").write_bytes(b"")
        add(server, "Last")
        await until(lambda: _has(server, "Last"))
        await quiet(server)
        assert len(await scans(server)) - before <= 2


async def _count(server: Server, least: int) -> bool:
    return len(await scans(server)) >= least


async def test_a_folder_that_goes_away_marks_nothing_missing(server: Server) -> None:
    before = await titles(server)
    away = server.music.with_name("away")
    async with running(watcher(server)):
        await watched(server)
        await quiet(server)
        server.music.rename(away)
        await watched(server, "waiting")
        assert "does not exist" in ((await state(server))[1] or "")
        await quiet(server)
        assert await titles(server) == before
        make_audio(away / "New" / "x.mp3", tags={"title": "Meanwhile", "artist": "C", "album": "C"}, freq=777)
        away.rename(server.music)
        await until(lambda: _has(server, "Meanwhile"))
        assert await titles(server) == before | {"Meanwhile"}


async def test_it_is_seen_in_the_view_of_the_library(server: Server) -> None:
    async with running(watcher(server)):
        await watched(server)
        shown = (await server.admin.get("/api/v1/libraries"))["items"][0]
        assert (shown["watch_state"], shown["watch_reason"]) == ("events", None)
    async with running(watcher(server, options=WatchOptions(enabled=False))):
        await watched(server, "off")
        assert (await state(server))[1] == "MCMA_WATCH is off"
        theirs = (await server.user.get("/api/v1/libraries"))["items"][0]
        assert (theirs["watch_state"], theirs["watch_reason"]) == ("off", None)


class Slow:
    """A source that says what it is told to."""

    name = "local"

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Watching | Changed | Exception] = asyncio.Queue()
        self.opened = 0

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    def walk(self, root: bytes) -> Any:
        return iter((FoundFolder(b""),))

    async def watch(self, root: bytes, poll_seconds: float) -> AsyncGenerator[Watching | Changed, None]:
        self.opened += 1
        while True:
            one = await self.queue.get()
            if isinstance(one, Exception):
                raise one
            yield one


class Asked:
    """Notes what was to be scanned, and when it was quiet before."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def __call__(self, target: Target) -> Any:
        self.times.append(asyncio.get_running_loop().time())
        raise NotFound("no scan here")


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> LibraryView:
    """One that was scanned before."""
    (tmp_path / "folder").mkdir()
    made = await Libraries(database).add(SYSTEM, tmp_path / "folder", "Folder")
    await set_row(database, libraries, made.id, last_scan_at=EPOCH)
    return made


def deaf(
    database: Database, source: Slow, asked: Asked, holder: Holder | None = None, settle: float = 0.3
) -> Watcher:
    async def wait(job: JobId, timeout: float) -> JobView:
        raise AssertionError("no job was made")

    options = WatchOptions(settle_seconds=settle)
    return Watcher(database, lambda: {"local": source}, asked, wait, holder or Alone(), options)


async def shown(database: Database, library: LibraryView) -> tuple[str | None, str | None]:
    view = await Libraries(database).get(SYSTEM, library.id)
    return view.watch_state, view.watch_reason


async def is_watched(database: Database, library: LibraryView, how: str) -> bool:
    return (await shown(database, library))[0] == how


async def test_it_waits_until_it_is_quiet(database: Database, library: LibraryView) -> None:
    source, asked = Slow(), Asked()
    async with running(deaf(database, source, asked)):
        await until(lambda: len(asked.times) == 1)  # catching up
        last = 0.0
        for _ in range(8):
            source.queue.put_nowait(Changed())
            last = asyncio.get_running_loop().time()
            await asyncio.sleep(0.1)
        await until(lambda: len(asked.times) == 2)
        assert asked.times[1] - last >= 0.29


async def test_a_watch_that_fails_is_told_and_tried_again(database: Database, library: LibraryView) -> None:
    source = Slow()
    source.queue.put_nowait(OSError("the plugin's own fault"))
    async with running(deaf(database, source, Asked())):
        await until(lambda: is_watched(database, library, "failed"))
        assert "the plugin's own fault" in ((await shown(database, library))[1] or "")
        source.queue.put_nowait(Watching("polling", "nfs does not tell"))
        await until(lambda: is_watched(database, library, "polling"))
        assert source.opened == 2
    assert await shown(database, library) == (None, None)


async def test_one_of_two_processes_watches_and_the_other_takes_over(
    database: Database, library: LibraryView
) -> None:
    one, other = Slow(), Slow()
    made = [deaf(database, source, Asked(), Lease(database, "watch", 1.0)) for source in (one, other)]
    tasks = [asyncio.create_task(each.run()) for each in made]
    try:
        await until(lambda: one.opened + other.opened == 1)
        await asyncio.sleep(1.3)
        assert one.opened + other.opened == 1, "renewed, it stays where it is"
        tasks[0 if one.opened else 1].cancel()
        await until(lambda: one.opened == other.opened == 1)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_lease_of_a_process_that_died_lapses(database: Database) -> None:
    died, heir = Lease(database, "x", 0.2), Lease(database, "x", 5)
    assert await died.hold()
    assert not await heir.hold()
    await until(heir.hold)
    assert not await died.hold()
    await died.release()
    assert await heir.hold(), "only its own is released"
    await heir.release()
    assert await died.hold()


async def test_libraries_come_and_go(server: Server, tmp_path: Path) -> None:
    async with running(watcher(server)):
        await watched(server)
        make_audio(
            tmp_path / "more" / "1.mp3", tags={"title": "Other", "artist": "D", "album": "D"}, freq=900
        )
        added = await server.core.services.libraries.add(SYSTEM, tmp_path / "more", "More")

        async def is_watched() -> bool:
            return (await server.core.services.libraries.get(SYSTEM, added.id)).watch_state == "events"

        await until(is_watched)
        assert await _lacks(server, "Other"), "a first scan is asked for by whoever adds it"
        await server.core.services.libraries.remove(SYSTEM, added.id)
        shutil.rmtree(tmp_path / "more")
        add(server, "Still")
        await until(lambda: _has(server, "Still"))
        assert {row.payload["library_id"] for row in await scans(server)} == {server.library}


async def test_a_clock_ahead_of_the_database_s_scans_once(
    database: Database, library: LibraryView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "utcnow", lambda: utcnow() + timedelta(hours=1), raising=False)
    source, made = Slow(), list[JobId]()

    async def start(target: Target) -> JobId:
        made.append(JobId(new_id()))
        return made[-1]

    async def wait(job: JobId, timeout: float) -> JobView:
        async with database.read() as connection:
            now = await database_time(connection)
        return JobView(job, "scan", "succeeded", 0, None, None, None, 1, None, now, now, now)

    options = WatchOptions(settle_seconds=0.01)
    async with running(Watcher(database, lambda: {"local": source}, start, wait, Alone(), options)):
        await until(lambda: len(made) == 1)
        source.queue.put_nowait(Changed())
        await until(lambda: len(made) >= 2)
        await asyncio.sleep(0.2)
    assert len(made) == 2, "one for catching up, one for the change"
