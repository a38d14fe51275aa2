"""Files whose bytes no job has read to their end yet."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import libraries, track_files


class Unmeasured(NamedTuple):
    id: UUID
    root: bytes
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    container: str
    duration_ms: int
    sha256: bytes | None
    has_gain: bool


def _waiting(*, hashes_only: bool) -> sa.ColumnElement[bool]:
    files = track_files.c
    waiting = sa.and_(files.measured_at.is_(None), files.deleted_at.is_(None), files.missing_since.is_(None))
    return sa.and_(waiting, files.sha256.is_(None)) if hashes_only else waiting


async def count(connection: AsyncConnection, *, hashes_only: bool) -> int:
    query = sa.select(sa.func.count()).where(_waiting(hashes_only=hashes_only))
    return int(await connection.scalar(query) or 0)


async def unmeasured(
    connection: AsyncConnection, after: UUID | None, limit: int, *, hashes_only: bool
) -> Sequence[Unmeasured]:
    """By id, behind `after`. `hashes_only`: those without a hash."""
    files = track_files.c
    query = (
        sa.select(
            files.id, libraries.c.root, files.folder, files.name, files.size, files.mtime_ns, files.container,
            files.duration_ms, files.sha256, files.track_gain_db.is_not(None),
        )
        .join_from(track_files, libraries, libraries.c.id == files.library_id)
        .where(_waiting(hashes_only=hashes_only), libraries.c.root.is_not(None))
        .order_by(files.id)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        query = query.where(files.id > after)
    return [Unmeasured(*row) for row in (await connection.execute(query)).all()]


async def write(connection: AsyncConnection, found: Mapping[UUID, Mapping[str, Any]]) -> None:
    """What was found out about files. A gain that is there already is a tag's, and stays."""
    files = track_files.c
    for id_, values in found.items():
        kept = {
            name: sa.func.coalesce(files[name], value) if name in ("track_gain_db", "track_peak") else value
            for name, value in values.items()
        }
        await connection.execute(sa.update(track_files).where(files.id == id_).values(**kept))
