"""Writing tags: looked at first, asked for, done by a job, listed, and taken back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import Conflict, InvalidInput, McmaError, NotFound, OutOfSpace
from mcma.domain.tagfields import ALL, KEYS
from mcma.services.callers import SYSTEM, person_of, require_admin
from mcma.services.covers import Covers
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.tagwriting.listing import WriteFilter, conditions, next_to_undo, undoable, views
from mcma.services.tagwriting.planning import PORTION, chosen, planned, portion
from mcma.services.tagwriting.running import LibraryRun, Notify
from mcma.services.tagwriting.values import FilePreview, Picked, Planned, Preview, TagWriteView
from mcma.store.engine import Database
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.tag_writing import tag_writes
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.values import Caller, ItemKind, ItemRef

if TYPE_CHECKING:
    from mcma.media.retagging.change import Cover

WRITE_TAGS: Final = "write_tags"
"""The job kind. With nothing to write it finishes what killed runs have left."""


def allowed_fields(words: Collection[str]) -> frozenset[str]:
    """Of the setting. `InvalidInput` names what is no field."""
    unknown = sorted({*words} - {*KEYS, ALL})
    if unknown:
        raise InvalidInput(f"{unknown[0]!r} is no field that can be written.", hint=", ".join(KEYS))
    return frozenset(KEYS) if ALL in words else frozenset(words)


class TagWriting:
    """`allowed`: fields that may be written; with none of them writing is off. For administrators."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        managed: ManagedLibraries,
        covers: Covers,
        notify: Notify,
        allowed: frozenset[str],
    ) -> None:
        self._database, self._jobs, self._managed = database, jobs, managed
        self._covers, self._notify, self._allowed = covers, notify, allowed

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(WRITE_TAGS, self._run, max_attempts=3, timeout=timedelta(days=2), concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {WRITE_TAGS: Schedule(WRITE_TAGS, timedelta(hours=6), {})}

    async def preview(
        self,
        caller: Caller,
        picked: Sequence[Picked],
        fields: Sequence[str] | None = None,
        *,
        after: UUID | None = None,
        limit: int = PORTION,
    ) -> Preview:
        """What would be written into the files of `limit` tracks, as far as the catalogue knows. Also while
        writing is off: then of all fields, unless they are named."""
        require_admin(caller)
        wanted = self._fields(fields, or_all=True)
        async with self._database.read() as connection:
            ids = await portion(connection, chosen(caller, picked), after, limit)
            found = await planned(connection, ids, wanted)
        files = [FilePreview(one.file.id, one.file.track_id, one.path, one.changes, _refused(one))
                 for one in found]  # fmt: skip
        return Preview(files, ids[-1] if len(ids) == limit else None)

    async def start(
        self, caller: Caller, picked: Sequence[Picked], fields: Sequence[str] | None = None
    ) -> JobId:
        """Raises `Conflict`: tag_writing_off, field_off, not_managed (nothing of it is)."""
        require_admin(caller)
        wanted = self._fields(fields, or_all=False)
        async with self._database.read() as connection:
            if not await portion(connection, chosen(caller, picked), None, 1):
                raise Conflict(
                    "None of this lies in a managed library: files indexed in place are never written to.",
                    code="not_managed",
                )
        items = [[one.kind.value if one.kind else "library", str(one.id)] for one in picked]
        return await self._submit(caller, {"items": items, "fields": sorted(wanted)})

    async def undo(self, caller: Caller, id_: UUID) -> JobId:
        """Of one write, or of all of a run. `NotFound`; `Conflict`: nothing_to_undo."""
        require_admin(caller)
        async with self._database.read() as connection:
            known = sa.or_(tag_writes.c.id == id_, tag_writes.c.run_id == id_)
            if not await views(connection, known):
                raise NotFound("There is no such write.", hint="mcma tags list")
            if not await views(connection, *undoable(id_)):
                raise Conflict("There is nothing of it to be taken back.", code="nothing_to_undo")
        return await self._submit(caller, {"undo": str(id_)})

    async def page(
        self, caller: Caller, only: WriteFilter, *, before: UUID | None = None, limit: int = 50
    ) -> list[TagWriteView]:
        require_admin(caller)
        async with self._database.read() as connection:
            return await views(connection, *conditions(only, before), limit=limit)

    async def get(self, caller: Caller, write_id: UUID) -> TagWriteView:
        require_admin(caller)
        async with self._database.read() as connection:
            found = await views(connection, tag_writes.c.id == write_id)
        if not found:
            raise NotFound("There is no such write.")
        return found[0]

    def _fields(self, fields: Iterable[str] | None, *, or_all: bool) -> frozenset[str]:
        allowed = self._allowed or (frozenset(KEYS) if or_all else frozenset[str]())
        if not allowed:
            raise Conflict("Writing tags into files is off.", code="tag_writing_off", hint="MCMA_WRITE_TAGS")
        if fields is None:
            return allowed
        named = allowed_fields(set(fields) - {ALL})
        if not or_all and (missing := sorted(named - allowed)):
            raise Conflict(f"{missing[0]} is no field that may be written.", code="field_off",
                           hint="MCMA_WRITE_TAGS")  # fmt: skip
        return named or allowed

    async def _submit(self, caller: Caller, payload: Payload) -> JobId:
        return await self._jobs.submit(
            WRITE_TAGS, payload, priority=Priority.NORMAL,
            created_by=person_of(caller),
        )  # fmt: skip

    # The job

    async def _run(self, job: JobContext) -> Payload:
        runs = await self._begun(job)
        try:
            if "undo" in job.payload:
                await self._undo(job, runs, UUID(job.payload["undo"]))
            elif "items" in job.payload:
                await self._write(job, runs)
            else:
                await self._forget()
        except OutOfSpace as full:
            raise PermanentError(full.message, code="out_of_space") from full
        finally:
            for run in runs.values():
                await run.end()
        return _summed(runs.values())

    async def _begun(self, job: JobContext) -> dict[UUID, LibraryRun]:
        """A library whose volume is not there is left alone."""
        runs = {}
        for place in await self._managed.all():
            with suppress(McmaError):
                ready = await self._managed.by_id(place.id)
                run = LibraryRun(self._database, ready, job.id, job.created_by, self._notify, self._cover)
                await run.begin()
                runs[place.id] = run
        return runs

    async def _write(self, job: JobContext, runs: Mapping[UUID, LibraryRun]) -> None:
        picked = [Picked(None if kind == "library" else ItemKind(kind), UUID(id_))
                  for kind, id_ in job.payload["items"]]  # fmt: skip
        among, fields = chosen(SYSTEM, picked), self._allowed & {*job.payload["fields"]}
        if not fields:
            raise PermanentError("Writing tags into files was turned off meanwhile.", code="tag_writing_off")
        async with self._database.read() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(among.subquery()))
        done, last = 0, None
        while ids := await self._portion(among, last):
            async with self._database.read() as connection:
                plans = await planned(connection, ids, fields)
            for plan in plans:
                await self._one(job, runs, plan)
                await job.progress(done, total, _note(runs.values()))
            done, last = done + len(ids), ids[-1]
            await job.progress(done, total, _note(runs.values()))

    async def _portion(self, among: sa.Select[Any], last: UUID | None) -> list[UUID]:
        async with self._database.read() as connection:
            return await portion(connection, among, last)

    async def _one(self, job: JobContext, runs: Mapping[UUID, LibraryRun], plan: Planned) -> None:
        run = runs.get(plan.library.id)
        if run is None:
            await job.log(f"{plan.path}: its library is not there")
        elif (refused := _refused(plan)) is not None:
            run.tally[refused] += 1
        else:
            await _logged(job, plan.path, await run.write(plan))

    async def _undo(self, job: JobContext, runs: Mapping[UUID, LibraryRun], id_: UUID) -> None:
        last = None
        while True:
            async with self._database.read() as connection:
                found = await next_to_undo(connection, id_, last)
            if found is None:
                return
            last = found.write.id
            known = found.known
            run = runs.get(known.library_id if known else found.write.library_id)
            if run is None or known is None:
                await job.log(f"{found.path}: the file is gone")
                if run is not None:
                    run.tally["missing"] += 1
                continue
            outcome = await run.undo(found.write, known, found.path, found.changes, found)
            await _logged(job, found.path, outcome)
            await job.progress(sum(run.tally.values()), note=_note(runs.values()))

    async def _forget(self) -> None:
        """Writes of tracks that are no more cannot be taken back."""
        gone = sa.select(tracks.c.id).where(tracks.c.deleted_at.is_not(None), tracks.c.replaced_by.is_(None))
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.delete(tag_writes).where(tag_writes.c.track_id.in_(gone)))

    async def _cover(self, track_id: UUID) -> "Cover | None":
        from mcma.media._images import check_image
        from mcma.media.retagging.change import Cover

        try:
            image = await self._covers.cover(SYSTEM, ItemRef(ItemKind.TRACK, track_id))
            if image.placeholder:
                return None
            found = check_image(image.data)
        except (InvalidInput, NotFound):
            return None
        return Cover(image.data, found.mime, found.width, found.height)


def _refused(plan: Planned) -> str | None:
    from mcma.media.retagging.writing import WRITABLE

    return None if plan.container in WRITABLE else "format"


async def _logged(job: JobContext, path: str, outcome: str) -> None:
    if outcome not in ("written", "unchanged"):
        await job.log(f"{path}: {outcome}")


def _note(runs: Iterable[LibraryRun]) -> str:
    summed = _summed(runs)
    return f"{summed['written']} written, {sum(summed['refused'].values())} refused"


def _summed(runs: Iterable[LibraryRun]) -> dict[str, Any]:
    tally: dict[str, int] = {}
    for run in runs:
        for name, count in run.tally.items():
            tally[name] = tally.get(name, 0) + count
    plain = {name: tally.pop(name, 0) for name in ("written", "unchanged")}
    return {**plain, "refused": dict(sorted(tally.items()))}
