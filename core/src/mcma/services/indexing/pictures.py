"""Artworks by the hash of their bytes. One instance serves one scan."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.names import CACHE
from mcma.services.indexing.values import Incoming, LibraryPlace
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id
from mcma.store.queries.prepared import param
from mcma.store.tables.catalogue import artworks

_KNOWN = sa.select(artworks.c.sha256, artworks.c.id).where(artworks.c.sha256.in_(param("hashes")))


class Pictures:
    def __init__(self) -> None:
        self._ids: dict[bytes, UUID] = {}

    def forget(self) -> None:
        self._ids.clear()

    async def settle(
        self, connection: AsyncConnection, library: LibraryPlace, batch: Sequence[Incoming], now: datetime
    ) -> None:
        """Gives every file with a picture its artwork's id. A known picture is now where it was seen last."""
        if len(self._ids) > CACHE:
            self._ids.clear()
        new = {}
        for item in batch:
            picture = item.facts.picture
            if picture is not None and picture.sha256 not in self._ids:
                new[picture.sha256] = item
        if new:
            rows = [_artwork_row(item, library, now) for _, item in sorted(new.items())]
            await upsert_rows(connection, artworks, rows, ("sha256",), ("path", "origin"))
            there = await connection.execute(_KNOWN, {"hashes": list(new)})
            self._ids.update((row.sha256, row.id) for row in there)
        for item in batch:
            if item.facts.picture is not None:
                item.artwork_id = self._ids[item.facts.picture.sha256]


def _artwork_row(item: Incoming, library: LibraryPlace, now: datetime) -> dict[str, Any]:
    picture = item.facts.picture
    assert picture is not None
    return {
        "id": new_id(),
        "sha256": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "size": picture.size,
        "origin": "embedded" if picture.path is None else "sidecar",
        "path": picture.path or os.path.join(library.root, item.path),  # noqa: PTH118
        "created_at": now,
    }
