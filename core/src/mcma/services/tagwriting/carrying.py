"""What is known of a file's sound, or was made of it, is as true of the file with other tags."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import track_files
from mcma.store.tables.renditions import renditions

_MEASURED: Final = ("loudness_lufs", "measured_at", "measure_error")
_GAINS: Final = ("track_gain_db", "track_peak")


async def carry(connection: AsyncConnection, old: UUID, new: UUID, sha256: bytes | None) -> None:
    """From the row of the former file to that of the one in its place."""
    files = track_files.c
    query = sa.select(*(files[name] for name in (*_MEASURED, *_GAINS))).where(files.id == old)
    row = (await connection.execute(query)).one()
    known = {name: getattr(row, name) for name in _MEASURED}
    if row.loudness_lufs is not None:  # then the gain was measured, and is in no tag
        known |= {name: sa.func.coalesce(files[name], getattr(row, name)) for name in _GAINS}
    statement = sa.update(track_files).where(files.id == new)
    await connection.execute(statement.values(sha256=sha256, **known))
    other = renditions.alias()
    anew = sa.exists().where(
        other.c.file_id == new, other.c.profile == renditions.c.profile,
        other.c.offset_ms == renditions.c.offset_ms,
    )  # fmt: skip
    made = sa.update(renditions).where(renditions.c.file_id == old, ~anew)
    await connection.execute(made.values(file_id=new))
