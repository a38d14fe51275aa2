"""What core offers to adapters. Core's services satisfy these Protocols; adapters hold no business rules.

Every method may raise `NotFound` (absent, or not this caller's), `Forbidden`, `InvalidInput` and
`Unavailable` of `mcma_plugins.errors`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from mcma_plugins.abouts import About
from mcma_plugins.delivery import Decisions, Downloads, Streaming
from mcma_plugins.ids import AlbumId, ArtistId, DeviceId, PlaylistId, ShareId, TrackId
from mcma_plugins.people import Avatars, Logins, Users
from mcma_plugins.playing import NowPlaying, PlaybackReport
from mcma_plugins.stations import Stations
from mcma_plugins.suggestions import RadioAbout, RadioPage, SonicTracks, SuggestedArtists, SuggestedTracks
from mcma_plugins.values import (
    AlbumQuery,
    AlbumView,
    ArtistView,
    BookmarkView,
    Caller,
    GenreView,
    ItemRef,
    LibraryView,
    ListenReport,
    Lyrics,
    PlaylistEntry,
    PlaylistView,
    QueueView,
    RandomQuery,
    ScanStatus,
    SearchQuery,
    SearchResult,
    Shared,
    ShareView,
    Starred,
    TrackView,
    Window,
)


class Catalogue(Protocol):
    """The library as one caller may see it."""

    async def libraries(self, caller: Caller) -> Sequence[LibraryView]: ...

    async def artists(self, caller: Caller, libraries: Sequence[int] | None = None) -> Sequence[ArtistView]:
        """All artists with albums of their own, by sort name."""
        ...

    async def artist(self, caller: Caller, artist_id: ArtistId) -> ArtistView: ...

    async def artist_albums(
        self, caller: Caller, artist_id: ArtistId, libraries: Sequence[int] | None = None
    ) -> Sequence[AlbumView]:
        """Oldest first. Its length equals `ArtistView.album_count`."""
        ...

    async def albums(self, caller: Caller, query: AlbumQuery) -> Sequence[AlbumView]: ...

    async def album(self, caller: Caller, album_id: AlbumId) -> AlbumView: ...

    async def album_tracks(self, caller: Caller, album_id: AlbumId) -> Sequence[TrackView]:
        """By disc and number."""
        ...

    async def track(self, caller: Caller, track_id: TrackId) -> TrackView: ...

    async def tracks(self, caller: Caller, track_ids: Sequence[TrackId]) -> Sequence[TrackView]:
        """In the order asked for; those that are gone are left out."""
        ...

    async def random_tracks(self, caller: Caller, query: RandomQuery) -> Sequence[TrackView]: ...

    async def tracks_by_genre(
        self, caller: Caller, genre: str, window: Window, libraries: Sequence[int] | None = None
    ) -> Sequence[TrackView]: ...

    async def genres(self, caller: Caller, libraries: Sequence[int] | None = None) -> Sequence[GenreView]: ...

    async def search(self, caller: Caller, query: SearchQuery) -> SearchResult: ...

    async def changed_at(self, caller: Caller) -> datetime:
        """When anything in the caller's libraries last changed."""
        ...

    async def lyrics(self, caller: Caller, track_id: TrackId) -> Sequence[Lyrics]: ...


class Listening(Protocol):
    """Likes, ratings and plays: append-only logs, current state derived."""

    async def like(
        self, caller: Caller, items: Sequence[ItemRef], liked: bool, at: datetime | None = None
    ) -> None:
        """Idempotent. Items that do not exist are skipped."""
        ...

    async def rate(self, caller: Caller, item: ItemRef, rating: int) -> None:
        """1 to 5; 0 removes."""
        ...

    async def starred(self, caller: Caller, libraries: Sequence[int] | None = None) -> Starred:
        """Latest like first."""
        ...

    async def listened(self, caller: Caller, reports: Sequence[ListenReport], source: str) -> None:
        """Each (user, track, start) lands once, however often it is reported. Unknown tracks are skipped.

        A report without a time is about what the caller's player plays or has just played, if that is known.
        """
        ...


class Playing(Protocol):
    """What is being played now, on every player of everybody."""

    async def report(self, caller: Caller, report: PlaybackReport) -> None:
        """A change of state, or a sign of life. What was heard for long enough becomes a play, once, when it
        ends; a client that reports the same play by `listened` too adds none."""
        ...

    async def announce(self, caller: Caller, track_id: TrackId) -> None:
        """It plays from its start: for clients that say no more. No play comes of it."""
        ...

    async def now_playing(self, caller: Caller) -> Sequence[NowPlaying]:
        """Of everybody, as far as the caller may see the tracks; the last report first."""
        ...


