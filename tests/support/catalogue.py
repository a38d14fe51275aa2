"""A library made of numbers: bulk-inserted straight into the tables, for tests and benches of reading.

The same `seed` gives the same names. Two seeds in one database are two libraries, each with its own user.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.folding import fold, search_words
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import search_albums, search_artists, search_tracks
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
CHUNK = 2000
GENRES = ("Rock", "Jazz", "Folk", "Hip-Hop", "Electronic", "Classical", "Metal", "Soul", "Pop", "Blues")
_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ra",
    "ven",
    "tor",
    "sha",
    "del",
    "mar",
    "bri",
    "nor",
    "sol",
    "an",
    "ti",
    "gre",
    "wo",
    "fa",
    "li",
    "du",
    "pe",
    "stra",
    "qui",
    "zen",
    "hol",
    "bur",
    "ost",
    "ary",
    "ula",
]

Row = dict[str, Any]


ORDER = (
    users, c.libraries, library_access, c.artists, c.genres, c.albums, c.tracks, c.track_files,
    c.artist_libraries, c.genre_libraries, c.album_artists, c.track_artists, c.album_genres, c.track_genres,
    search_artists, search_albums, search_tracks,
)  # fmt: skip
"""Parents before children."""


@dataclass(slots=True)
class Seeded:
    library_id: UUID
    library: int
    """Its number."""
    user: Caller
    admin: Caller
    artists: list[UUID] = field(default_factory=list)
    albums: list[UUID] = field(default_factory=list)
    tracks: list[UUID] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    """Of the tracks, in the same order."""
    albums_of: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    tracks_of: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))


async def seed(database: Database, *, tracks: int, seed: int = 1, feed: bool = True) -> Seeded:
    """One library with artists = tracks/25 and albums = tracks/12, and a user who may see it.

    A million tracks take minutes and little memory. Without `feed`, PostgreSQL runs no triggers meanwhile.
    """
    maker = _Maker(random.Random(seed), tracks, seed)
    for part in maker.parts():
        async with database.write() as transaction:
            if not (feed or database.is_sqlite):
                await transaction.connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            for table in ORDER:
                await insert_rows(transaction.connection, table, part.get(table, []))
    return maker.seeded


async def insert(connection: AsyncConnection, table: sa.Table, rows: Iterable[Row]) -> None:
    await connection.execute(sa.insert(table), list(rows))


def a_user(name: str, *, is_admin: bool = False) -> tuple[Row, Caller]:
    id_ = UserId(new_id())
    row: Row = {"id": id_, "name": name, "name_key": fold(name), "is_admin": is_admin,
           "created_at": EPOCH, "updated_at": EPOCH}  # fmt: skip
    return row, Caller(id_, name, is_admin, "tests")


class _Maker:
    def __init__(self, rng: random.Random, count: int, number: int) -> None:
        self.rng, self.count, self.number = rng, count, number
        user, caller = a_user(f"listener{number}")
        admin, admin_caller = a_user(f"admin{number}", is_admin=True)
        self.seeded = Seeded(new_id(), number, caller, admin_caller)
        self.rows: dict[sa.Table, list[Row]] = defaultdict(list)
        self.rows[users] = [user, admin]
        self.vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(900)]
        self.genres = {name: new_id() for name in GENRES}
        self.genre_songs: dict[str, int] = defaultdict(int)
        self.genre_albums: dict[str, int] = defaultdict(int)

    def parts(self) -> Iterator[dict[sa.Table, list[Row]]]:
        """All rows, some at a time and parents before children. Counters, which need all, come last."""
        library, albums = self._library(), max(1, self.count // 12)
        self.rows[c.libraries] = [library]
        self.rows[library_access] = [
            {"user_id": self.seeded.user.user_id, "library_id": library["id"], "created_at": EPOCH}
        ]
        artists = [self._artist() for _ in range(max(2, self.count // 25))]
        library |= {"song_count": self.count, "album_count": albums, "artist_count": len(artists)}
        self.rows[c.artists] = artists
        self._genres()
        for row in artists:
            self._searchable(search_artists, row["id"], row["name"])
        yield self._taken()
        members = {row["id"]: self._membership(artist_id=row["id"]) for row in artists}
        left = self.count
        for place in range(albums):
            share = left // (albums - place)
            self._album(artists[place % len(artists)], members, share)
            left -= share
            if len(self.rows[c.tracks]) >= CHUNK:
                yield self._taken()
        self.rows[c.artist_libraries] = list(members.values())
        self._count_genres()
        yield self._taken()

    def _taken(self) -> dict[sa.Table, list[Row]]:
        made, self.rows = self.rows, defaultdict(list)
        return made

    def _words(self, most: int) -> str:
        size = self.rng.randint(1, most)
        return " ".join(self._word() for _ in range(size)).title()

    def _word(self) -> str:
        return self.vocabulary[int(900 * self.rng.random() ** 2)]

    def _when(self) -> datetime:
        return EPOCH + timedelta(seconds=self.rng.randint(0, 40_000_000))

    def _library(self) -> Row:
        return {"id": self.seeded.library_id, "number": self.number, "name": f"Music {self.number}",
                "kind": "folder", "root": b"/music", "root_display": "/music", "scan_state": "ok",
                "last_scan_at": EPOCH, "changed_at": EPOCH, "created_at": EPOCH,
                "updated_at": EPOCH}  # fmt: skip

    def _membership(self, **ids: UUID) -> Row:
        return {**ids, "library_id": self.seeded.library_id, "album_count": 0, "song_count": 0}

    def _artist(self) -> Row:
        name = self._words(2)
        id_ = new_id()
        self.seeded.artists.append(id_)
        return {"id": id_, "name": name, "sort_name": name, "sort_key": fold(name), "name_key": fold(name),
                "rnd": self.rng.random(), "created_at": EPOCH, "updated_at": EPOCH}  # fmt: skip

    def _searchable(self, table: sa.Table, item: UUID, *texts: str) -> None:
        self.rows[table].append(
            {"item_id": item, "library_id": self.seeded.library_id, "words": search_words(*texts)}
        )

    def _album(self, artist: Row, members: dict[UUID, Row], songs: int) -> None:
        title, when, id_ = self._words(3), self._when(), new_id()
        genre = GENRES[int(len(GENRES) * self.rng.random() ** 2)]
        credit = [[str(artist["id"]), artist["name"], ""]]
        album = {
            "id": id_, "library_id": self.seeded.library_id,
            "album_key": f"{fold(artist['name'])}|{fold(title)}",
            "title": title, "sort_title": title, "sort_key": fold(title), "artist": artist["name"],
            "artist_key": artist["sort_key"], "year": self.rng.randint(1960, 2024), "rnd": self.rng.random(),
            "details": {"artists": credit, "genres": [genre], "labels": [], "moods": [],
                        "release_types": ["album"], "disc_titles": []},
            "created_at": when, "updated_at": when,
        }  # fmt: skip
        self.seeded.albums.append(id_)
        self.seeded.albums_of[artist["id"]].append(id_)
        durations = [self._track(album, artist, genre, place) for place in range(songs)]
        album |= {"song_count": songs, "duration_ms": sum(durations), "size": sum(durations) * 40}
        self.rows[c.albums].append(album)
        self.rows[c.album_artists].append(_credit("album_id", id_, artist, "artist"))
        self.rows[c.album_genres].append({"album_id": id_, "genre_id": self.genres[genre]})
        members[artist["id"]]["album_count"] += 1
        members[artist["id"]]["song_count"] += songs
        self.genre_albums[genre] += 1
        self.genre_songs[genre] += songs
        self._searchable(search_albums, id_, title, artist["name"])

    def _track(self, album: Row, artist: Row, genre: str, place: int) -> int:
        title, id_, file_id = self._words(4), new_id(), new_id()
        duration = self.rng.randint(60_000, 400_000)
        credit = [[str(artist["id"]), artist["name"], ""]]
        self.rows[c.tracks].append({
            "id": id_, "library_id": album["library_id"], "album_id": album["id"], "title": title,
            "sort_title": title, "sort_key": fold(title), "artist": artist["name"],
            "album_artist": artist["name"], "disc": 1, "track": place + 1, "year": album["year"],
            "artist_key": artist["sort_key"], "album_place": 10_001 + place,
            "album_sort": f"{album['sort_key']}\t{artist['sort_key']}\t{album['id'].hex[-12:]}",
            "duration_ms": duration, "file_id": file_id, "rnd": self.rng.random(),
            "details": {"artists": credit, "contributors": [], "genres": [genre], "moods": [],
                        "groupings": [], "isrcs": []},
            "created_at": album["created_at"], "updated_at": album["updated_at"],
        })  # fmt: skip
        self.rows[c.track_files].append({
            "id": file_id, "track_id": id_, "library_id": album["library_id"], "folder": b"Artist/Album",
            "name": f"{place}.flac".encode(),
            "path_display": f"{artist['name']}/{album['title']}/{place}.flac",
            "size": duration * 40, "container": "flac", "codec": "flac", "suffix": "flac",
            "content_type": "audio/flac", "duration_ms": duration, "bit_rate_kbps": 900,
            "sample_rate_hz": 44100, "bit_depth": 16, "channels": 2, "lossless": True,
            "track_gain_db": -6.5, "track_peak": 0.98,
            "created_at": album["created_at"], "updated_at": album["updated_at"],
        })  # fmt: skip
        self.seeded.tracks.append(id_)
        self.seeded.titles.append(title)
        self.seeded.tracks_of[album["id"]].append(id_)
        self.rows[c.track_artists].append(_credit("track_id", id_, artist, "artist"))
        self.rows[c.track_genres].append(
            {"track_id": id_, "genre_id": self.genres[genre], "rnd": self.rows[c.tracks][-1]["rnd"]}
        )
        self._searchable(search_tracks, id_, title, artist["name"], album["title"])
        return duration

    def _genres(self) -> None:
        """Names are shared by all libraries, so each seed has its own."""
        for name, id_ in self.genres.items():
            shown = name if self.number == 1 else f"{name} {self.number}"
            self.rows[c.genres].append(
                {"id": id_, "name": shown, "name_key": fold(shown), "created_at": EPOCH}
            )

    def _count_genres(self) -> None:
        for name, id_ in self.genres.items():
            self.rows[c.genre_libraries].append(
                {"genre_id": id_, "library_id": self.seeded.library_id,
                 "song_count": self.genre_songs[name], "album_count": self.genre_albums[name]}
            )  # fmt: skip


def _credit(column: str, item: UUID, artist: Row, role: str) -> Row:
    return {column: item, "role": role, "position": 0, "artist_id": artist["id"], "name": artist["name"]}


async def set_row(database: Database, table: sa.Table, ids: UUID | Sequence[UUID], **values: Any) -> None:
    """Changes rows behind the services' back."""
    chosen = [ids] if isinstance(ids, UUID) else list(ids)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(table).where(table.c.id.in_(chosen)).values(**values))


async def listener_of(database: Database, library_id: UUID) -> Caller:
    """Somebody who may see this library alone."""
    row, caller = a_user("listener")
    access = {"user_id": caller.user_id, "library_id": library_id, "created_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
        await insert(transaction.connection, library_access, [access])
    return caller
