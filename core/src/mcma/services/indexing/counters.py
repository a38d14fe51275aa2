"""Counts and sums that lists show, made anew for whatever a scan touched, in id order.

They are columns because a list of 500 albums must not count anything; they are recomputed rather than added
to, so that a crash never leaves them wrong for good.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.folding import search_words
from mcma.services.indexing.labellinks import forget_ids
from mcma.services.indexing.values import Touched
from mcma.store.bulk import upsert_rows
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import search_artists
from mcma.store.tables.naming import artist_aliases

CHUNK = 200
_SOUGHT = 100
"""Names by which one artist is found."""
Place = tuple[UUID, UUID]


def _present(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.deleted_at.is_(None), table.c.missing_since.is_(None))


Recount = Callable[[AsyncConnection], Awaitable[None]]
"""A piece of the work, short enough for one transaction."""


def recounts(touched: Touched) -> Iterator[Recount]:
    """Counts what was touched, in every library."""
    for ids in _chunks(touched.artists):
        yield partial(_recount_artists, ids=ids)
    for ids in _chunks(touched.genres):
        yield partial(_recount_names, ids=ids, names=GENRES)
    for ids in _chunks(touched.labels):
        yield partial(_recount_names, ids=ids, names=LABELS)
        yield partial(forget_ids, ids=ids)


def _chunks(ids: Iterable[UUID]) -> list[list[UUID]]:
    ordered = sorted(ids)
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]


async def _recount_artists(connection: AsyncConnection, ids: list[UUID]) -> None:
    rows: dict[Place, dict[str, Any]] = {}
    for row in await connection.execute(_songs_of_artists(ids)):
        counted = rows.setdefault((row.artist_id, row.library_id), _empty("artist_id", row))
        counted.update(song_count=row.songs, duration_ms=row.duration_ms or 0, size=row.size or 0)
    for row in await connection.execute(_albums_of("artist_id", c.album_artists, ids)):
        counted = rows.setdefault((row.artist_id, row.library_id), _empty("artist_id", row))
        counted["album_count"] = row.albums
    roles = await _roles_of(connection, ids)
    for place, counted in rows.items():
        counted["roles"] = ",".join(sorted(roles.get(place, ())))
        for name in ("song_count", "duration_ms", "size"):
            counted.setdefault(name, 0)
    await _store(connection, c.artist_libraries, "artist_id", ids, rows)
    await _search_rows(connection, ids, rows)


async def _roles_of(connection: AsyncConnection, ids: list[UUID]) -> dict[Place, set[str]]:
    credits = c.track_artists
    query = (
        sa.select(credits.c.artist_id, c.tracks.c.library_id, credits.c.role)
        .join_from(credits, c.tracks, c.tracks.c.id == credits.c.track_id)
        .where(credits.c.artist_id.in_(ids), _present(c.tracks))
        .distinct()
    )
    found: dict[Place, set[str]] = {}
    for artist, library, role in await connection.execute(query):
        found.setdefault((artist, library), set()).add("artist" if role == "guest" else role)
    return found


def _empty(column: str, row: Any) -> dict[str, Any]:
    return {column: row[0], "library_id": row.library_id, "album_count": 0}


def _songs_of_artists(ids: list[UUID]) -> sa.Select[Any]:
    credited = (
        sa.select(c.track_artists.c.artist_id, c.track_artists.c.track_id)
        .where(c.track_artists.c.artist_id.in_(ids))
        .distinct()
        .subquery()
    )
    return (
        sa.select(
            credited.c.artist_id, c.tracks.c.library_id, sa.func.count().label("songs"),
            sa.func.sum(c.tracks.c.duration_ms).label("duration_ms"),
            sa.func.sum(c.track_files.c.size).label("size"),
        )
        .join_from(credited, c.tracks, c.tracks.c.id == credited.c.track_id)
        .join(c.track_files, c.track_files.c.id == c.tracks.c.file_id, isouter=True)
        .where(_present(c.tracks))
        .group_by(credited.c.artist_id, c.tracks.c.library_id)
    )  # fmt: skip


def _albums_of(column: str, link: sa.Table, ids: list[UUID]) -> sa.Select[Any]:
    return (
        sa.select(
            link.c[column], c.albums.c.library_id, sa.func.count(c.albums.c.id.distinct()).label("albums")
        )
        .join_from(link, c.albums, c.albums.c.id == link.c.album_id)
        .where(link.c[column].in_(ids), _present(c.albums))
        .group_by(link.c[column], c.albums.c.library_id)
    )


class _Names(NamedTuple):
    counters: sa.Table
    column: str
    track_link: sa.Table | None
    album_link: sa.Table


GENRES = _Names(c.genre_libraries, "genre_id", c.track_genres, c.album_genres)
LABELS = _Names(c.label_libraries, "label_id", None, c.album_labels)


async def _recount_names(connection: AsyncConnection, ids: list[UUID], names: _Names) -> None:
    rows: dict[Place, dict[str, Any]] = {}
    if names.track_link is not None:
        for row in await connection.execute(_songs_of(names.column, names.track_link, ids)):
            rows.setdefault((row[0], row.library_id), _empty(names.column, row))["song_count"] = row.songs
    for row in await connection.execute(_albums_of(names.column, names.album_link, ids)):
        rows.setdefault((row[0], row.library_id), _empty(names.column, row))["album_count"] = row.albums
    if names.track_link is not None:
        for counted in rows.values():
            counted.setdefault("song_count", 0)
    await _store(connection, names.counters, names.column, ids, rows)


def _songs_of(column: str, link: sa.Table, ids: list[UUID]) -> sa.Select[Any]:
    return (
        sa.select(link.c[column], c.tracks.c.library_id, sa.func.count().label("songs"))
        .join_from(link, c.tracks, c.tracks.c.id == link.c.track_id)
        .where(link.c[column].in_(ids), _present(c.tracks))
        .group_by(link.c[column], c.tracks.c.library_id)
    )


async def _store(
    connection: AsyncConnection, table: sa.Table, column: str, ids: list[UUID], rows: dict[Place, Any]
) -> None:
    """Puts the rows and takes away the memberships that are no more. Unchanged ones are left alone, so that
    the change feed hears of comings and goings only."""
    query = sa.select(table.c[column], table.c.library_id).where(table.c[column].in_(ids))
    gone = {(row[0], row[1]) for row in await connection.execute(query)} - rows.keys()
    for item, library in sorted(gone):
        await connection.execute(
            sa.delete(table).where(table.c[column] == item, table.c.library_id == library)
        )
    if rows:
        ordered = [rows[place] for place in sorted(rows)]
        await upsert_rows(connection, table, ordered, (column, "library_id"))


async def _search_rows(connection: AsyncConnection, ids: list[UUID], rows: dict[Place, Any]) -> None:
    query = sa.select(search_artists.c.item_id, search_artists.c.library_id, search_artists.c.words)
    known = {
        (row.item_id, row.library_id): row.words
        for row in await connection.execute(query.where(search_artists.c.item_id.in_(ids)))
    }
    for item, library in known.keys() - rows.keys():
        await connection.execute(
            sa.delete(search_artists).where(
                search_artists.c.item_id == item, search_artists.c.library_id == library
            )
        )
    words = await _words_of(connection, ids)
    fresh = [
        {"item_id": item, "library_id": library, "words": words[item]}
        for item, library in sorted(rows)
        if known.get((item, library)) != words[item]
    ]
    await upsert_rows(connection, search_artists, fresh, ("item_id", "library_id"), ("words",))


async def name_in_search(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Makes searches find these artists by the names they have now, where they are."""
    words = search_artists.c.words
    new = sa.bindparam("b_words", type_=words.type)
    here = search_artists.c.item_id == sa.bindparam("b_id", type_=search_artists.c.item_id.type), words != new
    rows = [{"b_id": id_, "b_words": said} for id_, said in (await _words_of(connection, ids)).items()]
    if rows:
        await connection.execute(sa.update(search_artists).where(*here).values(words=new), rows)


