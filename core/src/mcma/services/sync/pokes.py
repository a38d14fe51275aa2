"""Who follows hears which of their scopes have news, and when what is playing changes.

A poke says no more than that: the news are read by `changes`. A reader that is slow gets the latest of each
scope, once.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from mcma.services.listening.playing import PlayingService
from mcma.services.listening.playing_changes import PlayingChanges, Shown
from mcma.services.sync.heads import Heads, News
from mcma.services.sync.scopes import CATALOG, ME, SyncScope, granted
from mcma.store.engine import Database
from mcma.store.queries import sync as queries
from mcma_plugins.playing import NowPlaying
from mcma_plugins.values import Caller


class Poke(NamedTuple):
    scope: SyncScope
    head: int
    """The last change in it; 0 before there was one."""


class Told(NamedTuple):
    pokes: Sequence[Poke]
    playing: Sequence[NowPlaying] | None
    """None when it is what it was."""


class Pokes:
    def __init__(
        self, database: Database, heads: Heads, playing: PlayingService, changes: PlayingChanges
    ) -> None:
        self._database, self._heads = database, heads
        self._playing, self._changes = playing, changes

    async def close(self) -> None:
        await self._changes.close()

    @asynccontextmanager
    async def follow(self, caller: Caller) -> AsyncIterator["Following"]:
        """The first thing it tells is all of it. Raises `Unavailable`."""
        made = Following(self._database, caller, self._playing)
        async with self._heads.followed(made.hear):
            with self._changes.followed(made.see):
                yield made


class Following:
    """One follower's: `waiting()`, then `take()` when there is time for it."""

    def __init__(self, database: Database, caller: Caller, playing: PlayingService) -> None:
        self._database, self._caller, self._playing = database, caller, playing
        self._scopes: set[SyncScope] = set()
        self._pending: dict[SyncScope, int] = {}
        self._shown: Shown | None = None
        self._seen: object = None
        """What was playing when it was told of last."""
        self._look_again = True
        self._news = asyncio.Event()
        self._news.set()

    def hear(self, news: News) -> None:
        mine = SyncScope(ME, self._caller.user_id)
        for (name, id_), head in news.items():
            scope = SyncScope(name, id_)
            if scope in self._scopes:
                self._pending[scope] = head.seq
            new_library = name == CATALOG and scope not in self._scopes and self._caller.is_admin
            if new_library or (scope == mine and head.access):
                self._look_again = True
        if self._pending or self._look_again:
            self._news.set()

    def see(self, shown: Shown) -> None:
        self._shown = shown
        self._news.set()

    def look_again(self) -> None:
        """At which libraries the caller may see."""
        self._look_again = True
        self._news.set()

    async def waiting(self) -> None:
        """Until there may be news."""
        await self._news.wait()

    async def take(self) -> Told:
        """What came since the last time, which may be nothing. Raises `Unavailable` when the database cannot
        be read: follow anew."""
        self._news.clear()
        if self._look_again:
            await self._grant()
        return Told(self._pokes(), await self._played())

    def _pokes(self) -> list[Poke]:
        waiting, self._pending = self._pending, {}
        return [Poke(scope, head) for scope, head in waiting.items() if scope in self._scopes]

    async def _grant(self) -> None:
        """What came meanwhile is in the heads that are read, or heard of again."""
        self._look_again = False
        async with self._database.read() as connection:
            scopes = await granted(connection, self._caller)
            self._scopes, before = set(scopes), self._scopes
            new = [scope for scope in scopes if scope not in before]
            if not new:
                return
            columns = await queries.last_of(len(new)).columns(connection, queries.values(new))
        heads = dict(zip(*columns, strict=True)) if columns else {}
        for place, scope in enumerate(new):
            self._pending[scope] = max(heads.get(place, 0), self._pending.get(scope, 0))

    async def _played(self) -> Sequence[NowPlaying] | None:
        if self._shown is None:
            return None
        libraries = {scope.id for scope in self._scopes if scope.name == CATALOG}
        now = frozenset(key for key, library in self._shown.items() if library in libraries)
        if now == self._seen:
            return None
        self._seen = now
        return await self._playing.now_playing(self._caller)
