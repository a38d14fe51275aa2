"""What became of the files of an import folder: the memory of imports, and their report."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.values import display
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id
from mcma.store.tables.intake import import_files

IMPORTED, REPLACED, DUPLICATE, PROBLEM = "imported", "replaced", "duplicate", "problem"
_CHUNK = 500


class Looked(NamedTuple):
    """A file as it was when it was last dealt with."""

    size: int
    mtime_ns: int
    result: str


class Outcome(NamedTuple):
    path: bytes
    size: int
    mtime_ns: int
    result: str
    reason: str | None = None
    message: str | None = None
    track_id: UUID | None = None


async def looked_at(
    connection: AsyncConnection, folder_id: UUID, paths: Sequence[bytes]
) -> dict[bytes, Looked]:
    columns = import_files.c
    found: dict[bytes, Looked] = {}
    for at in range(0, len(paths), _CHUNK):
        query = sa.select(columns.path, columns.size, columns.mtime_ns, columns.result).where(
            columns.folder_id == folder_id, columns.path.in_(paths[at : at + _CHUNK])
        )
        found |= {row.path: Looked(*row[1:]) for row in await connection.execute(query)}
    return found


async def note(
    connection: AsyncConnection, folder_id: UUID, outcomes: Sequence[Outcome], now: datetime
) -> None:
    rows = [
        {"id": new_id(), "folder_id": folder_id, "path_display": display(one.path), "seen_at": now,
         **one._asdict()}
        for one in outcomes
    ]  # fmt: skip
    update = (
        "path_display", "size", "mtime_ns", "result", "reason", "message", "track_id", "seen_at"
    )  # fmt: skip
    await upsert_rows(connection, import_files, rows, ("folder_id", "path"), update)


async def still_there(
    connection: AsyncConnection, folder_id: UUID, paths: Sequence[bytes], now: datetime
) -> None:
    """Problems that are as they were."""
    here = import_files.c.folder_id == folder_id, import_files.c.path.in_(paths)
    await connection.execute(sa.update(import_files).where(*here).values(seen_at=now))


async def forget_solved(connection: AsyncConnection, folder_id: UUID, began: datetime) -> None:
    """Problems of files that are there no more."""
    columns = import_files.c
    gone = columns.folder_id == folder_id, columns.result == PROBLEM, columns.seen_at < began
    await connection.execute(sa.delete(import_files).where(*gone))
