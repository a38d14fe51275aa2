"""Files of one batch: written, moved, or put in the place of others; and which file speaks for a track."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.quality import Quality, quality
from mcma.services.indexing.filerows import file_row, moved_row, source_ref_row
from mcma.services.indexing.preferred_rule import rule_of
from mcma.services.indexing.values import Incoming, LibraryPlace
from mcma.store.bulk import insert_rows, update_by_id, upsert_rows
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import source_refs, track_files, tracks


def name_files(batch: Sequence[Incoming]) -> None:
    """Other bytes than before are another file id."""
    for item in batch:
        item.file_id = item.known.id if item.known and _same_bytes(item) else new_id()


def _same_bytes(item: Incoming) -> bool:
    known, facts = item.known, item.facts
    return known is not None and (known.size, known.mtime_ns, known.inode) == (
        facts.size,
        facts.mtime_ns,
        facts.inode,
    )


async def write_files(
    connection: AsyncConnection, library: LibraryPlace, batch: Sequence[Incoming], now: datetime
) -> None:
    moved = [item for item in batch if item.known and item.known.id == item.file_id]
    replaced = [item for item in batch if item.known and item.known.id != item.file_id]
    new = [item for item in batch if item.known is None or item.known.id != item.file_id]
    await insert_rows(connection, track_files, [file_row(item, library, now) for item in new])
    if moved or replaced:
        await _forget_refs(connection, [*moved, *replaced])
        await _retire(connection, replaced, now)
        await _move(connection, library, moved, now)
    refs = [source_ref_row(item, library, now) for item in batch]
    keys = ("source", "instance", "source_id")
    await upsert_rows(connection, source_refs, refs, keys, ("track_id", "file_id", "display"))


async def _forget_refs(connection: AsyncConnection, known: Sequence[Incoming]) -> None:
    """Where a file was. What an import folder calls it stays true."""
    old = [item.known for item in known if item.known]
    places = {str(file.library_id) for file in old}
    here = source_refs.c.file_id.in_([file.id for file in old]), source_refs.c.instance.in_(places)
    await connection.execute(sa.delete(source_refs).where(*here))


async def _retire(connection: AsyncConnection, replaced: Sequence[Incoming], now: datetime) -> None:
    rows = [
        {"b_id": item.known.id, "deleted_at": now, "updated_at": now, "replaced_by": item.file_id}
        for item in replaced
        if item.known
    ]
    await _update(connection, rows)
    led = [{"b_old": row["b_id"], "b_new": row["replaced_by"]} for row in rows]
    if led:
        old, new = (sa.bindparam(name, type_=source_refs.c.file_id.type) for name in ("b_old", "b_new"))
        await connection.execute(
            sa.update(source_refs).where(source_refs.c.file_id == old).values(file_id=new), led
        )


async def _move(
    connection: AsyncConnection, library: LibraryPlace, moved: Sequence[Incoming], now: datetime
) -> None:
    await _update(connection, [moved_row(item, library, now) for item in moved])


async def _update(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(update_by_id(track_files, rows[0]), rows)


async def best_files(connection: AsyncConnection, track_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Track to the file that is played and speaks for it: the best of those that are there, else of all, by
    the rule in force."""
    files = track_files.c
    query = sa.select(
        files.track_id, files.id, files.missing_since, files.lossless, files.bit_depth,
        files.sample_rate_hz, files.bit_rate_kbps, files.codec, files.size,
    ).where(files.track_id.in_(track_ids), files.deleted_at.is_(None))  # fmt: skip
    best: dict[UUID, Quality] = {}
    rule = rule_of(connection)
    chosen: dict[UUID, UUID] = {}
    for row in await connection.execute(query):
        rank = quality(
            rule, present=row.missing_since is None, lossless=row.lossless, codec=row.codec, size=row.size,
            bit_depth=row.bit_depth, sample_rate_hz=row.sample_rate_hz, bit_rate_kbps=row.bit_rate_kbps,
            id=row.id,
        )  # fmt: skip
        if row.track_id not in best or rank > best[row.track_id]:
            best[row.track_id], chosen[row.track_id] = rank, row.id
    return chosen


async def changed_files(connection: AsyncConnection, best: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Of tracks and their best files, those where another one was the best before."""
    if not best:
        return {}
    query = sa.select(tracks.c.id, tracks.c.file_id).where(tracks.c.id.in_(list(best)))
    return {row.id: best[row.id] for row in await connection.execute(query) if row.file_id != best[row.id]}
