"""The files of tracks: what they are, and their bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Gone, NotFound, Unavailable
from mcma.services.callers import require_right
from mcma.services.catalogue.lookup import one
from mcma.services.recent import Recent
from mcma.services.streaming import FILE_SECONDS, stream_file
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma_plugins.ids import FileId, LibraryId, TrackId
from mcma_plugins.values import Caller, ItemKind, Right, StreamFile, TrackView


class FileView(NamedTuple):
    id: FileId
    """Other bytes are another id."""
    track_id: TrackId
    library_id: LibraryId
    path: str | None
    """Printable, inside its library; None for callers who are no admins."""
    preferred: bool
    """The one that `/tracks/{id}/stream` gives."""
    size: int
    container: str
    codec: str
    suffix: str
    content_type: str
    duration_ms: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    lossless: bool
    sha256: str | None
    """In hex; None until a job has computed it."""
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    missing_since: datetime | None
    created_at: datetime


class FileReplaced(Gone):
    """The file was changed or is gone; `replaced_by` is the one in its place, if there is one."""

    code = "file_changed"

    def __init__(self, replaced_by: UUID | None) -> None:
        super().__init__("The file is no longer the one that was asked for.")
        self.replaced_by = replaced_by


_LONGEST_CHAIN = 1000
"""Replacements of one file that a client may have slept through."""
_PREFERRED = sa.case((tracks.c.file_id == track_files.c.id, True), else_=False)
_COLUMNS = [
    quick(track_files.c.id), quick(track_files.c.track_id), quick(track_files.c.library_id),
    track_files.c.path_display, _PREFERRED.label("preferred"),
    *(quick(track_files.c[name]) for name in FileView._fields[5:]),
]  # fmt: skip


class Files:
    """Files of tracks that the caller may see. Those of other libraries raise `NotFound`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: Recent[tuple[UUID, UUID], StreamFile] = Recent(FILE_SECONDS)

    async def of_track(self, caller: Caller, track_id: TrackId) -> Sequence[FileView]:
        """The preferred one first; also those whose volume is missing."""
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
            chosen = _files(caller).where(
                track_files.c.track_id == track.id, track_files.c.deleted_at.is_(None)
            )
            rows = (await connection.execute(chosen.order_by(_PREFERRED.desc(), track_files.c.id))).all()
        return [_view(caller, row) for row in rows]

    async def get(self, caller: Caller, file_id: UUID) -> FileView:
        """`FileReplaced` for one that is no more."""
        chosen = _files(caller).add_columns(track_files.c.deleted_at, track_files.c.replaced_by)
        return _view(caller, await self._live(caller, chosen, file_id))

    async def content(self, caller: Caller, file_id: UUID) -> StreamFile:
        """The bytes as they are, to keep, for who has the right to download. `FileReplaced`; `Unavailable`
        when its volume is gone."""
        require_right(caller, Right.DOWNLOAD)
        key = (caller.user_id, file_id)
        return self._recent.get(key) or self._recent.put(key, await self._content(caller, file_id))

    async def _content(self, caller: Caller, file_id: UUID) -> StreamFile:
        columns = ("id", "folder", "name", "size", "mtime_ns", "content_type", "suffix", "missing_since",
                   "deleted_at", "replaced_by")  # fmt: skip
        chosen = (
            sa.select(*(track_files.c[name] for name in columns), libraries.c.root)
            .join(libraries, libraries.c.id == track_files.c.library_id)
            .where(track_files.c.library_id.in_(library_ids(caller)))
        )
        row = await self._live(caller, chosen, file_id)
        if row.root is None or row.missing_since is not None:
            raise Unavailable("This file is missing.", code="file_missing", retry_after=60)
        return stream_file(row)

    async def _live(self, caller: Caller, chosen: sa.Select[Any], file_id: UUID) -> Any:
        async with self._database.read() as connection:
            row = (await connection.execute(chosen.where(track_files.c.id == file_id))).first()
            if row is None:
                raise NotFound("There is no such file.")
            if row.deleted_at is not None:
                raise FileReplaced(await successor(connection, caller, row.replaced_by))
        return row


async def successor(connection: AsyncConnection, caller: Caller, file_id: UUID | None) -> UUID | None:
    """The file at the end of a chain of replacements, if there is one that the caller may see."""
    chosen = sa.select(track_files.c.replaced_by, track_files.c.deleted_at)
    seen = chosen.where(track_files.c.library_id.in_(library_ids(caller)))
    for _ in range(_LONGEST_CHAIN):
        if file_id is None:
            break
        row = (await connection.execute(seen.where(track_files.c.id == file_id))).first()
        if row is None or row.deleted_at is None:
            return None if row is None else file_id
        file_id = row.replaced_by
    return None


def _files(caller: Caller) -> sa.Select[Any]:
    return (
        sa.select(*_COLUMNS)
        .join(tracks, tracks.c.id == track_files.c.track_id)
        .where(track_files.c.library_id.in_(library_ids(caller)))
    )


def _view(caller: Caller, row: Any) -> FileView:
    found = FileView(*row[: len(FileView._fields)])
    sha256 = None if found.sha256 is None else bytes(found.sha256).hex()  # type: ignore[arg-type]
    return found._replace(sha256=sha256, path=found.path if caller.is_admin else None)
