"""The job behind an upload: reads the file, recognises what is there already, puts it in its place."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import FileFacts, FileProblem, ProblemReason
from mcma.services.callers import SYSTEM
from mcma.services.identity.trackmerge import merge_tracks
from mcma.services.indexing.filerows import incoming_of
from mcma.services.indexing.missing import touch
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.reading import ToRead
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace, ToTake, joined
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake.discarding import remove_discarded
from mcma.services.intake.pending import Unread, refer, remove_track, retire, unread
from mcma.services.intake.shelving import Shelving
from mcma.services.intake.slot_twins import other_track_there
from mcma.services.intake.sweeping import sweep
from mcma.services.intake.twins import Twin, open_to_all, twins
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.playlists.playlist_counts import recount_of
from mcma.store.access import library_ids
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables.catalogue import libraries, tracks
from mcma.store.tables.people import users
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.events import ItemsMerged, TracksChanged
from mcma_plugins.ids import JobId, LibraryId, TrackId, UserId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.sources import FoundFile
from mcma_plugins.values import Caller, ItemKind

INGEST = "ingest"
STAGING = "staging"
"""The job that looks after what was left in staging folders."""
_PASSING = (ProblemReason.UNREADABLE, ProblemReason.CHANGED)
"""Faults of the disk or of the moment, not of the file."""


class Staged(NamedTuple):
    """A track whose file lies in a staging folder, unread."""

    library_id: UUID
    owner: UUID
    """Of the folder."""
    track_id: UUID
    file_id: UUID


class Done(NamedTuple):
    track_id: UUID
    result: str
    """ingested, duplicate or joined."""


class _Compared(NamedTuple):
    file_id: UUID | None = None
    same: bool = False


class Ingest:
    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        managed: ManagedLibraries,
        notify: Callable[[str, object], None],
        readers: Callable[[], TagReaders],
    ) -> None:
        self._database, self._jobs, self._managed = database, jobs, managed
        self._notify, self._readers = notify, readers

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(INGEST, self._run), JobKind(STAGING, self._sweep, max_attempts=1))

    def schedules(self) -> Mapping[str, Schedule]:
        return {STAGING: Schedule(STAGING, timedelta(hours=6), {})}

    async def enqueue(
        self,
        transaction: WriteTransaction,
        caller: Caller,
        library: UUID,
        owner: UUID,
        track: UUID,
        file: UUID,
    ) -> JobId:
        payload = {"library_id": library, "upload": owner, "track_id": track, "file_id": file}
        return await self._jobs.enqueue(
            transaction, INGEST, {name: str(value) for name, value in payload.items()}, dedup_key=str(track),
            priority=Priority.INTERACTIVE, created_by=None if caller == SYSTEM else caller.user_id,
        )  # fmt: skip

    def tell(self, hook: str, library: UUID, track: UUID) -> None:
        self._notify(hook, TracksChanged(LibraryId(library), [TrackId(track)]))

    async def _run(self, job: JobContext) -> Payload:
        ids = [UUID(job.payload[name]) for name in ("library_id", "upload", "track_id", "file_id")]
        done = await self.finish(Staged(*ids), job.created_by)
        return {"track_id": str(done.track_id), "result": done.result}

    async def finish(self, staged: Staged, user: UserId | None, known: FileFacts | None = None) -> Done:
        """Reads it, unless that is `known`, and gives it its place. May be called again after a crash.
        `user`: in whose libraries the same sound would do as well. `PermanentError` when it is no music:
        then it is gone; `RetryLater`."""
        library = await self._managed.by_id(staged.library_id)
        async with self._database.read() as connection:
            waiting = await unread(connection, staged.file_id)
        writer = CatalogueWriter(library)
        done, refused = None, None
        if waiting is not None:
            facts = known or await self._facts(library, waiting)
            if isinstance(facts, FileProblem):
                refused = facts
                await self._refuse(writer, waiting)
            else:
                done = await self._take_in(user, writer, waiting, facts)
                self._announce(library.id, staged.track_id, done)
        await remove_discarded(self._database, library)
        await Shelving(self._database, library).run(staged.owner)
        track = await self._recounted(writer, staged.track_id)
        if track is None:
            why = f" ({refused.reason.value}): {refused.message}" if refused else "."
            raise PermanentError(f"This is no music that mcma can read{why}")
        return Done(track, "ingested" if done is None else done.result)

    async def _facts(self, library: LibraryPlace, waiting: Unread) -> FileFacts | FileProblem:
        folder, name = waiting.file.place
        path = library.root + b"/" + joined(folder, name)
        async with self._readers() as readers:
            [read] = await readers.read([ToRead(path, (), library.root + b"/" + folder)])
        gone = not await asyncio.to_thread(os.path.lexists, path)
        if isinstance(read, FileProblem) and read.reason in _PASSING and not gone:
            raise RetryLater(f"The file cannot be read now: {read.message}")
        return read

    async def _refuse(self, writer: CatalogueWriter, waiting: Unread) -> None:
        async with self._database.write() as transaction:
            connection, now = transaction.connection, utcnow()
            await lock_catalogue(connection)
            await retire(connection, waiting.file, now)
            await remove_track(connection, writer, waiting.file.track_id, now)

    async def _take_in(
        self, user: UserId | None, writer: CatalogueWriter, waiting: Unread, facts: FileFacts
    ) -> Done:
        library, pending = writer.library, waiting.file.track_id
        compared = await self._compared(library, waiting, facts, user)
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            there = await self._twin(connection, library.id, facts, user)
            if there is not None and there.file.id != compared.file_id:
                raise RetryLater("The same sound came in by another way just now.", after=0.1)
            if there is not None and compared.same:
                now, twin = utcnow(), there.file
                await retire(connection, waiting.file, now, twin.id)
                await refer(connection, waiting.sha256, there.path, (twin.track_id, twin.id), now)
                await merge_tracks(connection, writer, pending, twin.track_id, "the same sound")
                return Done(twin.track_id, "duplicate")
            known = waiting.file
            found = FoundFile(known.name, facts.size, facts.mtime_ns, facts.inode)
            item = incoming_of(ToTake(known.folder, found, known), facts)
            item.row["sha256"] = waiting.sha256
            await writer.apply(connection, [item])
            other = await other_track_there(connection, item)
            if other is not None:
                await merge_tracks(connection, writer, pending, other, "another encoding")
                return Done(other, "joined")
            return Done(pending, "ingested")

    async def _compared(
        self, library: LibraryPlace, waiting: Unread, facts: FileFacts, user: UserId | None
    ) -> _Compared:
        """With the file of the same hash, which is where to look and no proof: what is taken for a copy is
        removed. Outside the transaction, which nobody should have to wait for."""
        async with self._database.read() as connection:
            there = await self._twin(connection, library.id, facts, user)
            if there is None:
                return _Compared()
            query = sa.select(libraries.c.root).where(libraries.c.id == there.file.library_id)
            root = await connection.scalar(query)
        from mcma.media.sameness import same_sound  # brings in all that reads files

        mine = library.root + b"/" + joined(*waiting.file.place)
        theirs = (root or b"") + b"/" + joined(there.file.folder, there.file.name)
        return _Compared(there.file.id, await asyncio.to_thread(same_sound, mine, theirs))

    async def _twin(
        self, connection: AsyncConnection, library_id: UUID, facts: FileFacts, user: UserId | None
    ) -> Twin | None:
        seen = await self._seen(connection, library_id, user)
        return (await twins(connection, library_id, [facts.audio_hash], seen)).get(facts.audio_hash)

    async def _seen(
        self, connection: AsyncConnection, library_id: UUID, user: UserId | None
    ) -> sa.Select[Any]:
        """Libraries in which the person who uploaded it would find it."""
        if user is None:
            return open_to_all(library_id)
        query = sa.select(users.c.is_admin).where(users.c.id == user)
        return library_ids(Caller(user, "", bool(await connection.scalar(query))))

    def _announce(self, library: UUID, pending: UUID, done: Done) -> None:
        if done.track_id != pending:
            self._notify("items_merged", ItemsMerged(ItemKind.TRACK, pending, done.track_id))
        if done.result != "duplicate":
            self.tell("track_changed", library, done.track_id)

    async def _recounted(self, writer: CatalogueWriter, pending: UUID) -> UUID | None:
        """The track that it is now; None when it was removed."""
        query = sa.select(tracks.c.replaced_by, tracks.c.deleted_at).where(tracks.c.id == pending)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one()
            now: UUID | None = row.replaced_by or (pending if row.deleted_at is None else None)
            await touch(connection, writer, {pending, now or pending})
        await Recounting(self._database, writer.touched).run()
        await recount_of(self._database, list({pending, now or pending}))
        return now

    async def _sweep(self, job: JobContext) -> Payload:
        return {"swept": sum([await sweep(self._database, place) for place in await self._managed.all()])}
