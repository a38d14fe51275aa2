"""Folders that music is imported from: listed, named, and the job that imports."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.domain.errors import Conflict, InvalidInput, McmaError, NotFound
from mcma.services.callers import SYSTEM, require_admin
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.values import LibraryPlace, display, printable
from mcma.services.intake.importing import Import, ImportPlace, Notify
from mcma.services.intake.importlog import DUPLICATE, PROBLEM
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.libraries.scans import Sources
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.intake import import_files, import_folders
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.sources import ImportSource, IndexableSource, RootUnusable
from mcma_plugins.values import Caller

IMPORT = "import"
"""The job kind. One runs per folder: a second request gets the job that is there."""
LOCAL = "local"
"""The source that reads folders named by people."""

_log = structlog.get_logger(__name__)
_ERROR = 500


class ImportFolderView(NamedTuple):
    id: UUID
    path: str
    library_id: UUID
    library: str
    configured: bool
    """Set up in settings; others were named once."""
    link: bool
    state: str
    """new, running, ok, empty, unusable or failed."""
    error: str | None
    report: Mapping[str, Any] | None
    last_run_at: datetime | None


class ImportFileView(NamedTuple):
    """A line of an import's report: a file that was not imported, and why."""

    path: str
    result: str
    """duplicate or problem."""
    reason: str | None
    message: str | None
    track_id: UUID | None
    seen_at: datetime


class Named(NamedTuple):
    """What a path means: a folder, or one file of it."""

    folder: ImportFolderView
    only: bytes | None


