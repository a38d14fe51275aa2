"""An artist without a MusicBrainz id whose credits all move to one new name in one scan keeps its id."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.identity.merging import record_merge
from mcma.services.indexing.artistplays import follow_credits
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import album_artists, artists, track_artists, tracks

Credit = tuple[UUID, UUID]
"""Track and artist."""


class Renames:
    """What one scan has seen of credits that went from one artist to another. A memory: after a crash the new
    name is a new artist."""

    def __init__(self) -> None:
        self._heirs: dict[UUID, set[UUID | None]] = {}

    def note(self, before: set[Credit], after: set[Credit]) -> None:
        lost, gained = _by_track(before - after), _by_track(after - before)
        for track, artists_lost in lost.items():
            heirs = gained.get(track, set())
            for artist in artists_lost:
                self._heirs.setdefault(artist, set()).update(heirs if len(heirs) == 1 else {None})

    def pairs(self) -> list[tuple[UUID, UUID]]:
        """(old, new) where the one has become the other and nobody else has."""
        single = {old: next(iter(new)) for old, new in self._heirs.items() if len(new) == 1}
        claims = list(single.values())
        return sorted((old, new) for old, new in single.items() if new is not None and claims.count(new) == 1)


def _by_track(credits: Iterable[Credit]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for track, artist in credits:
        found.setdefault(track, set()).add(artist)
    return found


async def rename(connection: AsyncConnection, old: UUID, new: UUID, since: datetime) -> list[UUID] | None:
    """Gives `old` the name of `new`, which becomes a redirect to it. Returns the tracks to be told anew, or
    None when this was no renaming: `old` has credits left, or an identity, or `new` was there before."""
    query = sa.select(artists).where(artists.c.id.in_([old, new]), artists.c.deleted_at.is_(None))
    rows: dict[UUID, Any] = {row.id: row for row in await connection.execute(query)}
    if len(rows) < 2 or rows[old].mbid is not None or rows[new].created_at < since:
        return None
    if await _is_credited(connection, old):
        return None
    names = ("name", "sort_name", "sort_key", "name_key", "mbid")
    values = {name: getattr(rows[new], name) for name in names}
    await record_merge(connection, "artist", new, old, "renamed")
    await connection.execute(
        sa.update(artists).where(artists.c.id == old).values(**values, updated_at=utcnow())
    )
    inherited = await _inherit(connection, old, new)
    await follow_credits(connection, [old, new], [old, new])
    return inherited


async def _is_credited(connection: AsyncConnection, artist: UUID) -> bool:
    for table in (track_artists, album_artists):
        if await connection.scalar(sa.select(sa.true()).where(table.c.artist_id == artist).limit(1)):
            return True
    return False


async def _inherit(connection: AsyncConnection, old: UUID, new: UUID) -> list[UUID]:
    credited = sa.select(track_artists.c.track_id).where(track_artists.c.artist_id == new)
    on_albums = sa.select(album_artists.c.album_id).where(album_artists.c.artist_id == new)
    theirs = credited.union(sa.select(tracks.c.id).where(tracks.c.album_id.in_(on_albums)))
    ids = list((await connection.scalars(theirs)).all())
    for table in (track_artists, album_artists):
        await connection.execute(sa.update(table).where(table.c.artist_id == new).values(artist_id=old))
    return ids
