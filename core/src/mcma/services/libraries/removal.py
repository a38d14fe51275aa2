"""Managed music removed for good, by administrators. What lies in library folders is their owner's alone."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict
from mcma.services.callers import require_admin
from mcma.services.catalogue.lookup import one
from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import KnownFile
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake.discarding import discard, remove_discarded
from mcma.services.intake.pending import remove_track, retire
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma_plugins.events import ItemsRemoved
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, TrackView


class Removal:
    def __init__(
        self, database: Database, managed: ManagedLibraries, notify: Callable[[str, object], None]
    ) -> None:
        self._database, self._managed, self._notify = database, managed, notify

    async def remove_track(self, caller: Caller, track_id: TrackId) -> None:
        """The track and its files. What people did with it stays in their logs, and an import does not bring
        it back. Raises `NotFound`, and `Conflict` for what lies in a library folder."""
        require_admin(caller)
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
        places = {place.id: place for place in await self._managed.all()}
        if track.library_id not in places:
            raise Conflict("mcma never removes files of a library folder: remove the file, then scan.")
        writer = CatalogueWriter(places[track.library_id])
        async with self._database.write() as transaction:
            connection, now = transaction.connection, utcnow()
            await lock_catalogue(connection)
            files = await _files(connection, track.id)
            for file in files:
                await retire(connection, file, now)
            await discard(connection, files, now)
            await remove_track(connection, writer, track.id, now)
        await remove_discarded(self._database, writer.library)
        await Recounting(self._database, writer.touched).run()
        self._notify("items_removed", ItemsRemoved(ItemKind.TRACK, [track.id]))


async def _files(connection: AsyncConnection, track_id: UUID) -> list[KnownFile]:
    files = track_files.c
    query = sa.select(*FILE_COLUMNS).where(files.track_id == track_id, files.deleted_at.is_(None))
    return [KnownFile._make(row) for row in await connection.execute(query)]
