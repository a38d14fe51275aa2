"""Scans as people start and follow them, and the job that runs one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM, require_admin
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.scan import Notify, Scan, ScanOptions
from mcma.services.indexing.values import LibraryPlace
from mcma.services.intake.sweeping import sweep
from mcma.services.jobs import Jobs
from mcma.services.libraries.libraries import Libraries
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.tables.catalogue import file_problems, libraries
from mcma.store.tables.machinery import jobs as job_rows
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import JobId, LibraryId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.sources import IndexableSource, Source
from mcma_plugins.values import Caller, ScanStatus

SCAN = "scan"
"""The job kind. One runs per library: a second request gets the job that is there."""

Sources = Callable[[], Mapping[str, Source]]


class FileProblemView(NamedTuple):
    """A line of a library's scan report."""

    path: str
    reason: str
    message: str
    first_seen_at: datetime
    last_seen_at: datetime


ProblemKey = tuple[str, UUID]


class ProblemPage(NamedTuple):
    items: list[FileProblemView]
    next: ProblemKey | None


class Scans:
    """Satisfies `mcma_plugins.services.Scans`. `sources` answers with the running sources by name."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        libraries: Libraries,
        sources: Sources,
        notify: Notify,
        readers: Callable[[], TagReaders],
    ) -> None:
        self._database, self._jobs, self._libraries = database, jobs, libraries
        self._sources, self._notify, self._readers = sources, notify, readers

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(SCAN, self._run, max_attempts=3),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def start(self, caller: Caller, *, full: bool = False) -> ScanStatus:
        require_admin(caller)
        await self.request(caller, full=full)
        return await self.status(caller)

    async def request(
        self,
        caller: Caller,
        library_ids: Sequence[UUID] | None = None,
        *,
        source: str | None = None,
        full: bool = False,
        accept_missing: bool = False,
    ) -> list[JobId]:
        """A job per library (all by default, or all of one source).

        While a library's scan waits or runs, it is that job.
        """
        require_admin(caller)
        wanted = await self._libraries.list(caller)
        if library_ids is not None:
            chosen = set(library_ids)
            wanted = [view for view in wanted if view.id in chosen]
            if len(wanted) != len(chosen):
                raise NotFound("There is no such library.", hint="mcma library list")
        if source is not None:
            of_source = await self._libraries_of(source)
            wanted = [view for view in wanted if view.id in of_source]
        return [await self._submit(caller, view.id, full, accept_missing) for view in wanted]

    async def _libraries_of(self, source: str) -> set[UUID]:
        if source not in self._sources():
            raise NotFound(f"There is no source {source!r}.", hint="mcma plugin list")
        async with self._database.read() as connection:
            query = sa.select(libraries.c.id).where(libraries.c.source == source)
            return set((await connection.scalars(query)).all())

    async def _submit(self, caller: Caller, library_id: UUID, full: bool, accept_missing: bool) -> JobId:
        return await self._jobs.submit(
            SCAN,
            {"library_id": str(library_id), "full": full, "accept_missing": accept_missing},
            dedup_key=str(library_id),
            priority=Priority.BULK,
            created_by=None if caller == SYSTEM else caller.user_id,
        )

    async def status(self, caller: Caller) -> ScanStatus:
        ids = library_ids(caller)
        totals = sa.select(
            sa.func.coalesce(sa.func.sum(libraries.c.song_count), 0), sa.func.max(libraries.c.last_scan_at)
        ).where(libraries.c.id.in_(ids))
        live = sa.exists().where(job_rows.c.kind == SCAN, job_rows.c.state.in_(("queued", "running")))
        async with self._database.read() as connection:
            tracks, last = (await connection.execute(totals)).one()
            scanning = bool(await connection.scalar(sa.select(live)))
        return ScanStatus(scanning, int(tracks), last)

    async def problems(self, caller: Caller, library_id: UUID, *, limit: int = 500) -> list[FileProblemView]:
        """The files of a library that were not taken in, and duplicates, which were; by path."""
        return (await self.problem_page(caller, library_id, limit=limit)).items

    async def problem_page(
        self, caller: Caller, library_id: UUID, *, limit: int, after: ProblemKey | None = None
    ) -> ProblemPage:
        """Those behind `after`, which is `next` of the page before."""
        require_admin(caller)
        await self._libraries.get(caller, library_id)
        columns = file_problems.c
        key = sa.tuple_(columns.path_display, columns.id)
        query = (
            sa.select(
                columns.path_display, columns.reason, columns.message, columns.first_seen_at,
                columns.last_seen_at, columns.id,
            )
            .where(columns.library_id == library_id)
            .order_by(columns.path_display, columns.id)
            .limit(limit + 1)
        )  # fmt: skip
        if after is not None:
            query = query.where(key > sa.tuple_(*after, types=[columns.path_display.type, columns.id.type]))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        end = rows[limit - 1] if len(rows) > limit else None
        views = [FileProblemView(*row[:-1]) for row in rows[:limit]]
        return ProblemPage(views, None if end is None else (end.path_display, end.id))

    async def _run(self, job: JobContext) -> Payload:
        place = await self._place(UUID(job.payload["library_id"]))
        source = self._sources().get(place.source)
        if not isinstance(source, IndexableSource):
            raise PermanentError(
                f"The plugin {place.source!r} that lists this library is not running.",
                hint="mcma plugin list",
            )
        options = ScanOptions(
            full=bool(job.payload.get("full")), accept_missing=bool(job.payload.get("accept_missing"))
        )
        await sweep(self._database, place)
        async with self._readers() as readers:
            scan = Scan(self._database, place, source, job, readers, self._notify, options)
            report = await scan.run()
        if report.state == "suspicious":
            raise PermanentError(report.error or "suspicious")
        return report.as_result()

    async def _place(self, library_id: UUID) -> LibraryPlace:
        query = sa.select(libraries.c.id, libraries.c.root, libraries.c.source).where(
            libraries.c.id == library_id, libraries.c.deleted_at.is_(None)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None or row.root is None:
            raise PermanentError("The library was removed.")
        return LibraryPlace(LibraryId(row.id), row.root, row.source)
