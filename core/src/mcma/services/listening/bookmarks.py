"""Places in tracks to go on from. Satisfies `mcma_plugins.services.Bookmarks`.

Of each field the last writer by time wins (sync protocol): what is older than what is there changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import reachable, some
from mcma.services.listening import derive
from mcma.services.listening.bookmark_rows import BookmarkRows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.redirects import merged_into
from mcma.store.tables.listening import bookmarks
from mcma_plugins.ids import TrackId
from mcma_plugins.values import BookmarkView, Caller, ItemKind

MOST = 1000
"""Bookmarks that a list shows, the latest."""
LONGEST_COMMENT = 10_000
_NAMES = "track_id position_ms comment created_at changed_at"
_COLUMNS = [bookmarks.c[name] for name in _NAMES.split()]


class BookmarkService:
    """One per user and track. A merged track's bookmark is the winner's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bookmarks(self, caller: Caller) -> Sequence[BookmarkView]:
        async with self._database.read() as connection:
            return await _shown(connection, caller)

    async def bookmark(self, caller: Caller, track_id: TrackId) -> BookmarkView:
        """`NotFound` without one."""
        async with self._database.read() as connection:
            return await _one(connection, caller, track_id)

    async def save(
        self,
        caller: Caller,
        track_id: TrackId,
        position_ms: int,
        comment: str | None = None,
        at: datetime | None = None,
    ) -> BookmarkView:
        if not 0 <= position_ms < 2**53 or len(comment or "") > LONGEST_COMMENT:
            raise InvalidInput("A bookmark has a position from 0 on and a short comment.")
        said = {"position_ms": position_ms, "comment": (comment or "").replace("\0", "") or None}
        async with self._database.write() as transaction:
            connection = transaction.connection
            await derive.lock(connection, caller.user_id)
            track = await _meant(connection, caller, track_id)
            rows = BookmarkRows(connection, caller.user_id)
            await rows.load([track])
            rows.set(track, said, Stamp(_moment(at), new_id()))
            await rows.write()
            return await _one(connection, caller, track_id)

    async def remove(self, caller: Caller, track_id: TrackId, at: datetime | None = None) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            await derive.lock(connection, caller.user_id)
            track = await _meant(connection, caller, track_id)
            losers = await merged_into(connection, [track])
            rows = BookmarkRows(connection, caller.user_id)
            await rows.load([track, *losers])
            rows.remove(track, losers, Stamp(_moment(at), new_id()))
            await rows.write()


def _moment(at: datetime | None) -> datetime:
    """Times that lie ahead are taken as now."""
    now = utcnow()
    return min(at, now) if at else now


async def _meant(connection: AsyncConnection, caller: Caller, track_id: UUID) -> UUID:
    found = await reachable(connection, caller, ItemKind.TRACK, [track_id])
    if track_id not in found:
        raise NotFound("There is no such track.")
    return found[track_id]


async def _one(connection: AsyncConnection, caller: Caller, track_id: UUID) -> BookmarkView:
    track = await _meant(connection, caller, track_id)
    same = [track, *await merged_into(connection, [track])]
    found = await _shown(connection, caller, same)
    if not found:
        raise NotFound("There is no bookmark in this track.")
    return found[0]


async def _shown(
    connection: AsyncConnection, caller: Caller, tracks: Sequence[UUID] | None = None
) -> list[BookmarkView]:
    """The latest first; of merged tracks with a bookmark each, the latest one."""
    chosen = sa.select(*_COLUMNS).where(
        bookmarks.c.user_id == caller.user_id, bookmarks.c.deleted_at.is_(None)
    )
    if tracks is not None:
        chosen = chosen.where(bookmarks.c.track_id.in_(tracks))
    latest = chosen.order_by(bookmarks.c.changed_at.desc(), bookmarks.c.track_id.desc()).limit(MOST)
    rows = (await connection.execute(latest)).all()
    found = await some(connection, caller, ItemKind.TRACK, [row.track_id for row in rows])
    views: dict[UUID, BookmarkView] = {}
    for track_id, *values in rows:
        if track_id in found:
            views.setdefault(found[track_id].id, BookmarkView(found[track_id], *values))
    return list(views.values())
