"""What must hold of every catalogue, worked out from its rows in plain Python."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.folding import search_words
from mcma.services.indexing.values import joined
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import changes, search_albums, search_artists, search_tracks
from mcma.store.tables.naming import artist_aliases

Rows = dict[str, list[Any]]
_TABLES = (
    c.libraries, c.artists, c.albums, c.tracks, c.track_files, c.track_artists, c.album_artists,
    c.track_genres, c.album_genres, c.album_labels, c.artist_libraries, c.genre_libraries, c.label_libraries,
    c.file_problems, c.source_refs, search_tracks, search_albums, search_artists, changes,
    artist_aliases,
)  # fmt: skip


async def check(database: Database) -> None:
    """Asserts all of it, in all libraries."""
    async with database.read() as connection:
        rows = {table.name: list((await connection.execute(sa.select(table))).all()) for table in _TABLES}
    _keys_are_unique(rows)
    _files_are_those_on_disk(rows)
    _tracks_follow_their_files(rows)
    _albums_follow_their_tracks(rows)
    _tracks_stand_where_their_albums_do(rows)
    _counters_are_right(rows)
    _search_finds_what_there_is(rows)
    _feed_tells_what_there_is(rows)


def _alive(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.deleted_at is None]


def _present(rows: Iterable[Any]) -> list[Any]:
    return [row for row in _alive(rows) if row.missing_since is None]


def _once(keys: Iterable[Any]) -> None:
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def _tracks_stand_where_their_albums_do(rows: Rows) -> None:
    albums = {row.id: row for row in _alive(rows["albums"])}
    for track in _alive(rows["tracks"]):
        album = albums.get(track.album_id)
        expected = "" if album is None else f"{album.sort_key}\t{album.artist_key}\t{album.id.hex[-12:]}"
        assert track.album_sort == expected
        assert track.album_place == 10_000 * (1 if track.disc is None else track.disc) + (track.track or 0)


def _keys_are_unique(rows: Rows) -> None:
    artists = _alive(rows["artists"])
    _once(row.mbid for row in artists if row.mbid)
    _once(row.name_key for row in artists if not row.mbid)
    _once((row.library_id, row.album_key) for row in _alive(rows["albums"]))
    winners = {row.id for row in artists}
    credited = {row.artist_id for row in (*rows["track_artists"], *rows["album_artists"])}
    assert credited <= winners


def _files_are_those_on_disk(rows: Rows) -> None:
    for library in rows["libraries"]:
        refused = {joined(row.folder, row.name) for row in rows["file_problems"]
                   if row.library_id == library.id and row.reason != "duplicate"}  # fmt: skip
        files = [row for row in _present(rows["track_files"]) if row.library_id == library.id]
        known = [joined(row.folder, row.name) for row in files]
        _once(known)
        assert {path for path in known if path not in refused} == set(_walked(library.root)) - refused
        refs = {bytes(row.source_id) for row in rows["source_refs"] if row.instance == str(library.id)}
        assert set(known) <= refs


def _walked(root: bytes) -> list[bytes]:
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(os.fsdecode(folder), os.fsdecode(name))
            if (
                path.is_file()
                and path.suffix not in {".jpg", ".lrc", ".elrc", ".txt"}
                and name != b".nomedia"
            ):
                found.append(os.fsencode(path.relative_to(os.fsdecode(root))))
    return found


def _tracks_follow_their_files(rows: Rows) -> None:
    files: dict[UUID, list[Any]] = defaultdict(list)
    for file in _alive(rows["track_files"]):
        files[file.track_id].append(file)
    tracks = _alive(rows["tracks"])
    assert files.keys() == {track.id for track in tracks}
    for track in tracks:
        present = [file for file in files[track.id] if file.missing_since is None]
        assert (track.missing_since is None) == bool(present), track.title
        assert track.file_id in {file.id for file in (present or files[track.id])}, track.title
        assert {file.library_id for file in files[track.id]} == {track.library_id}
        credits = sorted(
            (row for row in rows["track_artists"] if row.track_id == track.id and row.role == "artist"),
            key=lambda row: row.position,
        )
        shown = (track.details or {}).get("artists", [])
        assert shown == [[str(row.artist_id), row.name, row.join_phrase] for row in credits], track.title


def _albums_follow_their_tracks(rows: Rows) -> None:
    albums = {row.id: row for row in _alive(rows["albums"])}
    on_album = defaultdict(list)
    for track in _alive(rows["tracks"]):
        if track.album_id is None:
            assert track.album_key is None, track.title
        else:
            on_album[track.album_id].append(track)
            assert albums[track.album_id].album_key == track.album_key, track.title
            assert albums[track.album_id].library_id == track.library_id
    assert on_album.keys() == albums.keys()
    sizes = {file.id: file.size for file in rows["track_files"]}
    for id_, album in albums.items():
        present = [track for track in on_album[id_] if track.missing_since is None]
        counted = (len(present), sum(t.duration_ms for t in present), sum(sizes[t.file_id] for t in present))
        assert (album.song_count, album.duration_ms, album.size) == counted, album.title
        assert (album.missing_since is None) == bool(present), album.title


def _counters_are_right(rows: Rows) -> None:
    tracks = {row.id: row for row in _present(rows["tracks"])}
    albums = {row.id: row for row in _present(rows["albums"])}
    sizes = {file.id: file.size for file in rows["track_files"]}
    songs, on_albums, roles = defaultdict(set), defaultdict(set), defaultdict(set)
    for row in rows["track_artists"]:
        if row.track_id in tracks:
            songs[row.artist_id, tracks[row.track_id].library_id].add(row.track_id)
            role = "artist" if row.role == "guest" else row.role
            roles[row.artist_id, tracks[row.track_id].library_id].add(role)
    for row in rows["album_artists"]:
        if row.album_id in albums:
            on_albums[row.artist_id, albums[row.album_id].library_id].add(row.album_id)
    expected = {
        key: (
            len(on_albums[key]),
            len(songs[key]),
            sum(tracks[id_].duration_ms for id_ in songs[key]),
            sum(sizes[tracks[id_].file_id] for id_ in songs[key]),
            ",".join(sorted(roles[key])),
        )
        for key in songs.keys() | on_albums.keys()
    }
    kept = {
        (row.artist_id, row.library_id): (
            row.album_count,
            row.song_count,
            row.duration_ms,
            row.size,
            row.roles,
        )
        for row in rows["artist_libraries"]
    }
    assert kept == expected
    _names_are_counted(rows, tracks, albums)
    _libraries_are_counted(rows, tracks, albums, sizes)


def _names_are_counted(rows: Rows, tracks: dict[UUID, Any], albums: dict[UUID, Any]) -> None:
    by_song = Counter(
        (r.genre_id, tracks[r.track_id].library_id) for r in rows["track_genres"] if r.track_id in tracks
    )
    by_album = Counter(
        (r.genre_id, albums[r.album_id].library_id) for r in rows["album_genres"] if r.album_id in albums
    )
    kept = {(r.genre_id, r.library_id): (r.song_count, r.album_count) for r in rows["genre_libraries"]}
    assert kept == {key: (by_song[key], by_album[key]) for key in by_song.keys() | by_album.keys()}
    labels = Counter(
        (r.label_id, albums[r.album_id].library_id) for r in rows["album_labels"] if r.album_id in albums
    )
    assert {(r.label_id, r.library_id): r.album_count for r in rows["label_libraries"]} == labels


def _libraries_are_counted(
    rows: Rows, tracks: dict[UUID, Any], albums: dict[UUID, Any], sizes: dict[UUID, int]
) -> None:
    for library in rows["libraries"]:
        here = [track for track in tracks.values() if track.library_id == library.id]
        artists = [r for r in rows["artist_libraries"] if r.library_id == library.id and r.album_count]
        counted = (
            len(here), sum(t.duration_ms for t in here), sum(sizes[t.file_id] for t in here),
            sum(1 for album in albums.values() if album.library_id == library.id), len(artists),
        )  # fmt: skip
        kept = (
            library.song_count,
            library.duration_ms,
            library.size,
            library.album_count,
            library.artist_count,
        )
        assert kept == counted


def _search_finds_what_there_is(rows: Rows) -> None:
    tracks, albums = _alive(rows["tracks"]), _alive(rows["albums"])
    names = {row.id: [row.name, row.sort_name] for row in rows["artists"]}
    for row in sorted(rows["artist_aliases"], key=lambda one: (one.artist_id, one.name)):
        names[row.artist_id].append(row.name)
    titles = {row.id: row.title for row in albums}
    words = {(r.item_id, r.library_id): r.words for r in rows["search_albums"]}
    assert words == {(a.id, a.library_id): search_words(a.title, a.artist) for a in albums}
    words = {(r.item_id, r.library_id): r.words for r in rows["search_artists"]}
    members = {(r.artist_id, r.library_id) for r in rows["artist_libraries"]}
    assert words == {(a, b): search_words(*dict.fromkeys(names[a])) for a, b in members}
    words = {(r.item_id, r.library_id): r.words for r in rows["search_tracks"]}
    assert words.keys() == {(t.id, t.library_id) for t in tracks}
    for track in tracks:
        found = words[track.id, track.library_id].split("\n")
        assert found[0] == search_words(track.title), track.title
        assert track.album_id is None or titles[track.album_id] or not found


def _feed_tells_what_there_is(rows: Rows) -> None:
    """Replaying puts and dels gives exactly the rows."""
    told: dict[tuple[str, UUID], set[UUID]] = defaultdict(set)
    for change in rows["changes"]:
        if change.scope == "catalog" and change.op == "put":
            told[change.kind, change.scope_id].add(change.item_id)
    _once(change.seq for change in rows["changes"])
    for library in (row.id for row in rows["libraries"]):
        for kind, table in (("track", "tracks"), ("album", "albums"), ("track_file", "track_files")):
            there = {row.id for row in _alive(rows[table]) if row.library_id == library}
            assert told[kind, library] == there, kind
        for kind in ("artist", "genre", "label"):
            members = [row for row in rows[f"{kind}_libraries"] if row.library_id == library]
            assert told[kind, library] == {row[0] for row in members}, kind
