"""Taking jobs: compare-and-set with a lease, under limits that hold over all workers.

A limited kind or plugin has a gate row in the key/value table. Whoever claims locks the gates it may pass, so
that two claims never count the same room twice; the row's time is when the last job passed, which outlives
the job itself and costs one read however many jobs there were.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import for_update_skip_locked, insert_ignoring
from mcma.store.queries.jobs import QUEUED, RUNNING, VIEW, Held, NewJob, database_time, new_row
from mcma.store.tables.machinery import jobs, key_values
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

GATES = "core.job_gates"
INTERACTIVE = 0
_BURST_SECONDS = 0.1
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Limits(NamedTuple):
    concurrency: int | None = None
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a worker can run. `plugins` limits how many jobs run under one prefix (before the dot)."""

    kinds: Mapping[str, Limits]
    plugins: Mapping[str, int] = field(default_factory=dict)

    @property
    def gates(self) -> list[str]:
        limited = [kind for kind, limits in self.kinds.items() if any(one is not None for one in limits)]
        return sorted([*limited, *(f"{plugin}." for plugin in self.plugins)])


class Seats(NamedTuple):
    """How many jobs a worker has room for; `bulk` of them for jobs nobody waits for."""

    all: int
    bulk: int


class ClaimedJob(NamedTuple):
    held: Held
    view: JobView
    payload: Mapping[str, Any]
    priority: int
    max_attempts: int
    log_tail: str
    parent_id: JobId | None = None


class Claims(NamedTuple):
    jobs: list[ClaimedJob]
    wait: float | None
    """Seconds until a rate allows the next job; None when no rate holds one back."""


class Rooms:
    """How many more jobs of each kind may start now."""

    def __init__(
        self, offer: Offer, running: Mapping[str, int], passed: Mapping[str, datetime], now: datetime
    ) -> None:
        self._offer, self._now = offer, now
        self._running = dict(running)
        self.passed = dict(passed)
        self.waiting: Collection[str] = offer.kinds
        """Kinds worth asking for."""
        self.moved: set[str] = set()

    def is_open(self, kind: str) -> bool:
        limits = self._offer.kinds[kind]
        if limits.concurrency is not None and self._running.get(kind, 0) >= limits.concurrency:
            return False
        plugin = _plugin(kind)
        most = self._offer.plugins.get(plugin)
        if most is not None and self._of_plugin(plugin) >= most:
            return False
        return self.seconds_until_allowed(kind) <= 0

    def seconds_until_allowed(self, kind: str) -> float:
        rate = self._offer.kinds[kind].per_second
        if rate is None:
            return 0.0
        return (self._virtual(kind, rate) + timedelta(seconds=1 / rate) - self._now).total_seconds()

    def take(self, kind: str) -> None:
        self._running[kind] = self._running.get(kind, 0) + 1
        rate = self._offer.kinds[kind].per_second
        if rate is not None:
            self.passed[kind] = self._virtual(kind, rate) + timedelta(seconds=1 / rate)
            self.moved.add(kind)

    def open_kinds(self) -> list[str]:
        return [kind for kind in self._offer.kinds if kind in self.waiting and self.is_open(kind)]

    def some_closed(self) -> bool:
        return not all(self.is_open(kind) for kind in self._offer.kinds)

    def wait(self) -> float | None:
        waits = [seconds for kind in self._offer.kinds if (seconds := self.seconds_until_allowed(kind)) > 0]
        return min(waits, default=None)

    def _virtual(self, kind: str, rate: float) -> datetime:
        """When the last job passed, but never so long ago that more than a small burst could follow."""
        burst = max(1.0, rate * _BURST_SECONDS)
        return max(self.passed.get(kind, _LONG_AGO), self._now - timedelta(seconds=burst / rate))

    def _of_plugin(self, plugin: str) -> int:
        return sum(count for kind, count in self._running.items() if _plugin(kind) == plugin)


def _plugin(kind: str) -> str:
    return kind.partition(".")[0] if "." in kind else ""


async def make_gates(connection: AsyncConnection, offer: Offer) -> None:
    """Before the first claim. Gates that exist keep their time."""
    rows = [{"namespace": GATES, "key": name, "updated_at": _LONG_AGO} for name in offer.gates]
    if rows:
        await connection.execute(insert_ignoring(connection, key_values), rows)


async def claim(connection: AsyncConnection, offer: Offer, owner: UUID, lease: float, seats: Seats) -> Claims:
    """Jobs that are due, by priority, then due time, then id. `lease` is in seconds.

    Interactive jobs may fill all seats, the others no more than `seats.bulk`.
    """
    passed = await _lock_gates(connection, offer)
    now = await database_time(connection)
    rooms = Rooms(offer, await _running(connection), passed, now)
    rooms.waiting = await _waiting(connection, rooms.open_kinds())
    chosen = await _choose(connection, rooms, now, seats.all, interactive=True)
    bulk = min(seats.bulk, seats.all - len(chosen))
    chosen += await _choose(connection, rooms, now, bulk, interactive=False)
    await _move_gates(connection, rooms)
    return Claims(await _take(connection, chosen, owner, now, lease), rooms.wait())


