"""Files of the same sound that are there already."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.locate import FILE_COLUMNS, lost_files
from mcma.services.indexing.values import KnownFile, is_staged
from mcma.store.tables.catalogue import libraries, track_files
from mcma.store.tables.people import library_access


class Twin(NamedTuple):
    file: KnownFile
    path: str
    library: str


async def twins(
    connection: AsyncConnection, library_id: UUID, hashes: Iterable[bytes], among: sa.Select[Any]
) -> dict[bytes, Twin]:
    """By audio hash: a file of this library, else of one of those `among`. Only what is really there."""
    files = track_files.c
    query = (
        sa.select(*FILE_COLUMNS, files.audio_hash, files.path_display, libraries.c.name.label("library"))
        .join_from(track_files, libraries, libraries.c.id == files.library_id)
        .where(
            files.audio_hash.in_(list(hashes)), files.deleted_at.is_(None), files.missing_since.is_(None),
            sa.or_(files.library_id == library_id, files.library_id.in_(among)),
        )
        .order_by(files.library_id != library_id, files.id)
    )  # fmt: skip
    rows = (await connection.execute(query)).all()
    width = len(FILE_COLUMNS)
    known = [KnownFile._make(row[:width]) for row in rows]
    lost = await lost_files(connection, known) if known else set()
    found: dict[bytes, Twin] = {}
    for row, file in zip(rows, known, strict=True):
        if file.id not in lost or is_staged(file.folder):
            found.setdefault(row.audio_hash, Twin(file, row.path_display, row.library))
    return found


def open_to_all(library_id: UUID) -> sa.Select[Any]:
    """Libraries that everybody sees who sees this one: what is there need not be here as well."""
    here, there = library_access.alias(), library_access.alias()
    also = sa.exists().where(there.c.user_id == here.c.user_id, there.c.library_id == libraries.c.id)
    left_out = sa.exists().where(here.c.library_id == library_id, ~also)
    return sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None), ~left_out)