class Imports:
    """`sources` answers with the running sources by name."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        managed: ManagedLibraries,
        sources: Sources,
        notify: Notify,
        readers: Callable[[], TagReaders],
    ) -> None:
        self._database, self._jobs, self._managed = database, jobs, managed
        self._sources, self._notify, self._readers = sources, notify, readers

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(IMPORT, self._run, max_attempts=3),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def declare(self) -> None:
        """Makes the folders known that plugins are set up to import from, and those no longer that are not.

        A folder that cannot be used now is known all the same.
        """
        offered = [
            (name, folder)
            for name, source in self._sources().items()
            if isinstance(source, ImportSource)
            for folder in source.import_folders()
        ]
        kept = []
        try:
            for name, folder in offered:
                library = await self._managed.place()
                kept.append(await self._known(name, folder.root, library, link=folder.link, configured=True))
        except (McmaError, OSError) as error:
            _log.warning("import_folders_not_known", reason=str(error))
            return
        async with self._database.write() as transaction:
            others = import_folders.c.configured, import_folders.c.id.not_in(kept)
            statement = sa.update(import_folders).where(*others).values(configured=False)
            await transaction.connection.execute(statement)

    async def folders(self, caller: Caller) -> list[ImportFolderView]:
        """The configured ones first, then by path."""
        require_admin(caller)
        return await self._views()

    async def get(self, caller: Caller, folder_id: UUID) -> ImportFolderView:
        require_admin(caller)
        found = await self._views(import_folders.c.id == folder_id)
        if not found:
            raise NotFound("There is no such import folder.", hint="GET /api/v1/imports")
        return found[0]

    async def name(
        self, caller: Caller, path: Path, *, library: str | None = None, link: bool = False
    ) -> Named:
        """A folder to import from, or one file. What lies there is only read; it goes to the managed library
        of that name, which is made when there is none.

        Raises `InvalidInput` when there is nothing that can be read, `Conflict` when it is managed itself.
        """
        require_admin(caller)
        root, only = await asyncio.to_thread(_checked, path)
        place = await self._managed.place(library)
        await asyncio.to_thread(_check_apart, root, place.root)
        folder_id = await self._known(LOCAL, root, place, link=link)
        return Named(await self.get(caller, folder_id), only)

    async def start(self, caller: Caller, folder_id: UUID, only: bytes | None = None) -> JobId:
        """While an import of this folder waits or runs, it is that job."""
        await self.get(caller, folder_id)
        named = None if only is None else only.hex()
        return await self._jobs.submit(
            IMPORT,
            {"folder_id": str(folder_id), "only": named},
            dedup_key=str(folder_id) if named is None else f"{folder_id}:{named}",
            priority=Priority.BULK if only is None else Priority.NORMAL,
            created_by=None if caller == SYSTEM else caller.user_id,
        )

    async def left_out(
        self, caller: Caller, folder_id: UUID, only: bytes | None = None, *, limit: int = 500
    ) -> list[ImportFileView]:
        """Files that were not imported, by path: duplicates and problems. Of one file, with `only`."""
        await self.get(caller, folder_id)
        columns = import_files.c
        query = (
            sa.select(columns.path_display, columns.result, columns.reason, columns.message,
                      columns.track_id, columns.seen_at)
            .where(columns.folder_id == folder_id, columns.result.in_((DUPLICATE, PROBLEM)))
            .where(sa.true() if only is None else columns.path == only)
            .order_by(columns.path_display)
            .limit(limit)
        )  # fmt: skip
        async with self._database.read() as connection:
            return [ImportFileView._make(row) for row in await connection.execute(query)]

    async def _views(self, *where: sa.ColumnElement[bool]) -> list[ImportFolderView]:
        columns = import_folders.c
        query = (
            sa.select(columns.id, columns.root_display, columns.library_id, libraries.c.name.label("library"),
                      columns.configured, columns.link, columns.state, columns.error, columns.report,
                      columns.last_run_at)
            .join_from(import_folders, libraries, libraries.c.id == columns.library_id)
            .where(*where)
            .order_by(columns.configured.desc(), columns.root_display, columns.id)
        )  # fmt: skip
        async with self._database.read() as connection:
            return [ImportFolderView._make(row) for row in await connection.execute(query)]

    async def _known(
        self, source: str, root: bytes, library: LibraryPlace, *, link: bool, configured: bool = False
    ) -> UUID:
        now = utcnow()
        row = {
            "id": new_id(), "library_id": library.id, "source": source, "root": root,
            "root_display": display(root), "configured": configured, "link": link, "state": "new",
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        columns = import_folders.c
        here = columns.source == source, columns.root == root, columns.library_id == library.id
        changed = {"link": link, "updated_at": now} | ({"configured": True} if configured else {})
        async with self._database.write() as transaction:
            connection = transaction.connection
            await connection.execute(insert_ignoring(connection, import_folders).values(**row))
            if configured or not await connection.scalar(sa.select(columns.configured).where(*here)):
                await connection.execute(sa.update(import_folders).where(*here).values(**changed))
            found: UUID = (await connection.execute(sa.select(columns.id).where(*here))).scalar_one()
        return found

    async def _run(self, job: JobContext) -> Payload:
        folder = await self._folder(UUID(job.payload["folder_id"]))
        source = self._sources().get(folder.source)
        if not isinstance(source, IndexableSource):
            reason = f"The plugin {folder.source!r} that reads this folder is not running."
            raise PermanentError(reason, hint="mcma plugin list")
        library = await self._managed.by_id(folder.library_id)
        only = job.payload.get("only")
        name = None if only is None else bytes.fromhex(only)
        place = ImportPlace(folder.id, folder.root, folder.link, name)
        await self._save(folder.id, state="running", error=None)
        async with self._readers() as readers:
            work = Import(self._database, place, library, source, job, readers, self._notify)
            return await self._ended(folder, work, whole=name is None)

    async def _ended(self, folder: Any, work: Import, *, whole: bool) -> Payload:
        """A run over one file leaves the folder as the last run over all of it did."""
        try:
            report = await work.run(interrupted=folder.state in ("running", "failed"))
        except RootUnusable as unusable:
            state, words = _unusable(unusable)
            await self._save(folder.id, state=state, error=words, last_run_at=utcnow())
            if state == "empty":
                return work.report.as_result()
            raise PermanentError(words) from unusable
        except BaseException as error:
            words = printable(f"{type(error).__name__}: {error}")[:_ERROR]
            await self._save(folder.id, state="failed", error=words)
            raise
        result = report.as_result()
        if whole:
            await self._save(folder.id, state="ok", error=None, report=result, last_run_at=utcnow())
        else:
            await self._save(folder.id, state=folder.state, error=folder.error)
        return result

    async def _folder(self, folder_id: UUID) -> Any:
        async with self._database.read() as connection:
            query = sa.select(import_folders).where(import_folders.c.id == folder_id)
            row = (await connection.execute(query)).first()
        if row is None:
            raise PermanentError("The import folder is known no more.")
        return row

    async def _save(self, folder_id: UUID, **values: Any) -> None:
        async with self._database.write() as transaction:
            statement = sa.update(import_folders).where(import_folders.c.id == folder_id)
            await transaction.connection.execute(statement.values(updated_at=utcnow(), **values))


def _unusable(error: RootUnusable) -> tuple[str, str]:
    words = printable(str(error))[:_ERROR]
    return ("empty" if error.state == "empty" else "unusable"), words


def _checked(path: Path) -> tuple[bytes, bytes | None]:
    """Blocking."""
    found = os.path.normpath(os.fsencode(path.expanduser().absolute()))
    if os.path.isdir(found):  # noqa: PTH112 - bytes
        return found, None
    if os.path.isfile(found):  # noqa: PTH113 - bytes
        folder, _, name = found.rpartition(b"/")
        return folder or b"/", name
    raise InvalidInput(f"{display(found)} is neither a folder nor a file.")


def _check_apart(root: bytes, managed: bytes) -> None:
    """Blocking. What is managed would be imported into itself, again and again."""
    real, kept = os.path.realpath(root), os.path.realpath(managed)
    for inner, outer in ((real, kept), (kept, real)):
        if inner == outer or inner.startswith(outer.rstrip(b"/") + b"/"):
            raise Conflict(
                f"{display(root)} and the managed folder {display(managed)} lie within each other."
            )
