"""Albums found by their key or made, and refreshed as a fold of their tracks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.albums import AlbumFields, AlbumTrack, fold_album
from mcma.domain.facts import LabelFact, TagFacts
from mcma.services.entities.reading import read_tags
from mcma.services.indexing.albumrows import album_sort, album_track, bare_row, described, search_row
from mcma.services.indexing.artists import Artists
from mcma.services.indexing.labellinks import add_labels, labels_said, replace_labels
from mcma.services.indexing.namelinks import (
    ALBUM_GENRES,
    ALBUM_LABELS,
    add_names,
    remove_names,
    replace_names,
)
from mcma.services.indexing.names import Labels, Names
from mcma.services.indexing.overlays import are_said, overlays
from mcma.services.indexing.trackrows import credit_rows
from mcma.services.indexing.values import Incoming, Telling, Touched
from mcma.store.bulk import insert_rows, update_by_id, upsert_rows
from mcma.store.clock import utcnow
from mcma.store.queries.prepared import param
from mcma.store.tables.catalogue import album_artists, albums, track_files, tracks
from mcma.store.tables.machinery import search_albums

Described = Mapping[UUID, AlbumFields]


_BY_KEY = sa.select(albums.c.album_key, albums.c.id).where(
    albums.c.library_id == param("library", albums.c.library_id),
    albums.c.album_key.in_(param("keys")),
    albums.c.deleted_at.is_(None),
)
_PLACED = (
    sa.update(tracks)
    .where(
        tracks.c.album_id == sa.bindparam("b_album", type_=tracks.c.album_id.type),
        tracks.c.album_sort != sa.bindparam("b_sort", type_=tracks.c.album_sort.type),
    )
    .values(album_sort=sa.bindparam("b_sort", type_=tracks.c.album_sort.type))
)


class AlbumShelf:
    """One instance serves one scan of one library."""

    def __init__(self, library_id: UUID, artists: Artists, genres: Names, labels: Labels) -> None:
        self._library_id = library_id
        self._artists = artists
        self._genres = genres
        self._labels = labels
        self._heard: dict[UUID, TagFacts] = {}

    def hear(self, told: Iterable[Telling]) -> None:
        """What tracks were just told to say: whoever describes their albums next need not ask again."""
        self._heard.update((one.track_id, one.tags) for one in told if one.track_id)

    def forget(self) -> None:
        self._heard.clear()

    async def find(self, connection: AsyncConnection, keys: Iterable[str]) -> dict[str, UUID]:
        """Key to album, for the keys that are taken."""
        wanted = list(keys)
        if not wanted:
            return {}
        rows = await connection.execute(_BY_KEY, {"library": self._library_id, "keys": wanted})
        return {row.album_key: row.id for row in rows}

    async def add_bare(self, connection: AsyncConnection, keys: Iterable[str]) -> dict[str, UUID]:
        """Albums that `refresh` will describe."""
        rows = [bare_row(key, self._library_id, utcnow()) for key in keys]
        await insert_rows(connection, albums, rows)
        return {row["album_key"]: row["id"] for row in rows}

    async def add(
        self, connection: AsyncConnection, made: Mapping[UUID, Sequence[Incoming]], touched: Touched
    ) -> None:
        """Albums of which all tracks are at hand. Their ids are those of the items."""
        now = utcnow()
        told = {album: fold_album([album_track(item) for item in items]) for album, items in made.items()}
        await self._artists.ids(connection, [who for fields in told.values() for who in fields.artists])
        rows = []
        for album, fields in told.items():
            for item in made[album]:
                item.album_sort = album_sort(album, fields)
            bare = bare_row(made[album][0].album_key or "", self._library_id, now)
            rows.append({**bare, **described(fields, self._artists, now), "id": album})
        await insert_rows(connection, albums, rows)
        await self._add_credits(connection, told, touched)
        await add_names(connection, ALBUM_GENRES, self._genres, _genres(told), touched.genres)
        await add_labels(connection, self._labels, _labels(told), touched.labels)
        await self._write_search(connection, told, dict.fromkeys(told, self._library_id))

    async def refresh(self, connection: AsyncConnection, ids: Iterable[UUID], touched: Touched) -> None:
        """Makes the rows of these albums say what their tracks say, in id order. Empty albums are deleted."""
        ordered = sorted(ids)
        if not ordered:
            return
        members, homes = await self._members(connection, ordered)
        gone = [album for album in ordered if album not in members]
        if gone:
            await self._delete(connection, gone, touched)
        told = {album: fold_album(rows) for album, rows in sorted(members.items())}
        if told:
            await self._artists.ids(connection, [who for fields in told.values() for who in fields.artists])
            await self._remove_credits(connection, list(told), touched)
            await self._add_credits(connection, told, touched)
            await self._write(connection, told)
            await replace_names(connection, ALBUM_GENRES, self._genres, _genres(told), touched.genres)
            await replace_labels(connection, self._labels, _labels(told), touched.labels)
            await self._write_search(connection, told, homes)

    async def _members(
        self, connection: AsyncConnection, ids: Sequence[UUID]
    ) -> tuple[dict[UUID, list[AlbumTrack]], dict[UUID, UUID]]:
        """Album to its tracks, and album to its library."""
        query = (
            sa.select(
                tracks.c.album_id, tracks.c.id, tracks.c.disc, tracks.c.track, tracks.c.title,
                tracks.c.details, tracks.c.duration_ms, tracks.c.artwork_id, tracks.c.missing_since,
                tracks.c.album_artist, tracks.c.metadata_status, track_files.c.size, track_files.c.tags,
                albums.c.library_id, are_said,
            )
            .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id, isouter=True)
            .join(albums, albums.c.id == tracks.c.album_id)
            .where(tracks.c.album_id.in_(ids), tracks.c.deleted_at.is_(None))
        )  # fmt: skip
        rows = (await connection.execute(query)).all()
        tags = await self._tags(connection, rows)
        found: dict[UUID, list[AlbumTrack]] = {}
        for row in rows:
            track = AlbumTrack(
                row.id, row.disc, row.track, row.title, tags[row.id], row.album_artist,
                tuple((row.details or {}).get("genres", ())), row.duration_ms, row.size or 0,
                row.artwork_id, row.missing_since is None, row.metadata_status,
            )  # fmt: skip
            found.setdefault(row.album_id, []).append(track)
        return found, {row.album_id: row.library_id for row in rows}

    async def _tags(self, connection: AsyncConnection, rows: Sequence[Any]) -> dict[UUID, TagFacts]:
        """What counts of each track."""
        found = {row.id: self._heard[row.id] for row in rows if row.id in self._heard}
        others = [row for row in rows if row.id not in found]
        if others:
            said = await overlays(connection, [row.id for row in others if row.are_said])
            read = await read_tags(connection, [said.over(row.id, row.tags).tags for row in others])
            found |= {row.id: tags for row, tags in zip(others, read, strict=True)}
        return found

    async def _add_credits(self, connection: AsyncConnection, told: Described, touched: Touched) -> None:
        rows = [
            row
            for album, fields in told.items()
            for row in credit_rows("album_id", album, fields.artists, fields.joins, self._artists)
        ]
        await insert_rows(connection, album_artists, rows)
        touched.artists.update(row["artist_id"] for row in rows)

    async def _remove_credits(
        self, connection: AsyncConnection, ids: Sequence[UUID], touched: Touched
    ) -> None:
        theirs = album_artists.c.album_id.in_(ids)
        credited = await connection.scalars(sa.select(album_artists.c.artist_id).where(theirs))
        touched.artists.update(credited.all())
        await connection.execute(sa.delete(album_artists).where(theirs))

    async def _delete(self, connection: AsyncConnection, gone: Sequence[UUID], touched: Touched) -> None:
        await self._remove_credits(connection, gone, touched)
        await remove_names(connection, ALBUM_GENRES, gone, touched.genres)
        await remove_names(connection, ALBUM_LABELS, gone, touched.labels)
        await connection.execute(sa.delete(search_albums).where(search_albums.c.item_id.in_(gone)))
        now = utcnow()
        empty = {"song_count": 0, "duration_ms": 0, "size": 0, "updated_at": now}
        here = sa.update(albums).where(albums.c.id.in_(gone))
        await connection.execute(here.values(**empty))
        await connection.execute(here.where(albums.c.deleted_at.is_(None)).values(deleted_at=now))

    async def _write(self, connection: AsyncConnection, told: Described) -> None:
        now = utcnow()
        rows: list[dict[str, Any]] = [
            {"b_id": album, **described(fields, self._artists, now)} for album, fields in told.items()
        ]
        statement = update_by_id(albums, rows[0])
        since = sa.func.coalesce(
            albums.c.missing_since, sa.bindparam("b_now", type_=albums.c.created_at.type)
        )
        missing = sa.case((sa.bindparam("b_missing", type_=sa.Boolean()), since))
        for row in rows:
            row |= {"b_missing": told[row["b_id"]].missing, "b_now": now}
        await connection.execute(statement.values(missing_since=missing), rows)
        await connection.execute(
            _PLACED,
            [{"b_album": album, "b_sort": album_sort(album, fields)} for album, fields in told.items()],
        )

    async def _write_search(
        self, connection: AsyncConnection, told: Described, homes: Mapping[UUID, UUID]
    ) -> None:
        rows = [search_row(album, homes[album], fields) for album, fields in told.items()]
        await upsert_rows(connection, search_albums, rows, ("item_id", "library_id"), ("words",))


def _genres(told: Described) -> dict[UUID, Sequence[str]]:
    return {album: fields.genres for album, fields in told.items()}


def _labels(told: Described) -> dict[UUID, Sequence[LabelFact]]:
    return {album: labels_said(fields.details) for album, fields in told.items()}
