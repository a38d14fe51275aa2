"""What was written, and by whom: the latest first."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.values import KnownFile
from mcma.services.tagwriting.settling import COLUMNS, written_of
from mcma.services.tagwriting.values import WRITTEN, FieldChange, TagWriteView, Written
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.tag_writing import tag_writes

_t = tag_writes.c
_FOLLOWED = 50
"""Rows of one file that came after each other."""


class WriteFilter(NamedTuple):
    track_id: UUID | None = None
    run_id: UUID | None = None


async def views(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], limit: int = 1
) -> list[TagWriteView]:
    query = (
        sa.select(_t.id, _t.run_id, _t.library_id, _t.track_id, _t.file_id, _t.new_file_id, _t.path_display,
                  _t.state, _t.before, _t.after, _t.undoes, _t.undone_at, _t.undone_by, _t.error, _t.message,
                  _t.user_id, sa.func.coalesce(sa.func.length(_t.backup), 0).label("size"), _t.created_at)
        .where(*where)
        .order_by(_t.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [_view(row) for row in await connection.execute(query)]


def conditions(only: WriteFilter, before: UUID | None) -> list[sa.ColumnElement[bool]]:
    pairs = ((_t.track_id, only.track_id), (_t.run_id, only.run_id))
    found = [column == value for column, value in pairs if value is not None]
    return found if before is None else [*found, _t.id < before]


def changes_of(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[FieldChange]:
    was, now = before or {}, after or {}
    return [FieldChange(name, was.get(name), now.get(name)) for name in sorted({*was, *now})]


def _view(row: Any) -> TagWriteView:
    return TagWriteView(
        row.id, row.run_id, row.library_id, row.track_id, row.file_id, row.new_file_id, row.path_display,
        row.state, changes_of(row.before, row.after), row.undoes, row.undone_at, row.undone_by, row.error,
        row.message, row.user_id, row.size, row.created_at,
    )  # fmt: skip


def undoable(id_: UUID) -> list[sa.ColumnElement[bool]]:
    """One write, or all of a run."""
    return [sa.or_(_t.id == id_, _t.run_id == id_), _t.state == WRITTEN, _t.undone_at.is_(None),
            _t.backup.is_not(None)]  # fmt: skip


class ToUndo(NamedTuple):
    write: Written
    path: str
    changes: Sequence[FieldChange]
    backup: bytes
    former_sha256: bytes
    known: KnownFile | None
    """The row that stands for the written file now; None: it is gone."""


async def next_to_undo(connection: AsyncConnection, id_: UUID, before: UUID | None) -> ToUndo | None:
    """The latest write first: of a file that was written twice, that is the one to begin with."""
    beyond = () if before is None else (_t.id < before,)
    columns = (*COLUMNS, _t.path_display, _t.before, _t.after, _t.backup, _t.former_sha256, _t.new_file_id)
    query = sa.select(*columns).where(*undoable(id_), *beyond).order_by(_t.id.desc()).limit(1)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    known = await _alive(connection, row.new_file_id)
    return ToUndo(written_of(row), row.path_display, changes_of(row.before, row.after), row.backup,
                  row.former_sha256, known)  # fmt: skip


async def _alive(connection: AsyncConnection, file_id: UUID | None) -> KnownFile | None:
    """The file, or the one that came in its place."""
    files = track_files.c
    for _ in range(_FOLLOWED):
        query = sa.select(*FILE_COLUMNS, files.deleted_at, files.replaced_by).where(files.id == file_id)
        row = None if file_id is None else (await connection.execute(query)).first()
        if row is None or row.deleted_at is None:
            return None if row is None else KnownFile._make(row[: len(FILE_COLUMNS)])
        file_id = row.replaced_by
    return None
