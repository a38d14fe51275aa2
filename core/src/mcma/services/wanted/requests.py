"""What people ask to have, and what has become of it.

A request waits: for an administrator, for a source that can get it, for room, for the next day, or for the
track to come by another way. It never says that it is being got while nothing gets it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, NotFound
from mcma.services.callers import require_admin
from mcma.services.downloading.cancelling import Leaving
from mcma.services.downloading.description import from_kept
from mcma.services.downloading.queueing import Starting
from mcma.services.downloading.requesting import look_for, start
from mcma.services.wanted.placing import Answer, Wish, ask, begin
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries.downloads import LIVE
from mcma.store.queries.people import lock_user
from mcma.store.tables.listening import claims
from mcma.store.tables.machinery import jobs
from mcma.store.tables.people import users
from mcma.store.tables.wanted import (
    ACTIVE,
    CANCELLED,
    FAILED,
    FOR_APPROVAL,
    FOR_SOURCE,
    HAVE,
    QUEUED,
    REJECTED,
    REQUESTED,
    REVIEW,
    download_parts,
    downloads,
)
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.ids import DownloadRequestId, JobId, TrackId, UserId
from mcma_plugins.values import Caller, ClaimView


class DownloadRequestView(NamedTuple):
    id: DownloadRequestId
    user_id: UserId
    user: str
    kind: str
    """track, album or playlist."""
    source: str | None
    source_id: str | None
    title: str | None
    """What the source says of it, once it has been asked; else of its claim."""
    artists: Sequence[str]
    claim: ClaimView | None
    state: str
    waiting_for: str | None
    retry_at: datetime | None
    track_id: TrackId | None
    job_id: JobId | None
    done: int | None
    """Of its job: bytes, or tracks of an album or playlist."""
    total: int | None
    priority: int
    note: str | None
    code: str | None
    error: str | None
    created_at: datetime
    changed_at: datetime
    rev: int


class RequestPage(NamedTuple):
    items: Sequence[DownloadRequestView]
    next: DownloadRequestId | None


class DownloadRequests:
    """One's own; for administrators everybody's. Others raise `NotFound`."""

    def __init__(self, database: Database, starting: Starting, leaving: Leaving) -> None:
        self._database, self._starting, self._leaving = database, starting, leaving

    async def ask(self, caller: Caller, wish: Wish, id_: UUID | None = None) -> Answer:
        """`InvalidInput`; `Conflict` for an id that is taken, and for too many."""
        async with self._database.write() as transaction:
            await hold_catalogue(transaction.connection)
            await lock_user(transaction.connection, caller.user_id)
            return await ask(transaction, caller, id_ or new_id(), wish, self._starting)

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

    async def remove(self, caller: Caller, id_: UUID) -> None:
        """Asked for no more, and not shown any more. It may be asked for again."""
        now = utcnow()
        gone = {"deleted_at": now, "changed_at": now, "state": CANCELLED}
        await self._end(caller, id_, LIVE, gone)

    async def cancel(self, caller: Caller, id_: UUID) -> DownloadRequestView:
        """Asked for no more; it can be begun again. What is over stays as it is (`Conflict`)."""
        running = table.c.state.in_((REQUESTED, REVIEW, *ACTIVE, FAILED))
        await self._end(caller, id_, running, _ended(CANCELLED))
        return await self.show(caller, id_)

    async def retry(self, caller: Caller, id_: UUID) -> DownloadRequestView:
        """What failed or was cancelled, and what waits for a source. `Conflict` for the others, for more than
        the quota allows, and while a source that asked for a pause has it."""
        async with self._database.write() as transaction:
            row = await self._locked(transaction, caller, id_)
            if (row.state, row.waiting_for) == (QUEUED, FOR_SOURCE):
                if not await self._starting.at_once(transaction, row.download_id):
                    raise Conflict("Its source wants a pause, or it is being tried now.")
            elif row.state in (FAILED, CANCELLED) or (row.state, row.waiting_for) == (REQUESTED, FOR_SOURCE):
                await begin(transaction, caller, id_, self._starting)
            else:
                raise Conflict("Only what failed, was cancelled or waits for a source can be tried again.")
        return await self.show(caller, id_)

    async def approve(self, caller: Caller, id_: UUID) -> DownloadRequestView:
        """For administrators: what waits for approval, and what was rejected. `Conflict` for all else."""
        require_admin(caller)
        if self._starting.policy.allowed == "nobody":
            raise Forbidden("Nothing is got from outside here.", hint="MCMA_DOWNLOADS")
        async with self._database.write() as transaction:
            row = await self._locked(transaction, caller, id_)
            if row.state != REJECTED:
                _check_waits(row)
            row = await _approved(transaction.connection, row, caller)
            if row.source is None:
                await look_for(transaction, row, self._starting, is_admin=True)
            else:
                await start(transaction, row, self._starting, is_admin=True)
        return await self.show(caller, id_)

    async def reject(self, caller: Caller, id_: UUID, reason: str | None = None) -> DownloadRequestView:
        """For administrators. `Conflict` for what waits for nobody's approval."""
        require_admin(caller)
        async with self._database.write() as transaction:
            _check_waits(await self._locked(transaction, caller, id_))
            said = {**_ended(REJECTED), "code": REJECTED, "error": reason, "approved_by": None}
            mine = sa.update(table).where(table.c.id == id_)
            await transaction.connection.execute(mine.values(**said))
        return await self.show(caller, id_)

    async def _locked(self, transaction: WriteTransaction, caller: Caller, id_: UUID) -> Any:
        """With whose it is, in the order of locks."""
        connection = transaction.connection
        whose = sa.select(table.c.user_id).where(table.c.id == id_, LIVE, *_sight(caller))
        user = await connection.scalar(whose)
        if user is None:
            raise _unknown()
        await hold_catalogue(connection)
        await lock_user(connection, user)
        return (await connection.execute(sa.select(table).where(table.c.id == id_))).one()

    async def _end(
        self, caller: Caller, id_: UUID, which: sa.ColumnElement[bool], values: dict[str, Any]
    ) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            seen = table.c.id == id_, LIVE, *_sight(caller)
            held = (await connection.execute(sa.select(table.c.download_id).where(*seen))).one_or_none()
            if held is None:
                raise _unknown()
            done = await connection.execute(sa.update(table).where(*seen, which).values(**values))
            if done.rowcount == 0:
                raise Conflict("It is over already.")
        if held.download_id is not None:
            await self._leaving.unless_wanted(held.download_id)


