"""Fingerprints of files that have none, made by plugins in jobs; and what is done with them.

A round finds out whether there is something to do, in the process that has all plugins; the work is a job of
the plugin's, so it runs wherever the plugin does. The rows say what is left: it resumes where it was.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from mcma.domain.errors import McmaError
from mcma.services.enriching.listening import ask_again_of
from mcma.services.identity.soundalikes import Soundalikes, check
from mcma.services.identity.waiting import count_waiting
from mcma.services.indexing.values import joined
from mcma.services.jobs import Jobs
from mcma.services.measuring import unchanged
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import fingerprints as rows
from mcma.store.queries.fingerprints import Made, Silent, fingerprints_of
from mcma.store.queries.job_schedules import hasten_schedule
from mcma_plugins.enrichers import Fingerprint, Fingerprinter
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.events import JobFinished
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule

__all__ = ["FINGERPRINT", "FingerprintOffer", "Fingerprinting", "fingerprints_of"]

FINGERPRINT: Final = "fingerprint"
DUPLICATES: Final = "duplicates"
BRINGING: Final = frozenset({"scan", "import", "ingest"})
"""Jobs after which there may be new files."""
BATCH: Final = 16
"""Files that are written together: what a killed job has to do again."""
SECONDS: Final = 600.0
"""For one file."""
NO_PROGRAM: Final = "no_program"


class FingerprintOffer(NamedTuple):
    plugin: str
    thing: Fingerprinter


class Calls(Protocol):
    """What `host.fingerprinter_calls()` gives."""

    async def call(self, source: str, what: str, work: Callable[[], Any], seconds: float) -> Any: ...

    def complain(self, source: str, complaint: str) -> None: ...


class Fingerprinting:
    """Satisfies `JobOwner`. `at_once`: files that are fingerprinted at the same time."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        soundalikes: Soundalikes,
        offers: Callable[[], Sequence[FingerprintOffer]],
        calls: Calls,
        at_once: int | None = None,
    ) -> None:
        self._database, self._jobs, self._soundalikes = database, jobs, soundalikes
        self._offers, self._calls = offers, calls
        self._at_once = at_once or max(1, (os.cpu_count() or 2) // 2)

    def job_kinds(self) -> Sequence[JobKind]:
        plugins = sorted({offer.plugin for offer in self._offers()})
        return (
            JobKind(FINGERPRINT, self._round, max_attempts=1, concurrency=1, host_only=True),
            *(
                JobKind(_kind(plugin), self._run, timeout=timedelta(days=7), concurrency=1)
                for plugin in plugins
            ),
        )

    def schedules(self) -> Mapping[str, Schedule]:
        return {FINGERPRINT: Schedule(FINGERPRINT, timedelta(hours=1), {})}

    async def finished(self, told: JobFinished) -> None:
        """A round follows what may have brought files."""
        if told.kind in BRINGING:
            async with self._database.write() as transaction:
                await hasten_schedule(transaction.connection, FINGERPRINT)

    async def _round(self, job: JobContext) -> Payload:
        waiting = await count_waiting(self._database)
        offers = self._offers()
        if waiting and offers:
            kind = _kind(offers[0].plugin)
            await self._jobs.submit(kind, {}, dedup_key=kind, priority=Priority.BULK)
        return {"waiting": waiting, **({} if offers else {"reason": "no_fingerprinter"})}

    async def _run(self, job: JobContext) -> Payload:
        tally = {"made": 0, "failed": 0, "skipped": 0, "alike": 0}
        total = await count_waiting(self._database)
        last: UUID | None = None
        reason: str | None = None
        while reason is None and (batch := await self._next(last)):
            last = batch[-1].id
            reason = await self._portion(batch, tally)
            await job.progress(min(sum(tally.values()) - tally["alike"], total), total)
        if tally["made"]:
            await self._jobs.submit(DUPLICATES, {}, dedup_key=DUPLICATES, priority=Priority.BULK)
        return {**tally, **({"reason": reason} if reason else {})}

    async def _next(self, after: UUID | None) -> Sequence[Silent]:
        async with self._database.read() as connection:
            return await rows.silent(connection, after, BATCH)

    async def _portion(self, batch: Sequence[Silent], tally: dict[str, int]) -> str | None:
        """Why there is no use in going on."""
        turn = asyncio.Semaphore(self._at_once)

        async def one(file: Silent) -> Made | RetryLater | None:
            async with turn:
                return await self._made(file)

        answers = await asyncio.gather(*map(one, batch))
        made = [answer for answer in answers if isinstance(answer, Made)]
        tally["made"] += sum(one.fingerprint is not None for one in made)
        tally["failed"] += sum(one.fingerprint is None for one in made)
        tally["skipped"] += len(batch) - len(made)
        async with self._database.write() as transaction:
            await rows.keep(transaction.connection, made, utcnow())
            await ask_again_of(transaction.connection, [one.file_id for one in made if one.fingerprint])
        async with self._database.read() as connection:
            heard = await rows.uncompared(connection, 2 * BATCH)
        tally["alike"] += await self._soundalikes.compare(heard)
        return next((one.stable_code for one in answers if isinstance(one, RetryLater)), None)

    async def _made(self, file: Silent) -> Made | RetryLater | None:
        """By the first that can. None for what may do later: the file changed, or a plugin failed.
        `RetryLater` when none of them can make any now."""
        path = os.path.join(file.root, joined(file.folder, file.name))  # noqa: PTH118 - bytes
        if not await asyncio.to_thread(unchanged, path, file):
            return None
        answers = []
        for offer in self._offers():
            answer = await self._asked(offer.thing, file, Path(os.fsdecode(path)))
            if isinstance(answer, Made) and answer.fingerprint is not None:
                return answer if await asyncio.to_thread(unchanged, path, file) else None
            answers.append(answer)
        refused = [one for one in answers if isinstance(one, Made)]
        if refused:
            return refused[0]
        return next((one for one in answers if isinstance(one, RetryLater)), None) if all(answers) else None

    async def _asked(self, thing: Fingerprinter, file: Silent, path: Path) -> Made | RetryLater | None:
        try:
            made = await self._calls.call(thing.name, "fingerprint", lambda: thing.fingerprint(path), SECONDS)
            _check(made)
        except PermanentError as error:
            return Made(file.id, thing.name, None, error.stable_code[:100], _plain(error.message))
        except RetryLater as error:
            return error if error.stable_code == NO_PROGRAM else None
        except McmaError as error:
            self._calls.complain(thing.name, error.message)
            return None
        except (TimeoutError, RuntimeError):
            return None
        return Made(file.id, thing.name, made)


def _check(made: object) -> None:
    """What came from a plugin."""
    if not isinstance(made, Fingerprint) or (type(made.raw), type(made.duration_ms)) != (bytes, int):
        raise McmaError("It returned no fingerprint.")
    check(made)


def _kind(plugin: str) -> str:
    """Jobs go to processes that have the plugin."""
    return f"{plugin}.{FINGERPRINT}"


def _plain(message: str) -> str:
    return message.replace("\0", "")[:500]