class Playlists(Protocol):
    async def playlists(self, caller: Caller, owner: str | None = None) -> Sequence[PlaylistView]:
        """The caller's own and those others share. `owner` (a user's name) narrows to one owner."""
        ...

    async def playlist(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView: ...

    async def entries(self, caller: Caller, playlist_id: PlaylistId) -> Sequence[PlaylistEntry]: ...

    async def create(
        self, caller: Caller, name: str, track_ids: Sequence[TrackId] = (), comment: str | None = None
    ) -> PlaylistView: ...

    async def replace(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        track_ids: Sequence[TrackId],
        *,
        name: str | None = None,
    ) -> PlaylistView:
        """Sets the tracks, and the name. Rows that wait for a track keep their place."""
        ...

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
        """`remove_at` counts the rows with a track, before any change; indexes out of range are skipped."""
        ...

    async def delete(self, caller: Caller, playlist_id: PlaylistId) -> None: ...


class Bookmarks(Protocol):
    async def bookmarks(self, caller: Caller) -> Sequence[BookmarkView]:
        """The caller's own, latest change first."""
        ...

    async def save(
        self,
        caller: Caller,
        track_id: TrackId,
        position_ms: int,
        comment: str | None = None,
        at: datetime | None = None,
    ) -> BookmarkView:
        """The one bookmark of this track, in place of what was there. One changed later than `at` stays."""
        ...

    async def remove(self, caller: Caller, track_id: TrackId, at: datetime | None = None) -> None:
        """Without a bookmark nothing happens."""
        ...


class Queues(Protocol):
    """One play queue per device, and one that all clients without a device share."""

    async def queue(self, caller: Caller, device_id: DeviceId | None = None) -> QueueView | None:
        """None before the first save. Tracks that are gone are left out."""
        ...

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
        """Unknown tracks are skipped; `current` is an index in `track_ids`. A queue changed later than `at`
        stays; what is there afterwards is returned. `TooLarge` for too many tracks."""
        ...


class Shares(Protocol):
    """Links for people without an account. Others' shares do not exist for a caller who is no admin."""

    async def shares(self, caller: Caller) -> Sequence[Shared]:
        """Latest first, with some of the tracks of each; the caller's own, for admins everybody's."""
        ...

    async def share(self, caller: Caller, share_id: ShareId) -> Shared: ...

    async def create(
        self,
        caller: Caller,
        items: Sequence[ItemRef],
        *,
        description: str | None = None,
        expires_at: datetime | None = None,
    ) -> ShareView:
        """Tracks, albums, artists, playlists. Items that the caller cannot see are skipped; `NotFound` when
        none is left."""
        ...

    async def update(
        self,
        caller: Caller,
        share_id: ShareId,
        *,
        description: str | None = None,
        expires_at: datetime | None = None,
        endless: bool = False,
    ) -> ShareView:
        """What is None stays; `endless`: it expires no more."""
        ...

    async def delete(self, caller: Caller, share_id: ShareId) -> None: ...


class Similar(Protocol):
    """What is like something else, and why. Needs no plugin; one that compares sound makes it better."""

    async def similar_tracks(
        self, caller: Caller, item: ItemRef, limit: int = 50, *, shuffle: int | None = None
    ) -> SuggestedTracks:
        """Like a track, an album or an artist (whose own tracks are among them), the best first.

        `shuffle`: drawn instead, the better ones earlier; another draw for each number.
        """
        ...

    async def similar_artists(
        self, caller: Caller, artist_id: ArtistId, limit: int = 20
    ) -> SuggestedArtists: ...

    async def top_tracks(self, caller: Caller, artist_id: ArtistId, limit: int = 20) -> Sequence[TrackView]:
        """Heard most by everybody here; where nobody has heard any, some all the same."""
        ...


class Abouts(Protocol):
    """What is told about artists and albums. From this server alone: nothing is asked outside."""

    async def about(self, caller: Caller, item: ItemRef) -> About: ...


class Sonic(Protocol):
    """What sounds alike. Needs a plugin that compares sound: `Conflict` without one."""

    @property
    def available(self) -> bool:
        """Whether there is one now."""
        ...

    async def sounding_like(self, caller: Caller, track_id: TrackId, limit: int = 10) -> SonicTracks:
        """The most alike first, without the track itself."""
        ...

    async def path(self, caller: Caller, start: TrackId, end: TrackId, limit: int = 25) -> SonicTracks:
        """From one song to the other, by songs that sound less and less like the first.

        Both ends are included, nothing comes twice, and it may be shorter than `limit`. Likeness is that to
        the start.
        """
        ...


class Radio(Protocol):
    """Endless lists. No track comes twice in one; each says why it is there."""

    async def start(
        self, caller: Caller, about: RadioAbout, limit: int = 20, *, seed: int | None = None
    ) -> RadioPage:
        """With the first page. The same `seed` in the same library makes the same radio."""
        ...

    async def next(self, caller: Caller, radio_id: UUID, after: int = 0, limit: int = 20) -> RadioPage:
        """The tracks behind the first `after`; asked again, the same ones."""
        ...


class Scans(Protocol):
    async def start(self, caller: Caller, *, full: bool = False) -> ScanStatus:
        """Queues a scan of every library. For admins."""
        ...

    async def status(self, caller: Caller) -> ScanStatus: ...


class Services(Protocol):
    """Handed to an adapter when it is mounted."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def listening(self) -> Listening: ...
    @property
    def playing(self) -> Playing: ...
    @property
    def playlists(self) -> Playlists: ...
    @property
    def bookmarks(self) -> Bookmarks: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def shares(self) -> Shares: ...
    @property
    def similar(self) -> Similar: ...
    @property
    def about(self) -> Abouts: ...
    @property
    def sonic(self) -> Sonic: ...
    @property
    def radio(self) -> Radio: ...
    @property
    def streaming(self) -> Streaming: ...
    @property
    def downloads(self) -> Downloads: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def users(self) -> Users: ...
    @property
    def avatars(self) -> Avatars: ...
    @property
    def stations(self) -> Stations: ...
    @property
    def scans(self) -> Scans: ...
    @property
    def version(self) -> str:
        """The server's version."""
        ...
