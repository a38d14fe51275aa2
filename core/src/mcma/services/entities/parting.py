"""Whether an artist that was merged can be itself again: nobody else may be who credits say it is.

An id that only plugins or people say of an artist, and no credit does, is in nobody's way: who has it is
told anew (`telling.py`).
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.entities.artistrows import COLUMNS, credited
from mcma.store.tables.catalogue import artists

_ROW = [artists.c[name] for name in ("id", "name_key", "details", *COLUMNS)]


async def is_taken(connection: AsyncConnection, artist: UUID) -> bool:
    mine = await _row(connection, artist)
    mbid = credited(mine)["mbid"]
    for row in await _alike(connection, mine):
        if credited(row)["mbid"] == mbid and (mbid is not None or row.name_key == mine.name_key):
            return True
    return False


async def give_up(connection: AsyncConnection, artist: UUID) -> None:
    """Ids that are only said of others, and that this artist had, are this artist's again. One that is only
    said of this artist, and that another is credited with, is not."""
    mine = await _row(connection, artist)
    same = [row for row in await _alike(connection, mine) if mine.mbid is not None and row.mbid == mine.mbid]
    for row in same:
        loses = mine if credited(row)["mbid"] == row.mbid else row
        below = sa.update(artists).where(artists.c.id == loses.id)
        await connection.execute(below.values(mbid=credited(loses)["mbid"]))


async def _row(connection: AsyncConnection, artist: UUID) -> Any:
    return (await connection.execute(sa.select(*_ROW).where(artists.c.id == artist))).one()


async def _alike(connection: AsyncConnection, mine: Any) -> list[Any]:
    """Others that are here, with the name or one of the ids."""
    ids = {mine.mbid, credited(mine)["mbid"]} - {None}
    same = sa.or_(artists.c.name_key == mine.name_key, artists.c.mbid.in_(list(ids)))
    query = sa.select(*_ROW).where(same, artists.c.deleted_at.is_(None), artists.c.id != mine.id)
    return list(await connection.execute(query.order_by(artists.c.id)))
