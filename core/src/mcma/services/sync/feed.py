"""What clients keep a copy of: all of it (snapshot), what changed since (changes), is it the same (digest).

`docs/sync.md` is the protocol. A snapshot needs no long transaction: it begins with the head of the feed,
reads what is there now, and its cursor is that head; what changed meanwhile comes again.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Gone, TooManyRequests
from mcma.services.sync.cursors import Cursor, Page
from mcma.services.sync.digest import TypeDigest, digests
from mcma.services.sync.heads import Heads
from mcma.services.sync.kinds import Kinds, type_of
from mcma.services.sync.lines import Line, lines, present
from mcma.services.sync.scopes import SyncScope, chosen, granted
from mcma.services.sync.seals import Seal
from mcma.store.clock import utcnow
from mcma.store.dialect import last_seq
from mcma.store.engine import Database
from mcma.store.queries import sync as queries
from mcma.store.queries import sync_state
from mcma.store.queries.sync_state import SyncState
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller

LONGEST_WAIT = 30.0
"""Seconds."""
MOST_WAITING = 30
"""Requests of one user that wait at a time: every change of anybody wakes them all."""
MOST_CHANGES = 1000
PAGE = 5000
"""Lines of a snapshot in one answer."""
_STEP = 500
_FIRST = UUID(int=0)


class Capabilities(NamedTuple):
    epoch: str
    scopes: list[SyncScope]
    types: list[str]
    retention_days: int
    server_time: datetime


class ChangePage(NamedTuple):
    changes: list[Line]
    next: str
    more: bool
    epoch: str
    server_time: datetime


_Known = tuple[ChangePage, int]


class SnapshotPage(NamedTuple):
    """`lines` come in portions; read to its end, `ending` says how to go on."""

    lines: AsyncIterator[Iterator[Line]]
    ending: "Ending"


@dataclass
class Ending:
    """`next` is the token of the next page; on the last one it is None, and `cursor` begins the changes."""

    seal: Seal
    next: str | None = None
    cursor: str | None = None


class SyncFeed:
    def __init__(
        self, database: Database, heads: Heads, retention_days: int, kinds: Kinds | None = None
    ) -> None:
        self._kinds = kinds or Kinds()
        self._database, self._heads, self._retention_days = database, heads, retention_days
        self._held: Counter[UserId] = Counter()

    async def close(self) -> None:
        await self._heads.close()

    async def capabilities(self, caller: Caller) -> Capabilities:
        now = await self._state()
        async with self._database.read() as connection:
            scopes = await granted(connection, caller)
        types = [type_of(kind) for kind in self._kinds.told]
        return Capabilities(now.epoch, scopes, types, self._retention_days, utcnow())

    async def changes(
        self, caller: Caller, cursor: str, *, limit: int = MOST_CHANGES, wait: float = 0.0
    ) -> ChangePage:
        """At most `limit` of them; where there is none, the first that comes within `wait` seconds.

        Raises `BadCursor`, `Conflict` (`epoch_changed`), `Gone` (`cursor_expired`),
        `ScopeDenied` and, where `MOST_WAITING` wait already, `TooManyRequests`.
        """
        most = max(1, min(limit, MOST_CHANGES))
        found, _ = known = await self._changes(caller, cursor, most)
        if found.changes or wait <= 0:
            return found
        with self._waiting(caller.user_id):
            return await self._first(caller, known, most, time.monotonic() + min(wait, LONGEST_WAIT))

    async def _first(self, caller: Caller, known: _Known, most: int, until: float) -> ChangePage:
        found, seq = known
        while not found.changes and (left := until - time.monotonic()) > 0:
            if not await self._heads.beyond(seq, left):
                break
            found, seq = await self._changes(caller, found.next, most)  # what came may have been others'
        return found

    @contextmanager
    def _waiting(self, user: UserId) -> Iterator[None]:
        if self._held[user] >= MOST_WAITING:
            raise TooManyRequests(f"At most {MOST_WAITING} requests of a user wait at a time.", retry_after=5)
        self._held[user] += 1
        try:
            yield
        finally:
            self._held[user] -= 1
            if not self._held[user]:
                del self._held[user]

    async def _changes(self, caller: Caller, cursor: str, most: int) -> _Known:
        """With the last change that its `next` knows."""
        now = await self._state()
        seal = Seal(now.key, caller.user_id)
        known = Cursor.unpacked(seal.off(cursor))
        async with self._database.read() as connection:
            head = await _head(connection, now)
            await _check(connection, known, now, head)
            scopes = await chosen(connection, caller, known.scopes)
            asked = {**queries.values(scopes), "seq": known.seq, "most": most + 1}
            columns = await queries.after(len(scopes)).columns(connection, asked) if scopes else []
            rows = [queries.Change(*row) for row in zip(*columns, strict=True)]
            page, more = rows[:most], len(rows) > most
            told = await lines(connection, caller, page, self._kinds)
        last = page[-1].seq if page else known.seq
        beyond = known._replace(seq=last if more else max(last, head))
        return ChangePage(told, seal.on(beyond.packed()), more, now.epoch, utcnow()), beyond.seq

    async def snapshot(
        self, caller: Caller, scopes: Sequence[str] | None = None, types: Sequence[str] | None = None
    ) -> SnapshotPage:
        """The first page. Types that this server does not have are left out."""
        now = await self._state()
        async with self._database.read() as connection:
            head = await _head(connection, now)
            wanted = await chosen(connection, caller, scopes)
        kinds = self._kinds.named(types)
        cursor = Cursor(now.epoch, head, tuple(map(str, wanted)))
        return self._page(caller, now, wanted, Page(cursor, 0, kinds[0] if kinds else "", _FIRST, kinds))

    async def more(self, caller: Caller, token: str) -> SnapshotPage:
        """The page that a token names. The same token again gives what is there by then."""
        now = await self._state()
        page = Page.unpacked(Seal(now.key, caller.user_id).off(token))
        async with self._database.read() as connection:
            await _check(connection, page.cursor, now, await _head(connection, now))
            scopes = await chosen(connection, caller, page.cursor.scopes)
        return self._page(caller, now, scopes, page)

    def _page(self, caller: Caller, now: SyncState, scopes: Sequence[SyncScope], page: Page) -> SnapshotPage:
        ending = Ending(Seal(now.key, caller.user_id))
        return SnapshotPage(self._portions(caller, scopes, page, ending), ending)

    async def _portions(
        self, caller: Caller, scopes: Sequence[SyncScope], page: Page, ending: Ending
    ) -> AsyncIterator[Iterator[Line]]:
        left = PAGE
        while left > 0 and page.kinds and page.place < len(scopes):
            scope, most = scopes[page.place], min(_STEP, left)
            async with self._database.read() as connection:
                items, told = await present(connection, caller, scope, page, most, self._kinds)
            left -= len(items)
            page = _next(page, items, full=len(items) == most)
            if items:
                yield told
        if page.kinds and page.place < len(scopes):
            ending.next = ending.seal.on(page.packed())
        else:
            ending.cursor = ending.seal.on(page.cursor.packed())

    async def digest(self, caller: Caller, scopes: Sequence[str] | None = None) -> list[TypeDigest]:
        """Of everything that a snapshot of these scopes would hold; types without any item are left out."""
        async with self._database.read() as connection:
            wanted = await chosen(connection, caller, scopes)
        return [
            found for scope in wanted async for found in digests(self._database, caller, scope, self._kinds)
        ]

    async def _state(self) -> SyncState:
        async with self._database.read() as connection:
            found = await sync_state.state(connection)
        if found is None or not found.key:
            async with self._database.write() as transaction:
                found = await sync_state.begun(transaction.connection)
        return found


async def _head(connection: AsyncConnection, now: SyncState) -> int:
    return max(await sync_state.head(connection), now.horizon)


def _next(page: Page, items: Sequence[UUID], *, full: bool) -> Page:
    if full:
        return page._replace(item=items[-1])
    following = page.kinds.index(page.kind) + 1
    if following < len(page.kinds):
        return page._replace(kind=page.kinds[following], item=_FIRST)
    return page._replace(place=page.place + 1, kind=page.kinds[0], item=_FIRST)


async def _check(connection: AsyncConnection, known: Cursor, now: SyncState, head: int) -> None:
    """A cursor ahead of the feed is of a past that this database has lost: it was put back by hand. Not where
    the last changes have been taken out of the feed, as those of a user who was deleted."""
    ahead = known.seq > head and known.seq > await last_seq(connection)
    if known.epoch != now.epoch or ahead:
        raise Conflict(
            "This server's data was put back or made anew: take a snapshot of every scope.",
            code="epoch_changed",
        )
    if known.seq < now.horizon:
        said = f"Deletions since then are forgotten: take a snapshot of {', '.join(known.scopes)}."
        raise Gone(said, code="cursor_expired")
