"""Which known file an incoming one is: the one at its place, or one that has left its own."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.values import Incoming, KnownFile, LibraryPlace, Place, is_staged, joined
from mcma.store.queries.prepared import param
from mcma.store.tables.catalogue import libraries, track_files
from mcma.store.tables.intake import discarded_files

FILE_COLUMNS = (
    track_files.c.id, track_files.c.track_id, track_files.c.library_id, track_files.c.folder,
    track_files.c.name, track_files.c.size, track_files.c.mtime_ns, track_files.c.inode,
    track_files.c.sidecar_mtime_ns, track_files.c.missing_since.is_not(None).label("missing"),
)  # fmt: skip
"""The fields of `KnownFile`, in order."""

_NEAR = sa.select(*FILE_COLUMNS, track_files.c.audio_hash).where(
    sa.or_(
        sa.and_(
            track_files.c.library_id == param("library", track_files.c.library_id),
            track_files.c.inode.in_(param("inodes")),
        ),
        track_files.c.audio_hash.in_(param("sounds")),
        track_files.c.id.in_(param("known")),
    ),
    track_files.c.deleted_at.is_(None),
)
"""Built once: each batch of a scan asks."""


class _Row(NamedTuple):
    file: KnownFile
    audio_hash: bytes | None

    def is_same(self, item: Incoming) -> bool:
        """By sound, or by inode: then nobody has touched it on the way. A staged file has two names for a
        moment, and copies of it may be on their way: the inode alone counts."""
        file, facts = self.file, item.facts
        untouched = (file.inode, file.size, file.mtime_ns) == (facts.inode, facts.size, facts.mtime_ns)
        return untouched or (self.audio_hash == facts.audio_hash and not is_staged(file.folder))


async def known_in_folders(
    connection: AsyncConnection, library_id: UUID, folders: Sequence[bytes]
) -> list[KnownFile]:
    query = sa.select(*FILE_COLUMNS).where(
        track_files.c.library_id == library_id,
        track_files.c.folder.in_(folders),
        track_files.c.deleted_at.is_(None),
    )
    return [KnownFile._make(row) for row in await connection.execute(query)]


async def discarded_in_folders(
    connection: AsyncConnection, library_id: UUID, folders: Sequence[bytes]
) -> set[Place]:
    """Files of a managed library that are about to be removed."""
    files = discarded_files.c
    query = sa.select(files.folder, files.name).where(
        files.library_id == library_id, files.folder.in_(folders)
    )
    return {(row.folder, row.name) for row in await connection.execute(query)}


class Identified(NamedTuple):
    duplicates: list[Incoming]
    """They sound like another file. Both stay."""
    pushed: list[KnownFile]
    """Their place has been taken by a file that came from elsewhere."""


async def identify(
    connection: AsyncConnection, library: LibraryPlace, batch: Sequence[Incoming]
) -> Identified:
    """Settles `known` of every file.

    A file with the sound or the inode of the row at its place is that file, retagged or written anew. Others
    may have come from elsewhere: same inode, size and mtime, or (retagged on the way, or moved over another
    file system) the same sound, of a row whose own place has lost it. What is left replaces the row at its
    place, unless that row has found another place.
    """
    rows = await _rows(connection, library, batch)
    _notice_others(rows, library, batch)
    at_home = _at_home(rows, batch)
    candidates = [[row.file for row in _matches(rows, item) if row.is_same(item)] for item in batch]
    others = {file.id: file for files in candidates for file in files if file.id not in at_home}
    lost = await lost_files(connection, others.values()) if others else set()
    claimed = set(at_home)
    arrived: dict[Incoming, KnownFile] = {}
    for item, files in zip(batch, candidates, strict=True):
        if item.known is None or item.known.id not in at_home:
            source = next((file for file in files if file.id in lost and file.id not in claimed), None)
            if source is not None:
                claimed.add(source.id)
                arrived[item] = source
    pushed = [item.known for item in arrived if item.known and item.known.id not in claimed]
    for item in batch:
        if item in arrived:
            item.known = arrived[item]
        elif item.known and item.known.id in claimed - at_home:
            item.known = None
    return Identified(_duplicates(batch, candidates, lost), pushed)


class _Rows(NamedTuple):
    by_id: dict[UUID, _Row]
    by_inode: dict[int, list[_Row]]
    by_sound: dict[bytes | None, list[_Row]]


def _matches(rows: _Rows, item: Incoming) -> list[_Row]:
    return rows.by_inode.get(item.facts.inode, []) + rows.by_sound.get(item.facts.audio_hash, [])


async def _rows(connection: AsyncConnection, library: LibraryPlace, batch: Sequence[Incoming]) -> _Rows:
    wanted = {
        "library": library.id,
        "inodes": [item.facts.inode for item in batch],
        "sounds": [item.facts.audio_hash for item in batch],
        "known": [item.known.id for item in batch if item.known],
    }
    found = _Rows({}, {}, {})
    for read in await connection.execute(_NEAR, wanted):
        row = _Row(KnownFile._make(read[:-1]), read.audio_hash)
        found.by_id[read.id] = row
        found.by_inode.setdefault(read.inode, []).append(row)
        found.by_sound.setdefault(read.audio_hash, []).append(row)
    return found


def _notice_others(rows: _Rows, library: LibraryPlace, batch: Sequence[Incoming]) -> None:
    """What was new when it was listed may have been taken in since: by an import, while a scan runs."""
    for item in batch:
        if item.known is None:
            found = (row.file for row in rows.by_inode.get(item.facts.inode, ()))
            here = (file for file in found if file.library_id == library.id and file.place == item.place)
            item.known = next(here, None)


def _at_home(rows: _Rows, batch: Sequence[Incoming]) -> set[UUID]:
    """Rows that are certainly still at their place. Forgets those that have left it since they were read."""
    found = set()
    for item in batch:
        row = rows.by_id.get(item.known.id) if item.known else None
        if row is None or item.known is None or row.file.place != item.known.place:
            item.known = None
        elif row.audio_hash == item.facts.audio_hash or row.file.inode == item.facts.inode:
            found.add(row.file.id)
    return found


def _duplicates(
    batch: Sequence[Incoming], candidates: Sequence[Sequence[KnownFile]], lost: set[UUID]
) -> list[Incoming]:
    seen: set[bytes] = set()
    found = []
    for item, files in zip(batch, candidates, strict=True):
        own = item.known.id if item.known else None
        elsewhere = any(file.id not in lost and file.id != own and not file.missing for file in files)
        if elsewhere or item.facts.audio_hash in seen:
            found.append(item)
        seen.add(item.facts.audio_hash)
    return found


async def lost_files(connection: AsyncConnection, files: Iterable[KnownFile]) -> set[UUID]:
    """Those that are no longer at their place, while the folder that holds their library is there."""
    wanted = list(files)
    query = sa.select(libraries.c.id, libraries.c.root).where(
        libraries.c.id.in_({file.library_id for file in wanted})
    )
    roots = {row.id: row.root for row in await connection.execute(query)}
    return await asyncio.to_thread(_left, wanted, roots)


def _left(files: Sequence[KnownFile], roots: dict[UUID, bytes]) -> set[UUID]:
    alive = {library for library, root in roots.items() if root and _has_entries(root)}
    return {
        file.id
        for file in files
        if file.library_id in alive
        and _has_left(file, os.path.join(roots[file.library_id], joined(*file.place)))  # noqa: PTH118
    }


def _has_left(file: KnownFile, path: bytes) -> bool:
    """Nothing is at its place, or something else, or it is being given another place. What cannot be looked
    at has not left."""
    if is_staged(file.folder):
        return True
    try:
        there = os.stat(path)  # noqa: PTH116 bytes
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    rewritten = (there.st_size, there.st_mtime_ns) != (file.size, file.mtime_ns)
    return there.st_ino != file.inode and rewritten


def _has_entries(root: bytes) -> bool:
    try:
        with os.scandir(root) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
