"""Who writes playlists, their rows or their counters locks the playlists first, in the order of their ids.

Two that take them in another order than each other wait for each other, and PostgreSQL ends one of them.
`key_share`: a row that merely points at a playlist (a foreign key) is not kept waiting.
"""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import chunks
from mcma.store.queries.playlists import LIVE
from mcma.store.tables.listening import playlist_items, playlists


async def lock_playlists(connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Until the end of the transaction. Ids of playlists that are not there are passed over."""
    for part in chunks(sorted(set(ids))):
        query = sa.select(playlists.c.id).where(playlists.c.id.in_(part)).order_by(playlists.c.id)
        await connection.execute(query.with_for_update(key_share=True))


async def lock_playlists_with(connection: AsyncConnection, row: sa.ColumnElement[bool]) -> set[UUID]:
    """Those that have a live row of which this is true."""
    query = sa.select(playlist_items.c.playlist_id).distinct().where(LIVE, row)
    found = set(await connection.scalars(query))
    await lock_playlists(connection, found)
    return found
