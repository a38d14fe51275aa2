"""What nobody wants any more: its job is stopped, what was got of it goes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.services.downloading.folders import Folder
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Told
from mcma.store.queries.jobs import FINISHED
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.wanted import ACTIVE, CANCELLED, FAILED, download_parts, downloads
from mcma_plugins.ids import JobId

PORTION = 200
_BREATH = 0.02
"""Seconds between two portions, for whoever else wants to write."""
Settled = Callable[[UUID], Awaitable[object]]


class Leaving:
    def __init__(self, database: Database, jobs: Jobs, managed: ManagedLibraries) -> None:
        self._database, self._jobs, self._managed = database, jobs, managed

    async def unless_wanted(self, id_: UUID) -> bool:
        """Whether it is over now. Parts of it that somebody else wants go on."""
        async with self._database.write() as transaction:
            connection = transaction.connection
            row = await rows.get(connection, id_, locked=True)
            if row is None or row.state not in (*ACTIVE, FAILED) or await rows.is_wanted(connection, id_):
                return False
            await rows.tell(connection, id_, Told(CANCELLED))
        await self._leave_parts(row)
        await self._stop([row])
        return True

    async def _leave_parts(self, parent: Any) -> None:
        """What others want is no longer below its job, which takes everything below it along. Folders of the
        rest are left to the sweep: there may be thousands."""
        after = UUID(int=0)
        while part := await self._next_parts(parent, after):
            after = part[-1].id
            await self._stop([row for row in part if row.state == CANCELLED and row.above != parent.job_id])
            await asyncio.sleep(_BREATH)

    async def _next_parts(self, parent: Any, after: UUID) -> Sequence[Any]:
        """A portion of those under way, as they are once it is said who wants them, with the job above."""
        async with self._database.write() as transaction:
            connection = transaction.connection
            query = (
                sa.select(downloads.c.id)
                .join(download_parts, download_parts.c.download_id == downloads.c.id)
                .where(
                    download_parts.c.parent_id == parent.id, downloads.c.state.in_(ACTIVE),
                    downloads.c.id > after,
                )
            )  # fmt: skip
            ids = (await connection.scalars(query.order_by(downloads.c.id).limit(PORTION))).all()
            mine = downloads.c.id.in_(ids)
            locked = sa.select(downloads.c.id).where(mine).order_by(downloads.c.source_id).with_for_update()
            await connection.execute(locked)
            unwanted = sa.update(downloads).where(mine, downloads.c.state.in_(ACTIVE), ~rows.wanted())
            await connection.execute(unwanted.values(state=CANCELLED, retry_at=None, waiting_for=None))
            above = job_rows.c.parent_id.label("above")
            its_job = downloads.outerjoin(job_rows, job_rows.c.id == downloads.c.job_id)
            found = sa.select(downloads, above).select_from(its_job).where(mine)
            part = (await connection.execute(found.order_by(downloads.c.id))).all()
            kept = [row.job_id for row in part if row.state in ACTIVE and row.job_id is not None]
            below = [row.job_id for row in part if row.state == CANCELLED and row.above == parent.job_id]
            await self._jobs.cancel_waiting(transaction, below)
            apart = sa.update(job_rows).where(job_rows.c.id.in_(kept))
            await connection.execute(apart.values(parent_id=None))
            return part

    async def _stop(self, unwanted: Sequence[Any]) -> None:
        """What runs tidies up after itself; what does not run has nobody else to do it."""
        for row in unwanted:
            running = await self._cancelled(row.job_id)
            if not running:
                await self._forget(row.id)

    async def _cancelled(self, job_id: UUID | None) -> bool:
        if job_id is None:
            return False
        try:
            view = await self._jobs.cancel(SYSTEM, JobId(job_id))
        except NotFound:
            return False
        return view.state not in FINISHED

    async def _forget(self, id_: UUID) -> None:
        for library in await self._managed.all():
            await asyncio.to_thread(Folder(library, id_).remove)
