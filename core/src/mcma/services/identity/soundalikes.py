"""Recordings recognised by their sound, once something has stored their fingerprints.

In a managed library the younger of two tracks that sound alike joins the older, when it belongs to the same
place of the same album or to no album at all. Else the two share their recording. Files of library folders
are never hidden.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.fingerprints import ITEM_BYTES, NEAR_MS, is_alike
from mcma.services.identity.trackmerge import merge_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, recordings, tracks
from mcma_plugins.events import ItemsMerged
from mcma_plugins.values import ItemKind

_MOST = 1000
"""Recordings of similar length that are compared; the nearest in length first."""
_LONGEST = 64 * 1024
"""Bytes of a fingerprint: half an hour of sound."""


class _Sound(NamedTuple):
    track_id: UUID
    library_id: UUID
    managed: bool
    album_id: UUID | None
    disc: int
    track: int | None
    duration_ms: int
    recording_id: UUID
    mbid: UUID | None
    fingerprint: bytes


class Soundalikes:
    def __init__(self, database: Database, notify: Callable[[str, object], None]) -> None:
        self._database, self._notify = database, notify

    async def fingerprinted(self, track_id: UUID, fingerprint: bytes) -> UUID:
        """Keeps the fingerprint (raw Chromaprint, little-endian) of a track's recording, and acts on it.
        Returns the track that it is now. Raises `NotFound` and `InvalidInput`."""
        if not fingerprint or len(fingerprint) % ITEM_BYTES or len(fingerprint) > _LONGEST:
            raise InvalidInput("This is no raw fingerprint.")
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            await _store(connection, track_id, fingerprint)
            writer = CatalogueWriter(await place_of(connection, track_id))
            winner = await join_alike(connection, writer, track_id)
        await Recounting(self._database, writer.touched).run()
        if winner != track_id:
            self._notify("items_merged", ItemsMerged(ItemKind.TRACK, track_id, winner))
        return winner


async def join_alike(connection: AsyncConnection, writer: CatalogueWriter, track_id: UUID) -> UUID:
    """What the fingerprint of a track says, if it has one. Returns the track that it is now."""
    found = await _sounds(connection, tracks.c.id == track_id)
    if not found:
        return track_id
    [mine] = found
    near = await _near(connection, mine)
    alike = [one for one in near if is_alike(one.fingerprint, mine.fingerprint)]
    pairs = [sorted((mine, one)) for one in alike]
    same = next(((older, younger) for older, younger in pairs if _joins(younger, older)), None)
    if same is not None:
        older, younger = same
        await merge_tracks(connection, writer, younger.track_id, older.track_id, "the same recording")
        return older.track_id
    if alike and mine.mbid is None:
        shared = sa.update(tracks).where(tracks.c.id == track_id)
        await connection.execute(shared.values(recording_id=alike[0].recording_id, updated_at=utcnow()))
    return track_id


def _joins(younger: _Sound, older: _Sound) -> bool:
    """Two MusicBrainz recordings never become one by themselves."""
    if not younger.managed or younger.library_id != older.library_id:
        return False
    if younger.mbid is not None and older.mbid is not None and younger.mbid != older.mbid:
        return False
    places = [(one.album_id, one.disc, one.track) for one in (younger, older)]
    return younger.album_id is None or places[0] == places[1]


async def _near(connection: AsyncConnection, mine: _Sound) -> list[_Sound]:
    length = mine.duration_ms
    return await _sounds(
        connection,
        tracks.c.id != mine.track_id,
        tracks.c.duration_ms.between(length - NEAR_MS, length + NEAR_MS),
        order=(tracks.c.library_id != mine.library_id, sa.func.abs(tracks.c.duration_ms - length)),
    )


async def _sounds(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], order: tuple[Any, ...] = ()
) -> list[_Sound]:
    track, made = tracks.c, recordings.c
    query = (
        sa.select(track.id, track.library_id, libraries.c.kind == "managed", track.album_id,
                  sa.func.coalesce(track.disc, 1), track.track, track.duration_ms, track.recording_id,
                  made.mbid, made.fingerprint)
        .join_from(tracks, recordings, made.id == track.recording_id)
        .join(libraries, libraries.c.id == track.library_id)
        .where(
            made.fingerprint.is_not(None), track.deleted_at.is_(None), libraries.c.deleted_at.is_(None),
            *where,
        )
        .order_by(*order, track.id)
        .limit(_MOST)
    )  # fmt: skip
    return [_Sound(*row) for row in await connection.execute(query)]


async def _store(connection: AsyncConnection, track_id: UUID, fingerprint: bytes) -> None:
    query = sa.select(tracks.c.recording_id).where(tracks.c.id == track_id, tracks.c.deleted_at.is_(None))
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("There is no such track.")
    if row.recording_id is not None:
        known = sa.update(recordings).where(recordings.c.id == row.recording_id)
        if (await connection.execute(known.values(fingerprint=fingerprint))).rowcount:
            return
    made = {"id": new_id(), "fingerprint": fingerprint, "created_at": utcnow()}
    await connection.execute(sa.insert(recordings).values(**made))
    mine = sa.update(tracks).where(tracks.c.id == track_id)
    await connection.execute(mine.values(recording_id=made["id"], updated_at=utcnow()))


async def place_of(connection: AsyncConnection, track_id: UUID) -> LibraryPlace:
    query = (
        sa.select(libraries.c.id, libraries.c.root, libraries.c.source)
        .join_from(tracks, libraries, libraries.c.id == tracks.c.library_id)
        .where(tracks.c.id == track_id)
    )
    row = (await connection.execute(query)).one()
    return LibraryPlace(row.id, row.root or b"", row.source)
