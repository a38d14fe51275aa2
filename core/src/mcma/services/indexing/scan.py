"""One scan of one library folder: walk, compare, read what changed, write in small batches, settle the rest.

A batch is one short transaction, so that a person's click never waits for a scan.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.facts import FileProblem, ProblemReason
from mcma.services.indexing import counters, problems
from mcma.services.indexing.compare import Comparison, Group
from mcma.services.indexing.filerows import incoming_of
from mcma.services.indexing.finish import Finish, present
from mcma.services.indexing.problems import Problem
from mcma.services.indexing.readers import Reader
from mcma.services.indexing.reading import ToRead
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.report import ScanOptions, ScanReport
from mcma.services.indexing.settling import Settling
from mcma.services.indexing.values import Incoming, LibraryPlace, ToTake, Written, parted, printable
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, track_files
from mcma_plugins.events import TracksChanged
from mcma_plugins.ids import LibraryId, TrackId
from mcma_plugins.jobs import JobContext
from mcma_plugins.sources import FoundFolder, IndexableSource, RootUnusable

__all__ = ["Notify", "Scan", "ScanOptions", "ScanReport"]

FIRST_COMPARE, COMPARE_FILES = 200, 2000
"""Files whose rows are looked up by one query: few at first, so that the readers start at once."""
BATCH_FILES = 100
"""Files written in one transaction."""
PIECE_FILES = 16
"""The same while somebody waits for a write of their own."""
_ERROR = 500

Notify = Callable[[str, object], None]
_Read = tuple[list[Incoming], list[Problem]]


class Scan:
    """Run once, by the job."""

    def __init__(
        self,
        database: Database,
        library: LibraryPlace,
        source: IndexableSource,
        job: JobContext,
        readers: Reader,
        notify: Notify,
        options: ScanOptions,
    ) -> None:
        self._database = database
        self._library = library
        self._source = source
        self._job = job
        self._readers = readers
        self._notify = notify
        self._options = options
        self._report = ScanReport()
        self._writer = CatalogueWriter(library)
        self._comparison = Comparison(database, self._writer, self._report, full=options.full)
        self._recounting = Recounting(database, self._writer.touched)

    async def run(self) -> ScanReport:
        """Does everything. Faults of single files end up in the report; a root that cannot be trusted ends
        the scan `suspicious` with nothing marked."""
        clock = time.monotonic()
        try:
            await self._run()
        except RootUnusable as unusable:
            self._report.state, self._report.error = "suspicious", printable(str(unusable))[:_ERROR]
        except BaseException as error:
            self._report.state, self._report.error = "failed", _words(error)
            await self._save_state()
            raise
        self._report.seconds = round(time.monotonic() - clock, 3)
        await self._save_state()
        return self._report

    async def _run(self) -> None:
        began = utcnow()
        since, known = await self._start()
        if not known or self._options.full:
            self._readers.warm_up()
        await self._take_in()
        settling = Settling(self._database, self._writer, self._recounting, since)
        finish = Finish(self._database, self._writer, self._comparison, settling, self._report)
        try:
            await finish.run(known=known, accept_missing=self._options.accept_missing, began=began)
        finally:
            for merge in settling.merged:
                self._notify("items_merged", merge)

    async def _start(self) -> tuple[datetime, int]:
        """Says that it runs. When the last scan ended well, and the number of known files."""
        here = libraries.c.id == self._library.id
        query = sa.select(libraries.c.scan_state, libraries.c.last_scan_at).where(here)
        async with self._database.write() as transaction:
            before = (await transaction.connection.execute(query)).one()
            running = sa.update(libraries).where(here).values(scan_state="running", scan_error=None)
            await transaction.connection.execute(running)
        async with self._database.read() as connection:
            if before.scan_state in {"running", "failed"}:
                self._writer.touched.add(await counters.everything_of(connection, self._library.id))
            count = sa.select(sa.func.count()).select_from(track_files)
            known = await connection.scalar(count.where(*present(self._library.id)))
        return before.last_scan_at or datetime.min.replace(tzinfo=UTC), known or 0

    async def _take_in(self) -> None:
        """Reads ahead while it writes."""
        reading: list[asyncio.Task[_Read]] = []
        ahead = self._readers.workers * 2 + 2
        try:
            async for batch in self._changed_batches():
                reading.append(asyncio.create_task(self._read(batch)))
                while len(reading) > ahead:
                    await self._write(await reading.pop(0))
            while reading:
                await self._write(await reading.pop(0))
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _changed_batches(self) -> AsyncIterator[list[ToTake]]:
        """New and changed files, whole folders together, about `BATCH_FILES` at a time."""
        batch: list[ToTake] = []
        async for group in self._groups():
            if batch and len(batch) + len(group) > BATCH_FILES:
                yield batch
                batch = []
            batch = batch + group
        if batch:
            yield batch

    async def _groups(self) -> AsyncIterator[Group]:
        """Compares the next folders while the last ones are worked on."""
        walk = self._source.walk(self._library.root)
        comparing = asyncio.create_task(self._compare(walk, FIRST_COMPARE))
        try:
            while (groups := await comparing) is not None:
                comparing = asyncio.create_task(self._compare(walk, COMPARE_FILES))
                for group in groups:
                    yield group
        finally:
            comparing.cancel()
            await asyncio.gather(comparing, return_exceptions=True)

    async def _compare(self, walk: Iterator[FoundFolder], files: int) -> list[Group] | None:
        folders = await asyncio.to_thread(_take, walk, files)
        if not folders:
            return None
        groups = await self._comparison.take(folders)
        await self._job.progress(self._report.files, note=self._report.note)
        return groups

    async def _read(self, batch: Sequence[ToTake]) -> _Read:
        root = self._library.root
        files = [ToRead(root + b"/" + take.path, take.found.sidecars, root) for take in batch]
        incoming, refused = [], []
        for take, read in zip(batch, await self._readers.read(files), strict=True):
            if isinstance(read, FileProblem):
                size = -1 if read.reason == ProblemReason.CHANGED else take.found.size
                refused.append(Problem(*take.place, read.reason, read.message, size, take.found.mtime_ns))
            else:
                incoming.append(incoming_of(take, read))
        return incoming, refused

    async def _write(self, read: _Read) -> None:
        """In one transaction, or in some smaller ones while people want to write as well."""
        incoming, refused = read
        if self._database.pressed:
            *first, incoming = _pieces(incoming)
            for piece in first:
                await self._write_batch(piece, [])
        await self._write_batch(incoming, refused)
        await self._recounting.run_if_due()
        await self._job.progress(self._report.files, note=self._report.note)

    async def _write_batch(self, incoming: list[Incoming], refused: list[Problem]) -> None:
        written = Written()
        try:
            async with self._database.write(bulk=True) as transaction:
                if incoming:
                    written = await self._writer.apply(transaction.connection, incoming)
                refused += [_duplicate(path) for path in written.duplicates]
                await problems.report(transaction.connection, self._library.id, refused, utcnow())
        except BaseException:
            self._writer.forget()
            raise
        self._comparison.gone += written.pushed
        self._count(written, refused)
        self._tell("track_added", written.added)
        self._tell("track_changed", written.changed)

    def _count(self, written: Written, refused: Sequence[Problem]) -> None:
        report = self._report
        report.problems += len(refused)
        report.added += len(written.added)
        report.changed += len(written.changed)
        report.moved += written.moved

    def _tell(self, hook: str, ids: Sequence[UUID]) -> None:
        if ids:
            event = TracksChanged(LibraryId(self._library.id), [TrackId(id) for id in ids])
            self._notify(hook, event)

    async def _save_state(self) -> None:
        """A scan that failed has not ended: the next one goes on where it stopped."""
        values = {"scan_state": self._report.state, "scan_error": self._report.error}
        ended = {} if self._report.state == "failed" else {"last_scan_at": utcnow()}
        async with self._database.write() as transaction:
            statement = sa.update(libraries).where(libraries.c.id == self._library.id)
            await transaction.connection.execute(statement.values(**values, **ended))


def _pieces(batch: Sequence[Incoming]) -> list[list[Incoming]]:
    """Of whole folders, each of some `PIECE_FILES`."""
    pieces: list[list[Incoming]] = [[]]
    for _, folder in groupby(batch, key=attrgetter("folder")):
        if len(pieces[-1]) >= PIECE_FILES:
            pieces.append([])
        pieces[-1].extend(folder)
    return pieces


def _words(error: BaseException) -> str:
    return printable(f"{type(error).__name__}: {error}")[:_ERROR]


def _duplicate(path: bytes) -> Problem:
    return Problem(*parted(path), ProblemReason.DUPLICATE, "the same sound as another file")


def _take(walk: Iterator[FoundFolder], files: int) -> list[FoundFolder]:
    """Folders with about so many files. Blocking."""
    taken: list[FoundFolder] = []
    count = 0
    for folder in walk:
        taken.append(folder)
        count += len(folder.files) + 1
        if count >= files:
            break
    return taken
