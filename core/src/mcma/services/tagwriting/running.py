"""One run of the job over one library: each file staged, proved, put in place and taken in."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.settling import Settling
from mcma.services.indexing.values import KnownFile, LibraryPlace, joined
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake import staging
from mcma.services.tagwriting import staging as copies
from mcma.services.tagwriting.settling import counted, fail, forgotten, held, recover, take_in
from mcma.services.tagwriting.values import FAILED, WRITING, FieldChange, Planned, Staged, Written
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.tag_writing import tag_writes
from mcma_plugins.events import TracksChanged
from mcma_plugins.ids import LibraryId, TrackId, UserId

if TYPE_CHECKING:
    from mcma.media.retagging.change import Cover

Notify = Callable[[str, object], None]
Covers = Callable[[UUID], Awaitable["Cover | None"]]
"""The picture of a track, as it is."""


class LibraryRun:
    """For one library and one attempt of one job."""

    def __init__(
        self,
        database: Database,
        library: LibraryPlace,
        run_id: UUID,
        user: UserId | None,
        notify: Notify,
        covers: Covers,
    ) -> None:
        self._database, self._library, self._run_id, self._user = database, library, run_id, user
        self._notify, self._covers = notify, covers
        self._writer = CatalogueWriter(library)
        self._recounting = Recounting(database, self._writer.touched)
        self._began: datetime = utcnow()
        self.tally: Counter[str] = Counter()
        """written, unchanged, and reasons of files that were not written to."""

    async def begin(self) -> None:
        """What a killed run has left comes first."""
        if await recover(self._database, self._writer):
            await self.end()
        await asyncio.to_thread(self._tidy)

    async def end(self) -> None:
        settling = Settling(self._database, self._writer, self._recounting, self._began)
        try:
            await settling.run()
            await counted(self._database, self._library.id)
        finally:
            for merge in settling.merged:
                self._notify("items_merged", merge)
            await asyncio.to_thread(self._tidy)

    def _tidy(self) -> None:
        staging.remove(self._library.root, staging.staged_folder(self._run_id))

    async def write(self, plan: Planned) -> str:
        """What became of it: written, unchanged, or why not. Raises `OutOfSpace`."""
        cover = await self._covers(plan.file.track_id) if "artwork" in plan.fields else None
        left = [one for one in plan.changes if one.field != "artwork" or cover is not None]
        if not left:
            return await self._done(self._row(plan.file, plan.path, plan.changes), plan.file, _no_cover)
        plan = plan._replace(changes=left)
        row = self._row(plan.file, plan.path, left)
        return await self._done(row, plan.file, lambda: copies.stage(plan, self._run_id, cover))

    async def undo(
        self, write: Written, known: KnownFile, path: str, changes: Sequence[FieldChange], kept: Any
    ) -> str:
        """`kept`: the backup and the hash of what it makes. As `write`."""
        back = [FieldChange(one.field, one.after, one.before) for one in changes]
        row = self._row(known, path, back) | {"undoes": write.id}
        root, run_id = self._library.root, self._run_id
        return await self._done(
            row,
            known,
            lambda: copies.stage_former(root, write, known, run_id, kept.backup, kept.former_sha256),
        )

    async def _done(self, row: dict[str, Any], file: KnownFile, stage: Callable[[], Staged | None]) -> str:
        from mcma.media.retagging.change import Unwritable

        try:
            staged = await asyncio.to_thread(stage)
            outcome = "unchanged" if staged is None else await self._replace(row, file, staged)
        except Unwritable as refused:
            outcome = refused.reason
            await self._refuse(row, refused)
        self.tally[outcome] += 1
        return outcome

    async def _replace(self, row: dict[str, Any], file: KnownFile, staged: Staged) -> str:
        from mcma.media.retagging.change import Unwritable

        now = staged.identity
        row |= {"size": now.size, "mtime_ns": now.mtime_ns, "inode": now.inode, "sha256": staged.sha256,
                "former_sha256": staged.former_sha256, "backup": staged.backup}  # fmt: skip
        async with self._database.write() as transaction:
            await insert_rows(transaction.connection, tag_writes, [row])
        former = copies.identity_of(file)
        write = Written(row["id"], file.library_id, file.track_id, file.id, file.folder, file.name, former,
                        now, staged.sha256, row["undoes"], self._user)  # fmt: skip
        try:
            await self._swap(write, staged.place)
        except Unwritable as refused:
            await fail(self._database, write.id, refused.reason, refused.message)
            return refused.reason
        except Exception:
            await forgotten(self._database, self._library.root, write)
            raise
        if (outcome := await take_in(self._database, self._writer, write)) != "written":
            return outcome
        self._notify("track_changed", TracksChanged(LibraryId(file.library_id), [TrackId(file.track_id)]))
        await self._recounting.run_if_due()
        return "written"

    async def _swap(self, write: Written, staged: bytes) -> None:
        """While the write is held: another run that took this one for dead has forgotten it, or waits."""
        from mcma.media.retagging.change import Unwritable

        root, place = self._library.root, joined(*write.place)
        async with self._database.write() as transaction:
            if not await held(transaction.connection, write.id):
                raise Unwritable("changed", "Another run has taken this one for dead.")
            await asyncio.to_thread(copies.swap, root, place, write.former, staged)
        await asyncio.to_thread(copies.sync_folder_of, root, place)

    def _row(self, file: KnownFile, path: str, changes: Sequence[FieldChange]) -> dict[str, Any]:
        return {
            "id": new_id(), "run_id": self._run_id, "library_id": file.library_id, "track_id": file.track_id,
            "file_id": file.id, "folder": file.folder, "name": file.name, "path_display": path,
            "state": WRITING, "before": {one.field: one.before for one in changes},
            "after": {one.field: one.after for one in changes}, "former_size": file.size,
            "former_mtime_ns": file.mtime_ns, "former_inode": file.inode, "former_sha256": None, "size": 0,
            "mtime_ns": 0, "inode": 0, "sha256": None, "backup": None, "undoes": None, "error": None,
            "message": None, "user_id": self._user, "created_at": utcnow(),
        }  # fmt: skip

    async def _refuse(self, row: dict[str, Any], refused: Any) -> None:
        row |= {"state": FAILED, "error": refused.reason, "message": refused.message[:500]}
        async with self._database.write() as transaction:
            await insert_rows(transaction.connection, tag_writes, [row])


def _no_cover() -> Staged | None:
    from mcma.media.retagging.change import Unwritable

    raise Unwritable("picture", "The cover is not here any more.")
