"""The end of a scan: albums regrouped, the missing marked, names and counters settled.

What is left to do is found by queries, so a scan may be killed at any point and the next one finishes its
work. Every step is a short transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from mcma.services.indexing import missing, problems
from mcma.services.indexing.artistnames import rename_artists
from mcma.services.indexing.compare import Comparison
from mcma.services.indexing.locate import known_in_folders
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.regrouping import albums_to_regroup, regroup_album
from mcma.services.indexing.renames import rename
from mcma.services.indexing.report import ScanReport
from mcma.services.indexing.values import display
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.dialect import lock_catalogue, refresh_statistics
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma_plugins.events import ItemsMerged
from mcma_plugins.values import ItemKind

_CHUNK = 500
_MUCH_GROWTH = 0.1
"""Of the known files; from here on the planner's idea of the tables is an old one."""


class Finish:
    def __init__(
        self,
        database: Database,
        writer: CatalogueWriter,
        comparison: Comparison,
        recounting: Recounting,
        report: ScanReport,
        since: datetime,
    ) -> None:
        self._database = database
        self._writer = writer
        self._library = writer.library
        self._comparison = comparison
        self._recounting = recounting
        self._report = report
        self._since = since
        self.merged: list[ItemsMerged] = []
        """To be told to hooks."""

    async def run(self, *, known: int, accept_missing: bool, began: datetime) -> None:
        await self._regroup()
        await self._rename()
        gone = await self._really_gone()
        if gone and missing.is_suspicious(len(gone), known) and not accept_missing:
            self._report.state = "suspicious"
            self._report.error = (
                f"{len(gone)} of {known} files are gone from {display(self._library.root)}. Nothing was "
                "marked missing. If the folder is complete, scan again with --accept-missing."
            )
        else:
            await self._mark(gone)
            await self._regroup()
        await self._name_artists()
        await self._recounting.run()
        async with self._database.write() as transaction:
            is_unknown = self._comparison.is_unknown
            await problems.forget_solved(transaction.connection, self._library.id, began, is_unknown)
            if self._report.added > known * _MUCH_GROWTH:
                await refresh_statistics(transaction.connection)

    async def _regroup(self) -> None:
        async with self._database.read() as connection:
            ids = await albums_to_regroup(connection, self._library.id)
        for album_id in ids:
            async with self._database.write() as transaction:
                merges = await regroup_album(transaction.connection, self._writer, album_id, self._since)
            self.merged += [ItemsMerged(ItemKind.ALBUM, loser, winner) for loser, winner in merges]

    async def _rename(self) -> None:
        for old, new in self._writer.renames.pairs():
            async with self._database.write() as transaction:
                connection = transaction.connection
                await lock_catalogue(connection)
                tracks = await rename(connection, old, new, self._since)
                if tracks is not None:
                    self._writer.touched.artists |= {old, new}
                    self._writer.artists.forget()
                    await self._writer.tell_tracks(connection, tracks)
            if tracks is not None:
                self.merged.append(ItemsMerged(ItemKind.ARTIST, new, old))

    async def _really_gone(self) -> list[UUID]:
        """Known files that were not met: gone from folders that were, or in folders that were not. What lies
        below an unknown folder stays as it was; what has moved in the meantime is elsewhere now."""
        query = sa.select(track_files.c.folder).where(*present(self._library.id)).distinct()
        gone = list(self._comparison.gone)
        async with self._database.read() as connection:
            folders = set((await connection.scalars(query)).all()) - self._comparison.folders
            lost = sorted(folder for folder in folders if not self._comparison.is_unknown(folder))
            for at in range(0, len(lost), _CHUNK):
                gone += await known_in_folders(connection, self._library.id, lost[at : at + _CHUNK])
            places = {row.id: row.place for row in gone if not row.missing}
            still: list[UUID] = []
            ids = sorted(places)
            columns = track_files.c
            for at in range(0, len(ids), _CHUNK):
                query_places = sa.select(columns.id, columns.folder, columns.name).where(
                    columns.id.in_(ids[at : at + _CHUNK]), *present(self._library.id)
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

    async def _name_artists(self) -> None:
        ids = sorted(self._recounting.seen.artists | self._writer.touched.artists)
        for at in range(0, len(ids), _CHUNK):
            async with self._database.write() as transaction:
                renamed = await rename_artists(
                    transaction.connection, self._writer.artists, ids[at : at + _CHUNK]
                )
            self._writer.touched.artists.update(renamed)


def present(library_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    files = track_files.c
    return files.library_id == library_id, files.deleted_at.is_(None), files.missing_since.is_(None)
