"""What is known of a file's sound, or was made of it, is as true of the file with other tags."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables import metadata
from mcma.store.tables.catalogue import source_refs, track_files
from mcma.store.tables.renditions import renditions

_MEASURED: Final = ("loudness_lufs", "measured_at", "measure_error")
_GAINS: Final = ("track_gain_db", "track_peak")
_WANTED: Final = ("pinned_until", "staged_until")


async def carry(connection: AsyncConnection, old: UUID, new: UUID, sha256: bytes | None) -> None:
    """From the row of the former file to that of the one in its place: measurements, and whatever else points
    at files, such as renditions and fingerprints. Of what was made anew meanwhile that stays."""
    files = track_files.c
    query = sa.select(*(files[name] for name in (*_MEASURED, *_GAINS))).where(files.id == old)
    row = (await connection.execute(query)).one()
    known = {name: getattr(row, name) for name in _MEASURED}
    if row.loudness_lufs is not None:  # then the gain was measured, and is in no tag
        known |= {name: sa.func.coalesce(files[name], getattr(row, name)) for name in _GAINS}
    statement = sa.update(track_files).where(files.id == new)
    await connection.execute(statement.values(sha256=sha256, **known))
    for column in _pointing():
        await connection.execute(_moved(column, old, new))
    await _kept_as_long(connection, old, new)


@cache
def _pointing() -> Sequence[sa.Column[Any]]:
    """All columns that point at files, but for where files are, which the catalogue's writer keeps."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.c
        if table is not source_refs and any(key.column is track_files.c.id for key in column.foreign_keys)
    ]


def _moved(column: sa.Column[Any], old: UUID, new: UUID) -> sa.Update:
    """But for what the new file has of its own: of what there is one of a kind."""
    other = column.table.alias()
    same = [other.c[name] == column.table.c[name] for name in _kind(column)]
    anew = sa.exists().where(other.c[column.name] == new, *same)
    return sa.update(column.table).where(column == old, ~anew).values({column: new})


def _kind(column: sa.Column[Any]) -> list[str]:
    """What tells rows of one file from each other; nothing where there is but one."""
    keys = (sa.UniqueConstraint, sa.PrimaryKeyConstraint)
    [unique] = [
        one for one in column.table.constraints if isinstance(one, keys) and column.name in one.columns
    ]
    return [one.name for one in unique.columns if one.name != column.name]


async def _kept_as_long(connection: AsyncConnection, old: UUID, new: UUID) -> None:
    """Renditions that were made anew: somebody may have asked for the former ones."""
    former, made = renditions.alias(), renditions
    same = [former.c[name] == made.c[name] for name in ("profile", "offset_ms")]
    for name in _WANTED:
        until = sa.select(former.c[name]).where(former.c.file_id == old, *same).scalar_subquery()
        longer = sa.or_(made.c[name].is_(None), made.c[name] < until)
        there = sa.update(made).where(made.c.file_id == new, until.is_not(None), longer)
        await connection.execute(there.values({name: until}))
