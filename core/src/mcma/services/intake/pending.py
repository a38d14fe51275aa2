"""Uploaded files that nobody has read yet: a track of its own from the first moment, playable as it came."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import AudioFacts, FileFacts, TagFacts
from mcma.media.shelf import Identity
from mcma.services.indexing.filerows import incoming_of
from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.missing import touch
from mcma.services.indexing.values import KnownFile, ToTake, parted
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake.shelving import UNREAD
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import source_refs, track_files, tracks
from mcma.store.tables.machinery import search_tracks
from mcma_plugins.sources import FoundFile

UPLOAD = "upload"
"""The source of the reference of an uploaded file; its id there is the SHA-256 of its bytes."""
_BITS = (1 << 62) - 1


class Pending(NamedTuple):
    """A file as it was uploaded."""

    place: bytes
    """In the staging folder, relative to the root."""
    title: str
    container: str
    sha256: bytes
    identity: Identity


async def add_pending(
    connection: AsyncConnection, writer: CatalogueWriter, pending: Pending, now: datetime
) -> tuple[UUID, UUID]:
    """A track that says what its file is called. Returns its id and the file's."""
    folder, name = parted(pending.place)
    identity, inode = pending.identity, _no_inode()
    audio = AudioFacts(pending.container, UNREAD, 0, 0, 0, None, 0, False)
    tags = TagFacts(title=pending.title, from_name=("title",))
    facts = FileFacts(audio, tags, pending.sha256, None, identity.size, identity.mtime_ns, inode)
    found = FoundFile(name, identity.size, identity.mtime_ns, inode)
    item = incoming_of(ToTake(folder, found, None), facts)
    item.row["sha256"] = pending.sha256
    await writer.apply(connection, [item])
    assert item.track_id is not None
    assert item.file_id is not None
    await refer(connection, pending.sha256, pending.title, (item.track_id, item.file_id), now)
    return item.track_id, item.file_id


def _no_inode() -> int:
    """Another one than any file has, and any other upload of the same size and moment: what is read later is
    another row, with all that was not known before."""
    return -1 - (new_id().int & _BITS)


async def refer(
    connection: AsyncConnection, sha256: bytes, shown: str, ids: tuple[UUID, UUID], now: datetime
) -> None:
    track_id, file_id = ids
    row = {"id": new_id(), "source": UPLOAD, "instance": "", "source_id": sha256, "display": shown,
           "track_id": track_id, "file_id": file_id, "created_at": now}  # fmt: skip
    keys = ("source", "instance", "source_id")
    await upsert_rows(connection, source_refs, [row], keys, ("track_id", "file_id", "display"))


async def same_bytes(connection: AsyncConnection, sha256: bytes, among: sa.Select[UUID]) -> UUID | None:
    """The track of a file with these bytes in one of these libraries."""
    files = track_files.c
    query = sa.select(files.track_id).where(
        files.sha256 == sha256, files.deleted_at.is_(None), files.missing_since.is_(None),
        files.library_id.in_(among),
    )  # fmt: skip
    found: UUID | None = await connection.scalar(query.order_by(files.id).limit(1))
    return found


class Unread(NamedTuple):
    file: KnownFile
    sha256: bytes


async def unread(connection: AsyncConnection, file_id: UUID) -> Unread | None:
    """The row of an uploaded file, unless it has been read."""
    files = track_files.c
    query = sa.select(*FILE_COLUMNS, files.sha256).where(
        files.id == file_id, files.codec == UNREAD, files.deleted_at.is_(None)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Unread(KnownFile._make(row[:-1]), row.sha256)


async def retire(
    connection: AsyncConnection, file: KnownFile, now: datetime, replaced_by: UUID | None = None
) -> None:
    """The file is no more, or another one stands for it."""
    gone = {"deleted_at": now, "updated_at": now, "replaced_by": replaced_by}
    await connection.execute(sa.update(track_files).where(track_files.c.id == file.id).values(**gone))
    await connection.execute(sa.delete(source_refs).where(source_refs.c.file_id == file.id))


async def remove_track(
    connection: AsyncConnection, writer: CatalogueWriter, track_id: UUID, now: datetime
) -> None:
    """A track without a file. Logs that name it keep its id."""
    await touch(connection, writer, {track_id})
    gone = sa.update(tracks).where(tracks.c.id == track_id)
    await connection.execute(gone.values(deleted_at=now, updated_at=now))
    await connection.execute(sa.delete(search_tracks).where(search_tracks.c.item_id == track_id))
    await writer.refresh(connection)
