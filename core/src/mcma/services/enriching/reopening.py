"""What was not found is open again while its album, its folder or itself waits to be asked about."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.statuses import FAILED
from mcma.services.enriching.folders import lying_in
from mcma.services.enriching.statuses import TOGETHER, settle_artists, settle_tracks
from mcma.store.tables.catalogue import tracks
from mcma_plugins.values import ItemKind, ItemRef

_FAILED = tracks.c.metadata_status == FAILED, tracks.c.deleted_at.is_(None)
"""Nothing else becomes `pending` because something waits."""


async def reopen(connection: AsyncConnection, items: Collection[ItemRef]) -> None:
    """These began to wait. For whoever has the catalogue locked."""
    ids = {kind: [item.id for item in items if item.kind is kind] for kind in ItemKind}
    found = await _failed(connection, ids[ItemKind.ALBUM], ids[ItemKind.FOLDER], ids[ItemKind.TRACK])
    for start in range(0, len(found), TOGETHER):
        await settle_tracks(connection, found[start : start + TOGETHER])
    await settle_artists(connection, ids[ItemKind.ARTIST])


async def _failed(
    connection: AsyncConnection, albums: Sequence[UUID], folders: Sequence[UUID], alone: Sequence[UUID]
) -> list[UUID]:
    columns = tracks.c.id.label("track_id"), tracks.c.album_id
    found: list[Any] = []
    if albums:
        found += await connection.execute(sa.select(*columns).where(tracks.c.album_id.in_(albums), *_FAILED))
    if alone:
        found += await connection.execute(sa.select(*columns).where(tracks.c.id.in_(alone), *_FAILED))
    if folders:
        lone = await connection.execute(lying_in(folders).where(*_FAILED))
        found += [row for row in lone if row.album_id is None]
    return [row.track_id for row in found]
