"""What people ask to have, and what has become of it.

A request waits: for an administrator, for a source that can get it, or for the track to come by another way.
It never says that it is being got while nothing gets it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.wanted.asking import LIVE, Answer, Wish, ask
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.queries.people import lock_user
from mcma.store.tables.listening import claims
from mcma.store.tables.people import users
from mcma.store.tables.wanted import CANCELLED, REQUESTED
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.ids import DownloadRequestId, JobId, TrackId, UserId
from mcma_plugins.values import Caller, ClaimView


def waiting_for(state: str) -> str | None:
    """source: nothing on this server can get it yet."""
    return "source" if state == REQUESTED else None


class DownloadRequestView(NamedTuple):
    id: DownloadRequestId
    user_id: UserId
    user: str
    source: str | None
    source_id: str | None
    claim: ClaimView | None
    state: str
    """requested; have: its track is here."""
    track_id: TrackId | None
    job_id: JobId | None
    note: str | None
    error: str | None
    created_at: datetime
    changed_at: datetime
    rev: int


class RequestPage(NamedTuple):
    items: Sequence[DownloadRequestView]
    next: DownloadRequestId | None


class DownloadRequests:
    """One's own; for administrators everybody's. Others raise `NotFound`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, caller: Caller, wish: Wish, id_: UUID | None = None) -> Answer:
        """`InvalidInput`; `Conflict` for an id that is taken, and for too many."""
        async with self._database.write() as transaction:
            await hold_catalogue(transaction.connection)
            await lock_user(transaction.connection, caller.user_id)
            return await ask(transaction.connection, caller, id_ or new_id(), wish)

    async def page(
        self, caller: Caller, after: UUID | None = None, limit: int = 50, *, state: str | None = None
    ) -> RequestPage:
        """The latest first, by their ids."""
        query = _views(caller).order_by(table.c.id.desc()).limit(limit + 1)
        query = query if after is None else query.where(table.c.id < after)
        query = query if state is None else query.where(table.c.state == state)
        async with self._database.read() as connection:
            found = [_view(row) for row in await connection.execute(query)]
        shown = found[:limit]
        return RequestPage(shown, shown[-1].id if len(found) > limit else None)

    async def show(self, caller: Caller, id_: UUID) -> DownloadRequestView:
        async with self._database.read() as connection:
            row = (await connection.execute(_views(caller).where(table.c.id == id_))).one_or_none()
        if row is None:
            raise _unknown()
        return _view(row)

    async def cancel(self, caller: Caller, id_: UUID) -> None:
        """It may be asked for again."""
        now = utcnow()
        gone = sa.update(table).where(table.c.id == id_, LIVE, *_sight(caller))
        async with self._database.write() as transaction:
            values = {"deleted_at": now, "changed_at": now, "state": CANCELLED}
            done = await transaction.connection.execute(gone.values(**values))
        if done.rowcount == 0:
            raise _unknown()


_CLAIMED = (
    "id", "title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "match_method", "match_score"
)  # fmt: skip
_BEFORE = [table.c.id, table.c.user_id, users.c.name.label("user"), table.c.source, table.c.source_id]
_AFTER = [
    table.c[name]
    for name in ("state", "track_id", "job_id", "note", "error", "created_at", "changed_at", "rev")
]


def _views(caller: Caller) -> sa.Select[Any]:
    source = table.join(users, users.c.id == table.c.user_id).outerjoin(
        claims, claims.c.id == table.c.claim_id
    )
    said = [claims.c[name].label(f"claim_{name}") for name in _CLAIMED]
    return sa.select(*_BEFORE, *_AFTER, *said).select_from(source).where(LIVE, *_sight(caller))


def _view(row: Any) -> DownloadRequestView:
    ahead, behind = len(_BEFORE), len(_BEFORE) + len(_AFTER)
    id_, title, artists, *said = row[behind:]
    claim = None if id_ is None else ClaimView(id_, title, tuple(artists or ()), *said)
    return DownloadRequestView._make((*row[:ahead], claim, *row[ahead:behind]))


def _sight(caller: Caller) -> list[sa.ColumnElement[bool]]:
    return [] if caller.is_admin else [table.c.user_id == caller.user_id]


def _unknown() -> NotFound:
    return NotFound("There is no such request.")
