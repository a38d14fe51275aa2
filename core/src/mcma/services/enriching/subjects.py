"""The tracks an answer is about: what their files say, and what has been said over it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import tagdocs
from mcma.domain.facts import TagFacts
from mcma.domain.layering import Layered, Said, layered
from mcma.domain.layerrules import Layering
from mcma.services.enriching.fieldrows import Rows, rows_of
from mcma.services.indexing.overlays import overlays
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import track_files, tracks
from mcma_plugins.values import ItemKind, ItemRef


@dataclass(slots=True, eq=False)
class Subject:
    """One track."""

    id: UUID
    library_id: UUID
    album_id: UUID | None
    status: str
    tags: TagFacts
    artwork: UUID | None
    """The file's own."""
    said: Said
    layering: Layering
    mine: Rows = field(default_factory=dict)
    """What the enricher says of it so far."""

    def with_(self, origin: str, values: Mapping[str, Any]) -> Layered:
        """What would count if this origin said these."""
        return layered(self.tags, {**self.said, origin: values}, self.layering, self.artwork)

    @property
    def now(self) -> Layered:
        return layered(self.tags, self.said, self.layering, self.artwork)


async def subjects_of(
    connection: AsyncConnection, ids: Collection[UUID], origin: str, album: UUID | None = None
) -> dict[UUID, Subject]:
    """By the id that was asked for: a track that was merged since stands for the one it became. `album`: all
    of its tracks too. Tracks that are gone are left out."""
    rows = await _rows(connection, ids, album)
    leads = await winners(connection, ItemKind.TRACK, set(ids) - rows.keys())
    missing = set(leads.values()) - rows.keys()
    if missing:
        rows |= await _rows(connection, missing, None)
    said = await overlays(connection, list(rows))
    found = {
        row.id: Subject(row.id, row.library_id, row.album_id, row.metadata_status, tagdocs.from_doc(row.tags),
                        row.artwork_id, said.get(row.id, {}), said.layering)
        for row in rows.values()
    }  # fmt: skip
    for item, rows_ in (await rows_of(connection, list(found), origin)).items():
        found[item].mine = rows_
    return found | {old: found[new] for old, new in leads.items() if new in found}


async def _rows(connection: AsyncConnection, ids: Collection[UUID], album: UUID | None) -> dict[UUID, Any]:
    theirs = tracks.c.id.in_(ids)
    query = (
        sa.select(tracks.c.id, tracks.c.library_id, tracks.c.album_id, tracks.c.metadata_status,
                  track_files.c.tags, track_files.c.artwork_id)
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id, isouter=True)
        .where(theirs if album is None else sa.or_(theirs, tracks.c.album_id == album))
        .where(tracks.c.deleted_at.is_(None))
        .order_by(tracks.c.id)
    )  # fmt: skip
    return {row.id: row for row in await connection.execute(query)}


async def current_album(connection: AsyncConnection, item: ItemRef) -> UUID | None:
    """The album the item is today, if it is one."""
    if item.kind is not ItemKind.ALBUM:
        return None
    return (await winners(connection, ItemKind.ALBUM, [item.id])).get(item.id, item.id)
