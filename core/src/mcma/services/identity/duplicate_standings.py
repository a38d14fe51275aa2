"""In which list of duplicates a group may be, kept with it, so that a page of a list walks along an index.

Whether it is there in fact is asked of what it holds each time it is shown: files, tracks and libraries may
have gone since. Whatever makes its files those of other tracks, or is said of it, settles it anew; the job
`duplicates` does so with all.
"""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.queries import duplicates as rows
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.sounds import duplicate_groups, duplicate_members

_group, _member = duplicate_groups.c, duplicate_members.c
_PORTION = 200
"""Groups that are looked at in one transaction."""


async def settle(connection: AsyncConnection, groups: Collection[UUID]) -> None:
    """Writes what changed alone."""
    wrong: dict[str, list[UUID]] = {}
    for group, kept, now in await rows.standings(connection, groups):
        if kept != now:
            wrong.setdefault(now, []).append(group)
    for standing, ids in sorted(wrong.items()):
        there = sa.update(duplicate_groups).where(_group.id.in_(ids))
        await connection.execute(there.values(standing=standing))


async def settle_with(connection: AsyncConnection, tracks: Collection[UUID]) -> None:
    """Those that have a file of one of these tracks."""
    theirs = (
        sa.select(_member.group_id)
        .join_from(track_files, duplicate_members, _member.file_id == track_files.c.id)
        .where(track_files.c.track_id.in_(tracks))
    )
    groups = list(await connection.scalars(theirs.distinct()))
    for start in range(0, len(groups), _PORTION):
        await settle(connection, groups[start : start + _PORTION])


async def settle_portion(connection: AsyncConnection, after: UUID | None) -> UUID | None:
    """Those of a portion behind `after`, and drops those of which less than two files are left, or will be
    once what was written anew is heard. Where the next portion begins; None: that was the last one."""
    query = sa.select(_group.id).order_by(_group.id).limit(_PORTION)
    if after is not None:
        query = query.where(_group.id > after)
    groups = list(await connection.scalars(query))
    if groups and (empty := set(groups) - await rows.several_files(connection, groups)):
        await connection.execute(sa.delete(duplicate_groups).where(_group.id.in_(empty)))
    await settle(connection, groups)
    return groups[-1] if len(groups) == _PORTION else None
