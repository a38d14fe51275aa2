"""Other rules and another order of enrichers count for what was told under the former ones as well: a job
lays the values that are kept over the tags again.

What was in force is remembered, and how far the job is, so that it goes on where it was killed. Rules that
change again meanwhile begin anew, with all that some track may have been told under.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layering import layered
from mcma.domain.layerrules import DEFAULT, PLUGIN, Layering, Rule
from mcma.services.enriching.subjects import Subject, subjects_of
from mcma.services.entities.recrediting import Notify, Recrediting
from mcma.services.entities.telling import tell_artists
from mcma.services.indexing.overlays import layering_of
from mcma.services.inforce import InForce
from mcma.services.jobs import Jobs
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.values import ItemKind

RELAY = "lay_again"
"""The job kind."""
PORTION = 500
_IN_FORCE = InForce("layering")


class _State(NamedTuple):
    told: Sequence[Any]
    """Documents of rules and orders; each track was told under one of them, or under `now`."""
    now: Any = None
    """To which the job is on its way; None: there is nothing to be done."""
    kind: str = ItemKind.TRACK.value
    after: str | None = None


class Relaying:
    def __init__(self, database: Database, jobs: Jobs, notify: Notify) -> None:
        self._database, self._jobs = database, jobs
        self._recrediting = Recrediting(database, notify)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(RELAY, self._run, max_attempts=3, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def settle(self) -> None:
        """To be called at the start: a job, where other rules were in force."""
        async with self._database.read() as connection:
            now, state = _document(layering_of(connection)), await _state(connection)
        if state is not None and state.now is None and list(state.told) == [now]:
            return
        async with self._database.write() as transaction:
            connection = transaction.connection
            if not await _items(connection, ItemKind.TRACK, None, 1) and not await _items(
                connection, ItemKind.ARTIST, None, 1
            ):
                await _remember(connection, _State([now]))
                return
            if state is None or state.now != now:
                await _remember(connection, _towards(now, state or _State([_document(DEFAULT)])))
            await self._jobs.enqueue(transaction, RELAY, {}, dedup_key="start", priority=Priority.BULK)

    async def _run(self, job: JobContext) -> Payload:
        changed = 0
        async with self._database.read() as connection:
            now = layering_of(connection)
        while (state := await self._mine(now)) is not None:
            kind = ItemKind(state.kind)
            async with self._database.read() as connection:
                after = None if state.after is None else UUID(state.after)
                ids = await _items(connection, kind, after, PORTION)
            changed += await self._lay(kind, ids, [_layering(one) for one in state.told], now)
            await self._go_on(state, ids)
            await job.progress(changed)
        return {"changed": changed}

    async def _mine(self, now: Layering) -> _State | None:
        """None at the end, or where another process has started under other rules."""
        async with self._database.read() as connection:
            state = await _state(connection)
        return state if state is not None and state.now == _document(now) else None

    async def _lay(
        self, kind: ItemKind, ids: Sequence[UUID], former: Sequence[Layering], now: Layering
    ) -> int:
        if kind is ItemKind.ARTIST:
            if not ids or all(one.order == now.order for one in former):
                return 0
            async with self._database.write(bulk=True) as transaction:
                return len(await tell_artists(transaction.connection, ids))
        async with self._database.read() as connection:
            subjects = await subjects_of(connection, ids, "")
        found: dict[UUID, list[UUID]] = {}
        for subject in subjects.values():
            if any(_differ(subject, one) for one in former):
                found.setdefault(subject.library_id, []).append(subject.id)
        await self._recrediting.tracks(found)
        return sum(map(len, found.values()))

    async def _go_on(self, state: _State, ids: Sequence[UUID]) -> None:
        async with self._database.write() as transaction:
            if await _state(transaction.connection) == state:
                await _remember(transaction.connection, _next(state, ids))


def _differ(subject: Subject, former: Layering) -> bool:
    return layered(subject.tags, subject.said, former, subject.artwork) != subject.now


def _towards(now: Any, state: _State) -> _State:
    told = [*state.told, *([] if state.now is None or state.now in state.told else [state.now])]
    return _State(told, now)


def _next(state: _State, ids: Sequence[UUID]) -> _State:
    if ids:
        return state._replace(after=str(ids[-1]))
    if state.kind == ItemKind.TRACK.value:
        return state._replace(kind=ItemKind.ARTIST.value, after=None)
    return _State([state.now])


def _document(layering: Layering) -> dict[str, Any]:
    return {"rules": {name: str(rule) for name, rule in layering.rules.items()},
            "order": list(layering.order)}  # fmt: skip


def _layering(document: Any) -> Layering:
    rules = {name: Rule(rule) for name, rule in document["rules"].items()}
    return Layering(rules, tuple(document["order"]))


async def _state(connection: AsyncConnection) -> _State | None:
    kept = await _IN_FORCE.read(connection)
    return None if kept is None else _State(**kept)


async def _remember(connection: AsyncConnection, state: _State) -> None:
    await _IN_FORCE.remember(connection, state._asdict())


async def _items(
    connection: AsyncConnection, kind: ItemKind, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Those of which enrichers say something, along the primary key."""
    columns = field_values.c
    query = sa.select(columns.item_id).where(
        columns.item_kind == kind.value, columns.origin.startswith(PLUGIN, autoescape=True)
    )
    behind = query if after is None else query.where(columns.item_id > after)
    found = await connection.scalars(behind.distinct().order_by(columns.item_id).limit(limit))
    return found.all()
