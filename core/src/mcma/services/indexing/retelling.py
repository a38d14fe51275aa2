"""Tracks told again from what is stored of their best file: another file became it, or a person spoke."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.albums import album_key
from mcma.domain.credits import VARIOUS_ARTISTS, album_credits
from mcma.domain.facts import TagFacts
from mcma.domain.layering import Layered
from mcma.services.entities.reading import read_tags
from mcma.services.indexing.overlays import overlays
from mcma.services.indexing.values import Telling
from mcma.store.tables.catalogue import track_files, tracks


async def tellings(connection: AsyncConnection, files: Mapping[UUID, UUID]) -> list[Telling]:
    """For each track what this file of it says. Lyrics stay as they are."""
    query = (
        sa.select(tracks.c.id, tracks.c.album_id, tracks.c.album_artist, track_files.c.id.label("file_id"),
                  track_files.c.tags, track_files.c.duration_ms, track_files.c.artwork_id,
                  track_files.c.missing_since)
        .join_from(track_files, tracks, tracks.c.id == track_files.c.track_id)
        .where(track_files.c.id.in_(list(files.values())))
        .order_by(tracks.c.id)
    )  # fmt: skip
    said = await overlays(connection, list(files))
    rows = (await connection.execute(query)).all()
    layered = [said.over(row.id, row.tags, row.artwork_id) for row in rows]
    read = await read_tags(connection, [what.tags for what in layered])
    return [_telling(row, what, tags) for row, what, tags in zip(rows, layered, read, strict=True)]


def _telling(row: Any, what: Layered, tags: TagFacts) -> Telling:
    telling = Telling(
        album_id=row.album_id, track_id=row.id, file_id=row.file_id, artwork_id=what.artwork,
        duration_ms=row.duration_ms, missing_since=row.missing_since,
    )  # fmt: skip
    telling.speak(tags, what.origins)
    several = row.album_artist == VARIOUS_ARTISTS
    telling.album_artists, telling.album_joins = album_credits(tags, several_artists=several)
    telling.album_key = album_key(tags, telling.album_artists)
    if telling.album_key is None:
        telling.album_id = None
    return telling
