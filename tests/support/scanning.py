"""A music folder, a database and scans of the one into the other. Files are read in a thread."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.indexing.readers import Reader
from mcma.services.indexing.reading import Read, ToRead, read_one
from mcma.services.indexing.scan import Scan, ScanOptions, ScanReport
from mcma.services.indexing.values import LibraryPlace
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, artists, libraries, merges, track_artists, track_files, tracks
from mcma.store.tables.listening import like_events, user_items
from mcma.store.tables.people import users
from mcma_local import LocalPlugin
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext
from mcma_plugins.sources import IndexableSource
from tests.support.audio import make_audio


class InThread:
    """Readers without processes: they start at once."""

    workers = 1

    def warm_up(self) -> None:
        pass

    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        return await asyncio.to_thread(lambda: [read_one(file) for file in files])


class QuietJob(JobContext):
    """A job nobody watches."""

    id = JobId(new_id())
    payload: Mapping[str, Any] = MappingProxyType({})
    attempt = 1
    created_by = None

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        pass

    async def log(self, line: str) -> None:
        pass


def local_source() -> IndexableSource:
    [source] = LocalPlugin(LocalPlugin.settings_model()).sources()
    assert isinstance(source, IndexableSource)
    return source


class Music:
    """One library folder. Paths are relative to it."""

    def __init__(self, database: Database, root: Path, number: int = 1) -> None:
        self.database = database
        self.root = root
        self.id = new_id()
        self.number = number
        self.heard: list[tuple[str, Any]] = []
        """What hooks were told."""
        self._made = 0
        self._files: dict[str, tuple[str, int, dict[str, object]]] = {}

    async def create(self) -> "Music":
        self.root.mkdir(parents=True, exist_ok=True)
        now = utcnow()
        row = {"id": self.id, "number": self.number, "name": f"Music {self.number}", "kind": "folder",
               "root": os.fsencode(self.root), "changed_at": now, "created_at": now,
               "updated_at": now}  # fmt: skip
        await insert(self.database, libraries, row)
        return self

    # Files

    def put(
        self,
        path: str,
        *,
        fmt: str = "mp3",
        sound: int | None = None,
        seconds: float = 0.5,
        cover: bytes | None = None,
        **tags: Any,
    ) -> Path:
        """A tagged file. Every file has sound of its own unless told otherwise."""
        self._made += 1
        freq = 300 + 10 * (self._made if sound is None else 100 + sound)
        self._files[path] = (fmt, freq, tags)
        return make_audio(self.root / path, fmt=fmt, seconds=seconds, freq=freq, tags=tags, cover=cover)

    def album(self, folder: str, titles: str, **tags: Any) -> None:
        """One file per word of `titles`, numbered."""
        for number, title in enumerate(titles.split(), 1):
            self.put(f"{folder}/{number:02d} {title}.mp3", title=title, tracknumber=number, **tags)

    def retag(self, path: str, **changes: Any) -> None:
        """The same sound, other tags; None removes one."""
        fmt, freq, before = self._files[path]
        tags = {name: value for name, value in {**before, **changes}.items() if value is not None}
        self._files[path] = (fmt, freq, tags)
        mtime = (self.root / path).stat().st_mtime_ns
        make_audio(self.root / path, fmt=fmt, seconds=0.5, freq=freq, tags=tags)
        os.utime(self.root / path, ns=(mtime + 1_000_000_000, mtime + 1_000_000_000))

    def retag_all(self, folder: str, **changes: Any) -> None:
        for path in [path for path in self._files if path.startswith(f"{folder}/")]:
            self.retag(path, **changes)

    def touch(self, path: str) -> None:
        self.retag(path)

    def move(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)
        for path in [path for path in self._files if path == old or path.startswith(f"{old}/")]:
            self._files[new + path[len(old) :]] = self._files.pop(path)

    def remove(self, path: str) -> None:
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()
        for gone in [one for one in self._files if one == path or one.startswith(f"{path}/")]:
            del self._files[gone]

    # Scans

    def scanning(
        self,
        readers: Reader | None = None,
        job: JobContext | None = None,
        *,
        full: bool = False,
        accept_missing: bool = False,
    ) -> Scan:
        options = ScanOptions(full=full, accept_missing=accept_missing)
        place = LibraryPlace(self.id, os.fsencode(self.root), "local")
        return Scan(
            self.database, place, local_source(), job or QuietJob(), readers or InThread(),
            lambda hook, event: self.heard.append((hook, event)), options,
        )  # fmt: skip

    async def scan(self, *, full: bool = False, accept_missing: bool = False) -> ScanReport:
        return await self.scanning(full=full, accept_missing=accept_missing).run()

    # What the catalogue says

    async def rows(self, table: sa.Table, *where: Any) -> list[Any]:
        query = sa.select(table).where(*where).order_by(table.c[next(iter(table.primary_key)).name])
        async with self.database.read() as connection:
            return list((await connection.execute(query)).all())

    async def tracks(self, *where: Any) -> dict[str, Any]:
        """Title to the present tracks of this library."""
        here = (
            tracks.c.library_id == self.id,
            tracks.c.deleted_at.is_(None),
            tracks.c.missing_since.is_(None),
        )
        rows = await self.rows(tracks, *here, *where)
        assert len({row.title for row in rows}) == len(rows), [row.title for row in rows]
        return {row.title: row for row in rows}

    async def track(self, title: str) -> Any:
        return (await self.tracks())[title]

    async def albums(self) -> dict[str, Any]:
        """Title to the present albums of this library."""
        here = (
            albums.c.library_id == self.id,
            albums.c.deleted_at.is_(None),
            albums.c.missing_since.is_(None),
        )
        rows = await self.rows(albums, *here)
        assert len({row.title for row in rows}) == len(rows), [row.title for row in rows]
        return {row.title: row for row in rows}

    async def files(self) -> list[Any]:
        return await self.rows(
            track_files, track_files.c.library_id == self.id, track_files.c.deleted_at.is_(None)
        )

    async def artists(self) -> dict[str, Any]:
        """Name to artist, of all that have a present credit."""
        credited = sa.select(track_artists.c.artist_id)
        rows = await self.rows(artists, artists.c.deleted_at.is_(None), artists.c.id.in_(credited))
        assert len({row.name for row in rows}) == len(rows), [row.name for row in rows]
        return {row.name: row for row in rows}

    async def merges(self) -> list[tuple[str, UUID, UUID]]:
        return [(row.item_kind, row.loser_id, row.winner_id) for row in await self.rows(merges)]

    # People

    async def like(self, item: UUID, kind: str = "track") -> UUID:
        """A user who likes this; the log and what is derived from it."""
        user, now = new_id(), utcnow()
        name = f"user{user.hex}"
        await insert(self.database, users, {"id": user, "name": name, "name_key": name, "created_at": now,
                                            "updated_at": now})  # fmt: skip
        event = {"id": new_id(), "user_id": user, "item_kind": kind, "item_id": item, "liked": True,
                 "at": now, "reported_at": now, "received_at": now, "source": "test"}  # fmt: skip
        await insert(self.database, like_events, event)
        await insert(
            self.database, user_items, {"user_id": user, "item_id": item, "item_kind": kind, "liked_at": now}
        )
        return user

    async def likes(self, user: UUID) -> list[UUID]:
        rows = await self.rows(user_items, user_items.c.user_id == user, user_items.c.liked_at.is_not(None))
        return [row.item_id for row in rows]


async def insert(database: Database, table: sa.Table, *rows: dict[str, Any]) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(table), list(rows))
