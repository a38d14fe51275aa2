"""Sound that is known only after an item was asked about: a reason to ask again."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.states import NOTHING
from mcma.services.enriching.statuses import adding
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.enriching import enrichment_states as states


async def ask_again_of(connection: AsyncConnection, file_ids: Collection[UUID]) -> None:
    """Fingerprints of a large library take hours, and nobody waits for them: what was not known without them
    is asked about again, of whoever tells what something is."""
    if not file_ids:
        return
    query = sa.select(tracks.c.id, tracks.c.album_id).where(tracks.c.file_id.in_(file_ids))
    items = {id_ for row in await connection.execute(query) for id_ in row if id_ is not None}
    unknown = (
        states.c.item_id.in_(items), states.c.state == NOTHING, states.c.enricher.not_in(adding(connection)),
        states.c.due_at > utcnow(),
    )  # fmt: skip
    await connection.execute(sa.update(states).where(*unknown).values(due_at=utcnow(), code="changed"))
