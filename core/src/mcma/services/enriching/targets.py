"""What an enricher is asked about for some tracks: their albums, the folders of those without one, or each of
them, and who made them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.folders import Folder, folders_of
from mcma.store.tables.catalogue import album_artists, artists
from mcma_plugins.values import ItemKind, ItemRef


class Targets(NamedTuple):
    items: Mapping[ItemRef, UUID]
    """With their libraries."""
    folders: Sequence[Folder]
    """Among them; to be remembered before they are asked about."""
    no_folders: Collection[UUID]
    """Where others lie that are not asked about together."""


async def targets_of(connection: AsyncConnection, ability: Ability, tracks: Sequence[Any]) -> Targets:
    """Each row is a track: its id, album_id and library_id."""
    lone = [row.id for row in tracks if row.album_id is None and ItemKind.ALBUM in ability.kinds]
    folders, others = await folders_of(connection, lone)
    found: dict[ItemRef, UUID] = {}
    for row in tracks:
        item = _target(ability, row, folders.get(row.id))
        if item is not None:
            found.setdefault(item, row.library_id)
    return Targets(found, list(dict.fromkeys(folders.values())), others)


def _target(ability: Ability, row: Any, folder: Folder | None) -> ItemRef | None:
    if folder is not None:
        return ItemRef(ItemKind.FOLDER, folder.id)
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
