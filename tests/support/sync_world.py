"""A server that dies, is put back and goes on, in a loop of its own thread: whoever tests it is not async.

Every world begins as a copy of one that was scanned before (`Seed`), so making one costs little.
"""

import asyncio
import shutil
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

import httpx2 as httpx
import sqlalchemy as sa
from fastapi import FastAPI

from mcma.control.backups import new_epoch
from mcma.services.callers import SYSTEM
from mcma.services.indexing.scan import Scan, ScanOptions
from mcma.services.indexing.values import LibraryPlace
from mcma.services.sync.retention import Retention
from mcma.store import backups
from mcma.store.engine import sqlite_url
from mcma.store.tables.catalogue import albums, artists, libraries, tracks
from mcma.wiring import Core, opened
from mcma_plugins.values import Caller
from tests.support.audio import make_audio
from tests.support.dying import Died
from tests.support.postgres import Postgres
from tests.support.rest import App, checked
from tests.support.scanning import InThread, QuietJob, local_source
from tests.support.server import PASSWORD, app_of, make_music, settings_for

T = TypeVar("T")
SECONDS = 60
"""More than anything here takes; a test that hangs must end."""
PEOPLE = ("ada", "ben")
HIDDEN = ("Hidden 1", "Hidden 2")
"""Titles of files that come later: until then they can only be claimed."""


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(SECONDS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()


class Place(NamedTuple):
    """Where a world lives. `database` names one of PostgreSQL's, and is "" for SQLite."""

    folder: Path
    url: str
    database: str = ""

    @property
    def file(self) -> Path:
        return self.folder / "mcma.db"


@dataclass
class Seed:
    """A scanned library with people, as it is copied. `postgres` None: SQLite."""

    loop: Loop
    folder: Path
    postgres: Postgres | None
    template: str
    """The empty database: of PostgreSQL, or a file."""
    place: Place = field(init=False)
    tracks: list[str] = field(default_factory=list)
    albums: list[str] = field(default_factory=list)
    artists: list[str] = field(default_factory=list)
    """In the order of their names."""
    callers: dict[str, Caller] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """For apps of Subsonic."""

    @property
    def music(self) -> Path:
        return self.folder / "music"

    @property
    def aside(self) -> Path:
        """Files that are not in the library, or not any more."""
        return self.folder / "aside"

    def make(self) -> None:
        make_music(self.music)
        for number, title in enumerate(HIDDEN):
            tags = {"title": title, "artist": "Ann Ash", "album": "First", "albumartist": "Ann Ash",
                    "tracknumber": 7 + number}  # fmt: skip
            make_audio(self.aside / f"{title}.flac", fmt="flac", freq=700 + 50 * number, tags=tags)
        self.place = self._placed(self.folder / "seed", self.template)
        world = World(self, self.place)
        world.start()
        try:
            self.loop.run(self._fill(world.core))
        finally:
            world.stop()

    async def _fill(self, core: Core) -> None:
        await core.services.libraries.add(SYSTEM, self.music, "Music")
        await scan(core)
        for name in (*PEOPLE, "boss"):
            made = await core.services.users.create(SYSTEM, name, PASSWORD, is_admin=name == "boss")
            self.callers[name] = Caller(made.id, made.name, made.is_admin, "tests")
            app = await core.services.app_passwords.create(self.callers[name], "app")
            self.secrets[name] = app.secret
        async with core.database.read() as connection:
            for listed, table, column in ((self.tracks, tracks, tracks.c.title),
                                          (self.albums, albums, albums.c.title),
                                          (self.artists, artists, artists.c.name)):  # fmt: skip
                found = sa.select(table.c.id).where(table.c.deleted_at.is_(None)).order_by(column)
                listed += [str(id_) for id_ in await connection.scalars(found)]

    @contextmanager
    def copied(self, folder: Path) -> Iterator["World"]:
        """A world of its own, running; the files of the library are where they were."""
        self.put_back()
        world = World(self, self._placed(folder, self.place.database or str(self.place.file)))
        shutil.copytree(self.place.folder / "data", folder / "data", dirs_exist_ok=True)
        world.start()
        try:
            yield world
        finally:
            world.stop()
            self._remove(world)

    def put_back(self) -> None:
        for path in self.aside.rglob("*.*"):
            if path.stem not in HIDDEN:
                path.rename(self.music / path.relative_to(self.aside))
        for title in HIDDEN:
            with suppress(FileNotFoundError):
                (self.music / f"{title}.flac").rename(self.aside / f"{title}.flac")

    def _placed(self, folder: Path, template: str) -> Place:
        folder.mkdir(parents=True)
        if self.postgres is None:
            shutil.copy(template, folder / "mcma.db")
            return Place(folder, sqlite_url(folder / "mcma.db"))
        name = f"world_{uuid4().hex}"
        self.loop.run(
            self.postgres.administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        )
        return Place(folder, self.postgres.url(name), name)

    def _remove(self, world: "World") -> None:
        if self.postgres is not None:
            for name in (world.place.database, *world.copies):
                self.loop.run(self.postgres.administer(f"DROP DATABASE {name} WITH (FORCE)"))
        shutil.rmtree(world.place.folder)


async def scan(core: Core) -> None:
    """Without jobs: nothing goes on beside the test."""
    async with core.database.read() as connection:
        row = (await connection.execute(sa.select(libraries.c.id, libraries.c.root))).one()
    options = ScanOptions(full=False, accept_missing=True)
    place = LibraryPlace(row.id, row.root, "local")
    done = Scan(core.database, place, local_source(), QuietJob(), InThread(), lambda *_: None, options)
    report = await done.run()
    assert report.state != "suspicious", report


async def _quietly(_: object) -> None:
    return None


class Backup(NamedTuple):
    path: Path = Path()
    database: str = ""


class World:
    """One server. While it is down, nothing answers."""

    def __init__(self, seed: Seed, place: Place) -> None:
        self.seed, self.place, self.loop = seed, place, seed.loop
        self.app: FastAPI | None = None
        self.copies: list[str] = []
        """Backups, as PostgreSQL's databases."""
        self._core: Core | None = None
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def core(self) -> Core:
        assert self._core is not None
        return self._core

    def start(self) -> None:
        self.loop.run(self._start())

    def stop(self) -> None:
        self.loop.run(self._end())

    def restart(self) -> None:
        self.stop()
        self.start()

    async def _start(self) -> None:
        ready, self._stop = asyncio.Event(), asyncio.Event()
        self._running = asyncio.create_task(self._serve(ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self._running

    async def _serve(self, ready: asyncio.Event) -> None:
        settings = settings_for(self.place.folder, self.place.url)
        async with opened(settings, running_jobs=False) as self._core:
            self.app = app_of(self._core)
            ready.set()
            await self._stop.wait()
            self.app = None

    async def _end(self) -> None:
        self._stop.set()
        running, self._running = self._running, None
        if running is not None:
            with suppress(Died):  # what it still had to write when it died
                await running

    @property
    def _app(self) -> FastAPI:
        assert self.app is not None
        return self.app

    # What an administrator does

    def scan(self) -> None:
        self.loop.run(scan(self.core))

    def backed_up(self) -> "Backup":
        """Of SQLite while it is used, as `mcma backup create` does; of PostgreSQL by its own means."""
        if self.seed.postgres is None:
            return Backup(backups.created(self.place.file, self.place.folder / "backups"))
        self.stop()
        name = f"{self.place.database}_{uuid4().hex[:8]}"
        self.loop.run(self.seed.postgres.administer(f"CREATE DATABASE {name} TEMPLATE {self.place.database}"))
        self.start()
        return Backup(database=name)

    def put_back(self, backup: "Backup") -> None:
        self.stop()
        if self.seed.postgres is None:
            backups.restore(backup.path, self.place.file, self.place.folder / "backups")
            self.start()
            return
        for statement in (f"DROP DATABASE {self.place.database} WITH (FORCE)",
                          f"CREATE DATABASE {self.place.database} TEMPLATE {backup.database}"):  # fmt: skip
            self.loop.run(self.seed.postgres.administer(statement))
        self.start()
        self.loop.run(new_epoch(self.core, _quietly))

    def forget_deletions(self) -> None:
        """As if the time that they are told for were over: cursors from before are good no more."""
        retention = Retention(self.core.database, 0)
        self.loop.run(retention.forget())
        self.loop.run(retention.forget())

    def ask(self, caller: Caller, method: str, path: str, **more: Any) -> httpx.Response:
        return self.loop.run(self._ask(caller, method, path, **more))

    async def _ask(self, caller: Caller, method: str, path: str, **more: Any) -> httpx.Response:
        pair = await self.core.services.sessions.open(caller)
        headers = {"authorization": f"Bearer {pair.access.value}"}
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.request(method, f"/api/v1{path}", headers=headers, **more)
        assert answer.status_code < 500, (method, path, answer.text)
        return answer

    def admin(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.ask(self.seed.callers["boss"], method, path, **more)

    def rest(self, name: str, method: str, **params: str) -> None:
        """As an app of Subsonic's. What it may not do, it is told."""
        self.loop.run(self._rest(name, method, params))

    async def _rest(self, name: str, method: str, params: dict[str, str]) -> None:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            checked(method, await App(client, self.seed.secrets[name]).post(method, **params))

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        async def read() -> list[Any]:
            async with self.core.database.read() as connection:
                return list((await connection.execute(query)).all())

        return self.loop.run(read())

    @property
    def library(self) -> UUID:
        [(found,)] = self.rows(sa.select(libraries.c.id))
        return UUID(str(found))
