"""What renditions are made of: the file of a track, a program that can read it, the order for both."""

import asyncio
import os
from collections.abc import Set
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from mcma.domain.errors import NotFound, Unavailable
from mcma.domain.profiles import Reason, Sound, Target
from mcma.media.encoding import Words
from mcma.media.ffmpeg import Ffmpeg, Ffmpegs
from mcma.services.indexing.values import joined
from mcma.services.recent import Recent
from mcma.services.renditions.files import RenditionFiles
from mcma.services.renditions.making import Order
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import SourceRow
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller

KNOWN_SECONDS: Final = 5.0
"""How long a file that was looked up is taken for what it was: a player asks range by range."""


class Sources:
    def __init__(self, database: Database, ffmpegs: Ffmpegs, files: RenditionFiles) -> None:
        self._database, self._ffmpegs, self._files = database, ffmpegs, files
        self._recent: Recent[tuple[UUID, UUID], SourceRow] = Recent(KNOWN_SECONDS)

    def forget(self) -> None:
        self._recent.clear()

    async def of_track(self, caller: Caller, track_id: TrackId) -> SourceRow:
        """The preferred file. `NotFound`; `Unavailable` when its volume is gone."""
        key = (caller.user_id, track_id)
        if (kept := self._recent.get(key)) is not None:
            return kept
        async with self._database.read() as connection:
            found = await rows.source_of_track(connection, caller, track_id)
        if found is None:
            raise NotFound("There is no such track.")
        if found.root is None or found.missing_since is not None:
            raise Unavailable("The file of this track is missing.", code="file_missing", retry_after=60)
        return self._recent.put(key, found)

    async def of_file(self, file_id: UUID) -> SourceRow | None:
        """None for one that was replaced, or is not there any more."""
        async with self._database.read() as connection:
            found = await rows.source_of_file(connection, file_id)
        return None if found is None or not await is_as_known(found) else found

    async def encoders(self) -> Set[str]:
        found = await self._ffmpegs.get()
        return frozenset() if found is None else found.encoders

    async def tool(self, target: Target) -> Ffmpeg | Reason:
        found = await self._ffmpegs.get()
        if found is None:
            return Reason.NO_FFMPEG
        return found if target.codec.encoder in found.encoders else Reason.NO_ENCODER

    def order(
        self, source: SourceRow, target: Target, program: Path, id_: UUID, attempt: int, *, live: bool
    ) -> Order:
        """Makes room for it; blocks."""
        suffix = target.codec.suffix
        return Order(
            program=program,
            source=_path(source),
            container=source.container,
            duration_ms=source.duration_ms,
            target=target,
            words=Words(source.title, source.artist, source.album or "", source.gain),
            into=self._files.begin(id_, suffix, attempt),
            kept=self._files.path(id_, suffix),
            live=live,
        )


def sound_of(source: SourceRow) -> Sound:
    return Sound(
        source.codec, source.bit_rate_kbps, source.sample_rate_hz, source.channels, source.bit_depth,
        source.lossless, source.duration_ms,
    )  # fmt: skip


async def is_as_known(source: SourceRow) -> bool:
    """Whether it is there, has the size it had, and no link leads out of its folder."""
    return await asyncio.to_thread(partial(is_the_file, _path(source), source.root or b"", source.size))


def is_the_file(path: bytes, root: bytes, size: int) -> bool:
    """Blocks."""
    real = os.path.realpath(path)
    inside = real.startswith(os.path.realpath(root).rstrip(b"/") + b"/")
    try:
        return inside and os.stat(real).st_size == size  # noqa: PTH116 - bytes
    except OSError:
        return False


def _path(source: SourceRow) -> bytes:
    assert source.root is not None
    return os.path.join(source.root, joined(source.folder, source.name))  # noqa: PTH118 - bytes
