"""What people ask for without saying where from: looked for in the sources, again and again.

What is found is judged as every claim is (`services/matching`): what is surely it is got, what may be it
waits for a person, and what is not found is looked for again, each time after a longer while.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.domain.errors import Conflict, McmaError
from mcma.domain.matching import Facts
from mcma.services.downloading.queueing import LOOKING, TRACK, Starting
from mcma.services.downloading.requesting import start, wait
from mcma.services.matching.evaluation import consider
from mcma.services.matching.values import Outcome, Proposal, Thing, Verdict
from mcma.services.outside import OutsideSources, SourceFault
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import LIVE
from mcma.store.queries.people import lock_user
from mcma.store.tables.listening import claims
from mcma.store.tables.people import users
from mcma.store.tables.wanted import FOR_QUOTA, FOR_SOURCE, REQUESTED, REVIEW
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.sources import SourceItem, SourceKind

PORTION: Final = 20
MOST: Final = 500
"""Requests of one run."""
FOUND: Final = 10
"""Things of one source that are judged."""
_FIRST, _LONGEST, _FAULTY = timedelta(hours=1), timedelta(days=7), timedelta(minutes=15)
_log = structlog.get_logger(__name__)


class _Found(NamedTuple):
    proposals: Sequence[Proposal]
    asked: int
    """Sources that answered."""


class Looking:
    def __init__(self, database: Database, starting: Starting, outside: OutsideSources) -> None:
        self._database, self._starting, self._outside = database, starting, outside

    def job_kinds(self) -> Sequence[JobKind]:
        """Where the server runs: there all sources are. One at a time, so that sources are left in peace."""
        return (JobKind(LOOKING, self._run, max_attempts=3, concurrency=1, host_only=True),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {LOOKING: Schedule(LOOKING, timedelta(minutes=15), {})}

    async def _run(self, job: JobContext) -> Payload:
        done = 0
        if self._starting.policy.allowed == "nobody":
            return {"looked": done}
        while done < MOST and (due := await self._due()):
            for one in due:
                await self._look(one)
                done += 1
                await job.progress(done)
        return {"looked": done}

    async def _due(self) -> Sequence[Any]:
        """Those that somebody waits for first."""
        query = (
            sa.select(table.c.id, table.c.looks, table.c.claim_id, users.c.is_admin, claims)
            .join(users, users.c.id == table.c.user_id)
            .join(claims, claims.c.id == table.c.claim_id)
            .where(
                table.c.look_at <= utcnow(), table.c.state == REQUESTED, table.c.source.is_(None), LIVE,
            )
            .order_by(table.c.priority, table.c.look_at)
        )  # fmt: skip
        async with self._database.read() as connection:
            return (await connection.execute(query.limit(PORTION))).mappings().all()

    async def _look(self, one: Mapping[str, Any]) -> None:
        found = await self._found(one)
        try:
            async with self._database.write() as transaction:
                await self._judge(transaction, one, found)
        except Conflict:  # the quota
            async with self._database.write() as transaction:
                later = utcnow() + timedelta(hours=1)
                await wait(transaction.connection, one["id"], FOR_QUOTA, look_at=later)

    async def _judge(self, transaction: WriteTransaction, one: Mapping[str, Any], found: _Found) -> None:
        connection = transaction.connection
        await lock_catalogue(connection)
        query = sa.select(table).where(table.c.id == one["id"], table.c.state == REQUESTED, LIVE)
        request = (await connection.execute(query)).one_or_none()
        if request is None:
            return
        verdict = await consider(connection, one["claim_id"], found.proposals)
        thing = _to_get(verdict)
        if thing is not None:
            await lock_user(connection, request.user_id)
            await start(transaction, request, self._starting, is_admin=one["is_admin"], thing=thing)
        elif verdict.outcome is Outcome.HELD:
            await _say(connection, one["id"], state=REVIEW, waiting_for=None, look_at=None)
        elif verdict.thing is None:
            looks = one["looks"] + (1 if found.asked else 0)
            later = utcnow() + _later(looks, found)
            await _say(connection, one["id"], looks=looks, look_at=later, waiting_for=FOR_SOURCE)

    async def _found(self, one: Mapping[str, Any]) -> _Found:
        words = " ".join((*(one["artists"] or ())[:1], one["title"]))[:500]
        able = {offer.source.name for offer in self._starting.sources()}
        names = [
            name for name, kinds in self._outside.searchable().items()
            if SourceKind.TRACK in kinds and name in able
        ]  # fmt: skip
        answers = await asyncio.gather(*(self._search(name, words) for name in names))
        known = [answer for answer in answers if answer is not None]
        proposals = [
            _proposal(name, item)
            for name, answer in zip(names, answers, strict=True)
            for item in answer or ()
            if item.fetchable
        ]
        return _Found(proposals, len(known))

    async def _search(self, source: str, words: str) -> Sequence[SourceItem] | None:
        """None where it could not be asked."""
        try:
            return await self._outside.search(source, words, SourceKind.TRACK, FOUND)
        except SourceFault as fault:
            _log.info("looking_failed", source=source, state=fault.state)
        except McmaError as error:
            _log.info("looking_failed", source=source, code=error.stable_code)
        return None


def _to_get(verdict: Verdict) -> rows.Thing | None:
    thing: Thing | None = verdict.thing
    if thing is None or thing.source is None or thing.source_id is None:
        return None
    return rows.Thing(thing.source, TRACK, thing.source_id)


def _proposal(source: str, item: SourceItem) -> Proposal:
    facts = Facts(item.title, tuple(item.artists), item.album, item.duration_ms, item.isrc,
                  item.recording_mbid)  # fmt: skip
    links = (item.url,) if item.url else ()
    return Proposal(Thing(None, source, item.source_id), facts, source, links)


def _later(looks: int, found: _Found) -> timedelta:
    """Sources that were away are asked again soon."""
    if not found.asked:
        return _FAULTY * random.uniform(1.0, 2.0)  # noqa: S311 - to spread them
    longer: timedelta = min(_LONGEST, _FIRST * 2 ** min(looks - 1, 10))
    return longer * random.uniform(0.8, 1.2)  # noqa: S311 - to spread them


async def _say(connection: Any, id_: UUID, **values: Any) -> None:
    await connection.execute(sa.update(table).where(table.c.id == id_).values(**values, changed_at=utcnow()))
