"""Jobs that come again and again. Schedules are rows; every worker looks at them, one enqueues."""

from collections.abc import Mapping, Sequence
from math import ceil

from mcma.store.engine import Database
from mcma.store.queries import job_upkeep
from mcma.store.queries.job_upkeep import ScheduleInfo
from mcma_plugins.jobs import Schedule
from mcma_plugins.values import JobView


async def declare(database: Database, schedules: Mapping[str, Schedule]) -> None:
    """Makes or changes the named schedules. One that exists keeps its next time and whether it is enabled."""
    async with database.write() as transaction:
        for name, schedule in schedules.items():
            seconds = max(1, ceil(schedule.every.total_seconds()))
            info = ScheduleInfo(schedule.kind, schedule.payload, seconds)
            await job_upkeep.declare_schedule(transaction.connection, name, info)


async def fire(database: Database, kinds: Sequence[str]) -> list[JobView]:
    """The jobs made of what is due of these kinds."""
    async with database.write() as transaction:
        return await job_upkeep.fire_schedules(transaction.connection, kinds)
