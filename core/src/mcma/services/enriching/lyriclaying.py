"""The field `lyrics`: what plugins say of it has a table of its own, beside what files and people say.

All of it is kept; which of them is shown is decided by whoever reads (`domain.lyricranks`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import LyricsFact
from mcma.domain.lyricvalues import lyrics_fact
from mcma.services.indexing.lyricdigests import tell_lyrics
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import lyrics

Standing = Mapping[str, Any]
"""JSON: track id to what was there, `[value, candidate id]`."""


async def lay_lyrics(
    connection: AsyncConnection, values: Mapping[UUID, Any], origin: str, candidate_id: UUID | None
) -> Standing:
    """Makes these the lyrics of this origin (`plugin:<enricher>`); what was there is for `lift_lyrics`.

    A value of None takes them away. Raises `ValueError` for what is no value of this field, before it writes.
    """
    told = {track: None if value is None else lyrics_fact(value, origin) for track, value in values.items()}
    before = await standing_lyrics(connection, list(values), origin)
    await _replace(connection, origin, {track: (fact, candidate_id) for track, fact in told.items()})
    return before


async def lift_lyrics(connection: AsyncConnection, before: Standing, origin: str) -> None:
    """Puts back what `lay_lyrics` found."""
    rows = {}
    for track, kept in before.items():
        value, candidate = kept or (None, None)
        fact = None if value is None else lyrics_fact(value, origin)
        rows[UUID(track)] = fact, None if candidate is None else UUID(candidate)
    await _replace(connection, origin, rows)


async def standing_lyrics(connection: AsyncConnection, tracks: list[UUID], origin: str) -> Standing:
    """What this origin says now of each of the tracks; None: nothing."""
    found: dict[str, Any] = {str(track): None for track in tracks}
    query = sa.select(
        lyrics.c.track_id, lyrics.c.lang, lyrics.c.plain, lyrics.c.synced, lyrics.c.candidate_id
    )
    for row in await connection.execute(query.where(*_theirs(tracks, origin))):
        value = _value(row.lang, row.plain, row.synced)
        found[str(row.track_id)] = [value, row.candidate_id and str(row.candidate_id)]
    return found


def as_standing(value: Any, origin: str) -> Any:
    """As `standing_lyrics` will say it, once it is laid. None: there are no words in it."""
    fact = None if value is None else lyrics_fact(value, origin)
    return None if fact is None else _value(fact.lang, fact.plain, fact.document)


def _value(lang: str, plain: str | None, synced: Any) -> dict[str, Any]:
    return {"lang": lang, "plain": plain, "synced": synced or []}


async def sung_by(connection: AsyncConnection, tracks: list[UUID], origin: str) -> set[UUID]:
    """Those of the tracks of which this origin has lyrics."""
    query = sa.select(lyrics.c.track_id).where(*_theirs(tracks, origin)).distinct()
    return set(await connection.scalars(query))


async def _replace(
    connection: AsyncConnection, origin: str, told: Mapping[UUID, tuple[LyricsFact | None, UUID | None]]
) -> None:
    await connection.execute(sa.delete(lyrics).where(*_theirs(list(told), origin)))
    await insert_rows(connection, lyrics, [
        {"id": new_id(), "track_id": track, "lang": fact.lang, "origin": origin, "candidate_id": candidate,
         "plain": fact.plain, "synced": fact.document}
        for track, (fact, candidate) in sorted(told.items()) if fact is not None
    ])  # fmt: skip
    await tell_lyrics(connection, told)


def _theirs(tracks: list[UUID], origin: str) -> tuple[sa.ColumnElement[bool], ...]:
    return lyrics.c.track_id.in_(tracks), lyrics.c.origin == origin
