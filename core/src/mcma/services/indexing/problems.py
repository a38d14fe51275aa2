"""The part of the scan report that stays: files that were not taken in, and duplicates."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import ProblemReason
from mcma.services.indexing.values import Place, display, joined, printable
from mcma.store.clock import new_id
from mcma.store.dialect import upsert
from mcma.store.tables.catalogue import file_problems, track_files

_MESSAGE = 500
_CHUNK = 500


class Problem(NamedTuple):
    folder: bytes
    name: bytes
    reason: str
    message: str
    size: int = 0
    mtime_ns: int = 0


async def known_problems(
    connection: AsyncConnection, library_id: UUID, folders: Sequence[bytes]
) -> dict[tuple[bytes, bytes], tuple[int, int]]:
    """Place to (size, mtime) of files known not to be readable: they are tried again once changed."""
    columns = file_problems.c
    query = sa.select(columns.folder, columns.name, columns.size, columns.mtime_ns).where(
        columns.library_id == library_id, columns.folder.in_(folders)
    )
    return {(row.folder, row.name): (row.size, row.mtime_ns) for row in await connection.execute(query)}


async def report(
    connection: AsyncConnection, library_id: UUID, problems: Sequence[Problem], now: datetime
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(), "library_id": library_id, "folder": problem.folder, "name": problem.name,
            "path_display": display(joined(problem.folder, problem.name)), "reason": str(problem.reason),
            "message": printable(problem.message)[:_MESSAGE], "size": problem.size,
            "mtime_ns": problem.mtime_ns, "first_seen_at": now, "last_seen_at": now,
        }
        for problem in problems
    ]  # fmt: skip
    if rows:
        update = ("reason", "message", "size", "mtime_ns", "last_seen_at")
        keys = ("library_id", "folder", "name")
        await connection.execute(upsert(connection, file_problems, keys, update), rows)


async def keep(connection: AsyncConnection, library_id: UUID, places: Sequence[Place], now: datetime) -> None:
    """These are as they were."""
    if not places:
        return
    columns = file_problems.c
    statement = (
        sa.update(file_problems)
        .where(
            columns.library_id == sa.bindparam("b_library", type_=columns.library_id.type),
            columns.folder == sa.bindparam("b_folder"),
            columns.name == sa.bindparam("b_name"),
        )
        .values(last_seen_at=sa.bindparam("now", type_=columns.last_seen_at.type))
    )
    rows = [{"b_library": library_id, "b_folder": f, "b_name": name, "now": now} for f, name in places]
    await connection.execute(statement, rows)


async def forget_solved(
    connection: AsyncConnection, library_id: UUID, scan_began: datetime, is_unknown: Callable[[bytes], bool]
) -> None:
    """Problems this scan did not meet again, where it could look; duplicates whose other one is gone."""
    columns = file_problems.c
    here = columns.library_id == library_id
    query = sa.select(columns.id, columns.folder).where(here, columns.last_seen_at < scan_began)
    solved = [row.id for row in await connection.execute(query) if not is_unknown(row.folder)]
    solved += (await connection.scalars(sa.select(columns.id).where(here, _alone()))).all()
    for at in range(0, len(solved), _CHUNK):
        await connection.execute(sa.delete(file_problems).where(columns.id.in_(solved[at : at + _CHUNK])))


def _alone() -> sa.ColumnElement[bool]:
    columns, one, other = file_problems.c, track_files.alias(), track_files.alias()
    twin = (
        sa.select(sa.literal(1))
        .join_from(one, other, sa.and_(one.c.audio_hash == other.c.audio_hash, one.c.id != other.c.id))
        .where(
            one.c.library_id == columns.library_id, one.c.folder == columns.folder,
            one.c.name == columns.name, _present(one), _present(other),
        )
    )  # fmt: skip
    return sa.and_(columns.reason == ProblemReason.DUPLICATE.value, ~twin.exists())


def _present(files: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(files.c.deleted_at.is_(None), files.c.missing_since.is_(None))
