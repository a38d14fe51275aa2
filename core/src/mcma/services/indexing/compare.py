"""What the walk finds, compared with what is known: files to read, files that are back, files gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from mcma.services.indexing import missing, problems
from mcma.services.indexing.locate import discarded_in_folders, known_in_folders
from mcma.services.indexing.problems import Problem
from mcma.services.indexing.report import ScanReport
from mcma.services.indexing.values import KnownFile, Place, ToTake, display, parted
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma_plugins.sources import FoundFile, FoundFolder

LARGEST_GROUP = 100
"""Files of one folder that are written together; what is left of a larger folder comes as another group."""

Group = list[ToTake]
"""Files of one folder."""


@dataclass(slots=True)
class _Found:
    """What comparing some folders has found."""

    groups: list[Group] = field(default_factory=list)
    back: list[UUID] = field(default_factory=list)
    kept: list[Place] = field(default_factory=list)
    """Places of problems that are as they were."""


class Comparison:
    """One instance serves one scan."""

    def __init__(
        self, database: Database, writer: CatalogueWriter, report: ScanReport, *, full: bool
    ) -> None:
        self._database = database
        self._writer = writer
        self._library = writer.library
        self._report = report
        self._full = full
        self.gone: list[KnownFile] = []
        """Not at their places, in folders that were listed."""
        self.folders: set[bytes] = set()
        """All that were listed."""
        self._unknown: list[bytes] = []

    def is_unknown(self, folder: bytes) -> bool:
        """It, or one above it, could not be listed."""
        return any(not top or folder == top or folder.startswith(top + b"/") for top in self._unknown)

    async def take(self, folders: Sequence[FoundFolder]) -> list[Group]:
        """The files of these folders that have to be read."""
        paths = [folder.path for folder in folders]
        async with self._database.read() as connection:
            rows = await known_in_folders(connection, self._library.id, paths)
            refused = await problems.known_problems(connection, self._library.id, paths)
            discarded = await discarded_in_folders(connection, self._library.id, paths)
        known: dict[bytes, list[KnownFile]] = {}
        for row in rows:
            known.setdefault(row.folder, []).append(row)
        found = _Found()
        for folder in _without(folders, discarded):
            self._take_folder(folder, known.get(folder.path, []), refused, found)
        await self._note(folders, found)
        return found.groups

    def _take_folder(
        self,
        folder: FoundFolder,
        rows: Sequence[KnownFile],
        refused: dict[Place, tuple[int, int]],
        found: _Found,
    ) -> None:
        self.folders.add(folder.path)
        self._report.files += len(folder.files)
        known = self._by_name(folder, rows)
        group = []
        for file in folder.files:
            row = known.pop(file.name, None)
            place = (folder.path, file.name)
            if not self._full and _is_unchanged(row, file):
                if row is not None and row.missing:
                    found.back.append(row.id)
                if place in refused:
                    found.kept.append(place)
            elif not self._full and refused.get(place) == (file.size, file.mtime_ns):
                found.kept.append(place)
            else:
                group.append(ToTake(folder.path, file, row))
        if folder.unknown:
            self._unknown.append(folder.path)
            self._report.unknown_folders.append(display(folder.path))
        else:
            self.gone += [row for row in known.values() if not row.missing]
        self._add_groups(group, company=bool(rows) or len(group) > LARGEST_GROUP, found=found)

    def _by_name(self, folder: FoundFolder, rows: Sequence[KnownFile]) -> dict[bytes, KnownFile]:
        """Two rows at one place: one has been pushed out by the other, and is gone."""
        there = {file.name: file for file in folder.files}
        known: dict[bytes, KnownFile] = {}
        for row in rows:
            other = known.setdefault(row.name, row)
            if other is not row:
                fits = _is_unchanged(row, there.get(row.name)) or other.missing
                known[row.name], pushed = (row, other) if fits else (other, row)
                self.gone += [] if pushed.missing else [pushed]
        return known

    @staticmethod
    def _add_groups(group: Group, *, company: bool, found: _Found) -> None:
        for at in range(0, len(group), LARGEST_GROUP):
            found.groups.append([take._replace(company=company) for take in group[at : at + LARGEST_GROUP]])

    async def _note(self, folders: Sequence[FoundFolder], found: _Found) -> None:
        met = [
            Problem(*parted(problem.path), problem.reason, problem.message)
            for folder in folders
            for problem in folder.problems
        ]
        self._report.problems += len(met) + len(found.kept)
        self._report.returned += len(found.back)
        if not (met or found.back or found.kept):
            return
        async with self._database.write() as transaction:
            now = utcnow()
            await problems.report(transaction.connection, self._library.id, met, now)
            await problems.keep(transaction.connection, self._library.id, found.kept, now)
        for at in range(0, len(found.back), missing.CHUNK):
            async with self._database.write() as transaction:
                chunk = found.back[at : at + missing.CHUNK]
                await missing.mark_present(transaction.connection, self._writer, chunk)


def _is_unchanged(row: KnownFile | None, file: FoundFile | None) -> bool:
    return (
        row is not None
        and file is not None
        and (row.size, row.mtime_ns, row.sidecar_mtime_ns)
        == (file.size, file.mtime_ns, file.sidecar_mtime_ns)
    )


def _without(folders: Sequence[FoundFolder], discarded: set[Place]) -> Sequence[FoundFolder]:
    if not discarded:
        return folders
    return [
        replace(
            folder, files=tuple(file for file in folder.files if (folder.path, file.name) not in discarded)
        )
        for folder in folders
    ]
