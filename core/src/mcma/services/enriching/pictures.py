"""Covers of albums and pictures of artists that enrichers have: got in jobs, checked, kept, and laid over
what the files have."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.enriching import picturerows as rows
from mcma.services.enriching.enrichers import Enrichers
from mcma.services.enriching.picturelaying import lay_picture, why_not
from mcma.services.enriching.values import KeptCandidate
from mcma.services.jobs import Jobs
from mcma.services.keptpictures import KeptPictures, Picture, picture_in
from mcma.services.outside.faults import REFUSED, SourceFault
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority

MOST_BYTES: Final = 20 * 1024 * 1024
LANDED, NONE, UNFIT, FAILED = "taken", "none", "unfit", "failed"
_MERGED = "The artist was merged into another one; it is got again when that is taken back."


def kind_of(plugin: str) -> str:
    """Jobs go to processes that have the plugin."""
    return f"{plugin}.enrich_picture"


class EnricherPictures:
    """Satisfies `JobOwner`. `notify` tells plugins, after the commit, what has changed."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        enrichers: Enrichers,
        kept: KeptPictures,
        notify: Callable[[str, object], None],
    ) -> None:
        self._database, self._jobs, self._enrichers = database, jobs, enrichers
        self._kept, self._notify = kept, notify
        self._decoding = asyncio.Semaphore(1)

    async def want(self, transaction: WriteTransaction, candidate: KeptCandidate) -> None:
        """Has the picture of what was taken got, in a job of its own."""
        ability = next((one for one in self._enrichers.abilities() if one.name == candidate.enricher), None)
        if ability is not None and not ability.pictures:
            return
        await rows.tell(transaction.connection, candidate.id, rows.WANTED)
        if ability is not None:  # else it is asked when it runs again
            key, kind = str(candidate.id), kind_of(ability.plugin)
            await self._jobs.enqueue(
                transaction, kind, {"candidate": key}, dedup_key=key, priority=Priority.BULK
            )

    def job_kinds(self) -> Sequence[JobKind]:
        plugins = {one.plugin for one in self._enrichers.abilities() if one.pictures}
        limits: Mapping[str, Any] = {"max_attempts": 8, "timeout": timedelta(minutes=10), "concurrency": 2}
        return [JobKind(kind_of(plugin), self.run, **limits) for plugin in sorted(plugins)]

    def schedules(self) -> Mapping[str, Any]:
        return {}

    async def run(self, job: JobContext) -> Payload:
        """Idempotent; what it got is there as a whole, or not at all."""
        id_ = UUID(job.payload["candidate"])
        async with self._database.read() as connection:
            candidate = await rows.taken(connection, id_)
            if candidate is None:
                return {"picture": "overtaken"}
            why = await why_not(connection, candidate)
            known = await rows.same_picture(connection, candidate)
        if why is not None:
            return await self._tell(candidate, why, _MERGED if why == rows.MERGED else None)
        if known is not None and await asyncio.to_thread(self._kept.has, known.sha256.hex()):
            return await self._laid(candidate, known.id, None)
        return await self._asked(candidate, str(job.id))

    async def _asked(self, candidate: KeptCandidate, name: str) -> Payload:
        try:
            picture = await self._picture(candidate, name)
        except InvalidInput as unfit:
            return await self._tell(candidate, UNFIT, unfit.message)
        except NotFound as gone:
            raise RetryLater(gone.message, code="absent") from gone
        except SourceFault as fault:
            if fault.permanent and fault.state == REFUSED:
                return await self._tell(candidate, FAILED, fault.reason)
            raise _passed_on(fault) from fault
        if picture is None:
            return await self._tell(candidate, NONE)
        await asyncio.to_thread(self._kept.keep, picture.data)
        return await self._laid(candidate, None, picture)

    async def _picture(self, candidate: KeptCandidate, name: str) -> Picture | None:
        folder = await asyncio.to_thread(self._kept.emptied, name)
        try:
            handle = candidate.picture or ""
            found = await self._enrichers.picture(candidate.enricher, handle, folder, MOST_BYTES)
            if found is None:
                return None
            async with self._decoding:
                return await asyncio.to_thread(picture_in, folder, found)
        finally:
            await asyncio.to_thread(self._kept.removed, name)

    async def _laid(
        self, candidate: KeptCandidate, artwork_id: UUID | None, picture: Picture | None
    ) -> Payload:
        """If it was not taken back meanwhile."""
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            if await rows.taken(connection, candidate.id) is None:
                return {"picture": "overtaken"}
            if picture is not None:
                await asyncio.to_thread(self._kept.keep, picture.data)  # a sweep may have been faster
                artwork_id = await rows.artwork_of(connection, picture, candidate.enricher)
            assert artwork_id is not None
            if await why_not(connection, candidate) == rows.MERGED:  # while it was got
                await rows.tell(connection, candidate.id, rows.MERGED, _MERGED, artwork_id=artwork_id)
                return {"picture": rows.MERGED, "reason": _MERGED}
            await rows.tell(connection, candidate.id, LANDED, artwork_id=artwork_id)
            for hook, event in await lay_picture(connection, candidate, artwork_id):
                transaction.after_commit.append(partial(self._notify, hook, event))
        return {"picture": LANDED, "artwork": str(artwork_id)}

    async def _tell(self, candidate: KeptCandidate, state: str, reason: str | None = None) -> Payload:
        async with self._database.write() as transaction:
            await rows.tell(transaction.connection, candidate.id, state, reason)
        return {"picture": state} if reason is None else {"picture": state, "reason": reason}


def _passed_on(fault: SourceFault) -> Exception:
    if fault.permanent:
        return PermanentError(fault.reason, code=fault.state, hint=fault.hint)
    return RetryLater(fault.reason, after=fault.retry_after, code=fault.state)
