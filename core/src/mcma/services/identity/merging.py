"""Two items that turn out to be one: the loser becomes a redirect, and what people did follows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.listening.rebuild import rebuild_for
from mcma.services.playlists.playlist_counts import recount_with
from mcma.store.clock import new_id, utcnow
from mcma.store.redirects import merged_into
from mcma.store.tables.catalogue import albums, artists, merges, tracks

_TABLES = {"album": albums, "artist": artists, "track": tracks}


async def record_merge(
    connection: AsyncConnection,
    kind: str,
    loser: UUID,
    winner: UUID,
    reason: str,
    by_user: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Redirects `loser` to `winner`. Logs keep the id they were written with; derived rows follow.

    `data` is what taking it back needs. Earlier redirects to the loser now lead to the winner, so that no
    chain grows long.
    """
    now = utcnow()
    table = _TABLES[kind]
    gone = {"deleted_at": now, "replaced_by": winner, "updated_at": now}
    await connection.execute(sa.update(table).where(table.c.id == loser).values(**gone))
    led = table.c.id.in_(await redirects(connection, kind, loser))
    await connection.execute(sa.update(table).where(led).values(replaced_by=winner))
    await connection.execute(
        sa.insert(merges).values(
            id=new_id(), item_kind=kind, loser_id=loser, winner_id=winner, reason=reason, by_user=by_user,
            at=now, data=data,
        )
    )  # fmt: skip
    await rebuild_for(connection, [loser, winner])
    if kind == "track":
        await recount_with(connection, [loser, winner])


async def redirects(connection: AsyncConnection, kind: str, item: UUID) -> list[UUID]:
    """What leads to this item, by id. By the merge records: no index has where a million tracks lead."""
    merged = list(await merged_into(connection, [item]))
    if not merged:
        return []
    table = _TABLES[kind]
    led = sa.select(table.c.id).where(table.c.id.in_(merged), table.c.replaced_by == item)
    return list(await connection.scalars(led.order_by(table.c.id)))
