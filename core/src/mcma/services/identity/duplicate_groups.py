"""Files that are there twice, kept as groups: those of one sound, and those that sound alike.

A group is of files, so it follows merges by itself: when its files are all of one track it is no duplicate
any more, and when that is taken back it is one again.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.sounds import duplicate_groups, duplicate_members

EXACT, RECORDING = "exact", "recording"
_STEPS = 50
"""Rows of one file that came after each other."""

_group = duplicate_groups.c
_member = duplicate_members.c


class Alike(NamedTuple):
    file_id: UUID
    error: float
    """Share of bits that differ."""


async def note(connection: AsyncConnection, mine: UUID, alike: Sequence[Alike]) -> None:
    """That a file sounds like others. What is the same to the sample is for `note_exact` alone."""
    files = [mine, *(one.file_id for one in alike)]
    if not alike or await _are_one(connection, files):
        return
    likest = max(1 - one.error for one in alike)
    await _join(connection, {mine: likest, **{one.file_id: 1 - one.error for one in alike}})


async def _are_one(connection: AsyncConnection, files: Collection[UUID]) -> bool:
    """One track, or one sound."""
    hashes, owners = track_files.c.audio_hash, track_files.c.track_id
    query = sa.select(
        sa.func.count(hashes.distinct()), sa.func.count(hashes), sa.func.count(owners.distinct())
    ).where(track_files.c.id.in_(files))
    sounds, hashed, several = (await connection.execute(query)).one()
    return bool(several < 2 or (sounds == 1 and hashed == len(files)))


async def _join(connection: AsyncConnection, members: dict[UUID, float]) -> None:
    """Into the oldest of the groups that they are of, which become one."""
    query = (
        sa.select(_group.id)
        .join_from(duplicate_members, duplicate_groups, _group.id == _member.group_id)
        .where(_member.file_id.in_(list(members)), _group.kind == RECORDING)
        .distinct()
        .order_by(_group.id)
    )
    there = list(await connection.scalars(query))
    target = there[0] if there else await _new(connection, RECORDING, None)
    for other in there[1:]:
        await _open(connection, target)
        here = sa.select(_member.file_id).where(_member.group_id == target)
        moved = sa.update(duplicate_members).where(_member.group_id == other, _member.file_id.not_in(here))
        await connection.execute(moved.values(group_id=target))
        await connection.execute(sa.delete(duplicate_groups).where(_group.id == other))
    await _add(connection, target, members)


async def note_exact(connection: AsyncConnection, audio_hash: bytes) -> None:
    """All files of one sound, whatever their tags."""
    group = await connection.scalar(sa.select(_group.id).where(_group.audio_hash == audio_hash))
    group = group or await _new(connection, EXACT, audio_hash)
    same = track_files.c.audio_hash == audio_hash, track_files.c.deleted_at.is_(None)
    files = await connection.scalars(sa.select(track_files.c.id).where(*same))
    await _add(connection, group, dict.fromkeys(files, 1.0))


async def _new(connection: AsyncConnection, kind: str, audio_hash: bytes | None) -> UUID:
    made: dict[str, Any] = {"id": new_id(), "kind": kind, "audio_hash": audio_hash, "found_at": utcnow()}
    await connection.execute(sa.insert(duplicate_groups).values(**made))
    found: UUID = made["id"]
    return found


async def _add(connection: AsyncConnection, group: UUID, members: dict[UUID, float]) -> None:
    """Whoever comes new to a group asks again; what a person said of the others stands."""
    await _succeed(connection, group)
    now = utcnow()
    new = 0
    for file, similarity in members.items():
        row = {"group_id": group, "file_id": file, "similarity": round(similarity, 4), "added_at": now}
        added = insert_ignoring(connection, duplicate_members).values(**row)
        new += (await connection.execute(added)).rowcount
    if new:
        await _open(connection, group)


async def _succeed(connection: AsyncConnection, group: UUID) -> None:
    """A file that was written anew, such as one with other tags, stands where the former one stood."""
    for former, later in (await _successors(connection, group)).items():
        here = _member.group_id == group
        known = sa.select(_member.file_id).where(here, _member.file_id == later)
        if await connection.scalar(known) is None:
            moved = sa.update(duplicate_members).where(here, _member.file_id == former)
            await connection.execute(moved.values(file_id=later))


async def _successors(connection: AsyncConnection, group: UUID) -> dict[UUID, UUID]:
    """Of files of the group that are gone, those that are in their place now."""
    files = track_files.c
    query = sa.select(files.id, files.replaced_by).join(duplicate_members, _member.file_id == files.id)
    rows = await connection.execute(query.where(_member.group_id == group, files.replaced_by.is_not(None)))
    found: dict[UUID, UUID] = {row.id: row.replaced_by for row in rows}
    for _ in range(_STEPS if found else 0):
        later = sa.select(files.id, files.replaced_by).where(
            files.id.in_(found.values()), files.replaced_by.is_not(None)
        )
        step = {row.id: row.replaced_by for row in await connection.execute(later)}
        if not step:
            break
        found = {former: step.get(now, now) for former, now in found.items()}
    return found


async def _open(connection: AsyncConnection, group: UUID) -> None:
    again = sa.update(duplicate_groups).where(_group.id == group, _group.dismissed_at.is_not(None))
    await connection.execute(again.values(dismissed_at=None, dismissed_by=None))


async def dismiss(connection: AsyncConnection, group: UUID, by: UUID | None) -> None:
    """A person said that these are no duplicates of each other."""
    there = sa.update(duplicate_groups).where(_group.id == group)
    if (await connection.execute(there.values(dismissed_at=utcnow(), dismissed_by=by))).rowcount:
        await _apart(connection, group, new_id())


async def ask_again(connection: AsyncConnection, group: UUID) -> None:
    """Whatever was said of any of them."""
    await _open(connection, group)
    await _apart(connection, group, None)


async def _apart(connection: AsyncConnection, group: UUID, said: UUID | None) -> None:
    here = sa.update(duplicate_members).where(_member.group_id == group)
    await connection.execute(here.values(apart=said))


async def said_apart(connection: AsyncConnection, track: UUID, others: Collection[UUID]) -> set[UUID]:
    """Those of the other tracks that a person said are no duplicates of this one: one of their files of one
    of its files. What was said of files that were written anew since counts as well."""
    mine, theirs = duplicate_members.alias(), duplicate_members.alias()
    file, other = track_files.alias(), track_files.alias()
    query = (
        sa.select(other.c.track_id)
        .join_from(file, mine, mine.c.file_id == file.c.id)
        .join(theirs, theirs.c.apart == mine.c.apart)
        .join(other, other.c.id == theirs.c.file_id)
        .where(file.c.track_id == track, other.c.track_id.in_(others), theirs.c.group_id == mine.c.group_id)
    )
    return set(await connection.scalars(query.distinct()))


async def hashes_twice(connection: AsyncConnection, after: bytes, limit: int) -> Sequence[bytes]:
    """Sounds that several tracks have, in the order of their hashes, behind `after`. Along the index."""
    hashes = track_files.c.audio_hash
    query = (
        sa.select(hashes)
        .where(hashes > after, track_files.c.deleted_at.is_(None))
        .group_by(hashes)
        .having(sa.func.count(track_files.c.track_id.distinct()) > 1)
        .order_by(hashes)
        .limit(limit)
    )
    return list(await connection.scalars(query))


async def drop_empty(connection: AsyncConnection) -> None:
    """Groups of which less than two files are left, or will be once what was written anew is heard."""
    here = sa.or_(track_files.c.deleted_at.is_(None), track_files.c.replaced_by.is_not(None))
    left = (
        sa.select(_member.group_id)
        .join_from(duplicate_members, track_files, track_files.c.id == _member.file_id)
        .where(here)
        .group_by(_member.group_id)
        .having(sa.func.count() > 1)
    )
    await connection.execute(sa.delete(duplicate_groups).where(_group.id.not_in(left)))
