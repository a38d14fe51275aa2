"""A track at the same place of the same album, of which a file is another encoding."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.services.indexing.slots import SLACK_MS
from mcma.services.indexing.values import Incoming
from mcma.store.tables.catalogue import track_files, tracks


async def other_track_there(connection: AsyncConnection, item: Incoming) -> UUID | None:
    """For a file that has a track of its own already. The rule is that of `Slots`."""
    if item.album_id is None or item.tags.track is None:
        return None
    track, files = tracks.c, track_files.c
    query = (
        sa.select(track.id, track.title, track.disc, files.codec)
        .join_from(tracks, track_files, files.track_id == track.id)
        .where(
            track.album_id == item.album_id, track.id != item.track_id, track.track == item.tags.track,
            track.deleted_at.is_(None), files.deleted_at.is_(None), files.missing_since.is_(None),
            sa.func.abs(track.duration_ms - item.duration_ms) <= SLACK_MS,
        )
        .order_by(track.id)
    )  # fmt: skip
    codecs: dict[UUID, set[str]] = {}
    for row in await connection.execute(query):
        if _is_there(row, item):
            codecs.setdefault(row.id, set()).add(row.codec)
    fitting = (id_ for id_, there in codecs.items() if item.facts.audio.codec not in there)
    return next(fitting, None)


def _is_there(row: Any, item: Incoming) -> bool:
    title = name_key(item.tags.title or "")
    return (row.disc or 1, name_key(row.title)) == (item.tags.disc or 1, title)
