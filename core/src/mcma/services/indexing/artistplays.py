"""An artist's plays are those of the tracks that now credit it: they follow credits that change."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.listening import derive
from mcma.store.tables.catalogue import track_artists
from mcma.store.tables.listening import user_items


async def follow_credits(
    connection: AsyncConnection, items: Collection[UUID], artists: Collection[UUID]
) -> None:
    """For every user with plays on one of `items`: tracks whose credits changed, or the artists."""
    if not items or not artists:
        return
    played = user_items.c.play_count > 0
    query = sa.select(user_items.c.user_id).where(user_items.c.item_id.in_(items), played).distinct()
    for user in sorted((await connection.scalars(query)).all()):
        await derive.lock(connection, user)
        await _silence(connection, user, artists)
        await derive.refresh_artists(connection, user, artists)


async def _silence(connection: AsyncConnection, user: UUID, artists: Collection[UUID]) -> None:
    """Those without a played track are not played."""
    credits, own = track_artists.c, user_items.alias()
    with_plays = (
        sa.select(credits.artist_id)
        .join(own, sa.and_(own.c.item_id == credits.track_id, own.c.user_id == user))
        .where(credits.artist_id.in_(artists), credits.role == "artist", own.c.play_count > 0)
    )
    items = user_items.c
    silent = items.item_id.in_(artists), items.item_id.not_in(with_plays)
    statement = sa.update(user_items).where(items.user_id == user, items.play_count > 0, *silent)
    await connection.execute(statement.values(play_count=0, last_played_at=None))
