"""A folder to import from, the managed library, and imports of the one into the other."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

from mcma.services.callers import SYSTEM
from mcma.services.indexing.readers import TagReaders
from mcma.services.intake.importing import Import, ImportPlace, ImportReport
from mcma.services.intake.imports import Imports
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.catalogue import source_refs, track_files
from mcma.store.tables.intake import discarded_files, import_files
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext
from tests.support.scanning import InThread, Music, QuietJob, local_source


class Inbox:
    """`source` is the folder, `kept` the managed library. Paths are relative to each."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.source = Music(database, folder / "inbox")
        self.kept = Music(database, folder / "data" / "music" / "Imported")
        self.managed = ManagedLibraries(database, folder / "data" / "music")
        self.service = Imports(
            database, Jobs(database, EmbeddedDoorbell()), self.managed, lambda: {"local": local_source()},
            self._hear, lambda: TagReaders(1),
        )  # fmt: skip
        self.heard: list[tuple[str, Any]] = []
        self.folder_id: UUID | None = None

    def _hear(self, hook: str, event: object) -> None:
        self.heard.append((hook, event))

    async def create(self) -> "Inbox":
        self.source.root.mkdir(parents=True, exist_ok=True)
        named = await self.service.name(SYSTEM, self.source.root)
        self.folder_id, self.kept.id = named.folder.id, named.folder.library_id
        return self

    async def work(
        self, *, only: str | None = None, link: bool = False, job: JobContext | None = None
    ) -> Import:
        assert self.folder_id is not None
        name = None if only is None else os.fsencode(only)
        place = ImportPlace(self.folder_id, os.fsencode(self.source.root), link, name)
        library = await self.managed.by_id(self.kept.id)
        running = job or NewJob()
        return Import(
            self.database, place, library, local_source(), running, InThread(), self._hear
        )  # fmt: skip

    async def run(self, **more: Any) -> ImportReport:
        return await (await self.work(**more)).run()

    async def results(self) -> dict[str, str]:
        """Path in the import folder to what became of it."""
        return {row.path_display: row.result for row in await self.kept.rows(import_files)}

    def places(self) -> list[str]:
        """Files in managed storage, the note for people aside."""
        root = self.kept.root
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        return [path for path in found if path not in ("README.txt", ".mcma-staging/.nomedia")]

    async def paths(self) -> list[str]:
        """The same, as the catalogue has them."""
        return sorted(row.path_display for row in await self.kept.files() if row.missing_since is None)

    async def is_tidy(self) -> None:
        """What is on the disk is what the catalogue has, and nothing is left to be done."""
        covers = (".jpg", ".png", ".lrc", ".elrc")
        assert [path for path in self.places() if not path.endswith(covers)] == await self.paths()
        assert await self.kept.rows(discarded_files) == []
        staging = self.kept.root / ".mcma-staging"
        assert [one.name for one in staging.iterdir()] == [".nomedia"]
        files = {row.id for row in await self.kept.rows(track_files, track_files.c.deleted_at.is_(None))}
        refs = await self.kept.rows(source_refs, source_refs.c.instance == str(self.folder_id))
        assert {row.file_id for row in refs} <= files


class NewJob(QuietJob):
    def __init__(self) -> None:
        self.id = JobId(new_id())
