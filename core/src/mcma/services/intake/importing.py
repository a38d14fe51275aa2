"""One run over one import folder: what is new or changed is staged, read, taken in and put in place."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.errors import McmaError
from mcma.domain.facts import FileProblem, ProblemReason
from mcma.domain.words import counted
from mcma.services.indexing import counters
from mcma.services.indexing.filerows import incoming_of
from mcma.services.indexing.readers import Reader
from mcma.services.indexing.reading import ToRead
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.settling import Settling
from mcma.services.indexing.values import LibraryPlace, ToTake, Written, joined, printable
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake import importlog, staging
from mcma.services.intake.arrivals import Arrival, Origin, take_in
from mcma.services.intake.copies import Copies
from mcma.services.intake.discarding import remove_discarded
from mcma.services.intake.importlog import Looked, Outcome
from mcma.services.intake.shelving import Shelving, staged_rows
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma_plugins.events import TracksChanged
from mcma_plugins.ids import LibraryId, TrackId
from mcma_plugins.jobs import JobCancelled, JobContext
from mcma_plugins.sources import FoundFile, FoundFolder, IndexableSource

BATCH_FILES = 50
"""Files copied, then written in one transaction."""

Notify = Callable[[str, object], None]


class ImportPlace(NamedTuple):
    """The folder that is imported from."""

    id: UUID
    root: bytes
    link: bool = False
    only: bytes | None = None
    """One file in it; None for all."""


@dataclass(slots=True)
class ImportReport:
    """The job's result."""

    files: int = 0
    unchanged: int = 0
    imported: int = 0
    replaced: int = 0
    duplicates: int = 0
    problems: int = 0
    seconds: float = 0.0

    @property
    def note(self) -> str:
        left_out = f"{counted(self.duplicates, 'duplicate')}, {counted(self.problems, 'problem')}"
        return f"{self.imported} imported, {left_out}"

    def as_result(self) -> dict[str, Any]:
        return asdict(self)


class _Wanted(NamedTuple):
    path: bytes
    found: FoundFile
    looked: Looked | None


