"""What cursors are good for: the epoch, and how far back deletions are told. One row, made on first use."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.queries.sync import DEL, HEAD
from mcma.store.tables.machinery import changes, key_values

_AT = (key_values.c.namespace == "core", key_values.c.key == "sync")


class Mark(NamedTuple):
    """When which change was the last."""

    seq: int
    at: datetime


class SyncState(NamedTuple):
    epoch: str
    """Another one: the server's past is not the client's any more, and no cursor is good."""
    key: str
    """What cursors are signed with."""
    horizon: int = 0
    """Deletions up to this change may have been forgotten."""
    marks: tuple[Mark, ...] = ()

    def row(self) -> dict[str, Any]:
        marks = [[seq, at.isoformat()] for seq, at in self.marks]
        return {"epoch": self.epoch, "key": self.key, "horizon": self.horizon, "marks": marks}


async def state(connection: AsyncConnection) -> SyncState | None:
    """None before anybody has synced; without a `key` where cursors were not signed yet."""
    found = await connection.scalar(sa.select(key_values.c.value).where(*_AT))
    if found is None:
        return None
    marks = tuple(Mark(seq, datetime.fromisoformat(at)) for seq, at in found["marks"])
    return SyncState(found["epoch"], found.get("key", ""), found["horizon"], marks)


async def begun(connection: AsyncConnection) -> SyncState:
    """In a transaction: of two who begin, both get the one that stays."""
    fresh = SyncState(str(new_id()), token_hex(32))
    row = {"namespace": "core", "key": "sync", "value": fresh.row(), "updated_at": utcnow()}
    await connection.execute(insert_ignoring(connection, key_values), [row])
    found = await state(connection) or fresh
    if not found.key:
        found = found._replace(key=fresh.key)
        await keep(connection, found)
    return found


async def renewed(connection: AsyncConnection) -> SyncState:
    """Another epoch: no cursor that anybody has is good any more."""
    now = (await begun(connection))._replace(epoch=str(new_id()))
    await keep(connection, now)
    return now


async def keep(connection: AsyncConnection, now: SyncState) -> None:
    change = sa.update(key_values).where(*_AT).values(value=now.row(), updated_at=utcnow())
    await connection.execute(change)


async def head(connection: AsyncConnection) -> int:
    """Of what is kept: once a deletion is forgotten, the last change may lie beyond it (`horizon`)."""
    columns = await HEAD.columns(connection, {})
    return int(columns[0][0])


async def forget(connection: AsyncConnection, after: int, horizon: int, most: int) -> tuple[int, int | None]:
    """Drops the next so many that say that something is gone, behind `after` and up to `horizon`. Returns how
    many went, and behind which to go on; None at the end."""
    old = changes.c.op == DEL, changes.c.seq > after, changes.c.seq <= horizon
    found = sa.select(changes.c.seq).where(*old).order_by(changes.c.seq).limit(most)
    seqs = (await connection.scalars(found)).all()
    if seqs:
        await connection.execute(sa.delete(changes).where(*old, changes.c.seq <= seqs[-1]))
    return len(seqs), seqs[-1] if len(seqs) == most else None


def kept_marks(marks: Sequence[Mark], now: Mark, oldest: datetime) -> tuple[int, tuple[Mark, ...]]:
    """(horizon, marks) once those before `oldest` have done their work."""
    past = [mark for mark in marks if mark.at < oldest]
    left = tuple(mark for mark in marks if mark.at >= oldest)
    return max((mark.seq for mark in past), default=0), (*left, now)
