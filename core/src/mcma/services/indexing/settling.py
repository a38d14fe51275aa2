"""After files were taken in: albums regrouped, artists renamed and named, counters made anew.

What is left to do is found by queries, so whoever comes next finishes what was killed. Every step is a short
transaction.
"""

from datetime import datetime

from mcma.services.entities.telling import tell_artists
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.regrouping import albums_to_regroup, regroup_album
from mcma.services.indexing.renames import rename
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma_plugins.events import ItemsMerged
from mcma_plugins.values import ItemKind

_CHUNK = 500


class Settling:
    """What was made after `since` gives way to what was there before."""

    def __init__(
        self, database: Database, writer: CatalogueWriter, recounting: Recounting, since: datetime
    ) -> None:
        self._database = database
        self._writer = writer
        self._library = writer.library
        self._recounting = recounting
        self._since = since
        self.merged: list[ItemsMerged] = []
        """To be told to hooks."""

    async def run(self) -> None:
        await self.regroup()
        await self.rename()
        await self.count()

    async def regroup(self) -> None:
        async with self._database.read() as connection:
            ids = await albums_to_regroup(connection, self._library.id)
        if ids:  # albums come and go, although the library may have been counted a moment ago
            self._writer.touched.libraries.add(self._library.id)
        for album_id in ids:
            async with self._database.write() as transaction:
                merges = await regroup_album(transaction.connection, self._writer, album_id, self._since)
            self.merged += [ItemsMerged(ItemKind.ALBUM, loser, winner) for loser, winner in merges]

    async def rename(self) -> None:
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

    async def count(self) -> None:
        await self._name_artists()
        await self._recounting.run()

    async def _name_artists(self) -> None:
        ids = sorted(self._recounting.seen.artists | self._writer.touched.artists)
        for at in range(0, len(ids), _CHUNK):
            async with self._database.write() as transaction:
                await tell_artists(
                    transaction.connection, ids[at : at + _CHUNK], self._writer.artists.sort_names
                )
