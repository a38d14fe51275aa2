"""Lyrics of a library as files: in a folder of somebody's choice, laid out as the library is."""

import asyncio
import os
import secrets
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, InvalidInput
from mcma.domain.lrc import lrc_file
from mcma.domain.lyricviews import lyrics_view
from mcma.services.callers import require_admin
from mcma.services.indexing.lyricdigests import ranks_of
from mcma.services.indexing.values import display
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, lyrics, track_files, tracks
from mcma_plugins.values import Caller

PORTION: Final = 300


class LyricFile(NamedTuple):
    place: bytes
    """Relative to the folder, without an ending."""
    ending: bytes
    text: str


class Exported(NamedTuple):
    written: int
    unchanged: int


class LyricExport:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, caller: Caller, library_id: UUID, folder: Path) -> Exported:
        """For admins. Of each track the best it has: `.lrc` where it has times, else `.txt`.

        `Conflict` when the folder is one of a library's, or holds one: nothing is ever written there.
        `InvalidInput` when it cannot be written to.
        """
        require_admin(caller)
        target = os.path.realpath(os.fsencode(folder))
        async with self._database.read() as connection:
            roots = await connection.scalars(sa.select(libraries.c.root).where(libraries.c.root.is_not(None)))
            await asyncio.to_thread(_check_apart, target, list(roots))
        written, unchanged, after = 0, 0, UUID(int=0)
        while True:
            async with self._database.read() as connection:
                rows = await _rows(connection, library_id, after)
                files = list(_files(connection, rows))
            new = await asyncio.to_thread(_written, target, files)
            written, unchanged = written + new, unchanged + len(files) - new
            ids = list(dict.fromkeys(row.id for row in rows))
            if len(ids) < PORTION:
                return Exported(written, unchanged)
            after = ids[-1]


async def _rows(connection: AsyncConnection, library_id: UUID, after: UUID) -> Sequence[Any]:
    sung = sa.exists().where(lyrics.c.track_id == tracks.c.id)
    columns = (tracks.c.id, tracks.c.title, tracks.c.artist, tracks.c.duration_ms)
    here = tracks.c.library_id == library_id, tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
    page = (
        sa.select(*columns, track_files.c.folder, track_files.c.name)
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id)
        .where(*here, tracks.c.id > after, sung)
    )
    chosen = page.order_by(tracks.c.id).limit(PORTION).subquery()
    query = (
        sa.select(chosen, lyrics.c.lang, lyrics.c.plain, lyrics.c.synced, lyrics.c.origin)
        .join_from(chosen, lyrics, lyrics.c.track_id == chosen.c.id)
        .order_by(chosen.c.id, lyrics.c.id)
    )
    return (await connection.execute(query)).all()


def _files(connection: AsyncConnection, rows: Sequence[Any]) -> Iterator[LyricFile]:
    ranks = ranks_of(connection)
    for _, group in groupby(rows, key=lambda row: row.id):
        found = ranks.shown(group)
        if found:
            row = next((one for one in found if one.synced), found[0])
            text = lrc_file(lyrics_view(row), title=row.title, artist=row.artist, album=None,
                            duration_ms=row.duration_ms)  # fmt: skip
            stem = row.name.rpartition(b".")[0] or row.name
            place = row.folder + b"/" + stem if row.folder else stem
            yield LyricFile(place, b".lrc" if row.synced else b".txt", text)


def _check_apart(target: bytes, roots: Sequence[bytes]) -> None:
    for root in roots:
        real = os.path.realpath(root)
        if _is_within(target, real) or _is_within(real, target):
            raise Conflict(
                f"{display(target)} is part of a library, and those are left as they are.",
                code="library_folder", hint="Choose a folder outside of all libraries.",
            )  # fmt: skip
    try:
        os.makedirs(target, exist_ok=True)  # noqa: PTH103 - bytes
    except OSError as error:
        raise InvalidInput(f"{display(target)} cannot be written to: {error.strerror}.") from error


def _is_within(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _written(target: bytes, files: Sequence[LyricFile]) -> int:
    """How many were not there already as they are."""
    try:
        return sum(_write(target, one) for one in files)
    except OSError as error:
        raise InvalidInput(f"{display(target)} cannot be written to: {error.strerror}.") from error


def _write(target: bytes, file: LyricFile) -> bool:
    path, content = target + b"/" + file.place + file.ending, file.text.encode()
    folder = os.path.dirname(path)  # noqa: PTH120 - bytes
    if not _is_within(os.path.realpath(folder), target):
        raise InvalidInput(f"{display(folder)} leads out of the folder.")
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - bytes
    if _content(path) == content:
        return False
    part = folder + b"/." + secrets.token_hex(8).encode()
    try:
        with open(part, "xb") as made:  # noqa: PTH123 - bytes
            made.write(content)
        os.replace(part, path)  # noqa: PTH105 - bytes
    except BaseException:
        if os.path.lexists(part):
            os.unlink(part)  # noqa: PTH108 - bytes
        raise
    return True


def _content(path: bytes) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - bytes
            return file.read()
    except OSError:
        return None
