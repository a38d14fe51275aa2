"""Groups of files that are there twice, for people."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import albums, libraries, track_files, tracks
from mcma.store.tables.sounds import duplicate_groups, duplicate_members, file_fingerprints

_group, _member = duplicate_groups.c, duplicate_members.c
_file, _track = track_files.c, tracks.c
OPEN, DISMISSED, ONE = "open", "dismissed", "one"
_WALKED = 1000
"""Groups of a list that are looked at together, at most."""


class DuplicateFile(NamedTuple):
    file_id: UUID
    path: str
    """Relative to the library's folder, printable."""
    codec: str
    lossless: bool
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    size: int
    duration_ms: int
    missing: bool
    similarity: float
    """With the one of the group that it is most like."""


class MemberRow(NamedTuple):
    group_id: UUID
    kind: str
    found_at: datetime
    dismissed_at: datetime | None
    dismissed_by: UUID | None
    track_id: UUID
    title: str
    artist: str
    album: str | None
    library_id: UUID
    library: str
    managed: bool
    preferred: bool
    similarity: float
    apart: UUID | None
    least: float
    """Similarity of what is least alike in the group."""
    tracks: int
    """Of the group, in all."""
    files: int
    """Of the track in the group, in all."""
    file: DuplicateFile


_LIVING = sa.and_(_file.deleted_at.is_(None), _track.deleted_at.is_(None), libraries.c.deleted_at.is_(None))


def _joined(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.join(duplicate_members, _member.group_id == _group.id)
        .join(track_files, _file.id == _member.file_id)
        .join(tracks, _track.id == _file.track_id)
        .join(libraries, libraries.c.id == _track.library_id)
    )


def _here(query: sa.Select[Any]) -> sa.Select[Any]:
    return _joined(query).where(_LIVING)


