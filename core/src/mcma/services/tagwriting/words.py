"""Lyrics that people and plugins gave, beside those that files hold."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.lrc import lrc
from mcma.domain.lyricranks import OF_FILES, LyricRanks
from mcma.domain.lyricviews import lyrics_view
from mcma.services.indexing.lyricdigests import ranks_of
from mcma.store.tables.catalogue import lyrics


class Words(NamedTuple):
    there: str | None
    """In the file."""
    wanted: str
    """Lines, with times where they have some."""


async def words_of(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Words]:
    """Tracks whose best lyrics are of no file."""
    ranks = ranks_of(connection)
    query = sa.select(lyrics).where(lyrics.c.track_id.in_(ids)).order_by(lyrics.c.id)
    rows: dict[UUID, list[Any]] = {}
    for row in await connection.execute(query):
        rows.setdefault(row.track_id, []).append(row)
    found = {track: _words(of_track, ranks) for track, of_track in rows.items()}
    return {track: words for track, words in found.items() if words is not None}


def _words(rows: list[Any], ranks: LyricRanks) -> Words | None:
    shown = ranks.shown(rows)
    best = next((one for one in shown if one.synced), shown[0]) if shown else None
    if best is None or best.origin in OF_FILES:
        return None
    there, wanted = next((_text(one) for one in rows if one.origin == "embedded"), None), _text(best)
    return Words(there, wanted) if wanted and there != wanted else None


def _text(row: Any) -> str:
    return lrc(lyrics_view(row)).strip()
