"""Tracks of one batch: made, or told anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.lyricranks import OF_FILES
from mcma.services.enriching.statuses import settle_tracks
from mcma.services.indexing.artistplays import follow_credits
from mcma.services.indexing.artists import Artists
from mcma.services.indexing.lyricdigests import digest_of, ranks_of, tell_lyrics
from mcma.services.indexing.namelinks import TRACK_GENRES, add_names, remove_names
from mcma.services.indexing.names import Names
from mcma.services.indexing.renames import Renames
from mcma.services.indexing.trackrows import (
    external_ids,
    lyrics_rows,
    new_row,
    search_row,
    told,
    track_credits,
)
from mcma.services.indexing.values import Telling, Touched
from mcma.store.bulk import insert_rows, update_by_id, upsert_rows
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import search_tracks

Credited = set[tuple[UUID, UUID, str]]
"""(track, artist, role)"""


class TrackShelf:
    """One instance serves one scan of one library."""

    def __init__(self, library_id: UUID, artists: Artists, genres: Names) -> None:
        self._library_id = library_id
        self._artists = artists
        self._genres = genres
        self.renames = Renames()

    async def add(
        self, connection: AsyncConnection, new: Sequence[Telling], touched: Touched, now: datetime
    ) -> None:
        ranks = ranks_of(connection)
        rows = [
            {**new_row(telling, self._library_id, self._artists, now),
             "lyrics_digest": digest_of(ranks, telling.lyrics or ())}
            for telling in new
        ]  # fmt: skip
        await insert_rows(connection, c.tracks, rows)
        await self._add_links(connection, new, touched)

    async def replace(
        self, connection: AsyncConnection, known: Sequence[Telling], touched: Touched, now: datetime
    ) -> None:
        """Makes known tracks say what is told: the row, credits, genres, ids, lyrics, search words. How far
        they are known follows from their albums and folders, which may be others now."""
        if not known:
            return
        await self._update(connection, known, now)
        before = await self._remove_links(connection, known, touched)
        after = await self._add_links(connection, known, touched)
        sung = [one.track_id for one in known if one.lyrics is not None and one.track_id]
        await tell_lyrics(connection, sung)
        self.renames.note({credit[:2] for credit in before}, {credit[:2] for credit in after})
        changed = {credit for credit in before ^ after if credit[2] == "artist"}
        await follow_credits(
            connection, {track for track, _, _ in changed}, {artist for _, artist, _ in changed}
        )
        await settle_tracks(connection, [telling.track_id for telling in known if telling.track_id])

    async def _update(self, connection: AsyncConnection, known: Sequence[Telling], now: datetime) -> None:
        rows = [
            {"b_id": telling.track_id, "missing_since": telling.missing_since, "deleted_at": None,
             **told(telling, self._library_id, self._artists, now)}
            for telling in known
        ]  # fmt: skip
        statement = update_by_id(c.tracks, rows[0])
        for row, telling in zip(rows, known, strict=True):
            row["b_recording"] = telling.recording_id
        kept = sa.case((c.tracks.c.recording_mbid.is_(None), c.tracks.c.recording_id))
        found = sa.bindparam("b_recording", type_=c.tracks.c.recording_id.type)
        await connection.execute(statement.values(recording_id=sa.func.coalesce(found, kept)), rows)
        loose = [telling.track_id for telling in known if telling.album_id is None]
        if loose:
            left = sa.update(c.tracks).where(c.tracks.c.id.in_(loose), c.tracks.c.album_sort != "")
            await connection.execute(left.values(album_sort=""))

    async def _remove_links(
        self, connection: AsyncConnection, known: Sequence[Telling], touched: Touched
    ) -> Credited:
        """The credits there were."""
        ids = [telling.track_id for telling in known if telling.track_id]
        credits = c.track_artists.c
        query = sa.select(credits.track_id, credits.artist_id, credits.role).where(credits.track_id.in_(ids))
        before = {(row[0], row[1], row[2]) for row in await connection.execute(query)}
        touched.artists.update(artist for _, artist, _ in before)
        await connection.execute(sa.delete(c.track_artists).where(credits.track_id.in_(ids)))
        told_lyrics = [telling.track_id for telling in known if telling.lyrics is not None]
        theirs = c.lyrics.c.track_id.in_(told_lyrics), c.lyrics.c.origin.in_(OF_FILES)
        await connection.execute(sa.delete(c.lyrics).where(*theirs))
        await connection.execute(sa.delete(c.external_ids).where(c.external_ids.c.item_id.in_(ids)))
        elsewhere = sa.and_(search_tracks.c.item_id.in_(ids), search_tracks.c.library_id != self._library_id)
        await connection.execute(sa.delete(search_tracks).where(elsewhere))
        await remove_names(connection, TRACK_GENRES, ids, touched.genres)
        return before

    async def _add_links(
        self, connection: AsyncConnection, batch: Sequence[Telling], touched: Touched
    ) -> Credited:
        """The credits there are."""
        credits = [row for telling in batch for row in track_credits(telling, self._artists)]
        await insert_rows(connection, c.track_artists, credits)
        touched.artists.update(row["artist_id"] for row in credits)
        genres = {telling.track_id: telling.tags.genres for telling in batch if telling.track_id}
        await add_names(connection, TRACK_GENRES, self._genres, genres, touched.genres)
        ids = [row for telling in batch for row in external_ids(telling)]
        await upsert_rows(connection, c.external_ids, ids, ("item_id", "scheme", "value"), ())
        lyrics = [row for telling in batch for row in lyrics_rows(telling)]
        await insert_rows(connection, c.lyrics, lyrics)
        words = [search_row(telling, self._library_id) for telling in batch]
        await upsert_rows(connection, search_tracks, words, ("item_id", "library_id"), ("words",))
        return {(row["track_id"], row["artist_id"], row["role"]) for row in credits}