async def _lock_gates(connection: AsyncConnection, offer: Offer) -> dict[str, datetime]:
    if not (names := offer.gates):
        return {}
    query = (
        sa.select(key_values.c.key, key_values.c.updated_at)
        .where(key_values.c.namespace == GATES, key_values.c.key.in_(names))
        .order_by(key_values.c.key)
        .with_for_update()
    )
    return {row.key: row.updated_at for row in await connection.execute(query)}


async def _running(connection: AsyncConnection) -> dict[str, int]:
    busy = jobs.c.state == RUNNING, ~jobs.c.awaits_children
    query = sa.select(jobs.c.kind, sa.func.count()).where(*busy).group_by(jobs.c.kind)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def _choose(
    connection: AsyncConnection, rooms: Rooms, now: datetime, seats: int, *, interactive: bool
) -> list[UUID]:
    """Asks again while kinds ran out of room in mid-batch; each round closes one at least."""
    chosen: list[UUID] = []
    while len(chosen) < seats and (kinds := rooms.open_kinds()):
        query = _due(now, kinds, interactive=interactive, crowded=rooms.some_closed())
        query = query.where(jobs.c.id.not_in(chosen)).limit(seats - len(chosen))
        rows = (await connection.execute(for_update_skip_locked(connection, query))).all()
        taken = list(_allowed(rows, rooms))
        chosen += taken
        if len(taken) == len(rows):
            break
    return chosen


def _due(now: datetime, kinds: Sequence[str], *, interactive: bool, crowded: bool) -> sa.Select[Any]:
    """`crowded`: kinds that are closed now may have a long queue, which a walk along the index of all due
    jobs would go through; an expression in place of the column makes both databases go by kind instead."""
    priority: sa.ColumnElement[int] = jobs.c.priority + 0 if crowded else jobs.c.priority.expression
    which = priority <= INTERACTIVE if interactive else priority > INTERACTIVE
    return (
        sa.select(jobs.c.id, jobs.c.kind)
        .where(jobs.c.state == QUEUED, jobs.c.run_after <= now, jobs.c.kind.in_(kinds), which)
        .order_by(priority, jobs.c.run_after, jobs.c.id)
    )


async def _waiting(connection: AsyncConnection, kinds: Sequence[str]) -> set[str]:
    """Of these kinds, the ones with a job in the queue: one probe of an index each."""
    if not kinds:
        return set()
    probes = [sa.exists().where(jobs.c.kind == kind, jobs.c.state == QUEUED) for kind in kinds]
    found = (await connection.execute(sa.select(*probes))).one()
    return {kind for kind, any_at_all in zip(kinds, found, strict=True) if any_at_all}


def _allowed(rows: Sequence[sa.Row[Any]], rooms: Rooms) -> Iterable[UUID]:
    for row in rows:
        if rooms.is_open(row.kind):
            rooms.take(row.kind)
            yield row.id


async def _move_gates(connection: AsyncConnection, rooms: Rooms) -> None:
    for name in rooms.moved:
        gate = sa.and_(key_values.c.namespace == GATES, key_values.c.key == name)
        await connection.execute(sa.update(key_values).where(gate).values(updated_at=rooms.passed[name]))


_CLAIMED = (jobs.c.payload, jobs.c.priority, jobs.c.max_attempts, jobs.c.log_tail, jobs.c.parent_id)


async def _take(
    connection: AsyncConnection, chosen: Sequence[UUID], owner: UUID, now: datetime, lease: float
) -> list[ClaimedJob]:
    if not chosen:
        return []
    statement = (
        sa.update(jobs)
        .where(jobs.c.id.in_(chosen), jobs.c.state == QUEUED)
        .values(state=RUNNING, owner=owner, attempt=jobs.c.attempt + 1, started_at=now,
                lease_until=now + timedelta(seconds=lease), done=0, total=None, note=None)
        .returning(*VIEW, *_CLAIMED)
    )  # fmt: skip
    rows = await connection.execute(statement)
    return sorted((_claimed(row, owner) for row in rows), key=lambda job: chosen.index(job.held.id))


async def start(connection: AsyncConnection, job: NewJob, owner: UUID, lease: float) -> ClaimedJob:
    """A job that never waits: it is made as `owner`'s. Limits of its kind are not looked at."""
    now = await database_time(connection)
    held = {"state": RUNNING, "owner": owner, "attempt": 1, "started_at": now,
            "lease_until": now + timedelta(seconds=lease)}  # fmt: skip
    statement = sa.insert(jobs).values(**new_row(job, now) | held).returning(*VIEW, *_CLAIMED)
    return _claimed((await connection.execute(statement)).one(), owner)


def _claimed(row: sa.Row[Any], owner: UUID) -> ClaimedJob:
    held = Held(JobId(row.id), owner, row.attempt)
    view = JobView(*row[: len(VIEW)])
    return ClaimedJob(
        held, view, row.payload or {}, row.priority, row.max_attempts, row.log_tail or "", row.parent_id
    )
