"""A copy of what a server has, kept by the sync protocol: nothing but what `docs/sync.md` says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from mcma.services.sync.cursors import Cursor
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.seals import Seal
from mcma.store.engine import Database
from mcma.store.queries import sync_state
from mcma_plugins.values import Caller

_MASK = (1 << 64) - 1
Key = tuple[str, str, str]
"""Scope, type, id."""


@dataclass
class Replica:
    feed: SyncFeed
    caller: Caller
    items: dict[Key, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    gone: dict[Key, tuple[str | None, str | None]] = field(default_factory=dict)
    """Reason and `replaced_by`."""
    cursor: str = ""
    seen: int = 0

    @property
    def known(self) -> Cursor:
        """What the cursor says, which is no business of a client."""
        return Cursor.unpacked(self.cursor.rpartition(".")[0])

    async def begin(self, *scopes: str) -> None:
        self.items.clear()
        page = await self.feed.snapshot(self.caller, scopes or None)
        while True:
            async for portion in page.lines:
                self.take(portion)
            if page.ending.next is None:
                break
            page = await self.feed.more(self.caller, page.ending.next)
        assert page.ending.cursor is not None
        self.cursor = page.ending.cursor

    async def follow(self, limit: int = 1000) -> int:
        """Until there is no more. Returns how many changes came."""
        came = 0
        while True:
            found = await self.feed.changes(self.caller, self.cursor, limit=limit)
            self.take(found.changes)
            self.cursor, came = found.next, came + len(found.changes)
            if not found.more:
                return came

    def take(self, lines: Iterable[dict[str, Any]]) -> None:
        for line in lines:
            key = (line["scope"], line["type"], str(line["id"]))
            self.seen += 1
            if line["op"] == "put":
                self.items[key] = (line["rev"], line["data"])
                self.gone.pop(key, None)
            else:
                self.items.pop(key, None)
                winner = line["replaced_by"]
                self.gone[key] = (line["reason"], None if winner is None else str(winner))

    def of(self, type_: str) -> dict[str, dict[str, Any]]:
        """By id, of whatever scope."""
        return {id_: data for (_, found, id_), (_, data) in self.items.items() if found == type_}

    def digest(self) -> set[tuple[str, str, int, str]]:
        """As a client works it out from the page that says how."""
        count: dict[tuple[str, str], int] = defaultdict(int)
        total: dict[tuple[str, str], int] = defaultdict(int)
        for (scope, type_, id_), (rev, _) in self.items.items():
            count[scope, type_] += 1
            added = (UUID(id_).int & _MASK) ^ (rev * 0x9E3779B97F4A7C15 & _MASK)
            total[scope, type_] = (total[scope, type_] + added) & _MASK
        return {(*key, count[key], f"{total[key]:016x}") for key in count}

    async def agrees(self) -> None:
        """With the server: what is compared is all that has been told up to now."""
        told = {tuple(one) for one in await self.feed.digest(self.caller)}
        assert told == self.digest()


async def given(database: Database, caller: Caller, cursor: Cursor) -> str:
    """As the server gives it to this caller."""
    async with database.read() as connection:
        now = await sync_state.state(connection)
    assert now is not None
    return Seal(now.key, caller.user_id).on(cursor.packed())
