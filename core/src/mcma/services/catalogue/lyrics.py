"""Words of tracks: what files and plugins say, and what a person has set in their place."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput
from mcma.domain.lyricviews import lyrics_view
from mcma.media.lyrics import parse_lyrics
from mcma.services.callers import require_admin
from mcma.services.catalogue.lookup import one
from mcma.services.indexing.lyricdigests import ranks_of, tell_lyrics
from mcma.services.indexing.overlays import PERSON
from mcma.store.clock import new_id
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.queries import tracks
from mcma.store.tables.catalogue import lyrics
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, Lyrics, TrackView


async def lyrics_of(connection: AsyncConnection, track_id: UUID) -> list[Lyrics]:
    """Those that are shown, the best first."""
    rows: Sequence[Any] = (await connection.execute(tracks.lyrics_of(track_id))).all()
    return [lyrics_view(row) for row in ranks_of(connection).shown(rows)]


class LyricsService:
    """Sets and takes back; reading is the catalogue's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, caller: Caller, track_id: TrackId, lang: str, text: str) -> list[Lyrics]:
        """Plain lines, or LRC with time stamps of lines and words; no scan changes them. The answer is all
        the track has.

        For admins. `InvalidInput` when there are no words in it, or `lang` is no language tag.
        """
        require_admin(caller)
        found = parse_lyrics(text, lang, PERSON)
        if found is None:
            raise InvalidInput("There are no words in these lyrics.")
        if found.lang != lang.lower():
            raise InvalidInput("lang must be a language tag such as eng, de or pt-br; und when unknown.")
        row = {"id": new_id(), "lang": found.lang, "origin": PERSON, "plain": found.plain,
               "synced": found.document}  # fmt: skip
        return await self._replace(caller, track_id, found.lang, [row])

    async def remove(self, caller: Caller, track_id: TrackId, lang: str) -> list[Lyrics]:
        """What a person has set goes; what files say is shown again. For admins."""
        require_admin(caller)
        return await self._replace(caller, track_id, lang.lower(), [])

    async def _replace(
        self, caller: Caller, track_id: TrackId, lang: str, rows: list[dict[str, Any]]
    ) -> list[Lyrics]:
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
        said = lyrics.c.track_id == track.id, lyrics.c.lang == lang, lyrics.c.origin == PERSON
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            await connection.execute(sa.delete(lyrics).where(*said))
            for row in rows:
                await connection.execute(sa.insert(lyrics).values(track_id=track.id, **row))
            await tell_lyrics(connection, [track.id])
            return await lyrics_of(connection, track.id)
