"""Tracks without an album that lie in one folder: they are asked about together, as what may be an album.

A folder has an id that follows from where it is, and is remembered by it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.bulk import upsert_rows
from mcma.store.tables.catalogue import track_files, tracks
from mcma.store.tables.enriching import enrichment_folders

LEAST: Final = 2
"""Tracks."""
MOST: Final = 500
"""Tracks. More lie together by chance, and are asked about one by one."""
MOST_FILES: Final = 2000
"""That are looked at to count them."""


def in_folder(path: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Files that lie in it or below, along the index of places."""
    folder = path.strip("/").encode()
    if not folder:
        return ()
    column = track_files.c.folder
    return (sa.or_(column == folder, sa.and_(column > folder + b"/", column < folder + b"0")),)


class Folder(NamedTuple):
    id: UUID
    library_id: UUID
    folder: bytes
    path: str

    @property
    def name(self) -> str:
        """For people."""
        return self.path or "/"


def folder_id(library_id: UUID, folder: bytes) -> UUID:
    digest = hashlib.sha1(library_id.bytes + folder, usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


class Places(NamedTuple):
    folders: Mapping[UUID, Folder]
    """By track, of those that lie with others like them."""
    others: frozenset[UUID]
    """Ids of folders that are none to be asked about: too few lie there, or too many."""


async def folders_of(connection: AsyncConnection, ids: Sequence[UUID]) -> Places:
    """Of those of these tracks without an album."""
    if not ids:
        return Places({}, frozenset())
    places = (await connection.execute(_PLACES.where(tracks.c.id.in_(ids)))).all()
    rows = {row.id: row for row in places if row.album_id is None}
    fit = await _fitting(connection, [row.file_id for row in rows.values()])
    every = {id_: _folder(row) for id_, row in rows.items()}
    found = {id_: one for id_, one in every.items() if (one.library_id, one.folder) in fit}
    return Places(found, frozenset(one.id for id_, one in every.items() if id_ not in found))


def _folder(row: Any) -> Folder:
    id_ = folder_id(row.library_id, row.folder)
    return Folder(id_, row.library_id, row.folder, row.path_display.rpartition("/")[0])


_PLACES = sa.select(
    tracks.c.id,
    tracks.c.album_id,
    tracks.c.file_id,
    track_files.c.library_id,
    track_files.c.folder,
    track_files.c.path_display,
).join_from(tracks, track_files, track_files.c.id == tracks.c.file_id)


async def _fitting(connection: AsyncConnection, file_ids: Sequence[UUID]) -> set[tuple[UUID, bytes]]:
    """Places that hold enough tracks without an album, and not too many."""
    if not file_ids:
        return set()
    columns = track_files.c.library_id, track_files.c.folder
    places = sa.select(*columns).where(track_files.c.id.in_(file_ids)).distinct().subquery()
    query = sa.select(places.c.library_id, places.c.folder).where(_fits(places))
    return {(row.library_id, row.folder) for row in await connection.execute(query)}


def _fits(places: sa.FromClause) -> sa.ColumnElement[bool]:
    """The cheaper question first: a folder of a million files is not counted."""
    files = track_files.alias()
    mine = files.c.library_id == places.c.library_id, files.c.folder == places.c.folder
    every = sa.select(sa.literal(1)).select_from(files).where(*mine, files.c.deleted_at.is_(None))
    held = tracks.alias()
    lone = every.join(held, held.c.id == files.c.track_id).where(held.c.file_id == files.c.id, *_lone(held))

    def more_than(count: int, some: sa.Select[Any]) -> sa.ColumnElement[bool]:
        return some.limit(1).offset(count).exists()

    enough = sa.and_(more_than(LEAST - 1, lone), ~more_than(MOST, lone))
    return sa.case((more_than(MOST_FILES, every), sa.false()), else_=enough)


def _lone(held: sa.FromClause) -> Iterable[sa.ColumnElement[bool]]:
    return held.c.album_id.is_(None), held.c.deleted_at.is_(None), held.c.missing_since.is_(None)


async def remember(connection: AsyncConnection, folders: Iterable[Folder]) -> None:
    rows = [one._asdict() for one in {each.id: each for each in folders}.values()]
    if rows:
        await upsert_rows(connection, enrichment_folders, rows, ("id",), ())


async def remembered(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Folder]:
    query = sa.select(*(enrichment_folders.c[name] for name in Folder._fields))
    query = query.where(enrichment_folders.c.id.in_(ids))
    return {row.id: Folder(*row) for row in await connection.execute(query)} if ids else {}


async def tracks_in(
    connection: AsyncConnection, ids: Collection[UUID], places: Collection[Folder] | None = None
) -> dict[UUID, list[UUID]]:
    """Without an album, by folder; of folders that are asked about as such. `places`: where they are, so that
    none needs to be remembered; a few."""
    rooms = _told(places) if places else enrichment_folders
    fit = await _asked_about(connection, ids, rooms)
    found: dict[UUID, list[UUID]] = {}
    for row in await connection.execute(lying_in(fit, rooms)) if fit else ():
        if row.album_id is None:  # not asked of the database: its index of albums has all lone tracks as one
            found.setdefault(row.id, []).append(row.track_id)
    return found


async def lone_in(connection: AsyncConnection, folder: UUID) -> list[UUID]:
    """Tracks without an album, also where one lies alone; those of the first files of many."""
    rows = await connection.execute(lying_in([folder]).limit(MOST_FILES))
    return [row.track_id for row in rows if row.album_id is None]


def _told(places: Collection[Folder]) -> sa.FromClause:
    """As rows of the table would be."""
    table = enrichment_folders.c
    return sa.union_all(*(
        sa.select(*(sa.literal(value, table[name].type).label(name) for name, value in one._asdict().items()))
        for one in places
    )).subquery()  # fmt: skip


def lying_in(ids: Sequence[UUID], rooms: sa.FromClause = enrichment_folders) -> sa.Select[Any]:
    """Folder, track and album of all that lies there, also of what has an album."""
    here = tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
    return (
        sa.select(rooms.c.id, tracks.c.id.label("track_id"), tracks.c.album_id)
        .join_from(
            rooms, track_files,
            sa.and_(track_files.c.library_id == rooms.c.library_id, track_files.c.folder == rooms.c.folder),
        )
        .join(tracks, sa.and_(tracks.c.id == track_files.c.track_id, tracks.c.file_id == track_files.c.id))
        .where(rooms.c.id.in_(ids), *here)
        .order_by(tracks.c.id)
    )  # fmt: skip


async def _asked_about(
    connection: AsyncConnection, ids: Collection[UUID], rooms: sa.FromClause
) -> Sequence[UUID]:
    query = sa.select(rooms.c.id).where(rooms.c.id.in_(ids), _fits(rooms))
    return (await connection.scalars(query)).all() if ids else ()
