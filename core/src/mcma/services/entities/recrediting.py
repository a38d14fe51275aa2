"""Tracks told again after a person's word about names: their credits, their albums, what is counted.

It starts from what the rows say now, so that a run that was killed is repeated without harm.
"""

from collections.abc import Callable, Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.entities.telling import tell_artists
from mcma.services.indexing import counters
from mcma.services.indexing.afresh import tell_afresh
from mcma.services.indexing.values import Touched
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import album_artists, artist_libraries, track_artists, tracks

CHUNK = 100
"""Tracks of one transaction."""
Notify = Callable[[str, object], None]
Tracks = dict[UUID, list[UUID]]
"""By library."""


async def credited_tracks(connection: AsyncConnection, ids: Collection[UUID]) -> Tracks:
    """Those that credit one of these artists, themselves or by their album."""
    found: Tracks = {}
    for row in await connection.execute(crediting(ids)):
        found.setdefault(row.library_id, []).append(row.id)
    return found


def crediting(artists: Collection[UUID]) -> sa.Select[tuple[UUID, UUID]]:
    """(library, track). By a union: PostgreSQL reads all tracks for one or the other."""
    credits, own = track_artists.c, album_artists.c
    named = sa.select(credits.track_id).where(credits.artist_id.in_(artists))
    on_albums = sa.select(own.album_id).where(own.artist_id.in_(artists))
    theirs = named.union(sa.select(tracks.c.id).where(tracks.c.album_id.in_(on_albums)))
    return (
        sa.select(tracks.c.library_id, tracks.c.id)
        .where(tracks.c.id.in_(theirs), tracks.c.deleted_at.is_(None))
        .order_by(tracks.c.library_id, tracks.c.id)
    )


async def recredit(
    connection: AsyncConnection, found: Tracks, artists: Collection[UUID]
) -> list[tuple[str, object]]:
    """In one transaction, for whoever has the catalogue locked; returns the news for plugins. The artists are
    counted and called anew, whatever credits them."""
    news: list[tuple[str, object]] = []
    for library, ids in found.items():
        news += await tell_afresh(connection, library, ids)
    await tell_artists(connection, artists)
    await count_artists(connection, artists)
    return news


async def count_artists(connection: AsyncConnection, artists: Collection[UUID]) -> None:
    columns = artist_libraries.c
    here = sa.select(columns.library_id).where(columns.artist_id.in_(artists)).distinct()
    left = set(await connection.scalars(here))
    for recount in counters.recounts(Touched(artists=set(artists))):
        await recount(connection)
    for library in sorted(left | set(await connection.scalars(here))):
        await counters.recount_library(connection, library, utcnow())


class Recrediting:
    """The same for many tracks, a transaction for some of them at a time."""

    def __init__(self, database: Database, notify: Notify) -> None:
        self._database, self._notify = database, notify

    async def artists(self, ids: Collection[UUID]) -> int:
        """How many tracks there were to be told."""
        async with self._database.read() as connection:
            found = await credited_tracks(connection, ids)
        await self.tracks(found)
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            await tell_artists(transaction.connection, ids)
            await count_artists(transaction.connection, ids)
        return sum(map(len, found.values()))

    async def tracks(self, found: Tracks) -> None:
        for library, ids in found.items():
            for at in range(0, len(ids), CHUNK):
                async with self._database.write(bulk=True) as transaction:
                    await lock_catalogue(transaction.connection)
                    news = await tell_afresh(transaction.connection, library, ids[at : at + CHUNK])
                for hook, event in news:
                    self._notify(hook, event)
