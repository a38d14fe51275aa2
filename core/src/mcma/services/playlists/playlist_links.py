"""Playlists of sources outside as playlists of people here: copied once, or followed.

A copy is its owner's from then on. One that follows has the rows of its origin, in its order, and nobody
changes them here (`Forbidden`, playlist_follows); it is read again every day, and whenever somebody asks.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.jobs import Jobs, Part
from mcma.services.outside import OutsideSources, SourceFault
from mcma.services.playlists.playlist_columns import named, shared
from mcma.services.playlists.playlist_edit import check_owner, editing, view_of
from mcma.services.playlists.playlist_origins import Origin, origin_of, parsed
from mcma.services.playlists.playlist_reading import Reading
from mcma.services.playlists.playlists import made_in
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries.people import lock_user
from mcma.store.tables.listening import playlists
from mcma.store.tables.people import users
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import JobId, PlaylistId, UserId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import Caller, PlaylistView

READ, FOLLOW = "read_playlist", "follow_playlists"
_LONGEST_NAME = 200


class LinkImport(NamedTuple):
    playlist: PlaylistView
    job_id: JobId
    """Reads what it holds."""
    made: bool
    """Whether the playlist is new; one that follows the same is read again instead."""


class PlaylistLinks:
    def __init__(self, database: Database, jobs: Jobs, outside: OutsideSources) -> None:
        self._database, self._jobs, self._outside = database, jobs, outside

    def job_kinds(self) -> Sequence[JobKind]:
        return (
            JobKind(READ, self._read, max_attempts=8, concurrency=2),
            JobKind(FOLLOW, self._follow, max_attempts=2, concurrency=1),
        )

    def schedules(self) -> Mapping[str, Schedule]:
        return {FOLLOW: Schedule(FOLLOW, timedelta(days=1), {})}

    async def make(
        self,
        caller: Caller,
        text: str,
        *,
        follow: bool = False,
        name: str | None = None,
        public: bool = False,
    ) -> LinkImport:
        """`text` is an address that a source here knows; it is never opened. The same again, while it is read
        or where it is followed, is the playlist that is there. `InvalidInput`, `NotFound`, `SourceFault`."""
        origin = parsed(self._outside, text, follow=follow)
        known = await self._known(caller, origin)
        if known is not None:
            return known
        item = await self._outside.show(origin.source, SourceKind(origin.kind), origin.source_id)
        title = (name or item.title)[:_LONGEST_NAME]
        origin = origin._replace(url=item.url)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await hold_catalogue(connection)
            await lock_user(connection, caller.user_id)
            held = await _same(connection, caller, origin)
            if held is not None:
                return await self._again(transaction, caller, held)
            columns = {**named(title), **shared(public), "origin": origin.kept()}
            view = (await made_in(connection, caller, columns)).view
            return LinkImport(view, await self._enqueue(transaction, view, caller.user_id), True)

    async def _known(self, caller: Caller, origin: Origin) -> LinkImport | None:
        """The source need not be asked for what is here."""
        async with self._database.write() as transaction:
            held = await _same(transaction.connection, caller, origin)
            return None if held is None else await self._again(transaction, caller, held)

    async def _again(self, transaction: WriteTransaction, caller: Caller, id_: PlaylistId) -> LinkImport:
        view = await view_of(transaction.connection, caller, id_)
        return LinkImport(view, await self._enqueue(transaction, view, caller.user_id), False)

    async def refresh(self, caller: Caller, playlist_id: PlaylistId) -> JobId:
        """Reads one that follows again, or goes on with a copy that was not read to its end. `NotFound`,
        `Forbidden`; `Conflict` for one that has nothing to be read again."""
        async with self._database.write() as transaction:
            view = await view_of(transaction.connection, caller, playlist_id)
            check_owner(caller, view.owner_id)
            origin = origin_of(view.origin)
            if origin is None or (origin.read_at is not None and not origin.follow):
                raise Conflict("This playlist follows no other.", code="playlist_follows_none")
            return await self._enqueue(transaction, view, caller.user_id)

    async def stop_following(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView:
        """From then on it is a playlist like any other. Of one that follows none nothing changes."""
        async with editing(self._database, caller, playlist_id) as edit:
            origin = origin_of(edit.view.origin)
            if origin is not None and origin.follow:
                edit.values["origin"] = origin._replace(follow=False).kept()
        return edit.view

    async def _enqueue(self, transaction: WriteTransaction, view: PlaylistView, by: UserId | None) -> JobId:
        return await self._jobs.enqueue(
            transaction, READ, {"playlist_id": str(view.id)}, dedup_key=str(view.id), created_by=by,
            priority=Priority.NORMAL,
        )  # fmt: skip

    async def _read(self, job: JobContext) -> Payload:
        playlist_id = PlaylistId(UUID(job.payload["playlist_id"]))
        async with self._database.read() as connection:
            row = (await connection.execute(_OWNED.where(playlists.c.id == playlist_id))).one_or_none()
        origin = None if row is None else origin_of(row.origin)
        if row is None or origin is None:
            return {"rows": 0}
        owner = Caller(UserId(row.owner_id), row.name, row.is_admin)
        try:
            total = await self._total(origin)
            rows = await Reading(self._database, owner, playlist_id, origin).run(self._outside, job, total)
        except SourceFault as fault:
            await self._note(owner, playlist_id, origin, fault.words)
            if fault.permanent:
                raise PermanentError(fault.message, code=fault.state) from fault
            raise RetryLater(fault.message, after=fault.retry_after) from fault
        return {"rows": rows}

    async def _total(self, origin: Origin) -> int | None:
        """How many rows it has, for the progress; that it is gone is said by whoever reads it."""
        try:
            kind = SourceKind(origin.kind)
            return (await self._outside.show(origin.source, kind, origin.source_id)).track_count
        except NotFound:
            return None

    async def _note(self, owner: Caller, playlist_id: PlaylistId, origin: Origin, error: str) -> None:
        """Why it is not read, where it is still there."""
        try:
            async with editing(self._database, owner, playlist_id) as edit:
                if origin_of(edit.view.origin) == origin and origin.error != error:
                    edit.values["origin"] = origin._replace(error=error).kept()
        except NotFound:
            return

    async def _follow(self, _: JobContext) -> Payload:
        async with self._database.read() as connection:
            rows = (await connection.execute(_FOLLOWED)).all()
        ids = [id_ for id_, kept in rows if (one := origin_of(kept)) and (one.follow or one.read_at is None)]
        async with self._database.write() as transaction:
            parts = [Part({"playlist_id": str(id_)}, str(id_)) for id_ in ids]
            await self._jobs.enqueue_many(transaction, READ, parts, priority=Priority.BULK)
        return {"playlists": len(ids)}


_HERE = playlists.c.deleted_at.is_(None)
_FOLLOWED = sa.select(playlists.c.id, playlists.c.origin).where(_HERE, playlists.c.origin.is_not(None))
_OWNED: sa.Select[Any] = (
    sa.select(playlists.c.owner_id, playlists.c.origin, users.c.name, users.c.is_admin)
    .join(users, users.c.id == playlists.c.owner_id)
    .where(_HERE)
)


async def _same(connection: AsyncConnection, caller: Caller, origin: Origin) -> PlaylistId | None:
    """One of the caller's that follows the same, or a copy of it that is not read to its end."""
    for id_, kept in await connection.execute(_FOLLOWED.where(playlists.c.owner_id == caller.user_id)):
        held = origin_of(kept)
        if held is not None and held.named == origin.named and (origin.follow or held.read_at is None):
            return PlaylistId(id_)
    return None
