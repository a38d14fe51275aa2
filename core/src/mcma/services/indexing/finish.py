"""The end of a scan: albums regrouped, the missing marked, names and counters settled.

What is left to do is found by queries, so a scan may be killed at any point and the next one finishes its
work. Every step is a short transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from mcma.services.indexing import missing, problems
from mcma.services.indexing.compare import Comparison
from mcma.services.indexing.locate import known_in_folders
from mcma.services.indexing.report import ScanReport
from mcma.services.indexing.settling import Settling
from mcma.services.indexing.values import display, is_staged
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.playlists.playlist_counts import recount_changed
from mcma.store.dialect import refresh_statistics
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files

_CHUNK = 500
_MUCH_GROWTH = 0.1
"""Of the known files; from here on the planner's idea of the tables is an old one."""


class Finish:
    def __init__(
        self,
        database: Database,
        writer: CatalogueWriter,
        comparison: Comparison,
        settling: Settling,
        report: ScanReport,
    ) -> None:
        self._database = database
        self._writer = writer
        self._library = writer.library
        self._comparison = comparison
        self._settling = settling
        self._report = report

    async def run(self, *, known: int, accept_missing: bool, began: datetime) -> None:
        await self._settling.regroup()
        await self._settling.rename()
        gone = await self._really_gone(began)
        if gone and missing.is_suspicious(len(gone), known) and not accept_missing:
            self._report.state = "suspicious"
            self._report.error = (
                f"{len(gone)} of {known} files are gone from {display(self._library.root)}. Nothing was "
                "marked missing. If the folder is complete, scan again with --accept-missing."
            )
        else:
            await self._mark(gone)
            await self._settling.regroup()
        await self._settling.count()
        await recount_changed(self._database, self._library.id, began)
        async with self._database.write() as transaction:
            is_unknown = self._comparison.is_unknown
            await problems.forget_solved(transaction.connection, self._library.id, began, is_unknown)
            if self._report.added > known * _MUCH_GROWTH:
                await refresh_statistics(transaction.connection)

    async def _really_gone(self, began: datetime) -> list[UUID]:
        """Known files that were not met: gone from folders that were, or in folders that were not. What lies
        below an unknown folder stays as it was; what has moved in the meantime is elsewhere now; what an
        import has put in its place since the scan `began` was not there to be met."""
        query = sa.select(track_files.c.folder).where(*present(self._library.id)).distinct()
        gone = list(self._comparison.gone)
        async with self._database.read() as connection:
            folders = set((await connection.scalars(query)).all()) - self._comparison.folders
            lost = sorted(f for f in folders if not (self._comparison.is_unknown(f) or is_staged(f)))
            for at in range(0, len(lost), _CHUNK):
                gone += await known_in_folders(connection, self._library.id, lost[at : at + _CHUNK])
            places = {row.id: row.place for row in gone if not row.missing}
            still: list[UUID] = []
            ids = sorted(places)
            columns = track_files.c
            for at in range(0, len(ids), _CHUNK):
                query_places = sa.select(columns.id, columns.folder, columns.name).where(
                    columns.id.in_(ids[at : at + _CHUNK]),
                    columns.updated_at < began,
                    *present(self._library.id),
                )
                rows = await connection.execute(query_places)
                still += [row.id for row in rows if places[row.id] == (row.folder, row.name)]
        return still

    async def _mark(self, gone: Sequence[UUID]) -> None:
        for at in range(0, len(gone), missing.CHUNK):
            async with self._database.write() as transaction:
                chunk = gone[at : at + missing.CHUNK]
                await missing.mark_missing(transaction.connection, self._writer, chunk)
        self._report.missing = len(gone)


def present(library_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    files = track_files.c
    return files.library_id == library_id, files.deleted_at.is_(None), files.missing_since.is_(None)
