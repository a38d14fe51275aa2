"""The services of a server with the library of `fakedata`, in memory. Remembers what it was told."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from mcma_plugins.errors import (
    Forbidden,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from mcma_plugins.ids import AlbumId, ArtistId, DeviceId, PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.services import Services
from mcma_plugins.streams import Announced, Archive, Growing, Packed, Served, StreamWish
from mcma_plugins.values import (
    EVERY_RIGHT,
    AlbumQuery,
    AlbumView,
    ArtistView,
    BookmarkView,
    Caller,
    CoverImage,
    GenreView,
    ItemKind,
    ItemRef,
    LibraryView,
    Lyrics,
    PlaylistEntry,
    PlaylistView,
    QueueView,
    RandomQuery,
    Right,
    ScanStatus,
    SearchQuery,
    SearchResult,
    StreamFile,
    TrackView,
    Window,
)
from tests.subsonic import fakedata as data
from tests.subsonic.fakedecisions import FakeDecisions
from tests.subsonic.fakelistening import FakeListening, FakePlaying
from tests.subsonic.fakepeople import FakeAvatars, FakeStations, FakeUsers
from tests.subsonic.fakeshares import FakeShares
from tests.subsonic.fakesimilar import FakeAbout, FakeRadio, FakeSimilar, FakeSonic

PASSWORD = "pässword"
API_KEY = "key-1"
PICTURE = b"\x89PNG fake"
T = TypeVar("T")


def page(items: Sequence[T], window: Window) -> Sequence[T]:
    return items[window.offset : window.offset + window.limit]


def by_id(items: Iterable[T], id_: UUID) -> T:
    for item in items:
        if getattr(item, "id") == id_:  # noqa: B009  # T has no protocol: the views share only this name
            return item
    raise NotFound("Not here.")


class FakeCatalogue:
    def __init__(self) -> None:
        self.asked: list[object] = []
        self.all_albums: Sequence[AlbumView] = data.ALBUMS

    async def libraries(self, caller: Caller) -> Sequence[LibraryView]:
        return data.LIBRARIES

    async def artists(self, caller: Caller, libraries: Sequence[int] | None = None) -> Sequence[ArtistView]:
        self.asked.append(libraries)
        return () if libraries == [2] else data.ARTISTS

    async def artist(self, caller: Caller, artist_id: ArtistId) -> ArtistView:
        return by_id(data.ARTISTS, artist_id)

    async def artist_albums(
        self, caller: Caller, artist_id: ArtistId, libraries: Sequence[int] | None = None
    ) -> Sequence[AlbumView]:
        return [
            each for each in self.all_albums if artist_id in [credit.artist_id for credit in each.artists]
        ]

    async def albums(self, caller: Caller, query: AlbumQuery) -> Sequence[AlbumView]:
        self.asked.append(query)
        return page(self.all_albums, query.window)

    async def album(self, caller: Caller, album_id: AlbumId) -> AlbumView:
        return by_id(self.all_albums, album_id)

    async def album_tracks(self, caller: Caller, album_id: AlbumId) -> Sequence[TrackView]:
        return [each for each in data.TRACKS if each.album_id == album_id]

    async def track(self, caller: Caller, track_id: TrackId) -> TrackView:
        return by_id(data.TRACKS, track_id)

    async def tracks(self, caller: Caller, track_ids: Sequence[TrackId]) -> Sequence[TrackView]:
        return [each for id_ in track_ids for each in data.TRACKS if each.id == id_]

    async def random_tracks(self, caller: Caller, query: RandomQuery) -> Sequence[TrackView]:
        self.asked.append(query)
        return data.TRACKS[: query.limit]

    async def tracks_by_genre(
        self, caller: Caller, genre: str, window: Window, libraries: Sequence[int] | None = None
    ) -> Sequence[TrackView]:
        self.asked.append((genre, window, libraries))
        return page([each for each in data.TRACKS if genre in each.genres], window)

    async def genres(self, caller: Caller, libraries: Sequence[int] | None = None) -> Sequence[GenreView]:
        return data.GENRES

    async def search(self, caller: Caller, query: SearchQuery) -> SearchResult:
        self.asked.append(query)
        text = query.text.casefold().split()
        return SearchResult(
            page([each for each in data.ARTISTS if _has(text, each.name)], query.artists),
            page([each for each in self.all_albums if _has(text, each.title, each.artist)], query.albums),
            page([each for each in data.TRACKS if _has(text, each.title, each.artist)], query.tracks),
        )

    async def changed_at(self, caller: Caller) -> datetime:
        return data.LATER

    async def lyrics(self, caller: Caller, track_id: TrackId) -> Sequence[Lyrics]:
        return data.LYRICS.get(track_id, ())


def _has(words: Sequence[str], *texts: str) -> bool:
    return all(word in " ".join(texts).casefold() for word in words)


class FakePlaylists:
    def __init__(self) -> None:
        self.views: dict[PlaylistId, PlaylistView] = {data.MIX.id: data.MIX, data.SMART.id: data.SMART}
        self.rows: dict[PlaylistId, Sequence[PlaylistEntry]] = dict(data.ROWS)
        self.asked: list[object] = []

    async def playlists(self, caller: Caller, owner: str | None = None) -> Sequence[PlaylistView]:
        self.asked.append(owner)
        return [view for view in self.views.values() if owner in (None, view.owner)]

    async def playlist(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView:
        return by_id(self.views.values(), playlist_id)

    async def entries(self, caller: Caller, playlist_id: PlaylistId) -> Sequence[PlaylistEntry]:
        return self.rows[(await self.playlist(caller, playlist_id)).id]

    async def create(
        self, caller: Caller, name: str, track_ids: Sequence[TrackId] = (), comment: str | None = None
    ) -> PlaylistView:
        view = data.MIX._replace(
            id=PlaylistId(uuid4()), name=name, owner_id=caller.user_id, owner=caller.name, comment=comment
        )
        self.views[view.id] = view
        self.rows[view.id] = _rows(track_ids)
        return view

    async def replace(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        track_ids: Sequence[TrackId],
        *,
        name: str | None = None,
    ) -> PlaylistView:
        view = await self.playlist(caller, playlist_id)
        self.rows[view.id] = _rows(track_ids)
        return view if name is None else await self.edit(caller, playlist_id, name=name)

    async def edit(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        *,
        name: str | None = None,
        comment: str | None = None,
        public: bool | None = None,
        add: Sequence[TrackId] = (),
        remove_at: Sequence[int] = (),
    ) -> PlaylistView:
        view = await self.playlist(caller, playlist_id)
        if view.owner_id != caller.user_id:
            raise Forbidden("Not yours.")
        self.asked.append((name, comment, public, tuple(add), tuple(remove_at)))
        self.views[view.id] = view._replace(name=name or view.name)
        return self.views[view.id]

    async def delete(self, caller: Caller, playlist_id: PlaylistId) -> None:
        del self.views[(await self.playlist(caller, playlist_id)).id]


def _rows(track_ids: Sequence[TrackId]) -> list[PlaylistEntry]:
    found = [each for id_ in track_ids for each in data.TRACKS if each.id == id_]
    return [PlaylistEntry(PlaylistItemId(uuid4()), each, data.AT) for each in found]


class FakeBookmarks:
    def __init__(self) -> None:
        self.views = {data.TRACKS[0].id: BookmarkView(data.TRACKS[0], 95_000, "solo", data.AT, data.LATER)}

    async def bookmarks(self, caller: Caller) -> Sequence[BookmarkView]:
        return list(self.views.values())

    async def save(
        self,
        caller: Caller,
        track_id: TrackId,
        position_ms: int,
        comment: str | None = None,
        at: datetime | None = None,
    ) -> BookmarkView:
        track = by_id(data.TRACKS, track_id)
        self.views[track_id] = BookmarkView(track, position_ms, comment, data.AT, data.LATER)
        return self.views[track_id]

    async def remove(self, caller: Caller, track_id: TrackId, at: datetime | None = None) -> None:
        self.views.pop(by_id(data.TRACKS, track_id).id, None)


class FakeQueues:
    """Keeps what it is given; unknown tracks are left out only when it is read."""

    def __init__(self) -> None:
        self.saved: QueueView | None = None
        self.told: list[tuple[Sequence[TrackId], int | None, int]] = []

    async def queue(self, caller: Caller, device_id: DeviceId | None = None) -> QueueView | None:
        return self.saved

    async def save(
        self,
        caller: Caller,
        track_ids: Sequence[TrackId],
        *,
        current: int | None = None,
        position_ms: int = 0,
        device_id: DeviceId | None = None,
        at: datetime | None = None,
    ) -> QueueView:
        self.told.append((track_ids, current, position_ms))
        found = [each for id_ in track_ids for each in data.TRACKS if each.id == id_]
        place = min(current or 0, len(found) - 1) if found else None
        self.saved = QueueView(None, found, place, position_ms, data.LATER, caller.client, 1)
        return self.saved


class FakeStreaming:
    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.covers: list[tuple[ItemRef, int | None]] = []
        self.wishes: list[tuple[StreamWish, bool]] = []
        self.answers: StreamFile | Announced | Growing | None = None
        """Served for any wish, in place of the original."""

    async def original(self, caller: Caller, track_id: TrackId) -> StreamFile:
        track = by_id(data.TRACKS, track_id)
        if self.file is None:
            raise Unavailable("The volume is gone.")
        if track.id == data.track_id(5):
            raise TooManyRequests("Busy.", retry_after=7)
        path = bytes(self.file) if track.id != data.track_id(6) else b"/nowhere/at/all"
        size = self.file.stat().st_size
        return StreamFile(
            path, size, "file-1", track.content_type, track.suffix, data.AT, f"{track.title}.{track.suffix}"
        )

    async def serve(
        self, caller: Caller, track_id: TrackId, wish: StreamWish, *, start: bool = True, keep: bool = False
    ) -> Served:
        if keep and not caller.may(Right.DOWNLOAD):
            raise Forbidden("No downloads.")
        self.wishes.append((wish, start))
        if self.answers is not None and wish != StreamWish():
            return Served(self.answers, "rendition; profile=test; state=live")
        return Served(await self.original(caller, track_id), "original; reason=asked")

    async def cover(self, caller: Caller, item: ItemRef, size: int | None = None) -> CoverImage:
        known = {each.id for each in (*data.TRACKS, *data.ALBUMS, *data.ARTISTS)} | {data.MIX.id}
        if item.id not in known:
            raise NotFound("No such item.")
        self.covers.append((item, size))
        placeholder = item.kind is not ItemKind.ALBUM
        return CoverImage(PICTURE, "image/png", f"art-{size}", placeholder)


class FakeDownloads:
    async def archive(self, caller: Caller, item: ItemRef) -> Archive:
        if item.id == data.album_id(5):
            raise TooManyRequests("Busy.", retry_after=7)
        if item.id not in {*(each.id for each in (*data.ALBUMS, *data.ARTISTS)), data.MIX.id}:
            raise NotFound("Not here.")
        return Archive("All", [Packed("All/1.txt", b"words", data.AT)])


class FakeLogins:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.rights = EVERY_RIGHT

    async def by_app_password(self, name: str, password: str, *, address: str, client: str) -> Caller:
        return self._caller(name, password.encode() == PASSWORD.encode(), address, client)

    async def by_token(self, name: str, token: str, salt: str, *, address: str, client: str) -> Caller:
        wanted = hashlib.md5((PASSWORD + salt).encode()).hexdigest()
        return self._caller(name, token == wanted, address, client)

    async def by_api_key(self, key: str, *, address: str, client: str) -> Caller:
        return self._caller("admin", key == API_KEY, address, client)

    def _caller(self, name: str, good: bool, address: str, client: str) -> Caller:
        if name == "slow":
            raise TooManyRequests("Slow down.", retry_after=30)
        users = {user.name: user for user in (data.ADMIN, data.GUEST)}
        if not good or name not in users:
            raise NotAuthenticated("Wrong name or password.")
        self.seen.append((address, client))
        return Caller(users[name].id, name, users[name].is_admin, client, rights=self.rights, by_app=True)


class FakeScans:
    async def start(self, caller: Caller, *, full: bool = False) -> ScanStatus:
        if not caller.is_admin:
            raise Forbidden("For admins.")
        return ScanStatus(True, 7, data.AT)

    async def status(self, caller: Caller) -> ScanStatus:
        return ScanStatus(False, 7, None)


@dataclass
class FakeServer:
    file: Path | None = None
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    listening: FakeListening = field(default_factory=FakeListening)
    playing: FakePlaying = field(default_factory=FakePlaying)
    playlists: FakePlaylists = field(default_factory=FakePlaylists)
    bookmarks: FakeBookmarks = field(default_factory=FakeBookmarks)
    queues: FakeQueues = field(default_factory=FakeQueues)
    shares: FakeShares = field(default_factory=FakeShares)
    similar: FakeSimilar = field(default_factory=FakeSimilar)
    about: FakeAbout = field(default_factory=FakeAbout)
    sonic: FakeSonic = field(default_factory=FakeSonic)
    radio: FakeRadio = field(default_factory=FakeRadio)
    streaming: FakeStreaming = field(init=False)
    decisions: FakeDecisions = field(init=False)
    downloads: FakeDownloads = field(default_factory=FakeDownloads)
    logins: FakeLogins = field(default_factory=FakeLogins)
    users: FakeUsers = field(default_factory=FakeUsers)
    avatars: FakeAvatars = field(default_factory=FakeAvatars)
    stations: FakeStations = field(default_factory=FakeStations)
    scans: FakeScans = field(default_factory=FakeScans)
    version: str = "0.1.0"

    def __post_init__(self) -> None:
        self.streaming = FakeStreaming(self.file)
        self.decisions = FakeDecisions(self.streaming)


def services(file: Path | None = None) -> FakeServer:
    """A fresh server. The annotation below is the proof that it keeps the contract."""
    made = FakeServer(file)
    _kept: Services = made
    return made
