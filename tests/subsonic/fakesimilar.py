"""Finds everything similar to everything, in memory. Remembers what it was asked."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from mcma_plugins.abouts import About, PicturePaths, Told
from mcma_plugins.errors import Conflict, NotFound
from mcma_plugins.ids import ArtistId, TrackId
from mcma_plugins.suggestions import (
    ArtistSuggestion,
    RadioAbout,
    RadioPage,
    Reason,
    SonicMatch,
    SonicTracks,
    SuggestedArtists,
    SuggestedTracks,
    Suggestion,
)
from mcma_plugins.values import Caller, ItemRef, TrackView
from tests.subsonic import fakedata as data

WHY = (Reason("shared_genre", "Rock", 1.0),)
_KNOWN = {each.id for each in (*data.TRACKS, *data.ALBUMS, *data.ARTISTS)}


class FakeSimilar:
    def __init__(self) -> None:
        self.asked: list[tuple[ItemRef, int, int | None]] = []

    async def similar_tracks(
        self, caller: Caller, item: ItemRef, limit: int = 50, *, shuffle: int | None = None
    ) -> SuggestedTracks:
        if item.id not in _KNOWN:
            raise NotFound("Not here.")
        self.asked.append((item, limit, shuffle))
        others = [each for each in data.TRACKS if each.id != item.id]
        return SuggestedTracks([Suggestion(each, 1.0, WHY) for each in others[:limit]])

    async def similar_artists(self, caller: Caller, artist_id: ArtistId, limit: int = 20) -> SuggestedArtists:
        others = [each for each in data.ARTISTS if each.id != artist_id]
        return SuggestedArtists([ArtistSuggestion(each, 1.0, WHY) for each in others[:limit]])

    async def top_tracks(self, caller: Caller, artist_id: ArtistId, limit: int = 20) -> Sequence[TrackView]:
        return data.TRACKS[:limit]


class FakeAbout:
    def __init__(self) -> None:
        self.told: Told | None = None

    async def about(self, caller: Caller, item: ItemRef) -> About:
        found = [each for each in (*data.ARTISTS, *data.ALBUMS) if each.id == item.id]
        if not found:
            raise NotFound("Not here.")
        paths = PicturePaths(*(f"/api/v1/pictures/{size}" for size in "SML"))
        return About(item, found[0].mbid, self.told, paths)


class FakeSonic:
    available = True

    async def sounding_like(self, caller: Caller, track_id: TrackId, limit: int = 10) -> SonicTracks:
        self._require(track_id)
        others = [each for each in data.TRACKS if each.id != track_id]
        return SonicTracks([SonicMatch(each, 0.75) for each in others[:limit]])

    async def path(self, caller: Caller, start: TrackId, end: TrackId, limit: int = 25) -> SonicTracks:
        self._require(start, end)
        ends = [each for each in data.TRACKS if each.id in (start, end)]
        return SonicTracks([SonicMatch(each, -1.0) for each in ends[:limit]])

    def _require(self, *tracks: TrackId) -> None:
        if not self.available:
            raise Conflict("Nothing here knows how songs sound.")
        if not set(tracks) <= _KNOWN:
            raise NotFound("Not here.")


class FakeRadio:
    async def start(
        self, caller: Caller, about: RadioAbout, limit: int = 20, *, seed: int | None = None
    ) -> RadioPage:
        return await self.next(caller, uuid4(), 0, limit)

    async def next(self, caller: Caller, radio_id: UUID, after: int = 0, limit: int = 20) -> RadioPage:
        found = data.TRACKS[after : after + limit]
        items = [Suggestion(each, 1.0, WHY) for each in found]
        return RadioPage(radio_id, items, after + len(found) if found else None)
