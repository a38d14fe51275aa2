"""Files that are there twice, kept as groups: those of one sound, and those that sound alike.

A group is of files, so it follows merges by itself: when its files are all of one track it is no duplicate
any more, and when that is taken back it is one again.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.identity.duplicate_standings import settle
from mcma.store.bulk import insert_rows, upsert_rows
from mcma.store.clock import new_id, utcnow
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
    target = there[0] if there else await _new(connection)
    for other in there[1:]:
        await _open(connection, target)
        here = sa.select(_member.file_id).where(_member.group_id == target)
        moved = sa.update(duplicate_members).where(_member.group_id == other, _member.file_id.not_in(here))
        await connection.execute(moved.values(group_id=target))
        await connection.execute(sa.delete(duplicate_groups).where(_group.id == other))
    await _add(connection, target, members)
    if there:
        await settle(connection, [target])


async def note_exact(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """All files of each of these sounds, whatever their tags. Writes what is new alone, however much it is
    with a few statements."""
    if not (found := await unnoted(connection, hashes)):
        return
    known = sorted({row.group_id for row in found if row.group_id is not None})
    for group in known:
        await _succeed(connection, group)
    new = {row.audio_hash: new_id() for row in found if row.group_id is None}
    now = utcnow()
    await insert_rows(connection, duplicate_groups, [
        {"id": id_, "kind": EXACT, "audio_hash": sound, "found_at": now} for sound, id_ in new.items()
    ])  # fmt: skip
    left = await unnoted(connection, hashes)
    await _add_rows(connection, [(row.group_id, row.id, 1.0) for row in left])
    asked = {row.group_id for row in left} & set(known)
    for group in sorted(asked):
        await _open(connection, group)
    await settle(connection, sorted(asked))


async def unnoted(connection: AsyncConnection, hashes: Collection[bytes]) -> Sequence[Any]:
    """Files of these sounds that are in no group of theirs yet, with the group, if there is one."""
    files = track_files.c
    inside = sa.and_(_member.group_id == _group.id, _member.file_id == files.id)
    query = (
        sa.select(files.id, files.audio_hash, _group.id.label("group_id"))
        .select_from(track_files)
        .outerjoin(duplicate_groups, _group.audio_hash == files.audio_hash)
        .outerjoin(duplicate_members, inside)
        .where(files.audio_hash.in_(hashes), files.deleted_at.is_(None), _member.file_id.is_(None))
        .order_by(files.audio_hash, files.id)
    )
    return (await connection.execute(query)).all()


async def _new(connection: AsyncConnection) -> UUID:
    made = new_id()
    row = {"id": made, "kind": RECORDING, "found_at": utcnow()}
    await connection.execute(sa.insert(duplicate_groups).values(**row))
    return made


async def _add(connection: AsyncConnection, group: UUID, members: dict[UUID, float]) -> None:
    """Whoever comes new to a group asks again; what a person said of the others stands."""
    await _succeed(connection, group)
    here = _member.group_id == group, _member.file_id.in_(list(members))
    known = set(await connection.scalars(sa.select(_member.file_id).where(*here)))
    new = [(group, file, similarity) for file, similarity in members.items() if file not in known]
    await _add_rows(connection, new)
    if new:
        await _open(connection, group)


async def _add_rows(connection: AsyncConnection, new: Sequence[tuple[UUID, UUID, float]]) -> None:
    now = utcnow()
    rows = [{"group_id": group, "file_id": file, "similarity": round(similarity, 4), "added_at": now}
            for group, file, similarity in new]  # fmt: skip
    await upsert_rows(connection, duplicate_members, rows, ("group_id", "file_id"), ())


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
        await settle(connection, [group])


async def ask_again(connection: AsyncConnection, group: UUID) -> None:
    """Whatever was said of any of them."""
    await _open(connection, group)
    await _apart(connection, group, None)
    await settle(connection, [group])


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
