"""Asking because somebody wants it: some items, a library, or everything there is."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.texts import storable
from mcma.services.callers import person_of
from mcma.services.enriching.enrichers import Ability, Enrichers
from mcma.services.enriching.folders import Folder, in_folder, remember, remembered
from mcma.services.enriching.rehearsing import Rehearsing
from mcma.services.enriching.scheduling import kind_of
from mcma.services.enriching.targets import targets_of
from mcma.services.jobs import Jobs, Part
from mcma.store.engine import Database
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import albums, artist_libraries, artists, libraries, track_files, tracks
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule
from mcma_plugins.values import Caller, ItemKind, ItemRef

ENRICH: Final = "enrich"
MOST_ITEMS: Final = 1000
MOST_REHEARSED: Final = 20
"""Of each enricher, in a dry run."""
ITEMS: Final = 50
"""Asked about in one job."""
PORTION: Final = 2000
"""Tracks, or artists."""
Where = tuple[sa.ColumnElement[bool], ...]


class Selection(NamedTuple):
    """`items`, or what lies in a library (None: in all of them)."""

    items: Sequence[ItemRef] = ()
    """Of a folder all that lies in it is meant, whether it has an album by now or not."""
    library_id: UUID | None = None
    everything: bool = False
    status: Sequence[str] = ()
    """Only tracks and artists of these; empty for all."""
    enrichers: Sequence[str] | None = None
    dry_run: bool = False
    folder: str | None = None
    """Of the library, relative to its root: only what lies in it and below."""


class _Part(NamedTuple):
    items: Sequence[ItemRef]
    folders: Sequence[Folder] = ()
    """Among them; to be remembered before they are asked about."""


class Requests:
    """Satisfies `JobOwner`."""

    def __init__(
        self, database: Database, jobs: Jobs, enrichers: Enrichers, rehearsing: Rehearsing
    ) -> None:  # fmt: skip
        self._database, self._jobs, self._enrichers = database, jobs, enrichers
        self._rehearsing = rehearsing

    def job_kinds(self) -> Sequence[JobKind]:
        """Where the server runs: there all enrichers are."""
        return (
            JobKind(
                ENRICH, self._run, max_attempts=3, concurrency=2, waits_for_children=True, host_only=True
            ),
        )

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def ask(self, caller: Caller, wanted: Selection) -> JobId:
        """`NotFound` for items, libraries and enrichers that are not here; `InvalidInput`. The same, while it
        is asked about, is the job there is."""
        _check(wanted)
        for name in wanted.enrichers or ():
            self._enrichers.ability(name)
        wanted = wanted._replace(items=await self._here(wanted.items))
        await self._check_library(wanted.library_id)
        await self._check_folder(wanted)
        by, some = person_of(caller), bool(wanted.items)
        payload = {**_payload(wanted), "by": by and str(by)}
        return await self._jobs.submit(
            ENRICH, payload, dedup_key=hashlib.sha256(orjson.dumps(payload)).hexdigest(),
            priority=Priority.INTERACTIVE if some else Priority.NORMAL, created_by=by,
        )  # fmt: skip

    async def _check_library(self, library_id: UUID | None) -> None:
        here = libraries.c.id == library_id, libraries.c.deleted_at.is_(None)
        async with self._database.read() as connection:
            if library_id is not None and not await connection.scalar(sa.select(libraries.c.id).where(*here)):
                raise NotFound("There is no such library.")

    async def _check_folder(self, wanted: Selection) -> None:
        if wanted.folder is None:
            return
        query = sa.select(track_files.c.id).where(*_inside(wanted), track_files.c.deleted_at.is_(None))
        async with self._database.read() as connection:
            if await connection.scalar(query.limit(1)) is None:
                raise NotFound("No music lies in such a folder of the library.")

    async def _here(self, items: Sequence[ItemRef]) -> list[ItemRef]:
        """Each once; merged ones are the winner."""
        found: list[ItemRef] = []
        async with self._database.read() as connection:
            for kind, table in (
                (ItemKind.TRACK, tracks),
                (ItemKind.ALBUM, albums),
                (ItemKind.ARTIST, artists),
            ):
                ids = [item.id for item in items if item.kind is kind]
                leads = await winners(connection, kind, ids) if ids else {}
                today = list(dict.fromkeys(leads.get(id_, id_) for id_ in ids))
                alive = sa.select(table.c.id).where(table.c.id.in_(today), table.c.deleted_at.is_(None))
                if today and set(await connection.scalars(alive)) != set(today):
                    raise NotFound(f"There is no such {kind}.")
                found += [ItemRef(kind, id_) for id_ in today]
            folders = list(dict.fromkeys(item.id for item in items if item.kind is ItemKind.FOLDER))
            if len(await remembered(connection, folders)) != len(folders):
                raise NotFound("There is no such folder.")
        return found + [ItemRef(ItemKind.FOLDER, id_) for id_ in folders]

    async def _run(self, job: JobContext) -> Payload:
        wanted = _wanted(job.payload)
        abilities = [one for one in self._enrichers.abilities() if _is_asked(one, wanted)]
        if wanted.dry_run:
            return await self._rehearsed(abilities, wanted, job)
        asked: dict[str, int] = {}
        for ability in abilities:
            asked[ability.name] = await self._enqueue(ability, wanted, job)
        return {"asked": asked}

    async def _rehearsed(self, abilities: Sequence[Ability], wanted: Selection, job: JobContext) -> Payload:
        """`more`: there are others, which were not asked about."""
        places: dict[UUID, Folder] = {}
        found = {one.name: await self._first(one, wanted, places) for one in abilities}
        some = {name: items[:MOST_REHEARSED] for name, items in found.items()}
        told = await self._rehearsing.run(abilities, some, places, job)
        return {**told, "more": any(len(items) > MOST_REHEARSED for items in found.values())}

    async def _first(
        self, ability: Ability, wanted: Selection, places: dict[UUID, Folder]
    ) -> list[ItemRef]:  # fmt: skip
        """Of folders that are among them it is told where they are: nothing is remembered."""
        found: dict[ItemRef, None] = {}
        async with aclosing(self._items(ability, wanted)) as parts:
            async for part in parts:
                found |= dict.fromkeys(part.items)
                places |= {one.id: one for one in part.folders}
                if len(found) > MOST_REHEARSED:
                    break
        return list(found)

    async def _enqueue(self, ability: Ability, wanted: Selection, job: JobContext) -> int:
        seen: set[UUID] = set()
        async for found in self._items(ability, wanted):
            new = [item for item in found.items if item.id not in seen]
            seen |= {item.id for item in new}
            groups = [new[start : start + ITEMS] for start in range(0, len(new), ITEMS)]
            parts = [Part(_part(ability, group, job), _key(job, group)) for group in groups]
            priority = Priority.INTERACTIVE if wanted.items else Priority.NORMAL
            async with self._database.write() as transaction:
                await remember(transaction.connection, found.folders)
                await self._jobs.enqueue_many(
                    transaction, kind_of(ability), parts, priority=priority, created_by=job.created_by,
                    parent_id=job.id,
                )  # fmt: skip
            await job.progress(0, None, f"{ability.name}: {len(seen)}")
        return len(seen)

    async def _items(self, ability: Ability, wanted: Selection) -> AsyncGenerator[_Part, None]:
        if wanted.items:
            yield await self._chosen(ability, wanted.items)
            for place in await self._folders(wanted.items):
                async for rows in self._tracks(place, wanted.status):
                    yield await self._meant(ability, rows)
            return
        for library in await self._libraries(wanted.library_id):
            async for rows in self._tracks(_inside(wanted, library), wanted.status):
                yield await self._meant(ability, rows)
            if ItemKind.ARTIST in ability.kinds and wanted.folder is None:
                async for part in self._artists(library, wanted.status):
                    yield part

    async def _chosen(self, ability: Ability, items: Sequence[ItemRef]) -> _Part:
        """A track on an album is asked about with its album, one without with its folder, an album of who
        knows tracks alone by its tracks."""
        of = {kind: [item.id for item in items if item.kind is kind] for kind in ItemKind}
        which = sa.or_(tracks.c.id.in_(of[ItemKind.TRACK]), tracks.c.album_id.in_(of[ItemKind.ALBUM]))
        async with self._database.read() as connection:
            rows = (await connection.execute(_TRACKS.where(which))).all()
        found = await self._meant(ability, rows)
        if ItemKind.ARTIST not in ability.kinds:
            return found
        by_whom = [ItemRef(ItemKind.ARTIST, id_) for id_ in of[ItemKind.ARTIST]]
        return found._replace(items=[*found.items, *by_whom])

    async def _meant(self, ability: Ability, rows: Sequence[Any]) -> _Part:
        async with self._database.read() as connection:
            found = await targets_of(connection, ability, rows)
        return _Part(list(found.items), found.folders)

    async def _folders(self, items: Sequence[ItemRef]) -> list[Where]:
        ids = [item.id for item in items if item.kind is ItemKind.FOLDER]
        async with self._database.read() as connection:
            found = await remembered(connection, ids)
        return [
            (track_files.c.library_id == one.library_id, track_files.c.folder == one.folder)
            for one in found.values()
        ]

    async def _libraries(self, library_id: UUID | None) -> Sequence[UUID]:
        if library_id is not None:
            return [library_id]
        query = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None)).order_by(libraries.c.id)
        async with self._database.read() as connection:
            return (await connection.scalars(query)).all()

    async def _tracks(self, place: Where, status: Sequence[str]) -> AsyncIterator[Sequence[Any]]:
        query = _FILED.where(*place).order_by(tracks.c.id).limit(PORTION)
        query = query.where(tracks.c.metadata_status.in_(status)) if status else query
        after = UUID(int=0)
        while True:
            async with self._database.read() as connection:
                rows = (await connection.execute(query.where(tracks.c.id > after))).all()
            if not rows:
                return
            yield rows
            after = rows[-1].id

    async def _artists(self, library: UUID, status: Sequence[str]) -> AsyncIterator[_Part]:
        query = (
            sa.select(artists.c.id)
            .join_from(artist_libraries, artists, artists.c.id == artist_libraries.c.artist_id)
            .where(artist_libraries.c.library_id == library, artist_libraries.c.album_count > 0)
            .order_by(artists.c.id)
            .limit(PORTION)
        )
        query = query.where(artists.c.metadata_status.in_(status)) if status else query
        after = UUID(int=0)
        while True:
            async with self._database.read() as connection:
                ids = (await connection.scalars(query.where(artists.c.id > after))).all()
            if not ids:
                return
            yield _Part([ItemRef(ItemKind.ARTIST, id_) for id_ in ids])
            after = ids[-1]


_TRACKS = sa.select(tracks.c.id, tracks.c.album_id, tracks.c.library_id).where(
    tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
)
_FILED = _TRACKS.outerjoin(track_files, track_files.c.id == tracks.c.file_id)


def _inside(wanted: Selection, library: UUID | None = None) -> Where:
    if wanted.folder is None:
        return (tracks.c.library_id == library,)
    return track_files.c.library_id == wanted.library_id, *in_folder(wanted.folder)


def _check(wanted: Selection) -> None:
    ways = (bool(wanted.items), wanted.library_id is not None, wanted.everything)
    if sum(ways) != 1:
        raise InvalidInput("Say items, a library, or everything.")
    if wanted.folder is not None:
        _check_name(wanted.folder, wanted.library_id)
    if len(wanted.items) > MOST_ITEMS:
        raise InvalidInput(f"At most {MOST_ITEMS} items at once.")
    if any(item.kind is ItemKind.PLAYLIST for item in wanted.items):
        raise InvalidInput("Tracks, albums, folders and artists can be asked about.")


def _check_name(folder: str, library: UUID | None) -> None:
    if library is None:
        raise InvalidInput("A folder is one of a library: say which.")
    try:
        storable(folder)
    except ValueError as wrong:
        raise InvalidInput(f"The folder {wrong}.", hint="Ask about one of its tracks.") from None


def _is_asked(ability: Ability, wanted: Selection) -> bool:
    return wanted.enrichers is None or ability.name in wanted.enrichers


def _payload(wanted: Selection) -> dict[str, Any]:
    return {
        "items": [[item.kind.value, str(item.id)] for item in wanted.items],
        "library": wanted.library_id and str(wanted.library_id), "everything": wanted.everything,
        "status": list(wanted.status), "dry_run": wanted.dry_run, "folder": wanted.folder,
        "enrichers": None if wanted.enrichers is None else list(wanted.enrichers),
    }  # fmt: skip


def _wanted(payload: Payload) -> Selection:
    return Selection(
        [ItemRef(ItemKind(kind), UUID(id_)) for kind, id_ in payload["items"]],
        None if payload["library"] is None else UUID(payload["library"]),
        payload["everything"], payload["status"], payload["enrichers"], payload["dry_run"],
        payload.get("folder"),
    )  # fmt: skip


def _part(ability: Ability, items: Sequence[ItemRef], job: JobContext) -> Payload:
    return {
        "enricher": ability.name, "items": [[item.kind.value, str(item.id)] for item in items],
        "trigger": "request", "again": True, "by": job.payload["by"],
    }  # fmt: skip


def _key(job: JobContext, items: Sequence[ItemRef]) -> str:
    """An attempt that follows a killed one adds nothing twice while the first's jobs live."""
    return f"{job.id}:{items[0].id}"
