"""One batch of staged files of an import folder, taken into the catalogue in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import tagdocs
from mcma.domain.credits import name_key
from mcma.domain.facts import ProblemReason, TagFacts
from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.values import Incoming, KnownFile, Written, display
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake.discarding import discard
from mcma.services.intake.importlog import DUPLICATE, IMPORTED, REPLACED, Looked, Outcome, note
from mcma.services.intake.twins import Twin, open_to_all, twins
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import source_refs, track_files
from mcma_plugins.sources import FoundFile


class Arrival(NamedTuple):
    """A new or changed file of the import folder, staged and read."""

    path: bytes
    """In the import folder."""
    found: FoundFile
    looked: Looked | None
    """What was known of it."""
    item: Incoming


class Origin(NamedTuple):
    """Where a file comes from: the fixed parts of its source reference."""

    source: str
    folder_id: UUID


class _Known(NamedTuple):
    file: KnownFile
    audio_hash: bytes
    tags: TagFacts


async def take_in(
    connection: AsyncConnection,
    writer: CatalogueWriter,
    origin: Origin,
    batch: Sequence[Arrival],
    now: datetime,
) -> tuple[Written, list[Outcome]]:
    """New sound becomes tracks. The same sound again is a duplicate, which stays where it is and is noted.

    A changed file takes the place of the one that was imported from there when it is the same sound, or when
    its tags name the same track of the same album; else that one is kept, and it is a file of its own.
    """
    await lock_catalogue(connection)
    library = writer.library
    before = await _imported_before(connection, library.id, origin, batch)
    there = await twins(
        connection, library.id, [one.item.facts.audio_hash for one in batch], open_to_all(library.id)
    )
    fresh, twice = _sorted_out(batch, before, there)
    written = await writer.apply(connection, [one.item for one in fresh])
    replaced = [one.item.known for one in fresh if _is_replaced(one.item, library.id)]
    await discard(connection, [known for known in replaced if known], now)
    outcomes = [_outcome(one, REPLACED if one.item.known else IMPORTED) for one in fresh]
    outcomes += [_duplicate(one, twin) for one, twin in twice]
    await _refer(connection, origin, [(one, one.item.track_id, one.item.file_id) for one in fresh], now)
    await _refer(connection, origin, [(one, *_ids(twin)) for one, twin in twice], now)
    await note(connection, origin.folder_id, outcomes, now)
    return written, outcomes


def _sorted_out(
    batch: Sequence[Arrival], before: dict[bytes, _Known], there: dict[bytes, Twin]
) -> tuple[list[Arrival], list[tuple[Arrival, Twin | Incoming]]]:
    fresh: list[Arrival] = []
    twice: list[tuple[Arrival, Twin | Incoming]] = []
    seen: dict[bytes, Incoming] = {}
    replaced: set[UUID] = set()
    for one in batch:
        sound = one.item.facts.audio_hash
        known, twin = before.get(one.path), there.get(sound)
        if sound in seen:
            twice.append((one, seen[sound]))
        elif known and known.file.id not in replaced and _takes_its_place(one, known, twin):
            replaced.add(known.file.id)
            one.item.known = known.file
            seen[sound] = one.item
            fresh.append(one)
        elif twin is not None:
            twice.append((one, twin))
        else:
            seen[sound] = one.item
            fresh.append(one)
    return fresh, twice


def _takes_its_place(one: Arrival, known: _Known, twin: Twin | None) -> bool:
    if one.looked is None or one.looked.result == DUPLICATE:
        return False
    if known.audio_hash == one.item.facts.audio_hash:
        return True
    return twin is None and _same_context(known.tags, one.item.facts.tags)


def _same_context(old: TagFacts, new: TagFacts) -> bool:
    """The same track of the same album, by what the tags say; or the newcomer names no album."""
    if new.album is not None and name_key(new.album) != name_key(old.album or ""):
        return False
    places = [(tags.disc or 1, tags.track, name_key(tags.title or "")) for tags in (old, new)]
    return places[0] == places[1]


async def _imported_before(
    connection: AsyncConnection, library_id: UUID, origin: Origin, batch: Sequence[Arrival]
) -> dict[bytes, _Known]:
    paths = [one.path for one in batch if one.looked is not None]
    if not paths:
        return {}
    files, width = track_files.c, len(FILE_COLUMNS)
    query = (
        sa.select(*FILE_COLUMNS, files.audio_hash, files.tags, source_refs.c.source_id)
        .join_from(source_refs, track_files, files.id == source_refs.c.file_id)
        .where(
            source_refs.c.source == origin.source, source_refs.c.instance == str(origin.folder_id),
            source_refs.c.source_id.in_(paths), files.library_id == library_id, files.deleted_at.is_(None),
        )
    )  # fmt: skip
    return {
        row.source_id: _Known(KnownFile._make(row[:width]), row.audio_hash, tagdocs.from_doc(row.tags))
        for row in await connection.execute(query)
    }


def _is_replaced(item: Incoming, library_id: UUID) -> bool:
    known = item.known
    return known is not None and known.library_id == library_id and known.id != item.file_id


def _ids(twin: Twin | Incoming) -> tuple[UUID | None, UUID | None]:
    if isinstance(twin, Twin):
        return twin.file.track_id, twin.file.id
    return twin.track_id, twin.file_id


async def _refer(
    connection: AsyncConnection,
    origin: Origin,
    found: Sequence[tuple[Arrival, UUID | None, UUID | None]],
    now: datetime,
) -> None:
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "source": origin.source, "instance": str(origin.folder_id), "source_id": one.path,
         "display": display(one.path), "track_id": track_id, "file_id": file_id, "created_at": now}
        for one, track_id, file_id in found
    ]  # fmt: skip
    keys = ("source", "instance", "source_id")
    await upsert_rows(connection, source_refs, rows, keys, ("track_id", "file_id", "display"))


def _outcome(one: Arrival, result: str) -> Outcome:
    return Outcome(one.path, one.found.size, one.found.mtime_ns, result, track_id=one.item.track_id)


def _duplicate(one: Arrival, twin: Twin | Incoming) -> Outcome:
    words = "the same sound as another file of the folder"
    if isinstance(twin, Twin):
        words = f"the same sound as {twin.path} in {twin.library}"
    reason = ProblemReason.DUPLICATE.value
    return _outcome(one, DUPLICATE)._replace(reason=reason, message=words, track_id=_ids(twin)[0])
