"""Albums, artists and playlists as one file each, for whoever wants to take them along.

What is missing when it is asked for is left out, and a note in the archive says so.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from mcma.domain import packing
from mcma.domain.errors import InvalidInput, NotFound, TooLarge, TooManyRequests, Unavailable
from mcma.domain.packing import Names, Piece
from mcma.services.callers import require_right
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.catalogue.lookup import chunks
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.renditions.sources import is_the_file
from mcma.services.streaming import Streams, stream_file
from mcma.store.engine import Database
from mcma.store.queries import archives
from mcma.store.queries.archives import ArchiveRow
from mcma_plugins.ids import AlbumId, ArtistId, PlaylistId, UserId
from mcma_plugins.streams import Archive, Packed
from mcma_plugins.values import Caller, CoverImage, ItemKind, ItemRef, Right, StreamFile

MOST: Final = 10_000
"""Files in one archive."""
AT_ONCE: Final = 2
"""Archives that one user may be getting from one server."""
_SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


class _Plan(NamedTuple):
    name: str
    rows: Sequence[ArchiveRow]
    named: Callable[[Sequence[Piece], Names], list[str]]


class Downloads:
    """Satisfies `mcma_plugins.services.Downloads`."""

    def __init__(
        self, database: Database, catalogue: CatalogueService, playlists: PlaylistService, streams: Streams
    ) -> None:
        self._database, self._catalogue = database, catalogue
        self._playlists, self._streams = playlists, streams
        self._running: Counter[UserId] = Counter()

    async def archive(self, caller: Caller, item: ItemRef) -> Archive:
        plan_of = self._plans.get(item.kind)
        if plan_of is None:
            raise InvalidInput("Albums, artists and playlists can be had as one file.")
        require_right(caller, Right.DOWNLOAD)
        release = self._taken(caller.user_id)
        try:
            plan = await plan_of(self, caller, item.id)
            if not plan.rows:
                raise NotFound("There is nothing in it.")
            if len(plan.rows) > MOST:
                raise TooLarge(f"These are more than {MOST} files.")
            cover = await self._streams.cover(caller, item)
            files = await asyncio.to_thread(_packed, plan, cover)
            return Archive(plan.name, files, release)
        except BaseException:
            release()
            raise

    def _taken(self, user: UserId) -> Callable[[], None]:
        if self._running[user] >= AT_ONCE:
            raise TooManyRequests(f"At most {AT_ONCE} downloads of this kind at a time.", retry_after=10)
        self._running[user] += 1
        return partial(self._running.subtract, [user])

    async def _album(self, caller: Caller, id_: UUID) -> _Plan:
        album = await self._catalogue.album(caller, AlbumId(id_))
        async with self._database.read() as connection:
            rows = await archives.of_album(connection, caller, album.id, MOST + 1)
        name = packing.folder_of(f"{album.artist} - {album.title}" if album.artist else album.title)
        return _Plan(name, rows, partial(packing.album_names, name, by_album=False))

    async def _artist(self, caller: Caller, id_: UUID) -> _Plan:
        artist = await self._catalogue.artist(caller, ArtistId(id_))
        async with self._database.read() as connection:
            rows = await archives.of_artist(connection, caller, artist.id, MOST + 1)
        name = packing.folder_of(artist.name)
        return _Plan(name, rows, partial(packing.album_names, name, by_album=True))

    async def _playlist(self, caller: Caller, id_: UUID) -> _Plan:
        view = await self._playlists.playlist(caller, PlaylistId(id_))
        entries = await self._playlists.entries(caller, view.id)
        wanted = [entry.track.id for entry in entries if entry.track is not None]
        if len(wanted) > MOST:
            raise TooLarge(f"These are more than {MOST} files.")
        found: dict[UUID, ArchiveRow] = {}
        async with self._database.read() as connection:
            for part in chunks(set(wanted)):
                found |= await archives.of_tracks(connection, caller, part)
        name = packing.folder_of(view.name)
        rows = [found[track] for track in wanted if track in found]
        return _Plan(name, rows, partial(packing.list_names, name))

    _plans: Final[Mapping[ItemKind, Callable[["Downloads", Caller, UUID], Awaitable[_Plan]]]] = (
        MappingProxyType({ItemKind.ALBUM: _album, ItemKind.ARTIST: _artist, ItemKind.PLAYLIST: _playlist})
    )


def _packed(plan: _Plan, cover: CoverImage) -> list[Packed]:
    """`Unavailable` when none of the files is there. Blocks."""
    names = Names()
    named = plan.named([_piece(row) for row in plan.rows], names)
    files, missing = [], []
    for name, row in zip(named, plan.rows, strict=True):
        if (file := _present(row)) is None:
            missing.append(name)
        else:
            files.append(Packed(name, file, file.last_modified))
    if not files:
        raise Unavailable("None of these files is there now.", code="file_missing", retry_after=60)
    now = datetime.now(UTC)
    if not cover.placeholder:
        name = names.once(plan.name, "cover", _SUFFIXES.get(cover.content_type, "jpg"))
        files.append(Packed(name, cover.data, now))
    if missing:
        text = "These files were not there when this archive was made:\n\n" + "\n".join(missing) + "\n"
        stem, _, suffix = packing.NOTE.rpartition(".")
        files.append(Packed(names.once(plan.name, stem, suffix), text.encode(), now))
    return files


def _piece(row: ArchiveRow) -> Piece:
    return Piece(row.title, row.artist, row.album, row.disc, row.track, row.suffix)


def _present(row: ArchiveRow) -> StreamFile | None:
    if row.root is None or row.missing_since is not None:
        return None
    file = stream_file(row)
    return file if is_the_file(file.path, row.root, row.size) else None
