"""The job that looks for duplicates over everything: along indexes and in portions, never by all pairs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from mcma.services.callers import person_of, require_admin
from mcma.services.identity import duplicate_groups
from mcma.services.identity.duplicate_standings import settle_portion
from mcma.services.identity.soundalikes import Soundalikes
from mcma.services.inforce import InForce
from mcma.services.jobs import Jobs
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.queries import fingerprints as rows
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.values import Caller

DUPLICATES: Final = "duplicates"
PORTION: Final = 100
_AGAIN: Final = InForce("duplicates.again")
"""The last job for which all were forgotten to be compared."""
_SWEPT: Final = InForce("duplicates.swept")
"""How many fingerprints there were then."""


class DuplicateFinding:
    """Satisfies `JobOwner`. Resumes where it was."""

    def __init__(self, database: Database, jobs: Jobs, soundalikes: Soundalikes) -> None:
        self._database, self._jobs, self._soundalikes = database, jobs, soundalikes

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(DUPLICATES, self._run, timeout=timedelta(days=1), concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {DUPLICATES: Schedule(DUPLICATES, timedelta(days=1), {})}

    async def start(self, caller: Caller, *, again: bool = False) -> JobId:
        """`again`: compares every fingerprint anew, not only those that came since. For administrators."""
        require_admin(caller)
        payload, key = ({"again": True}, f"{DUPLICATES}:again") if again else ({}, DUPLICATES)
        return await self._jobs.submit(DUPLICATES, payload, dedup_key=key, created_by=person_of(caller))

    async def _run(self, job: JobContext) -> Payload:
        if job.payload.get("again"):
            await self._forget_compared(str(job.id))
        await self._settle()
        swept = await self._sweep()
        indexed = await self._index()
        alike, compared = await self._compare(job)
        return {"compared": compared, "alike": alike, "exact": await self._exact(), "swept": swept,
                "indexed": indexed}  # fmt: skip

    async def _forget_compared(self, job_id: str) -> None:
        """Once for a job, however often it is begun."""
        async with self._database.read() as connection:
            after: int | None = None if await _AGAIN.read(connection) == job_id else 0
        while after is not None:
            async with self._database.write() as transaction:
                after = await rows.compare_again(transaction.connection, after)
                if after is None:
                    await _AGAIN.remember(transaction.connection, job_id)

    async def _settle(self) -> None:
        after, more = None, True
        while more:
            async with self._database.write() as transaction:
                await lock_catalogue(transaction.connection)
                after = await settle_portion(transaction.connection, after)
            more = after is not None

    async def _compare(self, job: JobContext) -> tuple[int, int]:
        async with self._database.read() as connection:
            total = await rows.count_uncompared(connection)
        alike = compared = 0
        while portion := await self._uncompared():
            alike += await self._soundalikes.compare(portion)
            compared += len(portion)
            await job.progress(min(compared, total), total)
        return alike, compared

    async def _uncompared(self) -> Sequence[rows.Heard]:
        async with self._database.read() as connection:
            return await rows.uncompared(connection, PORTION)

    async def _exact(self) -> int:
        after, found = b"", 0
        while True:
            async with self._database.read() as connection:
                hashes = await duplicate_groups.hashes_twice(connection, after, PORTION)
                new = await duplicate_groups.unnoted(connection, hashes)
            if not hashes:
                return found
            if new:
                async with self._database.write() as transaction:
                    await duplicate_groups.note_exact(transaction.connection, hashes)
            after, found = hashes[-1], found + len(hashes)

    async def _sweep(self) -> int:
        """Looks at the whole index, where fingerprints have gone since."""
        async with self._database.read() as connection:
            now, before = await rows.extent(connection), await _SWEPT.read(connection)
        if before is not None and not now.lost_since(rows.Extent(*before)):
            return 0
        swept = 0
        after: int | None = -1
        while after is not None:
            async with self._database.write() as transaction:
                gone, after = await rows.sweep_terms(transaction.connection, after)
                if after is None:
                    await _SWEPT.remember(transaction.connection, list(now))
            swept += gone
        return swept

    async def _index(self) -> int:
        """Of what was kept before there was an index."""
        indexed, after = 0, 0
        while True:
            async with self._database.write() as transaction:
                portion = await rows.unindexed(transaction.connection, after, PORTION)
                await rows.index(transaction.connection, portion)
            if not portion:
                return indexed
            indexed, after = indexed + len(portion), portion[-1].number