async def page(
    connection: AsyncConnection, kind: str | None, dismissed: bool, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Groups whose files are of several tracks, by id. `dismissed`: also those in which one word of a person
    is about all of these tracks, whatever joined since.

    Along the index of where they stand; those that are not any more what they were then are passed over, in
    portions that grow."""
    standing, portion = DISMISSED if dismissed else OPEN, limit
    found: list[UUID] = []
    while len(found) < limit:
        walked = await _walked(connection, standing, kind, after, portion)
        now = {
            id_ for id_, _, stands in await standings(connection, walked, living=True) if stands == standing
        }
        found += [id_ for id_ in walked if id_ in now]
        if len(walked) < portion:
            break
        after, portion = walked[-1], min(2 * portion, _WALKED)
    return found[:limit]


async def _walked(
    connection: AsyncConnection, standing: str, kind: str | None, after: UUID | None, limit: int
) -> Sequence[UUID]:
    query = sa.select(_group.id).where(_group.standing == standing)
    if kind is not None:
        query = query.where(_group.kind == kind)
    if after is not None:
        query = query.where(_group.id > after)
    return list(await connection.scalars(query.order_by(_group.id).limit(limit)))


async def standings(
    connection: AsyncConnection, groups: Collection[UUID], *, living: bool = False
) -> Sequence[tuple[UUID, str, str]]:
    """Of each how it is kept, and how it stands. `living`: whatever has gone is of no track; else a group of
    two tracks one of which is away for now is not one."""
    if not groups:
        return ()
    said = _said_apart(groups)
    here = sa.case((_LIVING, _track.id))
    leads = sa.func.coalesce(_track.replaced_by, _track.id)
    several = sa.func.count(here.distinct())
    of_several = sa.and_(several > 1, several <= sa.func.coalesce(sa.func.max(said.c.many), 0))
    stands = sa.case(
        (sa.func.count((here if living else leads).distinct()) <= 1, ONE),
        (sa.or_(_group.dismissed_at.is_not(None), of_several), DISMISSED),
        else_=OPEN,
    )
    query = (
        _joined(sa.select(_group.id, _group.standing, stands).select_from(duplicate_groups))
        .outerjoin(said, said.c.group_id == _group.id)
        .where(_group.id.in_(groups))
        .group_by(_group.id)
        .order_by(_group.id)
    )
    return [(id_, kept, now) for id_, kept, now in await connection.execute(query)]


def _said_apart(groups: Collection[UUID]) -> sa.Subquery:
    """Of how many tracks at most a person said in one word that they are no duplicates of each other."""
    many = sa.func.count(_track.id.distinct()).label("many")
    each = _here(sa.select(_group.id.label("group_id"), many).select_from(duplicate_groups))
    each = each.where(_group.id.in_(groups), _member.apart.is_not(None)).group_by(_group.id, _member.apart)
    most = each.subquery()
    return (
        sa.select(most.c.group_id, sa.func.max(most.c.many).label("many"))
        .group_by(most.c.group_id)
        .subquery()
    )


async def several_files(connection: AsyncConnection, groups: Collection[UUID]) -> set[UUID]:
    """Those of which two files or more are left, or will be once what was written anew is heard."""
    here = sa.or_(_file.deleted_at.is_(None), _file.replaced_by.is_not(None))
    left = (
        sa.select(_member.group_id)
        .join_from(duplicate_members, track_files, _file.id == _member.file_id)
        .where(_member.group_id.in_(groups), here)
        .group_by(_member.group_id)
        .having(sa.func.count() > 1)
    )
    return set(await connection.scalars(left))


async def apart_of(connection: AsyncConnection, group: UUID, track: UUID) -> set[UUID]:
    """What a person said in words about files of this track in the group."""
    query = _here(sa.select(_member.apart).select_from(duplicate_groups))
    query = query.where(_group.id == group, _track.id == track, _member.apart.is_not(None))
    return set(await connection.scalars(query.distinct()))


MOST_FILES = 20
"""Of one track in one group."""


class Beside(NamedTuple):
    """A track of a group, and what may become one with it."""

    track_id: UUID
    library_id: UUID
    apart: Collection[UUID]
    """Words of a person that are about it (`apart_of`): others that they are about are none."""


async def members(
    connection: AsyncConnection,
    groups: Sequence[UUID],
    most: int,
    first: UUID | None = None,
    beside: Beside | None = None,
) -> Sequence[MemberRow]:
    """The oldest tracks of each group, at most so many, with the files that are played first. `first` is
    among them, if it is of the group; with `beside` only what may become one with that. Silent recordings
    are all one sound: a group may be of thousands."""
    placed = _placed(groups, first, beside)
    told = (
        _group.id, _group.kind, _group.found_at, _group.dismissed_at, _group.dismissed_by, _track.id,
        _track.title, _track.artist, albums.c.title, libraries.c.id, libraries.c.name,
        libraries.c.kind == "managed", _track.file_id == _file.id, _member.similarity, _member.apart,
        placed.c.least_alike, placed.c.place + placed.c.back - 1, placed.c.files,
    )  # fmt: skip
    file = (
        _file.id, _file.path_display, _file.codec, _file.lossless, _file.bit_rate_kbps, _file.sample_rate_hz,
        _file.bit_depth, _file.size, _file.duration_ms, _file.missing_since.is_not(None), _member.similarity,
    )  # fmt: skip
    query = _here(sa.select(*told, *file).select_from(duplicate_groups))
    query = query.join(placed, sa.and_(placed.c.group_id == _group.id, placed.c.file_id == _file.id))
    query = query.outerjoin(albums, albums.c.id == _track.album_id)
    query = query.where(placed.c.place <= most, placed.c.nth <= MOST_FILES)
    many = len(told)
    found: Any = await connection.execute(query.order_by(_group.id, _track.id, _file.id))
    return [MemberRow._make((*row[:many], DuplicateFile(*row[many:]))) for row in found]


def _placed(groups: Sequence[UUID], first: UUID | None, beside: Beside | None) -> sa.Subquery:
    """`place` of its track among those of the group, `back` from the end, `nth` among the track's files."""
    age = (_track.id,) if first is None else (sa.case((_track.id == first, 0), else_=1), _track.id)
    of_track: dict[str, Any] = {"partition_by": (_group.id, _track.id)}
    played = (_track.file_id == _file.id).desc(), _file.id
    rank, backwards = sa.func.dense_rank(), [one.desc() for one in age]
    query = sa.select(
        _group.id.label("group_id"), _file.id.label("file_id"),
        rank.over(partition_by=_group.id, order_by=age).label("place"),
        rank.over(partition_by=_group.id, order_by=backwards).label("back"),
        sa.func.row_number().over(**of_track, order_by=played).label("nth"),
        sa.func.count().over(**of_track).label("files"),
        sa.func.min(_member.similarity).over(partition_by=_group.id).label("least_alike"),
    )  # fmt: skip
    placed = _here(query.select_from(duplicate_groups)).where(_group.id.in_(groups))
    return (placed if beside is None else placed.where(_may_join(beside))).subquery()


def _may_join(one: Beside) -> sa.ColumnElement[bool]:
    """That track itself, and those of its library of which no file was said to be apart from it."""
    member, file = duplicate_members.alias(), track_files.alias()
    said = (
        sa.select(sa.literal(1))
        .select_from(member)
        .join(file, file.c.id == member.c.file_id)
        .where(
            member.c.group_id == _group.id, member.c.apart.in_(one.apart), file.c.track_id == _track.id,
            file.c.deleted_at.is_(None),
        )
        .correlate(duplicate_groups, tracks)
        .exists()
    )  # fmt: skip
    return sa.or_(_track.id == one.track_id, sa.and_(_track.library_id == one.library_id, ~said))


async def counts(connection: AsyncConnection) -> tuple[int, int]:
    """Fingerprints, and files that can have none."""
    kept = file_fingerprints.c
    refused = sa.select(sa.func.count()).where(kept.error_code.is_not(None)).scalar_subquery()
    every = sa.select(sa.func.count()).select_from(file_fingerprints).scalar_subquery()
    row = (await connection.execute(sa.select(every - refused, refused))).one()
    return row[0], row[1]
