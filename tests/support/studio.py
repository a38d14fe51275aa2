"""Renditions over a scanned folder, with a runner and whatever ffmpeg a test wants."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from mcma.domain.profiles import Reason
from mcma.media.ffmpeg import Ffmpegs
from mcma.services.renditions import Bounds, Renditions, Room
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.renditions import renditions
from mcma.worker.runner import JobRunner
from mcma_plugins.ids import TrackId, UserId
from mcma_plugins.streams import Growing, Served, StreamWish
from mcma_plugins.values import Caller, StreamFile
from tests.support.jobs import Workshop
from tests.support.renditions import fake_ffmpeg
from tests.support.scanning import Music

MP3 = StreamWish("mp3", 128)
DRIPS = 'while :; do head -c 4096 /dev/zero >> "$OUT"; sleep 0.03; done'
"""What a program does that never ends."""


def listener(name: str = "ann") -> Caller:
    return Caller(UserId(new_id()), name, is_admin=True)


class Studio:
    def __init__(self, database: Database, folder: Path, workshop: Workshop) -> None:
        self.database, self.folder, self.workshop = database, folder, workshop
        self.music = Music(database, folder / "music")
        self.cache = folder / "renditions"
        self.ann = listener()
        self.runner: JobRunner

    async def open(
        self, ffmpeg: Path | None = None, *, slots: int = 2, per_user: int = 2, room: int = 10**9,
        age: timedelta = timedelta(days=1), **runner: Any,
    ) -> Renditions:  # fmt: skip
        """A server's renditions. Called again: another server over the same folder and database."""
        made = Renditions(
            self.database, self.workshop.jobs, Ffmpegs(ffmpeg or Path(get_ffmpeg_exe())), self.cache,
            Bounds(slots, per_user), Room(room, age),
        )  # fmt: skip
        self.runner = await self.workshop.runner(*made.job_kinds(), **{"lease": 30.0, **runner})
        await made.start(self.runner)
        return made

    def fake(self, work: str) -> Path:
        return fake_ffmpeg(self.folder / f"ffmpeg-{abs(hash(work))}", work)

    async def track(self, title: str) -> TrackId:
        return TrackId((await self.music.track(title)).id)

    async def rows(self) -> list[Any]:
        return await self.music.rows(renditions)

    async def jobs(self) -> dict[str, str]:
        """Kind to state of the latest job."""
        return {row.kind: row.state for row in await self.music.rows(job_rows)}

    async def file(self, title: str) -> Any:
        [row] = await self.music.rows(track_files, track_files.c.track_id == await self.track(title))
        return row

    def files(self) -> list[Path]:
        """Everything in the cache."""
        return sorted(path for path in self.cache.rglob("*") if path.is_file())


@asynccontextmanager
async def following(served: Served | Reason) -> AsyncIterator[Growing]:
    assert isinstance(served, Served), served
    assert not isinstance(served.source, StreamFile), served.told
    growing: Any = served.source
    try:
        yield growing
    finally:
        growing.close()


async def everything(growing: Growing) -> bytes:
    async with asyncio.timeout(30):
        return b"".join([piece async for piece in growing.chunks()])


def content(served: Served | Reason) -> bytes:
    assert isinstance(served, Served), served
    assert isinstance(served.source, StreamFile), served.told
    return Path(os.fsdecode(served.source.path)).read_bytes()


async def all_of(served: Served | Reason) -> bytes:
    """However it comes."""
    assert isinstance(served, Served), served
    if isinstance(served.source, StreamFile):
        return content(served)
    async with following(served) as growing:
        return await everything(growing)


__all__ = ["DRIPS", "MP3", "Studio", "all_of", "content", "everything", "following", "listener"]
