"""An album's plays are those of the tracks now on it: they follow tracks that change albums."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.listening import derive
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import user_items


async def follow_plays(connection: AsyncConnection, albums: Collection[UUID]) -> None:
    """For every user who has played tracks that are on these albums, or were."""
    played = user_items.c.play_count > 0
    for user in sorted(await connection.scalars(listeners(albums))):
        with_plays = sa.select(tracks.c.album_id).where(
            tracks.c.album_id.in_(albums), tracks.c.id.in_(
                sa.select(user_items.c.item_id).where(user_items.c.user_id == user, played)
            )
        )  # fmt: skip
        silent = sa.and_(user_items.c.item_id.in_(albums), user_items.c.item_id.not_in(with_plays))
        await connection.execute(
            sa.update(user_items)
            .where(user_items.c.user_id == user, played, silent)
            .values(play_count=0, last_played_at=None)
        )
        await derive.refresh_albums(connection, user, albums)


def listeners(albums: Collection[UUID]) -> sa.CompoundSelect[Any]:
    """By a union: PostgreSQL reads the items of everybody for one or the other."""
    on_them = sa.select(tracks.c.id).where(tracks.c.album_id.in_(albums))
    played = sa.select(user_items.c.user_id).where(user_items.c.play_count > 0)
    return played.where(user_items.c.item_id.in_(on_them)).union(
        played.where(user_items.c.item_id.in_(albums))
    )
