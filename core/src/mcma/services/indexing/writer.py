"""Writing one batch of files into the catalogue, in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.claims import claims
from mcma.services.entities.reading import read_tags
from mcma.services.indexing.albumcontext import place_on_albums
from mcma.services.indexing.albumplays import follow_plays
from mcma.services.indexing.albumshelf import AlbumShelf
from mcma.services.indexing.artists import Artists
from mcma.services.indexing.fileshelf import best_files, changed_files, name_files, write_files
from mcma.services.indexing.locate import identify
from mcma.services.indexing.names import Recordings, genre_names, label_names
from mcma.services.indexing.overlays import Overlays, overlays
from mcma.services.indexing.pictures import Pictures
from mcma.services.indexing.preferred_rule import rule_of
from mcma.services.indexing.retelling import tellings
from mcma.services.indexing.slots import Slots, prefer_the_best
from mcma.services.indexing.trackshelf import TrackShelf
from mcma.services.indexing.values import Incoming, LibraryPlace, Telling, Touched, Written
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import tracks


class CatalogueWriter:
    """One instance serves one scan of one library; it remembers names it has looked up.

    Everything is noted in `touched` for the counters. After a rolled-back transaction call `forget`.
    """

    def __init__(self, library: LibraryPlace) -> None:
        self.library = library
        self.touched = Touched()
        self.artists = Artists()
        self._genres, self._labels, self._pictures = genre_names(), label_names(), Pictures()
        self._recordings = Recordings()
        self.albums = AlbumShelf(library.id, self.artists, self._genres, self._labels)
        self._tracks = TrackShelf(library.id, self.artists, self._genres)
        self.renames = self._tracks.renames

    def forget(self) -> None:
        for memory in (
            self.artists,
            self._genres,
            self._labels,
            self._pictures,
            self._recordings,
            self.albums,
        ):
            memory.forget()

    async def apply(self, connection: AsyncConnection, batch: Sequence[Incoming]) -> Written:
        """Takes the files of a batch in. Files of one folder should come in one batch."""
        self.touched.libraries.add(self.library.id)
        now = utcnow()
        written = Written()
        await lock_catalogue(connection)
        found = await identify(connection, self.library, batch)
        written.duplicates = [item.path for item in found.duplicates]
        written.pushed = found.pushed
        said = await self._listen(connection, batch)
        moving = await place_on_albums(connection, self.library.id, batch)
        await self._know(connection, batch)
        await self._pictures.settle(connection, self.library, batch, now)
        _picture(batch, said)
        name_files(batch)
        made = await self._settle_albums(connection, batch, moving)
        await self.albums.add(connection, made, self.touched)
        await self._write(connection, batch, now)
        await self.refresh(connection, {i.album_id for i in batch if i.album_id} - made.keys())
        await claims.arrived(connection, self.library.id, batch)
        _sum_up(batch, written)
        return written

    async def _listen(self, connection: AsyncConnection, batch: Sequence[Incoming]) -> Overlays:
        """The tags that count: what enrichers and people say over those of the file, and names read as people
        say."""
        said = await overlays(connection, [item.known.track_id for item in batch if item.known])
        for item in batch:
            item.track_id = item.known.track_id if item.known else None
        layered = [said.over(item.track_id, item.facts.tags) for item in batch]
        read = await read_tags(connection, [what.tags for what in layered])
        for item, what, tags in zip(batch, layered, read, strict=True):
            if tags is not item.tags:
                item.speak(tags, what.origins)
        return said

    async def _know(self, connection: AsyncConnection, batch: Sequence[Telling]) -> None:
        """Makes sure that every artist and recording of the batch has an id."""
        people = [who for telling in batch for who in (*telling.credited.everyone, *telling.album_artists)]
        await self.artists.ids(connection, people)
        await self._recordings.settle(connection, batch)

    async def _settle_albums(
        self, connection: AsyncConnection, batch: Sequence[Incoming], moving: dict[str, UUID]
    ) -> dict[UUID, list[Incoming]]:
        """Gives every file its album and its track. Returns the albums that are all new, with their files.

        Known tracks stay on their album until the end of the scan, when it is clear where all the others go;
        new ones with the same new key (`moving`) join them there.
        """
        placed = await self._placed(connection, batch)
        free: dict[str, list[Incoming]] = {}
        for item in batch:
            item.album_id = placed.get(item.track_id) if item.track_id and item.album_key else None
            if item.album_key and item.album_id is None:
                free.setdefault(item.album_key, []).append(item)
            elif item.album_key and item.album_id:
                moving.setdefault(item.album_key, item.album_id)
        found = moving | await self.albums.find(connection, free)
        mixed = [key for key in free if key not in found and any(item.track_id for item in free[key])]
        found |= await self.albums.add_bare(connection, mixed)
        made: dict[UUID, list[Incoming]] = {}
        for key, items in free.items():
            album = found.get(key) or new_id()
            for item in items:
                item.album_id = album
            if key not in found:
                made[album] = items
        await self._settle_tracks(connection, batch, made)
        return {album: [item for item in items if item.preferred] for album, items in made.items()}

    async def _settle_tracks(
        self, connection: AsyncConnection, batch: Sequence[Incoming], made: Collection[UUID]
    ) -> None:
        fresh = [item for item in batch if item.track_id is None]
        slots = Slots()
        known_albums = {item.album_id for item in fresh if item.album_id and item.album_id not in made}
        await slots.load(connection, self.library.root, known_albums)
        for item in fresh:
            slots.give(item)
        prefer_the_best(batch, rule_of(connection))

    async def _placed(self, connection: AsyncConnection, batch: Sequence[Incoming]) -> dict[UUID, UUID]:
        """Track to the album it is on. A track that comes from another library leaves its album there."""
        ids = [item.track_id for item in batch if item.track_id is not None]
        if not ids:
            return {}
        query = sa.select(tracks.c.id, tracks.c.album_id, tracks.c.library_id).where(tracks.c.id.in_(ids))
        rows = (await connection.execute(query)).all()
        self.touched.albums.update(row.album_id for row in rows if row.album_id)
        self.touched.libraries.update(row.library_id for row in rows)
        return {row.id: row.album_id for row in rows if row.album_id and row.library_id == self.library.id}

    async def _write(self, connection: AsyncConnection, batch: Sequence[Incoming], now: datetime) -> None:
        new = [item for item in batch if item.new_track]
        await self._tracks.add(connection, new, self.touched, now)
        await write_files(connection, self.library, batch, now)
        made = {item.track_id for item in new}
        known = [item for item in batch if item.track_id not in made]
        if known:
            await self._tell_known(connection, known, now)

    async def _tell_known(
        self, connection: AsyncConnection, known: Sequence[Incoming], now: datetime
    ) -> None:
        """A track says what its best file says; other files change nothing but themselves."""
        best = await best_files(connection, {item.track_id for item in known if item.track_id})
        speaking = [item for item in known if item.track_id and best[item.track_id] == item.file_id]
        await self._tracks.replace(connection, speaking, self.touched, now)
        silent = best.keys() - {item.track_id for item in speaking}
        await self.tell_again(connection, await changed_files(connection, {t: best[t] for t in silent}))
        await follow_plays(connection, {item.album_id for item in known if item.album_id})

    async def tell_again(self, connection: AsyncConnection, files: Mapping[UUID, UUID]) -> None:
        """Makes tracks say what these files of theirs say, with what a person has said over it."""
        if not files:
            return
        said = await tellings(connection, files)
        await self._know(connection, said)
        loose = {telling.album_key for telling in said if telling.album_key and telling.album_id is None}
        found = await self.albums.find(connection, loose)
        found |= await self.albums.add_bare(connection, loose - found.keys())
        for telling in said:
            if telling.album_key and telling.album_id is None:
                telling.album_id = found[telling.album_key]
        self.touched.albums.update(telling.album_id for telling in said if telling.album_id)
        await self._tracks.replace(connection, said, self.touched, utcnow())
        self.albums.hear(said)

    async def tell_tracks(self, connection: AsyncConnection, ids: Collection[UUID]) -> None:
        """Makes tracks say again what their files, enrichers and people say, and describes their albums."""
        await self.tell_alone(connection, ids)
        await self.refresh(connection)

    async def tell_alone(self, connection: AsyncConnection, ids: Collection[UUID]) -> None:
        """The same without their albums, which are noted."""
        query = sa.select(tracks.c.id, tracks.c.file_id).where(
            tracks.c.id.in_(ids), tracks.c.file_id.is_not(None), tracks.c.deleted_at.is_(None)
        )
        await self.tell_again(connection, {row.id: row.file_id for row in await connection.execute(query)})

    async def refresh(self, connection: AsyncConnection, ids: Iterable[UUID] = ()) -> None:
        """Describes these albums and all that were touched."""
        wanted = {*ids, *self.touched.albums}
        if wanted:
            self.touched.libraries.add(self.library.id)
        self.touched.albums.clear()
        await self.albums.refresh(connection, wanted, self.touched)
        self.albums.forget()


def _picture(batch: Sequence[Incoming], said: Overlays) -> None:
    """What enrichers found, where the file has none."""
    for item in batch:
        if item.track_id in said:
            what = said.over(item.track_id, item.facts.tags, item.artwork_id)
            item.artwork_id, item.origins = what.artwork, what.origins


def _sum_up(batch: Sequence[Incoming], written: Written) -> None:
    added = {item.track_id: None for item in batch if item.new_track and item.track_id}
    written.added = list(added)
    changed = dict.fromkeys(item.track_id for item in batch if item.track_id)
    written.changed = [track for track in changed if track not in added]
    written.moved = sum(1 for item in batch if item.known and item.known.place != item.place)
