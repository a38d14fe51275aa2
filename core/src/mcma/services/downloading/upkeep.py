"""What puts right what was left half-done: killed jobs, sources that are back, folders nobody needs."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, InvalidInput
from mcma.services.downloading.cancelling import Leaving
from mcma.services.downloading.folders import Folder
from mcma.services.downloading.outcomes import Troubles
from mcma.services.downloading.queueing import Starting
from mcma.services.downloading.requesting import look_for, start, wait
from mcma.services.intake import staging
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.matching.values import Decision
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries import jobs, people
from mcma.store.queries.downloads import LIVE, Told
from mcma.store.queries.job_schedules import hasten_schedule
from mcma.store.tables.listening import claims
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.people import users
from mcma.store.tables.wanted import (
    ACTIVE,
    CANCELLED,
    FAILED,
    FOR_APPROVAL,
    FOR_SOURCE,
    QUEUED,
    REQUESTED,
    REVIEW,
    download_requests,
    downloads,
)
from mcma_plugins.ids import UserId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.values import Caller

UPKEEP: Final = "downloads"
PORTION: Final = 200
ABSENT: Final = "source_absent"
_ABSENT: Final = Told(QUEUED, FOR_SOURCE, code=ABSENT, error="Its source does not run here now.")
_LOST = sa.and_(download_requests.c.state == REQUESTED, download_requests.c.waiting_for.is_(None))
"""It was here, and is not any more: what was allowed before was for what came then."""
_log = structlog.get_logger(__name__)


async def on_decided(connection: AsyncConnection, decision: Decision) -> None:
    """What somebody says of what was found is begun with now, not with the next round."""
    if decision.thing is not None and decision.thing.source is not None:
        await hasten_schedule(connection, UPKEEP)


class Upkeep:
    """Each step is a few rows at a time; what is left is for the next round."""

    def __init__(
        self,
        database: Database,
        starting: Starting,
        leaving: Leaving,
        troubles: Troubles,
        managed: ManagedLibraries,
    ) -> None:
        self._database, self._starting, self._leaving = database, starting, leaving
        self._troubles, self._managed = troubles, managed

    def job_kinds(self) -> Sequence[JobKind]:
        """Where the server runs: there all sources are."""
        return (JobKind(UPKEEP, self._run, max_attempts=1, concurrency=1, host_only=True),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {UPKEEP: Schedule(UPKEEP, timedelta(minutes=5), {})}

    async def _run(self, _: JobContext) -> Payload:
        done = {
            "begun": await self._begin_waiting(), "mended": await self._mend(),
            "left": await self._leave_unwanted(), "told": await self._tell_absent(),
        }  # fmt: skip
        await self._troubles.settle()
        return {**done, "swept": await self._sweep()}

    async def _begin_waiting(self) -> int:
        """What waited for a source that runs now, and what somebody has said of what was found."""
        here = [offer.source.name for offer in self._starting.sources()]
        if self._starting.policy.allowed == "nobody":
            return 0
        query = (
            sa.select(download_requests.c.id, users.c.is_admin, users.c.name, *people.RIGHTS.values())
            .add_columns(download_requests.c.user_id)
            .join(users, users.c.id == download_requests.c.user_id)
            .outerjoin(claims, claims.c.id == download_requests.c.claim_id)
            .where(
                download_requests.c.state.in_((REQUESTED, REVIEW)),
                download_requests.c.waiting_for.is_distinct_from(FOR_APPROVAL), LIVE,
                sa.or_(
                    sa.func.coalesce(download_requests.c.source, claims.c.source).in_(here),
                    _LOST,
                ),
            )
        )  # fmt: skip
        async with self._database.read() as connection:
            waiting = (await connection.execute(query.limit(PORTION))).all() if here else []
        return sum([await self._begin(one) for one in waiting])

    async def _begin(self, one: Any) -> bool:
        query = sa.select(download_requests).where(
            download_requests.c.id == one.id, download_requests.c.state.in_((REQUESTED, REVIEW)), LIVE
        )
        try:
            async with self._database.write() as transaction:
                await people.lock_user(transaction.connection, one.user_id)
                row = (await transaction.connection.execute(query)).one_or_none()
                if row is not None and _is_lost(row) and not self._may(one):
                    await wait(transaction.connection, row.id, FOR_APPROVAL)
                elif row is not None and row.source is None:
                    await look_for(transaction, row, self._starting, is_admin=one.is_admin)
                elif row is not None:
                    await start(transaction, row, self._starting, is_admin=one.is_admin)
        except (Conflict, InvalidInput) as error:
            _log.info("download_still_waits", request=str(one.id), code=error.stable_code)
            return False
        return row is not None

    def _may(self, one: Any) -> bool:
        rights = people.rights_of(one)
        return self._starting.policy.may_fetch(Caller(one.user_id, one.name, one.is_admin, rights=rights))

    async def _mend(self) -> int:
        """Downloads whose job is over, or gone, without their being told."""
        lost = sa.or_(job_rows.c.id.is_(None), job_rows.c.state.in_(jobs.FINISHED))
        query = (
            sa.select(downloads.c.id, job_rows.c.state.label("job"))
            .outerjoin(job_rows, job_rows.c.id == downloads.c.job_id)
            .where(
                downloads.c.state.in_(ACTIVE),
                lost,
                sa.or_(~downloads.c.listed, job_rows.c.state == jobs.CANCELLED),
            )
        )
        async with self._database.read() as connection:
            found = (await connection.execute(query.limit(PORTION))).all()
        for one in found:
            await self._mend_one(one)
        return len(found)

    async def _mend_one(self, one: Any) -> None:
        async with self._database.write() as transaction:
            row = await rows.get(transaction.connection, one.id, locked=True)
            offer = self._starting.offer(row.source, row.kind)
            if row.state not in ACTIVE:
                return
            if one.job == CANCELLED:
                await rows.tell(transaction.connection, row.id, Told(CANCELLED))
            elif one.job == FAILED or offer is None:
                words = row.error or "It was interrupted too often."
                told = Told(FAILED, code=row.code or "interrupted", error=words)
                await rows.tell(transaction.connection, row.id, told)
            else:
                user = None if row.user_id is None else UserId(row.user_id)
                await self._starting.begin(
                    transaction, row, offer, priority=row.priority, user=user, lost=True
                )

    async def _tell_absent(self) -> int:
        """What waits for a source that runs nowhere says so, until it does again."""
        absent, told = job_rows.c.state == jobs.NO_HANDLER, downloads.c.code == ABSENT
        news = sa.or_(absent & downloads.c.code.is_distinct_from(ABSENT), ~absent & told)
        query = (
            sa.select(downloads.c.id, downloads.c.job_id, absent.label("absent"))
            .join(job_rows, job_rows.c.id == downloads.c.job_id)
            .where(downloads.c.state == QUEUED, ~downloads.c.listed, news)
        )
        async with self._database.read() as connection:
            found = (await connection.execute(query.limit(PORTION))).all()
        for one in found:
            async with self._database.write() as transaction:
                row = await rows.get(transaction.connection, one.id, locked=True)
                if (row.state, row.job_id) == (QUEUED, one.job_id):
                    await rows.tell(transaction.connection, row.id, _ABSENT if one.absent else Told(QUEUED))
        return len(found)

    async def _leave_unwanted(self) -> int:
        """What came by another way, or was wanted by somebody who is no more."""
        query = sa.select(downloads.c.id).where(downloads.c.state.in_(ACTIVE), ~rows.wanted())
        async with self._database.read() as connection:
            found = (await connection.scalars(query.limit(PORTION))).all()
        return sum([await self._leaving.unless_wanted(id_) for id_ in found])

    async def _sweep(self) -> int:
        """Folders of downloads that are over. What failed may be tried again, and goes with age
        (`intake/sweeping.py`)."""
        swept = 0
        for library in await self._managed.all():
            there = await asyncio.to_thread(staging.owners, library.root)
            async with self._database.read() as connection:
                over = await rows.final_among(connection, there)
            for owner in over:
                await asyncio.to_thread(Folder(library, owner).remove)
            swept += len(over)
        return swept


def _is_lost(row: Any) -> bool:
    return (row.state, row.waiting_for) == (REQUESTED, None)
