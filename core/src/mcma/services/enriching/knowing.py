"""Reading what is known: a fixed number of queries, however many items there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.media.foldernames import FolderFacts, read_folder
from mcma.services.enriching import folders
from mcma.services.enriching.bases import Details, bases_of, details_of
from mcma.services.enriching.known import Base, Known
from mcma.store.tables.catalogue import (
    album_artists,
    album_labels,
    albums,
    artists,
    labels,
    track_artists,
    track_files,
    tracks,
)
from mcma_plugins.enrichers import Fingerprint, KnownAlbum, KnownArtist, KnownCredit, KnownTrack
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.values import ItemKind, ItemRef

Fingerprints = Mapping[UUID, Fingerprint]
Places = Mapping[UUID, folders.Folder]
MOST_TITLES = 20
"""Of albums of an artist."""
_HERE = tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
_ALBUM = albums.c.deleted_at.is_(None), albums.c.missing_since.is_(None)
_CODES = ("mbid.recording", "mbid.release", "mbid.release_track", "mbid.release_group", "isrc", "barcode",
          "acoustid")  # fmt: skip


class Parts(NamedTuple):
    """What several tracks are made of, by their ids and those of their albums."""

    rows: Sequence[Any]
    credits: Mapping[UUID, Sequence[KnownCredit]]
    album_credits: Mapping[UUID, Sequence[KnownCredit]]
    details: Details
    fingerprints: Fingerprints


async def known_of(
    connection: AsyncConnection, kind: ItemKind, ids: Collection[UUID], fingerprints: Any = None,
    places: Places = MappingProxyType({}),
) -> dict[UUID, Known]:  # fmt: skip
    """Those that are here: neither merged, removed nor missing. `fingerprints` reads those of tracks;
    `places` says where folders are that are not remembered."""
    if not ids:
        return {}
    if kind is ItemKind.ARTIST:
        return await known_artists(connection, ids)
    if kind is ItemKind.ALBUM:
        return await known_albums(connection, ids, fingerprints)
    if kind is ItemKind.FOLDER:
        return await known_folders(connection, ids, fingerprints, places)
    return await known_tracks(connection, ids, fingerprints)


async def known_albums(
    connection: AsyncConnection, ids: Collection[UUID], fingerprints: Any = None
) -> dict[UUID, Known]:
    rows = (await connection.execute(sa.select(albums).where(albums.c.id.in_(ids), *_ALBUM))).all()
    parts = await _parts(connection, tracks.c.album_id.in_(ids), fingerprints)
    named = await _labels(connection, ids)
    held: dict[UUID, list[Any]] = defaultdict(list)
    for track in parts.rows:
        held[track.album_id].append(track)
    return {row.id: _album(row, held[row.id], named[row.id], parts) for row in rows if held[row.id]}


async def known_tracks(
    connection: AsyncConnection, ids: Collection[UUID], fingerprints: Any = None
) -> dict[UUID, Known]:
    parts = await _parts(connection, tracks.c.id.in_(ids), fingerprints)
    bases = bases_of(parts.rows, parts.details)
    return {
        row.id: Known(
            ItemRef(ItemKind.TRACK, row.id), _track(row, parts), row.library_id, {row.id: bases[row.id]}
        )
        for row in parts.rows
    }


async def known_folders(
    connection: AsyncConnection, ids: Collection[UUID], fingerprints: Any = None,
    places: Places = MappingProxyType({}),
) -> dict[UUID, Known]:  # fmt: skip
    """Those that hold tracks without an album, enough of them and not too many."""
    told = {id_: places[id_] for id_ in ids if id_ in places}
    inside = await folders.tracks_in(connection, ids, told.values())
    parts = await _parts(
        connection, tracks.c.id.in_([one for held in inside.values() for one in held]), fingerprints
    )
    rows = {row.id: row for row in parts.rows}
    places = told or await folders.remembered(connection, inside.keys())
    return {
        id_: _folder(places[id_], [rows[one] for one in held if one in rows], parts)
        for id_, held in inside.items()
    }


async def known_artists(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Known]:
    query = sa.select(
        artists.c.id, artists.c.name, artists.c.sort_name, artists.c.mbid, artists.c.metadata_status,
        artists.c.updated_at,
    ).where(artists.c.id.in_(ids), artists.c.deleted_at.is_(None))  # fmt: skip
    rows = (await connection.execute(query)).all()
    titles = await _titles(connection, ids)
    return {row.id: _artist(row, titles.get(row.id, ())) for row in rows}


async def _parts(connection: AsyncConnection, which: sa.ColumnElement[bool], fingerprints: Any) -> Parts:
    rows = (await connection.execute(_TRACKS.where(which, *_HERE))).all()
    ids = [row.id for row in rows]
    on = {row.album_id for row in rows if row.album_id is not None}
    credits = await _credits(connection, track_artists.c.track_id, ids)
    album_credits = await _credits(connection, album_artists.c.album_id, on)
    found = {} if fingerprints is None else await fingerprints(connection, ids)
    return Parts(rows, credits, album_credits, await details_of(connection, ids, _CODES), found)


_TRACKS = (
    sa.select(
        tracks.c.id, tracks.c.library_id, tracks.c.album_id, tracks.c.title, tracks.c.disc,
        tracks.c.disc_total, tracks.c.track, tracks.c.track_total, tracks.c.date, tracks.c.duration_ms,
        tracks.c.provenance, tracks.c.metadata_status, tracks.c.updated_at, tracks.c.artwork_id,
        track_files.c.path_display, track_files.c.tags, albums.c.title.label("album"),
    )
    .outerjoin(track_files, track_files.c.id == tracks.c.file_id)
    .outerjoin(albums, albums.c.id == tracks.c.album_id)
    .order_by(tracks.c.album_id, tracks.c.album_place, tracks.c.id)
)  # fmt: skip


async def _credits(
    connection: AsyncConnection, column: sa.Column[Any], ids: Collection[UUID]
) -> dict[UUID, list[KnownCredit]]:
    table = column.table
    query = (
        sa.select(column, table.c.name, artists.c.mbid)
        .join_from(table, artists, artists.c.id == table.c.artist_id)
        .where(column.in_(ids), table.c.role == "artist")
        .order_by(column, table.c.position)
    )
    found: dict[UUID, list[KnownCredit]] = defaultdict(list)
    for id_, name, mbid in await connection.execute(query) if ids else ():
        found[id_].append(KnownCredit(name, None if mbid is None else str(mbid)))
    return found


async def _labels(connection: AsyncConnection, ids: Collection[UUID]) -> Mapping[UUID, Sequence[str]]:
    query = (
        sa.select(album_labels.c.album_id, labels.c.name)
        .join_from(album_labels, labels, labels.c.id == album_labels.c.label_id)
        .where(album_labels.c.album_id.in_(ids))
        .order_by(album_labels.c.album_id, album_labels.c.position)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.album_id].append(row.name)
    return found


async def _titles(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    place = sa.func.row_number().over(partition_by=album_artists.c.artist_id, order_by=albums.c.id)
    ranked = (
        sa.select(album_artists.c.artist_id, albums.c.title, place.label("place"))
        .join_from(album_artists, albums, albums.c.id == album_artists.c.album_id)
        .where(album_artists.c.artist_id.in_(ids), album_artists.c.role == "artist", *_ALBUM)
        .subquery()
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    query = sa.select(ranked.c.artist_id, ranked.c.title).where(ranked.c.place <= MOST_TITLES)
    for artist, title in await connection.execute(query.order_by(ranked.c.artist_id, ranked.c.place)):
        found[artist].append(title)
    return found


def _track(row: Any, parts: Parts) -> KnownTrack:
    origins = (row.provenance or {}).items()
    return KnownTrack(
        id=TrackId(row.id), title=row.title, artists=tuple(parts.credits.get(row.id, ())), album=row.album,
        album_artists=tuple(parts.album_credits.get(row.album_id, ())), disc=row.disc,
        disc_total=row.disc_total, track=row.track, track_total=row.track_total, date=row.date,
        duration_ms=row.duration_ms, ids=parts.details.codes.get(row.id, {}),
        guessed=frozenset(name for name, origin in origins if origin == "file_name"),
        path=row.path_display or "", fingerprint=parts.fingerprints.get(row.id),
    )  # fmt: skip


def _album(row: Any, held: Sequence[Any], named: Sequence[str], parts: Parts) -> Known:
    known = tuple(_track(track, parts) for track in held)
    about = KnownAlbum(
        id=AlbumId(row.id), title=row.title, artists=tuple(parts.album_credits.get(row.id, ())),
        version=row.version, date=row.date, original_date=row.original_date, compilation=row.compilation,
        labels=tuple(dict.fromkeys(named)),
        catalog_numbers=tuple((row.details or {}).get("catalog_numbers", ())),
        ids=_agreed(track.ids for track in known), tracks=known,
    )  # fmt: skip
    bases: Mapping[UUID, Base] = bases_of(held, parts.details)
    return Known(ItemRef(ItemKind.ALBUM, row.id), about, row.library_id, bases)


def _folder(place: folders.Folder, held: Sequence[Any], parts: Parts) -> Known:
    ordered = sorted(held, key=lambda row: (row.disc or 0, row.track or 0, row.path_display or ""))
    known = tuple(_track(row, parts) for row in ordered)
    said = read_folder(place.folder)
    artists, guessed = _common_artists(known, said)
    about = KnownAlbum(
        id=AlbumId(place.id), title=said.album, artists=artists, date=said.year,
        ids=_agreed(track.ids for track in known), tracks=known,
        guessed=frozenset(("title", "date", *guessed)),
    )  # fmt: skip
    return Known(
        ItemRef(ItemKind.FOLDER, place.id), about, place.library_id, bases_of(ordered, parts.details)
    )


def _common_artists(
    known: Sequence[KnownTrack], said: FolderFacts
) -> tuple[Sequence[KnownCredit], Sequence[str]]:
    """What all tags agree on, else what the name of the folder says; and what of it is a guess."""
    first = known[0]
    if first.artists and all(one.artists == first.artists for one in known):
        guesses = any("artists" in one.guessed for one in known)
        return first.artists, ("artists",) if guesses else ()
    return ((KnownCredit(said.artist),) if said.artist else ()), ("artists",)


def _agreed(ids: Iterable[Mapping[str, Sequence[str]]]) -> dict[str, Sequence[str]]:
    """What all of them say, of what is said of an album."""
    every = list(ids)
    about_album = ("mbid.release", "mbid.release_group", "barcode")
    return {
        scheme: every[0][scheme]
        for scheme in about_album
        if scheme in every[0] and all(one.get(scheme) == every[0][scheme] for one in every)
    }


def _artist(row: Any, titles: Sequence[str]) -> Known:
    mbid = None if row.mbid is None else str(row.mbid)
    about = KnownArtist(ArtistId(row.id), row.name, row.sort_name, mbid, tuple(titles))
    return Known(
        ItemRef(ItemKind.ARTIST, row.id), about, manual_artist=row.metadata_status == "manual",
        updated_at=row.updated_at,
    )  # fmt: skip
