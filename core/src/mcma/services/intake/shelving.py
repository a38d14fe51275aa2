"""Files that the catalogue knows in a staging folder, put where they belong.

What a run that was killed has left is found by a query, and a file that was moved before its row was is
recognised by its inode: running again ends in the same state.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.domain.filing import filed
from mcma.media.shelf import Identity, Shelf
from mcma.services.enriching.statuses import settle_tracks
from mcma.services.indexing import missing
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace, display, joined, parted
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake import staging
from mcma.services.intake.sidecars import Moved, shelve_sidecars
from mcma.store.bulk import update_by_id, upsert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, artworks, source_refs, track_files, tracks

_CHUNK = 100
_log = structlog.get_logger(__name__)


class _Shelved(NamedTuple):
    row: Any
    place: bytes | None
    """Relative to the root; None when the file is gone."""
    sidecars: Sequence[Moved]


class Shelving:
    """For one run of one job."""

    def __init__(self, database: Database, library: LibraryPlace) -> None:
        self._database = database
        self._library = library
        self._shelf = Shelf(library.root)

    async def run(self, owner: UUID) -> None:
        """All files of one staging folder, which is gone afterwards."""
        folder = staging.staged_folder(owner)
        after = (b"", b"")
        while rows := await self._staged(folder, after):
            shelved = await asyncio.to_thread(self._shelve, rows)
            await self._write([one for one in shelved if one.place is not None])
            await self._miss([one.row for one in shelved if one.place is None])
            after = (rows[-1].folder, rows[-1].name)
        await asyncio.to_thread(staging.remove, self._library.root, folder)

    async def _staged(self, folder: bytes, after: tuple[bytes, bytes]) -> Sequence[Any]:
        async with self._database.read() as connection:
            query = staged_rows(self._library.id, folder)
            query = query.where(sa.tuple_(track_files.c.folder, track_files.c.name) > after)
            return list((await connection.execute(query.limit(_CHUNK))).all())

    def _shelve(self, rows: Sequence[Any]) -> list[_Shelved]:
        """Blocking. On the disk when it returns."""
        found = [self._shelve_one(row) for row in rows]
        self._shelf.sync()
        return found

    def _shelve_one(self, row: Any) -> _Shelved:
        wanted = filed(artist=row.album_artist or row.artist, album=row.album, title=row.title,
                       track=row.track, disc=row.disc, discs=row.discs or 1)  # fmt: skip
        known = Identity(row.inode, row.size, row.mtime_ns)
        place = self._shelf.put(joined(row.folder, row.name), known, wanted, row.suffix)
        if place is None:
            return _Shelved(row, None, ())
        beside = shelve_sidecars(self._shelf, self._library.root, (row.folder, row.name), place)
        return _Shelved(row, place, beside)

    async def _write(self, shelved: Sequence[_Shelved]) -> None:
        if not shelved:
            return
        now = utcnow()
        files = [
            {"b_id": one.row.id, "folder": folder, "name": name, "updated_at": now,
             "path_display": display(joined(folder, name))}
            for one in shelved
            for folder, name in [parted(one.place or b"")]
        ]  # fmt: skip
        refs = [
            {"id": new_id(), "source": self._library.source, "instance": str(self._library.id),
             "source_id": one.place, "display": display(one.place or b""), "track_id": one.row.track_id,
             "file_id": one.row.id, "created_at": now}
            for one in shelved
        ]  # fmt: skip
        old = sa.delete(source_refs).where(
            source_refs.c.instance == str(self._library.id),
            source_refs.c.file_id.in_([one.row.id for one in shelved]),
        )
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            await connection.execute(update_by_id(track_files, files[0]), files)
            await settle_tracks(connection, [one.row.track_id for one in shelved])
            await connection.execute(old)
            keys = ("source", "instance", "source_id")
            await upsert_rows(connection, source_refs, refs, keys, ("track_id", "file_id", "display"))
            if pictures := [row for one in shelved for row in self._pictures(one)]:
                await connection.execute(_MOVE_PICTURE, pictures)

    def _pictures(self, one: _Shelved) -> list[dict[str, Any]]:
        """Where a cover is now: in the file, or beside it."""
        root, row = self._library.root, one.row
        if row.artwork_id is None:
            return []
        moves = [Moved(joined(row.folder, row.name), one.place or b""), *one.sidecars]
        return [
            {"b_id": row.artwork_id, "b_old": joined(root, old), "b_new": joined(root, new)}
            for old, new in moves
        ]

    async def _miss(self, rows: Sequence[Any]) -> None:
        """Somebody has taken them away."""
        if not rows:
            return
        _log.warning("staged_files_gone", library=str(self._library.id), files=len(rows))
        writer = CatalogueWriter(self._library)
        async with self._database.write() as transaction:
            await missing.mark_missing(transaction.connection, writer, [row.id for row in rows])
        await Recounting(self._database, writer.touched).run()


_MOVE_PICTURE = (
    sa.update(artworks)
    .where(
        artworks.c.id == sa.bindparam("b_id", type_=artworks.c.id.type),
        artworks.c.path == sa.bindparam("b_old", type_=artworks.c.path.type),
    )
    .values(path=sa.bindparam("b_new", type_=artworks.c.path.type))
)


def staged_rows(library_id: UUID, folder: bytes) -> sa.Select[Any]:
    """Files that are described and still in this staging folder or below it, by place."""
    files, track = track_files.c, tracks.c
    others = tracks.alias()
    discs = sa.select(sa.func.max(others.c.disc)).where(
        others.c.album_id == track.album_id, others.c.deleted_at.is_(None)
    )
    return (
        sa.select(files.id, files.track_id, files.folder, files.name, files.inode, files.size, files.mtime_ns,
                  files.suffix, files.artwork_id, track.title, track.artist, track.album_artist, track.disc,
                  track.track, albums.c.title.label("album"), discs.scalar_subquery().label("discs"))
        .join_from(track_files, tracks, track.id == files.track_id)
        .outerjoin(albums, albums.c.id == track.album_id)
        .where(
            files.library_id == library_id, files.folder >= folder, files.folder < folder + b"0",
            files.deleted_at.is_(None), files.missing_since.is_(None), files.codec != UNREAD,
        )
        .order_by(files.folder, files.name)
    )  # fmt: skip


UNREAD = ""
"""The codec of an uploaded file that nobody has read yet."""
