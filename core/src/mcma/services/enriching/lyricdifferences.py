"""Whether other lyrics would be shown of tracks. Told in short: words are long."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layering import LYRICS
from mcma.domain.layerrules import TAG
from mcma.domain.lyricranks import OF_FILES, LyricRanks
from mcma.domain.lyricvalues import lyrics_fact
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.differences import why_kept
from mcma.services.enriching.subjects import Subject
from mcma.services.enriching.values import Change
from mcma.services.indexing.lyricdigests import ranks_of
from mcma.store.tables.catalogue import lyrics
from mcma_plugins.values import ItemKind, ItemRef

SHOWN = 200
"""Characters of the words."""


class _Words(NamedTuple):
    lang: str
    origin: str
    plain: str | None
    synced: list[Any] | None

    def told(self) -> dict[str, Any]:
        return {"lang": self.lang, "plain": (self.plain or "")[:SHOWN], "synced": len(self.synced or ())}


async def lyric_differences(
    connection: AsyncConnection, subjects: Collection[Subject], said: Mapping[UUID, Any], origin: str
) -> list[Change]:
    """Of this origin saying these of the tracks (None: nothing)."""
    kept = await _kept(connection, [one.id for one in subjects])
    ranks = ranks_of(connection)
    return [
        change
        for subject in subjects
        for change in _differences(
            subject, kept.get(subject.id, ()), _words(said.get(subject.id), origin), (ranks, origin)
        )
    ]


def _differences(
    subject: Subject, kept: Sequence[_Words], new: _Words | None, how: tuple[LyricRanks, str]
) -> Iterator[Change]:
    ranks, origin = how
    others = [one for one in kept if one.origin != origin]
    before = next(iter(ranks.shown(kept)), None)
    after = next(iter(ranks.shown([*others, *([new] if new else [])])), None)
    item, manual = ItemRef(ItemKind.TRACK, subject.id), subject.status == MANUAL
    was, of = _told(before)
    if before != after:
        yield Change(item, LYRICS, was, of, _told(after)[0], manual, MANUAL if manual else None)
    elif new is not None and new != after:
        yield Change(item, LYRICS, was, of, new.told(), True, why_kept(_told(after)[1]))


def _told(words: _Words | None) -> tuple[Any, str]:
    """In short, and the origin as that of every other field."""
    if words is None:
        return None, TAG
    return words.told(), TAG if words.origin in OF_FILES else words.origin


def _words(value: Any, origin: str) -> _Words | None:
    fact = None if value is None else lyrics_fact(value, origin)
    return None if fact is None else _Words(fact.lang, origin, fact.plain, fact.document)


async def _kept(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[_Words]]:
    columns = lyrics.c
    query = sa.select(columns.track_id, columns.lang, columns.origin, columns.plain, columns.synced)
    found: dict[UUID, list[_Words]] = {}
    for row in await connection.execute(query.where(columns.track_id.in_(ids)).order_by(columns.id)):
        found.setdefault(row.track_id, []).append(_Words(row.lang, row.origin, row.plain, row.synced or None))
    return found