class Import:
    """Run once, by the job. Files of the folder are only ever read."""

    def __init__(
        self,
        database: Database,
        place: ImportPlace,
        library: LibraryPlace,
        source: IndexableSource,
        job: JobContext,
        readers: Reader,
        notify: Notify,
    ) -> None:
        self._database, self._place, self._library = database, place, library
        self._source, self._job, self._readers, self._notify = source, job, readers, notify
        self._origin = Origin(source.name, place.id)
        self.report = ImportReport()
        self._writer = CatalogueWriter(library)
        self._recounting = Recounting(database, self._writer.touched)
        self._shelving = Shelving(database, library)
        self._staged = staging.staged_folder(job.id)
        self._copies = Copies(place.root, library.root, self._staged, link=place.link)

    async def run(self, *, interrupted: bool = False) -> ImportReport:
        """Raises `RootUnusable` before anything is done. What it has done stays done whenever it ends.

        `interrupted`: the run before did not come to its end, so nobody has counted what it did.
        """
        clock, began = time.monotonic(), utcnow()
        await self._put_in_place()
        if interrupted:
            async with self._database.read() as connection:
                self._writer.touched.add(await counters.everything_of(connection, self._library.id))
        try:
            async for batch in self._batches():
                await self._take(batch)
        except (JobCancelled, asyncio.CancelledError):
            await self._settle(began)
            raise
        await self._settle(began)
        self.report.seconds = round(time.monotonic() - clock, 3)
        return self.report

    async def _settle(self, began: datetime) -> None:
        settling = Settling(self._database, self._writer, self._recounting, began)
        try:
            await settling.run()
        finally:
            for merge in settling.merged:
                self._notify("items_merged", merge)

    async def _put_in_place(self) -> None:
        """The batch before, or what a run of this job that was killed has left."""
        await remove_discarded(self._database, self._library)
        await self._shelving.run(self._job.id)

    async def _batches(self) -> AsyncIterator[list[_Wanted]]:
        batch: list[_Wanted] = []
        began = utcnow()
        walk = self._source.walk(self._place.root)
        while (folder := await asyncio.to_thread(next, walk, None)) is not None:
            for wanted in await self._compare(folder):
                batch.append(wanted)
                if len(batch) == BATCH_FILES:
                    yield batch
                    batch = []
            if self._place.only is not None:
                break
        if batch:
            yield batch
        if self._place.only is None:
            async with self._database.write() as transaction:
                await importlog.forget_solved(transaction.connection, self._place.id, began)

    async def _compare(self, folder: FoundFolder) -> list[_Wanted]:
        """The files of a folder that are new or changed."""
        files = {joined(folder.path, file.name): file for file in folder.files if self._is_meant(file)}
        async with self._database.read() as connection:
            looked = await importlog.looked_at(connection, self._place.id, list(files))
        wanted = []
        kept = []
        for path, file in files.items():
            was = looked.get(path)
            if was is None or (was.size, was.mtime_ns) != (file.size, file.mtime_ns):
                wanted.append(_Wanted(path, file, was))
            elif was.result == importlog.PROBLEM:
                kept.append(path)
        met = [Outcome(one.path, 0, 0, importlog.PROBLEM, one.reason, one.message)
               for one in folder.problems if self._place.only in (None, one.path)]  # fmt: skip
        if met or kept:
            async with self._database.write() as transaction:
                await importlog.note(transaction.connection, self._place.id, met, utcnow())
                await importlog.still_there(transaction.connection, self._place.id, kept, utcnow())
        self.report.files += len(files)
        self.report.unchanged += len(files) - len(wanted) - len(kept)
        self.report.problems += len(met) + len(kept)
        await self._job.progress(self.report.files - len(wanted), note=self.report.note)
        return wanted

    def _is_meant(self, file: FoundFile) -> bool:
        return self._place.only is None or file.name == self._place.only

    async def _take(self, batch: Sequence[_Wanted]) -> None:
        written, outcomes = Written(), list[Outcome]()
        try:
            arrivals, refused = await self._read(batch)
            async with self._database.write(bulk=True) as transaction:
                connection, now = transaction.connection, utcnow()
                await importlog.note(connection, self._place.id, refused, now)
                if arrivals:
                    written, outcomes = await take_in(connection, self._writer, self._origin, arrivals, now)
        except BaseException:
            self._writer.forget()
            await self._forget_copies()
            raise
        self._count([*outcomes, *refused])
        self._tell("track_added", written.added)
        self._tell("track_changed", written.changed)
        await self._put_in_place()
        await self._recounting.run_if_due()
        await self._job.progress(self.report.files, note=self.report.note)

    async def _forget_copies(self) -> None:
        """Unless the transaction was committed after all, and the answer lost on the way."""
        with suppress(McmaError):
            async with self._database.read() as connection:
                query = staged_rows(self._library.id, self._staged).limit(1)
                known = (await connection.execute(query)).first()
            if known is None:
                await asyncio.to_thread(staging.remove, self._library.root, self._staged)

    async def _read(self, batch: Sequence[_Wanted]) -> tuple[list[Arrival], list[Outcome]]:
        make = self._copies.make
        copies = await asyncio.to_thread(lambda: [make(one.path, one.found) for one in batch])
        there = [copy for copy in copies if not isinstance(copy, FileProblem)]
        root = self._library.root
        reading = iter(await self._readers.read(
            [ToRead(root + b"/" + take.path, take.found.sidecars, root + b"/" + self._staged)
             for take in there]
        ))  # fmt: skip
        arrivals, refused = [], []
        for wanted, copy in zip(batch, copies, strict=True):
            read = copy if isinstance(copy, FileProblem) else next(reading)
            if isinstance(read, FileProblem):
                refused.append(_refused(wanted, read))
            elif isinstance(copy, ToTake):
                arrivals.append(Arrival(*wanted, incoming_of(copy, read)))
        return arrivals, refused

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        report = self.report
        results = [one.result for one in outcomes]
        report.imported += results.count(importlog.IMPORTED)
        report.replaced += results.count(importlog.REPLACED)
        report.duplicates += results.count(importlog.DUPLICATE)
        report.problems += results.count(importlog.PROBLEM)

    def _tell(self, hook: str, ids: Sequence[UUID]) -> None:
        if ids:
            event = TracksChanged(LibraryId(self._library.id), [TrackId(id) for id in ids])
            self._notify(hook, event)


def _refused(wanted: _Wanted, problem: FileProblem) -> Outcome:
    """What was written to meanwhile is looked at again by the next run, whatever its size and time."""
    size = -1 if problem.reason == ProblemReason.CHANGED else wanted.found.size
    reason, words = problem.reason.value, printable(problem.message)
    return Outcome(wanted.path, size, wanted.found.mtime_ns, importlog.PROBLEM, reason, words)
