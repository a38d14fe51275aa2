"""What a device was about to play. Satisfies `mcma_plugins.services.Queues`.

One queue per device, readable by the user's other devices, and one that clients without a device share. Of
each field the last writer by time wins (sync protocol).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound, TooLarge
from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import reachable, some
from mcma.services.listening import derive, queue_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.listening import play_queues
from mcma.store.tables.people import devices
from mcma_plugins.ids import DeviceId, TrackId
from mcma_plugins.values import Caller, ItemKind, QueueView

MOST = 10_000
"""Tracks in a queue."""
_NAMES = "device_id track_ids current_index position_ms changed_at changed_by rev"
_COLUMNS = [play_queues.c[name] for name in _NAMES.split()]


class QueueSummary(NamedTuple):
    """A queue in a list of them."""

    device_id: DeviceId | None
    song_count: int
    current: int | None
    position_ms: int
    changed_at: datetime
    changed_by: str
    rev: int


class QueueService:
    """`NotFound` for writing the queue of a device that is not the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queues(self, caller: Caller) -> Sequence[QueueSummary]:
        """The latest first. Counts are as saved."""
        chosen = sa.select(*_COLUMNS).where(play_queues.c.user_id == caller.user_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(chosen.order_by(play_queues.c.changed_at.desc()))).all()
        return [_summary(row) for row in rows]

    async def queue(self, caller: Caller, device_id: DeviceId | None = None) -> QueueView | None:
        async with self._database.read() as connection:
            return await _shown(connection, caller, device_id)

    async def save(
        self,
        caller: Caller,
        track_ids: Sequence[TrackId],
        *,
        current: int | None = None,
        position_ms: int = 0,
        device_id: DeviceId | None = None,
        at: datetime | None = None,
    ) -> QueueView:
        _check(len(track_ids), current, position_ms)
        now = utcnow()
        then = min(at, now) if at else now
        async with self._database.write() as transaction:
            connection = transaction.connection
            await derive.lock(connection, caller.user_id)
            if device_id is not None:
                await _check_device(connection, caller, device_id)
            found = await reachable(connection, caller, ItemKind.TRACK, list(dict.fromkeys(track_ids)))
            kept = [found.get(id_) for id_ in track_ids]
            place, position = placed(kept, current, position_ms)
            fields = {"track_ids": [str(id_) for id_ in kept if id_ is not None], "current_index": place,
                      "position_ms": position}  # fmt: skip
            await queue_rows.say(connection, caller, device_id, fields, Stamp(then, new_id()))
            saved = await _shown(connection, caller, device_id)
        assert saved is not None
        return saved


def _summary(row: Any) -> QueueSummary:
    count = len(row.track_ids or ())
    current = None if row.current_index is None or not count else min(row.current_index, count - 1)
    return QueueSummary(row.device_id, count, current, *row[3:])


def _check(count: int, current: int | None, position_ms: int) -> None:
    if count > MOST:
        raise TooLarge(f"A queue holds {MOST} tracks at most.")
    if current is not None and not 0 <= current < max(count, 1):
        raise InvalidInput("The current index is none of the queue's.")
    if not 0 <= position_ms < 2**53:
        raise InvalidInput("A position is a number of milliseconds from 0 on.")


async def _check_device(connection: AsyncConnection, caller: Caller, device_id: UUID) -> None:
    known = sa.select(devices.c.id).where(
        devices.c.id == device_id, devices.c.user_id == caller.user_id, devices.c.deleted_at.is_(None)
    )
    if await connection.scalar(known) is None:
        raise NotFound("There is no such device.")


def placed(kept: Sequence[object | None], current: int | None, position_ms: int) -> tuple[int | None, int]:
    """Where the current track is once those that are None are left out: itself, else the next one from its
    beginning, else the last."""
    left = sum(1 for one in kept if one is not None)
    if not left:
        return None, 0
    asked = min(current or 0, len(kept) - 1)
    before = sum(1 for one in kept[:asked] if one is not None)
    return min(before, left - 1), position_ms if kept[asked] is not None else 0


async def _shown(connection: AsyncConnection, caller: Caller, device_id: UUID | None) -> QueueView | None:
    row: Any = (
        await connection.execute(sa.select(*_COLUMNS).where(queue_rows.of(caller, device_id)))
    ).one_or_none()
    if row is None:
        return None
    wanted = [UUID(text) for text in row.track_ids or ()]
    found = await some(connection, caller, ItemKind.TRACK, list(dict.fromkeys(wanted)))
    views = [found.get(id_) for id_ in wanted]
    current, position = placed(views, row.current_index, row.position_ms)
    return QueueView(
        row.device_id, [view for view in views if view is not None], current, position,
        row.changed_at, row.changed_by, row.rev,
    )  # fmt: skip
