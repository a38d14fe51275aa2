"""Rows of bookmarks. Each field is as it was said last, by (at, id); a removal says all of them, and whether
there is a bookmark goes by the last time that one was set or removed. So any order comes out the same.

Whoever writes MUST have locked the user.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.stamps import Stamp
from mcma.store.bulk import upsert_rows
from mcma.store.tables.listening import bookmarks

EMPTY: Mapping[str, Any] = {"position_ms": 0, "comment": None}
_SET, _GONE = "set", "gone"
_NOBODY = UUID(int=0)


@dataclass(slots=True)
class _Row:
    values: dict[str, Any]
    stamps: dict[str, Stamp]
    created_at: datetime
    changed_at: datetime
    deleted_at: datetime | None

    def say(self, fields: Mapping[str, Any], stamp: Stamp, deed: str) -> bool:
        """Whether all of it stands."""
        was_gone = self.deleted_at is not None
        won = [name for name in fields if stamp.stands_against(self.stamps.get(name))]
        self.values |= {name: fields[name] for name in won}
        self.stamps |= dict.fromkeys(won, stamp)
        if stamp.stands_against(self.stamps.get(deed)):
            self.stamps[deed] = stamp
        set_, gone = self.stamps.get(_SET), self.stamps.get(_GONE)
        there = set_ is not None and set_.stands_against(gone)
        self.deleted_at = None if there or gone is None else gone.at
        if was_gone and there and set_ is not None:
            self.created_at = set_.at
        self.changed_at = max(self.changed_at, stamp.at) if won else self.changed_at
        return len(won) == len(fields) and there == (deed == _SET)


class BookmarkRows:
    """Those of one user in some tracks."""

    def __init__(self, connection: AsyncConnection, user: UUID) -> None:
        self._connection, self._user = connection, user
        self._rows: dict[UUID, _Row] = {}

    async def load(self, tracks: Collection[UUID]) -> None:
        held = sa.select(bookmarks).where(
            bookmarks.c.user_id == self._user, bookmarks.c.track_id.in_(list(tracks))
        )
        self._rows |= {row.track_id: _read(row) for row in await self._connection.execute(held)}

    def set(self, track: UUID, fields: Mapping[str, Any], stamp: Stamp) -> bool:
        """Whether all of it stands. What is left out stays as it is."""
        return self._row(track, stamp).say(fields, stamp, _SET)

    def remove(self, track: UUID, same: Collection[UUID], stamp: Stamp) -> bool:
        """Whether it is gone now. `same` are tracks that were merged into it."""
        also = [self._rows[one] for one in same if one in self._rows]
        stands = [row.say(EMPTY, stamp, _GONE) for row in (self._row(track, stamp), *also)]
        return all(stands)

    def _row(self, track: UUID, stamp: Stamp) -> _Row:
        new = _Row(dict(EMPTY), {}, stamp.at, stamp.at, None)
        return self._rows.setdefault(track, new)

    async def write(self) -> None:
        rows = [
            {"user_id": self._user, "track_id": track, **row.values, "created_at": row.created_at,
             "changed_at": row.changed_at, "deleted_at": row.deleted_at,
             "stamps": {name: stamp.kept() for name, stamp in row.stamps.items()}}
            for track, row in sorted(self._rows.items())
        ]  # fmt: skip
        keys = ("user_id", "track_id")
        changed = (*EMPTY, "created_at", "changed_at", "deleted_at", "stamps")
        await upsert_rows(self._connection, bookmarks, rows, keys, changed)


def _read(row: Any) -> _Row:
    """Rows of before there were stamps: as if all had been said at once."""
    stamps = {name: read for name, kept in (row.stamps or {}).items() if (read := Stamp.read(kept))}
    if not stamps:
        once = Stamp(row.changed_at, _NOBODY)
        stamps = dict.fromkeys((*EMPTY, _SET if row.deleted_at is None else _GONE), once)
    values = {"position_ms": row.position_ms, "comment": row.comment}
    return _Row(values, stamps, row.created_at, row.changed_at, row.deleted_at)
