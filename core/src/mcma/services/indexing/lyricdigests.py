"""The row of a track says which lyrics are shown of it, so clients hear by the change feed when others are.

Whoever writes lyrics calls this in the same transaction.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import LyricsFact
from mcma.domain.lyricranks import LyricRanks
from mcma.domain.lyricviews import lyrics_digest
from mcma.services.indexing.overlays import layering_of
from mcma.store.bulk import update_by_id
from mcma.store.tables.catalogue import lyrics, tracks

Digests = dict[UUID, str | None]
_KEPT = [lyrics.c[name] for name in ("lang", "origin", "plain", "synced")]


class _Told(NamedTuple):
    lang: str
    origin: str
    plain: str | None
    synced: Sequence[Any] | None


def ranks_of(connection: AsyncConnection) -> LyricRanks:
    """By the rules in force."""
    layering = layering_of(connection)
    return LyricRanks(layering.rules["lyrics"], layering.order)


async def tell_lyrics(connection: AsyncConnection, track_ids: Collection[UUID]) -> int:
    """For whoever has the catalogue locked. How many of the tracks show other lyrics than their rows said."""
    changed = await differing(connection, track_ids)
    rows = [{"b_id": track, "lyrics_digest": digest} for track, digest in sorted(changed.items())]
    if rows:
        await connection.execute(update_by_id(tracks, rows[0]), rows)
    return len(rows)


async def differing(connection: AsyncConnection, track_ids: Collection[UUID]) -> Digests:
    """What the rows of those tracks should say that do not say it."""
    if not track_ids:
        return {}
    query = (
        sa.select(tracks.c.id, tracks.c.lyrics_digest, *_KEPT)
        .outerjoin_from(tracks, lyrics, lyrics.c.track_id == tracks.c.id)
        .where(tracks.c.id.in_(track_ids))
        .order_by(tracks.c.id, lyrics.c.id)
    )
    ranks, found = ranks_of(connection), Digests()
    for (track, said), rows in groupby(await connection.execute(query), lambda row: (row[0], row[1])):
        digest = lyrics_digest(ranks.shown([row for row in rows if row.origin is not None]))
        if digest != said:
            found[track] = digest
    return found


def digest_of(ranks: LyricRanks, texts: Sequence[LyricsFact]) -> str | None:
    """Of a new track, before its lyrics are written."""
    told = [_Told(one.lang, one.source, one.plain, one.document) for one in texts]
    return lyrics_digest(ranks.shown(told)) if told else None
