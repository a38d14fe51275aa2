"""Managed files that nothing means any more: noted in the transaction that lets go of them, then removed."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.media.shelf import Identity, identity_at
from mcma.services.indexing.values import STAGING, KnownFile, LibraryPlace, joined
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.intake import discarded_files


async def discard(connection: AsyncConnection, files: Sequence[KnownFile], now: datetime) -> None:
    """Files of managed libraries, whose rows are no longer alive when this transaction ends."""
    rows = [
        {"id": new_id(), "library_id": file.library_id, "folder": file.folder, "name": file.name,
         "inode": file.inode, "size": file.size, "mtime_ns": file.mtime_ns, "created_at": now}
        for file in files
    ]  # fmt: skip
    await insert_rows(connection, discarded_files, rows)


async def remove_discarded(database: Database, library: LibraryPlace) -> None:
    """After the commit, and by whoever comes next if that was too late. Nothing happens while the volume is
    not there."""
    async with database.read() as connection:
        query = sa.select(discarded_files).where(discarded_files.c.library_id == library.id)
        rows: Sequence[Any] = (await connection.execute(query)).all()
        free = [row for row in rows if not await _is_meant(connection, row)]
    there = await asyncio.to_thread(_is_there, library.root)
    if rows and there:
        await asyncio.to_thread(_remove, library.root, free)
        async with database.write() as transaction:
            done = sa.delete(discarded_files).where(discarded_files.c.id.in_([row.id for row in rows]))
            await transaction.connection.execute(done)


async def _is_meant(connection: AsyncConnection, row: Any) -> bool:
    """Another file has come to the place, or a scan found this one before it was removed."""
    files = track_files.c
    here = (
        files.library_id == row.library_id, files.folder == row.folder, files.name == row.name,
        files.inode == row.inode, files.deleted_at.is_(None),
    )  # fmt: skip
    return bool(await connection.scalar(sa.select(sa.true()).where(*here).limit(1)))


def _is_there(root: bytes) -> bool:
    return os.path.isdir(joined(root, STAGING))  # noqa: PTH112 - bytes


def _remove(root: bytes, rows: Sequence[Any]) -> None:
    for row in rows:
        path = root + b"/" + joined(row.folder, row.name)
        if identity_at(path) == Identity(row.inode, row.size, row.mtime_ns):
            os.unlink(path)  # noqa: PTH108 - bytes
            _prune(root, row.folder)


def _prune(root: bytes, folder: bytes) -> None:
    """Folders that have become empty go with the file."""
    with suppress(OSError):
        while folder:
            os.rmdir(root + b"/" + folder)  # noqa: PTH106 - bytes
            folder = folder.rpartition(b"/")[0]
