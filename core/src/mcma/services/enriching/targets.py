"""What an enricher is asked about for some tracks: their albums, or each of them, and who made them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.enrichers import Ability
from mcma.store.tables.catalogue import album_artists, artists
from mcma_plugins.values import ItemKind, ItemRef


def targets_of(ability: Ability, tracks: Iterable[Any]) -> dict[ItemRef, UUID]:
    """With their libraries. Each row is a track: its id, album_id and library_id."""
    found: dict[ItemRef, UUID] = {}
    for row in tracks:
        item = _target(ability, row)
        if item is not None:
            found.setdefault(item, row.library_id)
    return found


def _target(ability: Ability, row: Any) -> ItemRef | None:
    if ItemKind.ALBUM in ability.kinds and row.album_id is not None:
        return ItemRef(ItemKind.ALBUM, row.album_id)
    if ItemKind.TRACK in ability.kinds:
        return ItemRef(ItemKind.TRACK, row.id)
    return None


async def artists_of(connection: AsyncConnection, ability: Ability, tracks: Sequence[Any]) -> list[ItemRef]:
    """Who the albums of these tracks are credited to."""
    albums = {row.album_id for row in tracks if row.album_id is not None}
    if ItemKind.ARTIST not in ability.kinds or not albums:
        return []
    query = (
        sa.select(album_artists.c.artist_id)
        .join_from(album_artists, artists, artists.c.id == album_artists.c.artist_id)
        .where(
            album_artists.c.album_id.in_(albums), album_artists.c.role == "artist",
            artists.c.deleted_at.is_(None),
        )
        .distinct()
    )  # fmt: skip
    return [ItemRef(ItemKind.ARTIST, id_) for id_ in await connection.scalars(query)]
