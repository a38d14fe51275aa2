"""Smart playlists: made, tried out, changed, and turned into plain ones."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from mcma.domain.errors import Conflict, McmaError
from mcma.domain.smartrules import Rules
from mcma.services.playlists import smart
from mcma.services.playlists.playlist_edit import editing, view_of
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart import Totals
from mcma.store.engine import Database
from mcma.store.tables.listening import playlists
from mcma.store.tables.people import users
from mcma_plugins.ids import PlaylistId, TrackId, UserId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.values import Caller, PlaylistView, TrackView

COUNT = "count_smart_playlists"


class SmartPlaylists:
    """Rules are about what their owner did; a reader is shown of it what both may see.

    `Unavailable` (`rules_too_slow`) for rules that take too long in this library.
    """

    def __init__(self, database: Database, service: PlaylistService) -> None:
        self._database, self._playlists = database, service

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(COUNT, self._run, max_attempts=2, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        """Lists of playlists show what was counted last."""
        return {COUNT: Schedule(COUNT, timedelta(hours=1), {})}

    async def create(
        self, caller: Caller, name: str, rules: Rules, comment: str | None = None, *, public: bool = False
    ) -> PlaylistView:
        async with self._database.read() as connection:
            ruled = await smart.columns(connection, caller, rules)
        return await self._playlists.create(caller, name, (), comment, public=public, ruled=ruled)

    async def rules(self, caller: Caller, playlist_id: PlaylistId) -> Rules:
        """`NotFound` for a playlist that is not smart."""
        async with self._database.read() as connection:
            await view_of(connection, caller, playlist_id)
            return (await smart.asked_of(connection, caller, playlist_id)).rules

    async def preview(self, caller: Caller, rules: Rules, limit: int) -> tuple[Totals, Sequence[TrackView]]:
        """What a smart playlist would hold: its counts and its beginning."""
        asked = smart.asked_by(caller, rules)
        async with self._database.read() as connection:
            return await smart.totals(connection, asked), await smart.page(connection, asked, limit)

    async def set_rules(
        self, caller: Caller, playlist_id: PlaylistId, rules: Rules, *, expected_rev: int | None = None
    ) -> PlaylistView:
        """`Conflict` for a playlist that is filled by hand: its rows would be hidden."""
        async with self._database.read() as connection:
            view = await view_of(connection, caller, playlist_id)
            if not view.smart:
                words = "This playlist is filled by hand; make a new one with these rules."
                raise Conflict(words, code="not_smart")
            owner = (await smart.asked_of(connection, caller, playlist_id)).owner
            ruled = await smart.columns(connection, owner, rules)
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            edit.values |= ruled
        return edit.view

    async def freeze(
        self, caller: Caller, playlist_id: PlaylistId, *, expected_rev: int | None = None
    ) -> PlaylistView:
        """Makes a smart playlist a plain one with what it holds now."""
        async with self._database.read() as connection:
            await view_of(connection, caller, playlist_id)
            held = await smart.held(connection, await smart.asked_of(connection, caller, playlist_id))
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            edit.view = edit.view._replace(smart=False)
            edit.values |= {"rules": None, "song_count": 0, "duration_ms": 0}
            await edit.add([NewItem(TrackId(id_)) for id_ in held], capped=False)
        return edit.view

    async def _run(self, job: JobContext) -> Payload:
        return {"playlists": await self.count()}

    async def count(self) -> int:
        """Counts all of them anew; how many had changed. What takes too long keeps its count."""
        query = sa.select(playlists.c.id, users.c.id, users.c.name, users.c.is_admin)
        chosen = query.join(users, users.c.id == playlists.c.owner_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(
                chosen.where(playlists.c.rules.is_not(None), playlists.c.deleted_at.is_(None))
            )).all()  # fmt: skip
        return sum(
            [await self._count(PlaylistId(id_), Caller(UserId(owner), *who)) for id_, owner, *who in rows]
        )

    async def _count(self, id_: PlaylistId, owner: Caller) -> int:
        try:
            async with self._database.read() as connection:
                songs, duration = await smart.totals(connection, await smart.asked_of(connection, owner, id_))
        except McmaError:
            return 0
        stale = sa.or_(playlists.c.song_count != songs, playlists.c.duration_ms != duration)
        told = sa.update(playlists).where(playlists.c.id == id_, playlists.c.rules.is_not(None), stale)
        async with self._database.write() as transaction:
            done = await transaction.connection.execute(
                told.values(song_count=songs, duration_ms=duration).returning(playlists.c.id)
            )
            return len(done.all())
