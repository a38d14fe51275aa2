"""Jobs that come again and again. Schedules are rows; every worker looks at them, one enqueues."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from mcma.store.engine import Database
from mcma.store.queries import job_schedules
from mcma.store.queries.job_schedules import ScheduleInfo
from mcma_plugins.jobs import Schedule
from mcma_plugins.values import JobView


async def declare(database: Database, schedules: Mapping[str, Schedule], owners: Iterable[str] = ()) -> None:
    """Makes or changes the named schedules. One that exists keeps its next time and whether it is enabled.

    Those of `owners` (prefixes with their dot; "" is core) that are not named any more are dropped; all
    others stay: they may belong to a plugin that only another process has.
    """
    async with database.write() as transaction:
        for name, schedule in schedules.items():
            seconds = max(1, ceil(schedule.every.total_seconds()))
            info = ScheduleInfo(schedule.kind, schedule.payload, seconds)
            await job_schedules.declare_schedule(transaction.connection, name, info)
        for prefix in owners:
            await job_schedules.drop_undeclared(transaction.connection, prefix, list(schedules))


async def fire(database: Database, kinds: Sequence[str]) -> list[JobView]:
    """The jobs made of what is due of these kinds."""
    async with database.write() as transaction:
        return await job_schedules.fire_schedules(transaction.connection, kinds)
