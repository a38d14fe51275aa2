"""Jobs that come again and again: one row each, looked at by every worker."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import for_update_skip_locked, upsert
from mcma.store.queries.jobs import SCHEDULED, NewJob, database_time, enqueue
from mcma.store.tables.machinery import schedules
from mcma_plugins.values import JobView


class ScheduleInfo(NamedTuple):
    kind: str
    payload: Mapping[str, Any]
    every_s: int


class ScheduleView(NamedTuple):
    name: str
    kind: str
    every_s: int
    next_at: datetime
    last_at: datetime | None
    enabled: bool


_VIEW = tuple(schedules.c[name] for name in ScheduleView._fields)


async def declare_schedule(connection: AsyncConnection, name: str, schedule: ScheduleInfo) -> None:
    """First due one interval from now; a schedule that exists keeps its time and whether it is enabled."""
    now = await database_time(connection)
    first = now + timedelta(seconds=schedule.every_s)
    values = schedule._asdict() | {"payload": dict(schedule.payload)}
    await connection.execute(
        upsert(connection, schedules, ["name"], ["kind", "payload", "every_s"]),
        values | {"name": name, "next_at": first, "last_at": None, "enabled": True},
    )


async def drop_undeclared(connection: AsyncConnection, prefix: str, declared: Collection[str]) -> None:
    """Schedules of one plugin (`prefix` is its name and a dot; "" for core, whose names have none) that its
    present version no longer knows."""
    mine = schedules.c.name.startswith(prefix, autoescape=True) if prefix else ~schedules.c.name.contains(".")
    await connection.execute(sa.delete(schedules).where(mine, schedules.c.name.not_in(declared)))


async def list_schedules(connection: AsyncConnection) -> list[ScheduleView]:
    """By name."""
    rows = await connection.execute(sa.select(*_VIEW).order_by(schedules.c.name))
    return [ScheduleView(*row) for row in rows]


async def hasten_schedule(connection: AsyncConnection, name: str) -> None:
    """Due at once, where it is switched on."""
    now = await database_time(connection)
    mine = sa.update(schedules).where(schedules.c.name == name, schedules.c.next_at > now)
    await connection.execute(mine.values(next_at=now))


async def switch_schedule(connection: AsyncConnection, name: str, enabled: bool) -> ScheduleView | None:
    """None when there is none of that name. Switched on, it is not due for what it missed."""
    found = sa.select(schedules.c.every_s, schedules.c.enabled).where(schedules.c.name == name)
    row = (await connection.execute(found.with_for_update())).first()
    if row is None:
        return None
    values: dict[str, Any] = {"enabled": enabled}
    if enabled and not row.enabled:
        values["next_at"] = await database_time(connection) + timedelta(seconds=row.every_s)
    statement = sa.update(schedules).where(schedules.c.name == name).values(**values).returning(*_VIEW)
    return ScheduleView(*(await connection.execute(statement)).one())


async def fire_schedules(connection: AsyncConnection, kinds: Sequence[str]) -> list[JobView]:
    """Enqueues what is due, once however many workers ask; missed times are not made up for."""
    now = await database_time(connection)
    due = sa.select(schedules).where(
        schedules.c.enabled, schedules.c.next_at <= now, schedules.c.kind.in_(kinds)
    )
    made = []
    for row in (await connection.execute(for_update_skip_locked(connection, due))).all():
        job = NewJob(row.kind, row.payload or {}, dedup_key=f"{SCHEDULED}{row.name}")
        view, new = await enqueue(connection, job)
        made += [view] if new else []
        await _advance(connection, row, now)
    return made


async def _advance(connection: AsyncConnection, row: sa.Row[Any], now: datetime) -> None:
    missed = int((now - row.next_at).total_seconds() // row.every_s)
    following = row.next_at + timedelta(seconds=row.every_s * (missed + 1))
    await connection.execute(
        sa.update(schedules).where(schedules.c.name == row.name).values(next_at=following, last_at=now)
    )
