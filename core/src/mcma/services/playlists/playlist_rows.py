"""What is written of one playlist in one transaction: rows, counters, revision.

Rows are counted once, however many steps the change is made of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims import claims
from mcma.services.claims.lookup import Wanted
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import upsert
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import playlist_items, playlist_libraries, playlists
from mcma_plugins.ids import ClaimId, PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller

STAMPED = ("name", "comment", "visibility")
"""Columns that devices say at the same time: the last one counts, whoever comes first."""


class NewItem(NamedTuple):
    """A row to be: of a track, of a claim that waits for one, or of what is said of a recording (`wanted`),
    which becomes a claim.

    `id` and `position` may be made by the client: a row that is there already, or was and has been removed,
    is left as it is.
    """

    track_id: TrackId | None = None
    claim_id: ClaimId | None = None
    id: PlaylistItemId | None = None
    position: str | None = None
    wanted: Wanted | None = None
    added_at: datetime | None = None
    """Now, without one."""


class Moved(NamedTuple):
    id: UUID
    position: str
    stamp: Stamp


def stamp_now() -> Stamp:
    """Of what is said to the server itself."""
    return Stamp(utcnow(), new_id())


@dataclass(slots=True)
class Rows:
    """Whoever uses it has locked the playlist and checked what may be done to it."""

    connection: AsyncConnection
    caller: Caller
    id: PlaylistId
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of the playlist to be set."""
    _touched: bool = False
    _counts: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Library to songs and milliseconds gained."""

    async def put(self, items: Sequence[NewItem]) -> None:
        """Rows that were not there, each with its position and with a track that the caller sees."""
        ids = [item.id or PlaylistItemId(new_id()) for item in items]
        said: dict[UUID, Wanted] = {
            id_: item.wanted for id_, item in zip(ids, items, strict=True) if item.wanted is not None
        }
        made = await claims.of_things(self.connection, self.caller, said)
        now = utcnow()
        rows = []
        for id_, item in zip(ids, items, strict=True):
            claim, track = made.get(id_, (item.claim_id, item.track_id))
            rows.append({"id": id_, "playlist_id": self.id, "position": item.position, "track_id": track,
                         "claim_id": claim, "added_at": item.added_at or now,
                         "added_by": self.caller.user_id})  # fmt: skip
        await self.insert(rows)

    async def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await insert_rows(self.connection, playlist_items, rows)
            await self._count([row["id"] for row in rows], 1)

    async def drop(self, ids: Iterable[UUID]) -> None:
        """Rows that are live."""
        gone = list(ids)
        await self._count(gone, -1)
        now = utcnow()
        for part in chunks(gone):
            dead = sa.update(playlist_items).where(playlist_items.c.id.in_(part))
            await self.connection.execute(dead.values(deleted_at=now))

    async def place(self, moved: Iterable[Moved]) -> None:
        rows = [
            {"row": one.id, "place": one.position, "at": one.stamp.at, "by": one.stamp.id} for one in moved
        ]
        if rows:
            self._touched = True
            values: dict[str, Any] = {name: sa.bindparam(key) for name, key in _PLACED.items()}
            statement = sa.update(playlist_items).where(playlist_items.c.id == sa.bindparam("row"))
            await self.connection.execute(statement.values(values), rows)

    async def _count(self, ids: Sequence[UUID], sign: int) -> None:
        """Of rows that are live."""
        self._touched = self._touched or bool(ids)
        for part in chunks(ids):
            rows = await self.connection.execute(queries.sums(playlist_items.c.id.in_(part)))
            for _, library, songs, duration in rows:
                self._counts[library][0] += sign * songs
                self._counts[library][1] += sign * duration

    async def write(self) -> None:
        """The counters and the playlist's own row, if anything has changed."""
        if self._counts:
            await self._write_counts()
        if self._touched or self.values:
            await self._stamp()
            values = {"changed_at": utcnow(), **self.values}
            await self.connection.execute(
                sa.update(playlists).where(playlists.c.id == self.id).values(**values)
            )

    async def _stamp(self) -> None:
        """Said without a time of its own is said now."""
        said = [name for name in STAMPED if name in self.values]
        if said and "stamps" not in self.values:
            query = sa.select(playlists.c.stamps).where(playlists.c.id == self.id)
            held = await self.connection.scalar(query) or {}
            self.values["stamps"] = held | dict.fromkeys(said, stamp_now().kept())

    async def _write_counts(self) -> None:
        table = playlist_libraries
        held = sa.select(table).where(table.c.playlist_id == self.id)
        now = {
            row.library_id: (row.song_count, row.duration_ms) for row in await self.connection.execute(held)
        }
        for library, (songs, duration) in self._counts.items():
            before = now.get(library, (0, 0))
            now[library] = (max(before[0] + songs, 0), max(before[1] + duration, 0))
        rows = [
            {"playlist_id": self.id, "library_id": library, "song_count": now[library][0],
             "duration_ms": now[library][1]}
            for library in self._counts
        ]  # fmt: skip
        await self.connection.execute(upsert(self.connection, table, ("playlist_id", "library_id")), rows)
        self._touched = True
        self.values |= {"song_count": sum(songs for songs, _ in now.values()),
                        "duration_ms": sum(duration for _, duration in now.values())}  # fmt: skip


_PLACED = {"position": "place", "moved_at": "at", "moved_by": "by"}
