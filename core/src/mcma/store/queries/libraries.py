"""Reading libraries."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import libraries
from mcma_plugins.ids import LibraryId
from mcma_plugins.values import LibraryView


async def library_views(
    connection: AsyncConnection, which: sa.ColumnElement[bool], *, roots: bool
) -> list[LibraryView]:
    """By number. `roots`: whether the paths are shown."""
    query = sa.select(libraries).where(which, libraries.c.deleted_at.is_(None)).order_by(libraries.c.number)
    return [_view(row, roots) for row in await connection.execute(query)]


def _view(row: Any, roots: bool) -> LibraryView:
    return LibraryView(
        LibraryId(row.id), row.number, row.name, row.kind, row.root_display if roots else None,
        row.song_count, row.album_count, row.artist_count, row.last_scan_at, row.scan_state,
        row.scan_error if roots else None, row.watch_state, row.watch_reason if roots else None,
    )  # fmt: skip