async def _approved(connection: AsyncConnection, row: Any, caller: Caller) -> Any:
    """Whoever said so, for what is asked for now."""
    said = {"approved_by": caller.user_id, "download_id": None}
    await connection.execute(sa.update(table).where(table.c.id == row.id).values(**said))
    return (await connection.execute(sa.select(table).where(table.c.id == row.id))).one()


def _check_waits(row: Any) -> None:
    if (row.state, row.waiting_for) != (REQUESTED, FOR_APPROVAL):
        raise Conflict("It does not wait for anybody's approval.")


def _ended(state: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("waiting_for", "retry_at", "code", "error", "look_at"))
    return {**nothing, "state": state, "changed_at": utcnow()}


_OVER = (HAVE, FAILED, CANCELLED)


def _parts(states: Sequence[str] | None) -> sa.ScalarSelect[int]:
    """Of an album or playlist; those in one of these states."""
    below = downloads.alias("below")
    query = (
        sa.select(sa.func.count())
        .select_from(download_parts)
        .where(download_parts.c.parent_id == table.c.download_id)
    )
    if states is not None:
        query = query.join(below, below.c.id == download_parts.c.download_id).where(below.c.state.in_(states))
    return query.correlate(table).scalar_subquery()


_CLAIMED = (
    "id", "title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "match_method", "match_score"
)  # fmt: skip
_BEFORE = [
    table.c.id, table.c.user_id, users.c.name.label("user"), table.c.kind,
    sa.func.coalesce(table.c.source, downloads.c.source).label("source"),
    sa.func.coalesce(table.c.source_id, downloads.c.source_id).label("source_id"),
]  # fmt: skip
_AFTER = [
    *(table.c[name] for name in ("state", "waiting_for", "retry_at", "track_id", "job_id")),
    sa.case((table.c.kind == "track", jobs.c.done), else_=_parts(_OVER)).label("done"),
    sa.case((table.c.kind == "track", jobs.c.total), else_=_parts(None)).label("total"),
    *(table.c[name] for name in ("priority", "note", "code", "error", "created_at", "changed_at", "rev")),
]  # fmt: skip


def _views(caller: Caller) -> sa.Select[Any]:
    source = (
        table.join(users, users.c.id == table.c.user_id)
        .outerjoin(claims, claims.c.id == table.c.claim_id)
        .outerjoin(jobs, jobs.c.id == table.c.job_id)
        .outerjoin(downloads, downloads.c.id == table.c.download_id)
    )
    said = [claims.c[name].label(f"claim_{name}") for name in _CLAIMED]
    shown = [*_BEFORE, *_AFTER, downloads.c.item, *said]
    return sa.select(*shown).select_from(source).where(LIVE, *_sight(caller))


def _view(row: Any) -> DownloadRequestView:
    ahead, behind = len(_BEFORE), len(_BEFORE) + len(_AFTER)
    item, id_, title, artists, *said = row[behind:]
    claim = None if id_ is None else ClaimView(id_, title, tuple(artists or ()), *said)
    named = from_kept(item)
    shown = (named.title, named.artists) if named.title else (title, tuple(artists or ()))
    return DownloadRequestView._make((*row[:ahead], *shown, claim, *row[ahead:behind]))


def _sight(caller: Caller) -> list[sa.ColumnElement[bool]]:
    return [] if caller.is_admin else [table.c.user_id == caller.user_id]


def _unknown() -> NotFound:
    return NotFound("There is no such request.")
