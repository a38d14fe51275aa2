"""Sound that is known only after an item was asked about: a reason to ask again."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.folders import folder_id
from mcma.services.enriching.states import NOTHING
from mcma.services.enriching.statuses import adding
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import track_files, tracks
from mcma.store.tables.enriching import enrichment_states as states
from mcma_plugins.values import ItemKind


async def ask_again_of(connection: AsyncConnection, file_ids: Collection[UUID]) -> None:
    """Fingerprints of a large library take hours, and nobody waits for them: what was not known without them
    is asked about again, of whoever tells what something is."""
    if not file_ids:
        return
    query = (
        sa.select(tracks.c.id, tracks.c.album_id, track_files.c.library_id, track_files.c.folder)
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id)
        .where(tracks.c.file_id.in_(file_ids))
    )
    rows = (await connection.execute(query)).all()
    places = {row.id: folder_id(row.library_id, row.folder) for row in rows if row.album_id is None}
    asked = set(await connection.scalars(_ASKED.where(states.c.item_id.in_(places.values()))))
    alone = {row.id for row in rows if places.get(row.id) not in asked}
    items = alone | asked | {row.album_id for row in rows if row.album_id is not None}
    unknown = (
        states.c.item_id.in_(items), states.c.state == NOTHING, states.c.enricher.not_in(adding(connection)),
        states.c.due_at > utcnow(),
    )  # fmt: skip
    await connection.execute(sa.update(states).where(*unknown).values(due_at=utcnow(), code="changed"))


_ASKED = sa.select(states.c.item_id).where(states.c.item_kind == ItemKind.FOLDER.value).distinct()
"""A folder goes before its tracks."""
