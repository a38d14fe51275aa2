"""Bytes to play and pictures to show. Satisfies `mcma_plugins.services.Streaming`."""

import asyncio
import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import McmaError, NotFound, Unavailable
from mcma.domain.profiles import FALLBACK, RAW, Reason
from mcma.services.callers import require_right
from mcma.services.indexing.values import is_staged, joined
from mcma.services.recent import Recent
from mcma.services.renditions import Renditions
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.queries.covers import artwork_of, files_with
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import Served, StreamWish
from mcma_plugins.values import Caller, CoverImage, ItemKind, ItemRef, Right, StreamFile

if TYPE_CHECKING:
    from mcma.media.artwork import ArtworkCache

PLACEHOLDER_SIZE = 600
FILE_SECONDS = 5.0
"""How long a replaced file, or an access withdrawn in another process, may go unnoticed. The size is checked
at every open."""

UNPLAYABLE_SECONDS = 60


class Streams:
    """`artwork` is the folder of the picture cache."""

    def __init__(self, database: Database, artwork: Path, renditions: Renditions) -> None:
        self._database, self._renditions = database, renditions
        self._artwork = artwork
        self._drawing = asyncio.Semaphore(2)
        self._files: Recent[tuple[UUID, UUID], StreamFile] = Recent(FILE_SECONDS)

    @cached_property
    def _cache(self) -> "ArtworkCache":
        from mcma.media.artwork import ArtworkCache  # what draws is loaded by the first who wants a picture

        return ArtworkCache(self._artwork)

    def forget(self) -> None:
        """What was looked up for whom: somebody may see less now."""
        self._files.clear()
        self._renditions.forget()

    async def original(self, caller: Caller, track_id: TrackId) -> StreamFile:
        """The preferred file as it is. `NotFound`; `Unavailable` when its volume is gone."""
        key = (caller.user_id, track_id)
        if (known := self._files.get(key)) is not None:
            return known
        found, staged = await self._original(caller, track_id)
        return found if staged else self._files.put(key, found)

    async def serve(
        self, caller: Caller, track_id: TrackId, wish: StreamWish, *, start: bool = True, keep: bool = False
    ) -> Served:
        """See `mcma_plugins.services.Streaming`."""
        if keep:
            require_right(caller, Right.DOWNLOAD)
        found: Served | Reason = Reason.ASKED
        if wish != StreamWish() and wish.format != RAW:
            found = await self._renditions.serve(caller, track_id, wish, start=start)
        if isinstance(found, Reason):
            return Served(await self.original(caller, track_id), f"original; reason={found}")
        return found

    async def for_browsers(
        self, caller: Caller, track_id: TrackId, *, compatible: bool = False, start: bool = True
    ) -> Served:
        """The original where today's browsers play it, else MP3; `compatible`: MP3 in any case, for one that
        does not. `Unavailable`, `TooManyRequests` when that cannot be made now: the original would be of no
        use."""
        if not compatible and await self._renditions.plays_in_browsers(caller, track_id):
            return await self.serve(caller, track_id, StreamWish())
        found = await self._renditions.serve(caller, track_id, StreamWish(FALLBACK), start=start)
        if isinstance(found, Served):
            return found
        if found is Reason.FITS:
            return Served(await self.original(caller, track_id), f"original; reason={found}")
        raise Unavailable(
            "This track cannot be turned into something that browsers play.", code="not_playable",
            retry_after=UNPLAYABLE_SECONDS, hint=f"The reason: {found}.",
        )  # fmt: skip

    async def _original(self, caller: Caller, track_id: TrackId) -> tuple[StreamFile, bool]:
        """And whether it is about to be put in its place."""
        async with self._database.read() as connection:
            row = (await connection.execute(_file_query(caller, track_id))).first()
        if row is None:
            raise NotFound("There is no such track.")
        if row.root is None or row.missing_since is not None:
            raise Unavailable("The file of this track is missing.", code="file_missing", retry_after=60)
        return stream_file(row), is_staged(row.folder)

    async def cover(self, caller: Caller, item: ItemRef, size: int | None = None) -> CoverImage:
        """A known item without a picture gets a generated one. `NotFound` for an unknown item."""
        async with self._database.read() as connection:
            found = await artwork_of(connection, caller, item)
        if found is None:
            raise NotFound("There is no such item.")
        if found.sha256 is not None:
            image = await self._picture(found.artwork_id, found.sha256.hex(), found.mime, size)
            if image is not None:
                return image
        return await self._placeholder(found.name, item.kind, size)

    async def _picture(self, artwork_id: UUID, key: str, mime: str, size: int | None) -> CoverImage | None:
        """None when neither the cache nor any file has the picture any more."""
        try:
            if await asyncio.to_thread(self._cache.get, key) is None and not await self._fetch(
                artwork_id, key
            ):
                return None
            path = await self._sized(key, size)
        except McmaError:
            return None
        if path is None:
            return None
        data = await asyncio.to_thread(path.read_bytes)
        return CoverImage(data, "image/jpeg" if size else mime, self._cache.etag(key, size), False)

    async def _sized(self, key: str, size: int | None) -> Path | None:
        found = await asyncio.to_thread(self._cache.get, key, size)
        if found is None and size is not None:
            async with self._drawing:
                return await asyncio.to_thread(self._cache.resized, key, size)
        return found

    async def _fetch(self, artwork_id: UUID, key: str) -> bool:
        """Takes the picture out of the first file that still holds it."""
        async with self._database.read() as connection:
            paths = await files_with(connection, artwork_id)
        async with self._drawing:
            return await asyncio.to_thread(self._fill, paths, key)

    def _fill(self, paths: list[bytes], key: str) -> bool:
        from mcma.media.tags import read_picture

        for path in paths:
            data = read_picture(path, bytes.fromhex(key))
            if data is not None:
                return self._cache.put(data) == key
        return False

    async def _placeholder(self, name: str, kind: ItemKind, size: int | None) -> CoverImage:
        side = min(max(size or PLACEHOLDER_SIZE, 32), 1000)
        async with self._drawing:
            data = await asyncio.to_thread(_placeholder, name, kind.value, side)
        return CoverImage(data, "image/jpeg", f"placeholder-{side}", True)


def _placeholder(name: str, kind: str, side: int) -> bytes:
    from mcma.media.artwork import placeholder

    return placeholder(name, kind, side)


def _file_query(caller: Caller, track_id: UUID) -> sa.Select[Any]:
    chosen = sa.func.coalesce(tracks.c.replaced_by, tracks.c.id)
    target = sa.select(chosen).where(tracks.c.id == track_id).scalar_subquery()
    track = tracks.alias()
    return (
        sa.select(
            track_files.c.id, track_files.c.folder, track_files.c.name, track_files.c.size,
            track_files.c.mtime_ns, track_files.c.content_type, track_files.c.suffix,
            track_files.c.missing_since, libraries.c.root,
        )
        .join_from(track, track_files, track_files.c.id == track.c.file_id)
        .join(libraries, libraries.c.id == track_files.c.library_id)
        .where(track.c.id == target, track.c.library_id.in_(library_ids(caller)))
    )  # fmt: skip


def stream_file(row: Any) -> StreamFile:
    path = os.path.join(row.root, joined(row.folder, row.name))  # noqa: PTH118 - bytes
    return StreamFile(
        path=path,
        size=row.size,
        etag=str(row.id),
        content_type=row.content_type,
        suffix=row.suffix,
        last_modified=datetime.fromtimestamp(row.mtime_ns / 1e9, UTC),
        name=row.name.decode("utf-8", "replace"),
        root=row.root,
    )
