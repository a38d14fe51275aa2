"""Bytes to play and pictures to show. Satisfies `mcma_plugins.services.Streaming`."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound, Unavailable
from mcma.domain.profiles import FALLBACK, RAW, Reason
from mcma.services.callers import require_right
from mcma.services.covers import Covers
from mcma.services.indexing.values import is_staged, joined
from mcma.services.recent import Recent
from mcma.services.renditions import Renditions
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import Served, StreamWish
from mcma_plugins.values import Caller, CoverImage, ItemRef, Right, StreamFile

if TYPE_CHECKING:
    pass

FILE_SECONDS = 5.0
"""How long a replaced file, or an access withdrawn in another process, may go unnoticed. The size is checked
at every open."""

UNPLAYABLE_SECONDS = 60


class Streams:
    """`artwork` is the folder of the picture cache, `pictures` that of pictures that lie in no file."""

    def __init__(
        self, database: Database, artwork: Path, renditions: Renditions, pictures: Path | None = None
    ) -> None:
        self._database, self._renditions = database, renditions
        self._covers = Covers(database, artwork, pictures)
        self._files: Recent[tuple[UUID, UUID], StreamFile] = Recent(FILE_SECONDS)

    def forget(self) -> None:
        """What was looked up for whom: somebody may see less now."""
        self._files.clear()
        self._covers.forget()
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
        """See `mcma_plugins.services.Streaming`."""
        return await self._covers.cover(caller, item, size)


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
