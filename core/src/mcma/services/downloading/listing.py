"""The job behind a download of an album or playlist: what is in it becomes downloads of their own.

A list is read page by page, and written in portions: each is a short transaction, and one that was written is
passed over when the job runs again. What is here already is not got again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.downloading.description import described, kept
from mcma.services.downloading.faults import OverQuota
from mcma.services.downloading.outcomes import Troubles
from mcma.services.downloading.queueing import ATTEMPTS, TRACK, SourceOffer, Starting, job_kind
from mcma.services.downloading.quota import quota_left
from mcma.services.jobs import Jobs, Part
from mcma.services.outside import OutsideSources
from mcma.store.bulk import upsert_rows
from mcma.store.clock import utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Thing, Told
from mcma.store.queries.people import lock_user
from mcma.store.tables.catalogue import source_refs, tracks
from mcma.store.tables.people import users
from mcma.store.tables.wanted import ACTIVE, HAVE, QUEUED, RUNNING, download_parts, downloads
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind, Payload, Priority
from mcma_plugins.sources import SourceItem, SourceKind

PORTION: Final = 200
"""Parts of one transaction."""
MOST: Final = 20_000
"""Parts of one list."""


class Listing:
    def __init__(
        self, database: Database, jobs: Jobs, starting: Starting, outside: OutsideSources, troubles: Troubles
    ) -> None:
        self._database, self._jobs, self._starting = database, jobs, starting
        self._outside, self._troubles = outside, troubles

    def job_kinds(self) -> Sequence[JobKind]:
        return [
            JobKind(job_kind(offer, SourceKind.ALBUM.value), partial(self._run, offer), concurrency=1,
                    max_attempts=ATTEMPTS, timeout=timedelta(hours=2), waits_for_children=True)
            for offer in self._starting.sources()
        ]  # fmt: skip

    async def _run(self, offer: SourceOffer, job: JobContext) -> Payload:
        id_ = UUID(job.payload["download"])
        async with self._database.read() as connection:
            row = await rows.get(connection, id_)
        if row is None or row.state not in ACTIVE:
            return {}
        try:
            count = await self._listed(offer, row, job)
        except (JobCancelled, asyncio.CancelledError):
            await asyncio.shield(self._troubles.left(row, job))
            raise
        except Exception as error:  # noqa: BLE001 - whatever a source raises is told
            await self._troubles.failed(row, error)
        await self._troubles.settle()
        return {"parts": count}

    async def _listed(self, offer: SourceOffer, row: Any, job: JobContext) -> int:
        await self._troubles.may_ask(row)
        await self._tell(row.id, Told(RUNNING))
        kind, count = SourceKind(row.kind), 0
        pages = self._outside.contents(row.source, kind, row.source_id, MOST)
        async with aclosing(pages):
            async for portion in _portions(pages):
                async with self._database.write() as transaction:
                    all_of_it = await self._take(transaction, offer, row, job, portion, count)
                if not all_of_it:
                    raise OverQuota
                count += len(portion)
                await job.progress(0, count)
        await self._tell(row.id, Told(QUEUED if count else HAVE), listed=True)
        return count

    async def _take(
        self,
        transaction: WriteTransaction,
        offer: SourceOffer,
        row: Any,
        job: JobContext,
        portion: Sequence[SourceItem],
        position: int,
    ) -> bool:
        """Whether the quota was large enough; what was within it is in the line."""
        connection = transaction.connection
        if job.created_by is not None:
            await lock_user(connection, job.created_by)
        known = await _parts(connection, row.id, portion)
        new = [(n, one) for n, one in enumerate(portion, position) if one.source_id not in known]
        if not new:
            return True
        made = await rows.made_many(
            connection,
            [(Thing(row.source, TRACK, one.source_id), kept(described(one))) for _, one in new],
            Priority.BULK,
        )
        here = await _here(connection, row.source, [one.source_id for _, one in new])
        await _settle_here(connection, made, here)
        user = job.created_by
        wanted = [part for part in made if part.source_id not in here and part.state not in ACTIVE]
        room = await self._room(connection, user, len(wanted))
        begun = wanted[:room]
        left = {part.id for part in wanted[room:]}
        places = [(n, part) for (n, _), part in zip(new, made, strict=True) if part.id not in left]
        await _hold(connection, row.id, places, {part.id: user for part in begun})
        await self._begin(transaction, offer, begun, job)
        return not left

    async def _room(self, connection: AsyncConnection, user: UserId | None, most: int) -> int:
        if user is None:
            return most
        admin = await connection.scalar(sa.select(users.c.is_admin).where(users.c.id == user))
        left = await quota_left(connection, user, self._starting.policy, is_admin=bool(admin))
        return most if left is None else max(0, min(left, most))

    async def _begin(
        self, transaction: WriteTransaction, offer: SourceOffer, begun: Sequence[Any], job: JobContext
    ) -> None:
        if not begun:
            return
        parts = [Part({"download": str(part.id)}, str(part.id)) for part in begun]
        ids = await self._jobs.enqueue_many(
            transaction, job_kind(offer, TRACK), parts, priority=Priority.BULK, created_by=job.created_by,
            parent_id=JobId(job.id), max_attempts=ATTEMPTS,
        )  # fmt: skip
        told = {
            **Told(QUEUED)._asdict(),
            "faults": 0,
            "priority": Priority.BULK,
            "changed_at": utcnow(),
            "user_id": job.created_by,
        }
        change = sa.update(downloads).where(downloads.c.id == sa.bindparam("part"))
        values = {**told, "job_id": sa.bindparam("its_job")}
        each = [{"part": part.id, "its_job": id_} for part, id_ in zip(begun, ids, strict=True)]
        await transaction.connection.execute(change.values(**values), each)

    async def _tell(self, id_: UUID, told: Told, **values: Any) -> None:
        async with self._database.write() as transaction:
            await rows.tell(transaction.connection, id_, told, **values)


async def _portions(
    pages: AsyncGenerator[tuple[SourceItem, ...], None],
) -> AsyncGenerator[list[SourceItem], None]:
    """Of what can be got, each thing once."""
    waiting: dict[str, SourceItem] = {}
    seen: set[str] = set()
    async for page in pages:
        waiting |= {one.source_id: one for one in page if one.fetchable and one.source_id not in seen}
        while len(waiting) >= PORTION:
            taken = list(waiting.values())[:PORTION]
            seen.update(one.source_id for one in taken)
            waiting = {id_: one for id_, one in waiting.items() if id_ not in seen}
            yield taken
    if waiting:
        yield list(waiting.values())


async def _parts(connection: AsyncConnection, parent: UUID, portion: Sequence[SourceItem]) -> set[str]:
    """Those that were written by a run before."""
    query = (
        sa.select(downloads.c.source_id)
        .join(download_parts, download_parts.c.download_id == downloads.c.id)
        .where(
            download_parts.c.parent_id == parent, downloads.c.kind == TRACK,
            downloads.c.source_id.in_([one.source_id for one in portion]),
            downloads.c.state.in_((*ACTIVE, HAVE)),
        )
    )  # fmt: skip
    return set(await connection.scalars(query))


async def _here(connection: AsyncConnection, source: str, ids: Sequence[str]) -> dict[str, UUID]:
    query = (
        sa.select(source_refs.c.source_id, source_refs.c.track_id)
        .join(tracks, tracks.c.id == source_refs.c.track_id)
        .where(
            source_refs.c.source == source, source_refs.c.instance == "",
            source_refs.c.source_id.in_([id_.encode() for id_ in ids]), tracks.c.deleted_at.is_(None),
            tracks.c.missing_since.is_(None),
        )
    )  # fmt: skip
    return {row.source_id.decode(): row.track_id for row in await connection.execute(query)}


async def _settle_here(connection: AsyncConnection, made: Sequence[Any], here: dict[str, UUID]) -> None:
    there = [{"part": part.id, "its_track": here[part.source_id]} for part in made
             if part.source_id in here and part.state not in (*ACTIVE, HAVE)]  # fmt: skip
    if there:
        change = sa.update(downloads).where(downloads.c.id == sa.bindparam("part"))
        told = {**Told(HAVE)._asdict(), "changed_at": utcnow(), "track_id": sa.bindparam("its_track")}
        await connection.execute(change.values(**told), there)


async def _hold(
    connection: AsyncConnection, parent: UUID, places: Sequence[tuple[int, Any]], whose: dict[UUID, Any]
) -> None:
    now = utcnow()
    held = [
        {"parent_id": parent, "download_id": part.id, "position": place, "user_id": whose.get(part.id),
         "created_at": now}
        for place, part in places
    ]  # fmt: skip
    await upsert_rows(connection, download_parts, held, ("parent_id", "download_id"), ("position",))
