"""The catalogue follows a file that has taken the place of another one, now or after a crash."""

import asyncio
import os
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import FileFacts, FileProblem
from mcma.media.shelf import Identity, identity_at
from mcma.services.indexing.counters import everything_of
from mcma.services.indexing.filerows import incoming_of
from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.values import KnownFile, ToTake, joined
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.tagwriting.carrying import carry
from mcma.services.tagwriting.values import FAILED, WRITING, WRITTEN, Written
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.tag_writing import tag_writes
from mcma_plugins.sources import FoundFile

_t = tag_writes.c
COLUMNS = (
    _t.id, _t.library_id, _t.track_id, _t.file_id, _t.folder, _t.name, _t.former_inode, _t.former_size,
    _t.former_mtime_ns, _t.inode, _t.size, _t.mtime_ns, _t.sha256, _t.undoes, _t.user_id,
)  # fmt: skip


def written_of(row: Any) -> Written:
    return Written(
        row.id, row.library_id, row.track_id, row.file_id, row.folder, row.name,
        Identity(row.former_inode, row.former_size, row.former_mtime_ns),
        Identity(row.inode, row.size, row.mtime_ns), row.sha256, row.undoes, row.user_id,
    )  # fmt: skip


async def take_in(database: Database, writer: CatalogueWriter, write: Written) -> str:
    """The written file is in its place: it gets its row, and the write is done. What became of it: written,
    changed (it is not there any more), unreadable (now: the next run comes back to it)."""
    facts = await asyncio.to_thread(_read, writer.library.root, write)
    if facts is None:
        await fail(database, write.id, "changed", "The file was changed by somebody else meanwhile.")
        return "changed"
    if isinstance(facts, FileProblem):
        return "unreadable"
    try:
        async with database.write(bulk=True) as transaction:
            await lock_catalogue(transaction.connection)
            await _take_in(transaction.connection, writer, write, facts)
    except BaseException:
        writer.forget()
        raise
    return "written"


async def _take_in(
    connection: AsyncConnection, writer: CatalogueWriter, write: Written, facts: FileFacts
) -> None:
    known = await _known(connection, write)
    if known is None:  # a scan was here first
        new_id = await _there(connection, write)
    else:
        found = FoundFile(write.name, facts.size, facts.mtime_ns, facts.inode,
                          sidecar_mtime_ns=known.sidecar_mtime_ns)  # fmt: skip
        item = incoming_of(ToTake(write.folder, found, known, company=True), facts)
        item.row["sha256"] = write.sha256
        await writer.apply(connection, [item])
        new_id = item.file_id
    if new_id is not None:
        await carry(connection, write.file_id, new_id, write.sha256)
    await _done(connection, write, new_id)


async def _known(connection: AsyncConnection, write: Written) -> KnownFile | None:
    files = track_files.c
    query = sa.select(*FILE_COLUMNS).where(
        files.id == write.file_id, files.deleted_at.is_(None), files.folder == write.folder,
        files.name == write.name,
    )  # fmt: skip
    row = (await connection.execute(query)).first()
    return None if row is None else KnownFile._make(row)


async def _there(connection: AsyncConnection, write: Written) -> UUID | None:
    files = track_files.c
    query = sa.select(files.id).where(
        files.library_id == write.library_id, files.folder == write.folder, files.name == write.name,
        files.inode == write.now.inode, files.size == write.now.size, files.deleted_at.is_(None),
    )  # fmt: skip
    found: UUID | None = await connection.scalar(query.limit(1))
    return found


_LOST: Final = {
    "state": FAILED,
    "error": "changed",
    "message": "The file has gone elsewhere.",
    "backup": None,
}


async def _done(connection: AsyncConnection, write: Written, new_id: UUID | None) -> None:
    """But for the counters, which a run makes anew for many files at once."""
    here = sa.update(tag_writes).where(_t.id == write.id)
    await connection.execute(here.values(new_file_id=new_id, **({} if new_id else _LOST)))
    if write.undoes is not None:
        there = sa.update(tag_writes).where(_t.id == write.undoes)
        await connection.execute(there.values(undone_at=utcnow(), undone_by=write.user_id))


async def fail(database: Database, id_: UUID, error: str, message: str) -> None:
    async with database.write() as transaction:
        values = {"state": FAILED, "error": error, "message": message[:500], "backup": None}
        await transaction.connection.execute(sa.update(tag_writes).where(_t.id == id_).values(**values))


async def recover(database: Database, writer: CatalogueWriter) -> int:
    """What a run that was killed has left: finished where the file is in its place already, forgotten where
    nothing has happened yet. Returns how many."""
    here = (_t.state == WRITING, _t.library_id == writer.library.id)
    async with database.read() as connection:
        query = sa.select(*COLUMNS, _t.new_file_id).where(*here).order_by(_t.id)
        rows = (await connection.execute(query)).all()
        if rows:  # nobody has counted what was taken in
            writer.touched.add(await everything_of(connection, writer.library.id))
    for write in [written_of(row) for row in rows if row.new_file_id is None]:
        if not await forgotten(database, writer.library.root, write):
            await take_in(database, writer, write)
    return len(rows)


async def held(connection: AsyncConnection, id_: UUID) -> bool:
    """Whether the write is still to be made; until the end of the transaction nobody else makes it, or
    forgets it. For a run whose lease went by while it stood still, and the one that took its place."""
    query = sa.select(_t.id).where(_t.id == id_, _t.state == WRITING).with_for_update()
    return (await connection.execute(query)).first() is not None


async def forgotten(database: Database, root: bytes, write: Written) -> bool:
    """Whether nothing has happened yet: then nothing will, who comes back to it finds no row."""
    async with database.write() as transaction:
        if not await held(transaction.connection, write.id):
            return True
        if await asyncio.to_thread(identity_at, _path(root, write)) != write.former:
            return False
        await transaction.connection.execute(sa.delete(tag_writes).where(_t.id == write.id))
    return True


async def counted(database: Database, library_id: UUID) -> None:
    """What was taken in is done, now that counters are right."""
    here = (_t.state == WRITING, _t.library_id == library_id, _t.new_file_id.is_not(None))
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(tag_writes).where(*here).values(state=WRITTEN))


def _path(root: bytes, write: Written) -> bytes:
    return root + b"/" + joined(*write.place)


def _read(root: bytes, write: Written) -> FileFacts | FileProblem | None:
    """Blocking. What lies beside it may be its cover or its lyrics. None: it is not there any more."""
    from mcma.media.tags import read_file

    path = _path(root, write)
    if identity_at(path) != write.now:
        return None
    beside = tuple(os.listdir(path.rpartition(b"/")[0]))  # noqa: PTH208 - bytes
    return read_file(path, sidecars=beside, root=root)
