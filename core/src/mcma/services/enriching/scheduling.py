"""Who is asked about what, and when, by itself: a round every few minutes that puts what is due in line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import pauses, states
from mcma.services.enriching.asking import AskingEnrichers, Wish
from mcma.services.enriching.discovering import PORTION, Discovering
from mcma.services.enriching.enrichers import Ability, Enrichers
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.runs import Asked
from mcma.services.jobs import Jobs, Part
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries.jobs import FINISHED, SCHEDULED
from mcma.store.tables.catalogue import artist_libraries, libraries
from mcma.store.tables.enriching import enrichment_states
from mcma.store.tables.machinery import jobs as job_rows
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.values import ItemKind, ItemRef

ROUND: Final = "enrich_due"
_MORE: Final = f"{SCHEDULED}{ROUND}.more"
"""Of the round that follows what was asked, so that there is always something in line."""
LOOKS: Final = 20
"""Portions of tracks that are looked at in one round."""
ITEMS: Final = 25
"""Asked about in one job."""
IN_LINE: Final = 2
"""Jobs of one enricher that wait or run by themselves. One more may run: what a person asks for."""


def kind_of(ability: Ability) -> str:
    """Jobs go to processes that have the plugin."""
    return f"{ability.plugin}.enrich"


class EnrichmentJobs:
    """Satisfies `JobOwner`."""

    def __init__(
        self, database: Database, jobs: Jobs, enrichers: Enrichers, asking: AskingEnrichers, policy: Policy
    ) -> None:
        self._database, self._jobs, self._enrichers = database, jobs, enrichers
        self._asking, self._policy = asking, policy
        self._discovering = Discovering(database, asking)

    def job_kinds(self) -> Sequence[JobKind]:
        """`enrich_due` runs where the server runs: there all enrichers are."""
        kinds = Counter(kind_of(one) for one in self._enrichers.abilities())
        return (
            JobKind(ROUND, self._round, max_attempts=1, concurrency=1, host_only=True),
            *(
                JobKind(kind, self._ask, max_attempts=5, concurrency=IN_LINE * enrichers + 1)
                for kind, enrichers in sorted(kinds.items())
            ),
        )

    def schedules(self) -> Mapping[str, Schedule]:
        return {ROUND: Schedule(ROUND, timedelta(minutes=2), {})}

    async def _ask(self, job: JobContext) -> Payload:
        said = job.payload
        items = [ItemRef(ItemKind(kind), UUID(id_)) for kind, id_ in said["items"]]
        by_person = said["trigger"] == "request"
        by = None if said.get("by") is None else UUID(said["by"])
        wish = Wish(Asked(said["trigger"], by), again=said.get("again", False), by_person=by_person)
        done = await self._asking.ask_all(said["enricher"], items, wish, job)
        if not by_person:
            await self._jobs.submit(ROUND, {}, dedup_key=_MORE, priority=Priority.BULK)
        return dict(done)

    async def _round(self, job: JobContext) -> Payload:
        abilities = self._enrichers.abilities()
        if self._policy.mode == "on_request" or not abilities:
            return {"enrichers": len(abilities), "looked": 0, "asked": 0}
        looked = await self._look(abilities)
        async with self._database.read() as connection:
            paused = await pauses.pauses(connection)
        asked = 0
        for ability in abilities:
            pause = paused.get(ability.name)
            if pause is None or not pause.holds(asked_for=False):
                asked += await self._put_in_line(ability)
        return {"enrichers": len(abilities), "looked": looked, "asked": asked}

    async def _look(self, abilities: Sequence[Ability]) -> int:
        looked = 0
        for _ in range(LOOKS):
            seen = await self._discovering.step(abilities)
            looked += seen
            if seen < PORTION:
                break
        return looked

    async def _put_in_line(self, ability: Ability) -> int:
        async with self._database.write() as transaction:
            connection = transaction.connection
            room = IN_LINE - await _in_line(connection, ability)
            due = await _due(connection, ability.name, room * ITEMS) if room > 0 else []
            if not due:
                return 0
            until = utcnow() + states.LEASE
            await states.hold(connection, ability.name, [row.item_id for row in due], until)
            groups = [due[start : start + ITEMS] for start in range(0, len(due), ITEMS)]
            parts = [Part(_payload(ability, group), f"{_key(ability)}{new_id()}") for group in groups]
            await self._jobs.enqueue_many(transaction, kind_of(ability), parts, priority=Priority.BULK)
        return len(due)


def _key(ability: Ability) -> str:
    """Begins the keys of the jobs that are put in line for it."""
    return f"{ability.name}:"


def _payload(ability: Ability, group: Sequence[Any]) -> Payload:
    new = all(row.asked_at is None and not row.failures for row in group)
    items = [[row.item_kind, str(row.item_id)] for row in group]
    return {"enricher": ability.name, "items": items, "trigger": "import" if new else "schedule"}


async def _in_line(connection: AsyncConnection, ability: Ability) -> int:
    query = sa.select(sa.func.count()).where(
        job_rows.c.kind == kind_of(ability), job_rows.c.state.not_in(FINISHED),
        job_rows.c.dedup_key.startswith(_key(ability), autoescape=True),
    )  # fmt: skip
    return (await connection.execute(query)).scalar_one()


def _is_here() -> sa.ColumnElement[bool]:
    """Of a library that was removed nobody outside is asked any more; what waits there waits."""
    states_, members = enrichment_states.c, artist_libraries.c
    here = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None))
    credited = sa.exists().where(members.artist_id == states_.item_id, members.library_id.in_(here))
    of_artist = states_.item_kind == ItemKind.ARTIST.value
    return sa.or_(states_.library_id.in_(here), sa.and_(of_artist, credited))


async def _due(connection: AsyncConnection, enricher: str, most: int) -> Sequence[Any]:
    """What has come last goes first: what was just imported does not wait for all that is older."""
    query = (
        sa.select(
            enrichment_states.c.item_id, enrichment_states.c.item_kind, enrichment_states.c.asked_at,
            enrichment_states.c.failures,
        )
        .where(
            enrichment_states.c.enricher == enricher, enrichment_states.c.due_at.is_not(None),
            enrichment_states.c.due_at <= utcnow(), _is_here(),
        )
        .order_by(enrichment_states.c.due_at.desc())
    )  # fmt: skip
    return (await connection.execute(query.limit(most))).all()