async def _words_of(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, str]:
    names, others = c.artists.c, artist_aliases.c
    shown = sa.select(names.id, names.name, names.sort_name).where(names.id.in_(ids))
    found = {row.id: [row.name, row.sort_name] for row in await connection.execute(shown.order_by(names.id))}
    aliases = sa.select(others.artist_id, others.name).where(others.artist_id.in_(ids))
    for row in await connection.execute(aliases.order_by(others.artist_id, others.name)):
        if row.artist_id in found and len(found[row.artist_id]) < _SOUGHT:
            found[row.artist_id].append(row.name)
    return {id_: search_words(*dict.fromkeys(said)) for id_, said in found.items()}


async def everything_of(connection: AsyncConnection, library_id: UUID) -> Touched:
    """All that may be out of step after a scan of this library did not end."""
    everywhere = await connection.scalars(sa.select(c.libraries.c.id))
    touched = Touched(libraries=set(everywhere.all()))
    for column, group in (
        ("artist_id", touched.artists),
        ("genre_id", touched.genres),
        ("label_id", touched.labels),
    ):
        for link, item in _LINKS[column]:
            query = sa.select(link.c[column]).distinct()
            if item is not None:
                name = "track_id" if "track_id" in link.c else "album_id"
                query = query.join_from(link, item, item.c.id == link.c[name])
            home = link if item is None else item
            group.update((await connection.scalars(query.where(home.c.library_id == library_id))).all())
    return touched


_LINKS: dict[str, tuple[tuple[sa.Table, sa.Table | None], ...]] = {
    "artist_id": ((c.track_artists, c.tracks), (c.album_artists, c.albums), (c.artist_libraries, None)),
    "genre_id": ((c.track_genres, c.tracks), (c.album_genres, c.albums), (c.genre_libraries, None)),
    "label_id": ((c.album_labels, c.albums), (c.label_libraries, None)),
}
"""Where artists, genres and labels are named, and what has the library."""


async def recount_library(connection: AsyncConnection, library_id: UUID, now: Any) -> None:
    """The library's own counters."""
    songs = (
        sa.select(
            sa.func.count().label("songs"),
            sa.func.coalesce(sa.func.sum(c.tracks.c.duration_ms), 0).label("duration_ms"),
            sa.func.coalesce(sa.func.sum(c.track_files.c.size), 0).label("size"),
        )
        .join_from(c.tracks, c.track_files, c.track_files.c.id == c.tracks.c.file_id, isouter=True)
        .where(c.tracks.c.library_id == library_id, _present(c.tracks))
    )
    row = (await connection.execute(songs)).one()
    sums = {"song_count": row.songs, "duration_ms": row.duration_ms, "size": row.size}
    await connection.execute(_groups(library_id, now).values(**sums))


async def recount_groups(connection: AsyncConnection, library_id: UUID, now: Any) -> None:
    """The same where its songs are as they were."""
    await connection.execute(_groups(library_id, now))


def _groups(library_id: UUID, now: Any) -> sa.Update:
    albums = sa.select(sa.func.count()).where(c.albums.c.library_id == library_id, _present(c.albums))
    artists = sa.select(sa.func.count()).where(
        c.artist_libraries.c.library_id == library_id, c.artist_libraries.c.album_count > 0
    )
    return (
        sa.update(c.libraries)
        .where(c.libraries.c.id == library_id)
        .values(album_count=albums.scalar_subquery(), artist_count=artists.scalar_subquery(), changed_at=now)
    )
