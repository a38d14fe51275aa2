"""Recordings recognised by their sound, once a fingerprint of a file is here.

In a managed library the younger of two tracks that sound alike joins the older, when it belongs to the same
place of the same album or to no album at all, and nobody has said that they are two, or corrected the
younger: what a person said of it would not be seen any more. Else the two share their recording and are
reported (`duplicate_groups.py`). Files of library folders are never hidden.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.fingerprints import ALIKE, ITEM_BYTES, bit_error, unpacked
from mcma.domain.layerrules import PERSON
from mcma.services.identity import duplicate_groups
from mcma.services.identity.duplicate_groups import Alike
from mcma.services.identity.trackmerge import merge_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.queries import fingerprints as kept
from mcma.store.queries.fingerprints import Heard, Made
from mcma.store.tables.catalogue import (
    field_values,
    libraries,
    lyrics,
    merges,
    recordings,
    track_files,
    tracks,
)
from mcma.store.tables.sounds import file_fingerprints
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.events import ItemsMerged
from mcma_plugins.values import ItemKind

LONGEST = 64 * 1024
"""Bytes of a fingerprint: half an hour of sound."""
_TOGETHER = 20
"""Whose look-alikes are looked up before they are compared, in a thread."""


class _Sound(NamedTuple):
    """A track one of whose files sounds like another."""

    track_id: UUID
    library_id: UUID
    managed: bool
    album_id: UUID | None
    disc: int
    track: int | None
    recording_id: UUID | None
    mbid: UUID | None
    file_id: UUID
    corrected: bool
    """By a person."""


class Soundalikes:
    def __init__(self, database: Database, notify: Callable[[str, object], None]) -> None:
        self._database, self._notify = database, notify

    async def fingerprinted(self, file_id: UUID, made: Fingerprint, by: str = "by hand") -> UUID:
        """Keeps the fingerprint of a file, and acts on it. Returns the track that the file is of now. Raises
        `NotFound` and `InvalidInput`."""
        check(made)
        async with self._database.write() as transaction:
            await kept.keep(transaction.connection, [Made(file_id, by, made)], utcnow())
        async with self._database.read() as connection:
            heard = await _heard(connection, file_id)
        if heard is None:
            raise NotFound("There is no such file.")
        await self.compare([heard])
        async with self._database.read() as connection:
            query = sa.select(track_files.c.track_id).where(track_files.c.id == file_id)
            track: UUID = (await connection.scalars(query)).one()
        return track

    async def compare(self, portion: Sequence[Heard]) -> int:
        """With all others. May be done again. Returns how many are like another."""
        found = 0
        for start in range(0, len(portion), _TOGETHER):
            near = await self._near(portion[start : start + _TOGETHER])
            alike = await asyncio.to_thread(_alike, near) if near else []
            for mine, others in alike:
                await self._act(mine, others)
            found += len(alike)
        async with self._database.write() as transaction:
            await kept.mark_compared(transaction.connection, [one.number for one in portion], utcnow())
        return found

    async def _near(self, portion: Sequence[Heard]) -> list[tuple[Heard, Sequence[Heard]]]:
        async with self._database.read() as connection:
            near = [(mine, await kept.near(connection, mine)) for mine in portion]
        return [(mine, others) for mine, others in near if others]

    async def _act(self, mine: Heard, alike: Sequence[Alike]) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            sounds = await _sounds(connection, [mine.file_id, *(one.file_id for one in alike)])
            me = next((one for one in sounds if one.file_id == mine.file_id), None)
            if me is None:
                return
            there = {one.file_id for one in sounds}
            await duplicate_groups.note(
                connection, mine.file_id, [one for one in alike if one.file_id in there]
            )
            writer = CatalogueWriter(await place_of(connection, me.track_id))
            merged = await _settle(connection, writer, me, [one for one in sounds if one is not me])
        await Recounting(self._database, writer.touched).run()
        if merged is not None:
            self._notify("items_merged", ItemsMerged(ItemKind.TRACK, *merged))


def _alike(near: Sequence[tuple[Heard, Sequence[Heard]]]) -> list[tuple[Heard, list[Alike]]]:
    """Those that are like others, which come with the likest first."""
    found = []
    for mine, others in near:
        errors = [Alike(one.file_id, bit_error(one.raw, mine.raw)) for one in others]
        alike = sorted((one for one in errors if one.error < ALIKE), key=lambda one: one.error)
        found += [(mine, alike)] if alike else []
    return found


def check(made: Fingerprint) -> None:
    """Raises `InvalidInput`."""
    if not made.raw or len(made.raw) % ITEM_BYTES or len(made.raw) > LONGEST:
        raise InvalidInput("This is no raw fingerprint.")
    if not 0 < made.duration_ms < 2**31:
        raise InvalidInput("A fingerprint comes with the length of its recording.")


async def _settle(
    connection: AsyncConnection, writer: CatalogueWriter, mine: _Sound, alike: Sequence[_Sound]
) -> tuple[UUID, UUID] | None:
    """Joins two of them (the loser and the winner are returned), or lets them share their recording."""
    others = [one for one in alike if one.track_id != mine.track_id]
    parted = await _parted(connection, mine, others)
    pairs = [sorted((mine, one)) for one in others if one.track_id not in parted]
    for older, younger in pairs:
        if _joins(younger, older):
            await merge_tracks(connection, writer, younger.track_id, older.track_id, "the same recording")
            return younger.track_id, older.track_id
    if others and mine.mbid is None:
        await _share(connection, mine, others[0])
    return None


def _joins(younger: _Sound, older: _Sound) -> bool:
    """Two MusicBrainz recordings never become one by themselves."""
    if not younger.managed or younger.library_id != older.library_id or younger.corrected:
        return False
    if younger.mbid is not None and older.mbid is not None and younger.mbid != older.mbid:
        return False
    places = [(one.album_id, one.disc, one.track) for one in (younger, older)]
    return younger.album_id is None or places[0] == places[1]


async def _parted(connection: AsyncConnection, mine: _Sound, others: Sequence[_Sound]) -> set[UUID]:
    """Those that a person parted from it, or said to be no duplicates of it."""
    theirs = [one.track_id for one in others]
    loser, winner = merges.c.loser_id, merges.c.winner_id
    both = sa.or_(
        sa.and_(loser == mine.track_id, winner.in_(theirs)),
        sa.and_(winner == mine.track_id, loser.in_(theirs)),
    )
    taken_back = sa.select(loser, winner).where(merges.c.undone_at.is_not(None), both)
    found = {one for row in await connection.execute(taken_back) for one in row}
    return found | await duplicate_groups.said_apart(connection, mine.track_id, theirs)


async def _share(connection: AsyncConnection, mine: _Sound, other: _Sound) -> None:
    shared, now = other.recording_id or mine.recording_id, utcnow()
    if shared is None:
        shared = new_id()
        await connection.execute(sa.insert(recordings).values(id=shared, created_at=now))
    wrong = [one.track_id for one in (mine, other) if one.recording_id != shared]
    if wrong:
        told = sa.update(tracks).where(tracks.c.id.in_(wrong))
        await connection.execute(told.values(recording_id=shared, updated_at=now))


_CORRECTED = sa.or_(
    sa.exists().where(field_values.c.item_id == tracks.c.id, field_values.c.origin == PERSON),
    sa.exists().where(lyrics.c.track_id == tracks.c.id, lyrics.c.origin == PERSON),
)


async def _sounds(connection: AsyncConnection, files: Collection[UUID]) -> list[_Sound]:
    """In the order of the files: the likest first."""
    track = tracks.c
    query = (
        sa.select(track.id, track.library_id, libraries.c.kind == "managed", track.album_id,
                  sa.func.coalesce(track.disc, 1), track.track, track.recording_id, recordings.c.mbid,
                  track_files.c.id, _CORRECTED)
        .join_from(track_files, tracks, track.id == track_files.c.track_id)
        .join(libraries, libraries.c.id == track.library_id)
        .outerjoin(recordings, recordings.c.id == track.recording_id)
        .where(
            track_files.c.id.in_(files), track_files.c.deleted_at.is_(None), track.deleted_at.is_(None),
            libraries.c.deleted_at.is_(None),
        )
    )  # fmt: skip
    places = {file: place for place, file in enumerate(files)}
    found = [_Sound(*row) for row in await connection.execute(query)]
    return sorted(found, key=lambda one: places[one.file_id])


async def _heard(connection: AsyncConnection, file_id: UUID) -> Heard | None:
    row = file_fingerprints.c
    query = sa.select(row.number, row.file_id, row.packed, row.duration_ms).where(row.file_id == file_id)
    found = (await connection.execute(query)).first()
    return None if found is None else Heard(found[0], found[1], unpacked(found[2]), found[3])


async def place_of(connection: AsyncConnection, track_id: UUID) -> LibraryPlace:
    query = (
        sa.select(libraries.c.id, libraries.c.root, libraries.c.source)
        .join_from(tracks, libraries, libraries.c.id == tracks.c.library_id)
        .where(tracks.c.id == track_id)
    )
    row = (await connection.execute(query)).one()
    return LibraryPlace(row.id, row.root or b"", row.source)
