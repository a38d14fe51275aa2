"""The job side of the composition root: the doorbell, the relay between processes, the runner."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from mcma.part import Part, offered
from mcma.services.job_events import JobEvents, OnFinished
from mcma.settings import Settings
from mcma.store.engine import Database
from mcma.store.queries.instance import instance_id
from mcma.worker.doorbell import Doorbell, EmbeddedDoorbell
from mcma.worker.relay import Relay
from mcma.worker.runner import JobRunner
from mcma_plugins.jobs import JobKind

POLL, POLL_WITHOUT_BROKER = 5.0, 1.0
"""Seconds between two looks at the rows; without a broker that is how other processes' jobs are found."""


async def doorbell_for(
    settings: Settings, database: Database, events: JobEvents, stack: AsyncExitStack
) -> Doorbell:
    """With the relay that tells other processes what happens here, and this one what happens there."""
    if database.is_sqlite:
        return EmbeddedDoorbell()
    if settings.redis_url is None:
        relay, bell = Relay(database, events, None), EmbeddedDoorbell()
        relay.start()
        stack.push_async_callback(relay.close)
        return bell
    from mcma.worker.redis_doorbell import RedisDoorbell

    async with database.write() as transaction:
        instance = await instance_id(transaction.connection)
    redis = RedisDoorbell(settings.redis_url.get_secret_value(), instance)
    await redis.start()
    stack.push_async_callback(redis.close)
    relay = Relay(database, events, redis)
    relay.start()
    stack.push_async_callback(relay.close)
    return redis


def runner_for(
    settings: Settings,
    part: Part,
    database: Database,
    kinds: Mapping[str, JobKind],
    doorbell: Doorbell,
    events: JobEvents,
    on_finished: OnFinished,
) -> JobRunner:
    slots = part.slots_of(settings)
    polled = not database.is_sqlite and settings.redis_url is None
    return JobRunner(
        database, kinds, doorbell, slots=slots, reserved=min(1, slots - 1), events=events,
        on_finished=on_finished, alone=database.is_sqlite, offered=offered(part, settings, kinds),
        role=part.role, poll=POLL_WITHOUT_BROKER if polled else POLL, sweep=POLL,
    )  # fmt: skip
