"""Claims that wait are looked for again now and then: in the library, and by plugins that know more."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.domain.matching import Facts
from mcma.services.claims import claims as said
from mcma.services.matching.evaluation import consider
from mcma.services.matching.values import OnDecided, Proposal, Thing
from mcma.services.outside.ids import is_id
from mcma.store.clock import utcnow
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.queries.claims import PERSON
from mcma.store.tables.listening import claims
from mcma_plugins.events import MatchRequest, ProposedMatch
from mcma_plugins.ids import ClaimId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

_NAME = re.compile(r"[a-z0-9_-]{1,100}")
MATCHING = "matching"
AGAIN = timedelta(days=1)
"""Between two looks at the same claim."""
PORTION = 100
MOST_PROPOSED = 20
"""Of one plugin for one claim."""


class Proposed(NamedTuple):
    plugin: str
    matches: Sequence[ProposedMatch]


Ask = Callable[[MatchRequest], Awaitable[Sequence[Proposed]]]
"""Asks every plugin, contained and within a time limit; no plugin's fault is raised."""


class Asking:
    """Plugins are asked outside of transactions; what they propose is judged and kept within one."""

    def __init__(self, database: Database, ask: Ask, told: OnDecided | None = None) -> None:
        self._database, self._ask, self._told = database, ask, told

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(MATCHING, self._run, max_attempts=3, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {MATCHING: Schedule(MATCHING, timedelta(hours=1), {})}

    async def _run(self, job: JobContext) -> Payload:
        done = 0
        while some := await self._waiting():
            await self._again(some)
            for row in some:
                await self.ask(row)
            done += len(some)
            await job.progress(done, None)
        return {"claims": done}

    async def _waiting(self) -> Sequence[Any]:
        longest_ago = sa.or_(claims.c.looked_at.is_(None), claims.c.looked_at < utcnow() - AGAIN)
        open_ = claims.c.track_id.is_(None), claims.c.match_method.is_distinct_from(PERSON), longest_ago
        async with self._database.read() as connection:
            query = sa.select(claims).where(*open_).order_by(claims.c.id).limit(PORTION)
            return (await connection.execute(query)).all()

    async def _again(self, rows: Sequence[Any]) -> None:
        """In the library. Marked first: one that cannot be looked for must not keep the others waiting."""
        ids = [row.id for row in rows]
        async with self._database.write(bulk=True) as transaction:
            await hold_catalogue(transaction.connection)
            marked = sa.update(claims).where(claims.c.id.in_(ids)).values(looked_at=utcnow())
            await transaction.connection.execute(marked)
            await said.look_again(transaction.connection, ids)

    async def ask(self, row: Any) -> None:
        """Of one claim, as it is in its table."""
        answers = await self._ask(_request(row))
        proposals = [one for answer in answers for one in _proposals(answer)]
        if proposals:
            async with self._database.write() as transaction:
                await hold_catalogue(transaction.connection)
                await self._consider(transaction.connection, row.id, proposals)

    async def _consider(
        self, connection: AsyncConnection, claim: UUID, proposals: Sequence[Proposal]
    ) -> None:
        try:
            await consider(connection, claim, proposals, self._told)
        except NotFound:
            return  # it went while plugins were asked


def _request(row: Any) -> MatchRequest:
    return MatchRequest(
        ClaimId(row.id), row.title, tuple(row.artists or ()), row.album, row.duration_ms, row.isrc
    )


def _proposals(answer: Proposed) -> list[Proposal]:
    """What a plugin says is checked here: one thing, an id that may be one, a score that is a number."""
    made = []
    for one in list(answer.matches)[:MOST_PROPOSED]:
        thing, score = Thing(one.track_id, one.source, one.source_id), _number(one.score)
        if score is not None and _is_one(*thing):
            who = f"plugin:{answer.plugin}"
            made.append(Proposal(thing, Facts(""), who, (), score, str(one.reason)))
    return made


def _number(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) and isfinite(said) else None


def _is_one(track: object, source: object, source_id: object) -> bool:
    if track is not None:
        return isinstance(track, UUID) and source is None
    return isinstance(source, str) and _NAME.fullmatch(source) is not None and is_id(source_id)
