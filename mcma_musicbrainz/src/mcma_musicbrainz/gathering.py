"""Which releases an album may be: by the ids in its tags, by what its recordings are, then by searching.

A release that is known by its id costs one question, one that is searched for mostly two: the search and the
release. Those that fit as well as the best can only be told apart by asking for them, and are not asked for
once one is found that nothing speaks against.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from mcma_musicbrainz import library
from mcma_musicbrainz.client import Client
from mcma_musicbrainz.kinds import are_various, is_unnamed
from mcma_musicbrainz.likeness import is_no_name, people_named, plain, title
from mcma_musicbrainz.listed import LEAST, by_promise
from mcma_musicbrainz.pairs import Heard
from mcma_musicbrainz.rating import Rated, rate
from mcma_musicbrainz.shortfalls import Shortfalls
from mcma_musicbrainz.values import VARIOUS_ARTISTS, Recording, Release
from mcma_musicbrainz.votes import Vote, votes
from mcma_plugins.enrichers import KnownAlbum, KnownTrack

MOST_ASKED: Final = 6
"""Releases that are asked for, of one album."""
MANY, MOST_ASKED_OF_MANY = 500, 2
"""Tracks of an album; for each release all of them are compared."""
MOST_NAMED: Final = 3
MOST_RECORDINGS: Final = 3
MOST_SEARCHED: Final = 2
"""Tracks that are searched for when their album is not found."""
MOST_GUESSED: Final = 2
"""Releases of one list that are asked for in vain, of what may be no album."""
LIKELY: Final = 0.6
SURE: Final = 0.90
"""From here on the next way to find it is not tried."""
PERFECT: Final = 0.97
"""From here on no other edition can fit better; the preferred ones were asked for first."""


class Hearing(NamedTuple):
    """What the sound of an album says."""

    heard: Heard = MappingProxyType({})
    votes: Sequence[Vote] = ()
    """Releases that most of its tracks are on."""


class Listed(NamedTuple):
    """Releases that it may be, as much as lists say of them."""

    releases: Sequence[Release]
    least: float = LEAST
    """How alike a title has to be; not at all, where songs speak for it."""
    shares: Mapping[str, float] = MappingProxyType({})

    @staticmethod
    def by(found: Sequence[Vote]) -> "Listed":
        return Listed([one.release for one in found], 0.0, {one.release.mbid: one.share for one in found})


class Gathering:
    """Of one album."""

    def __init__(self, client: Client, album: KnownAlbum, countries: Sequence[str]) -> None:
        self._client, self._album, self._countries = client, album, countries
        self._hearing = Hearing()
        self._rated: dict[str, Rated] = {}
        self._named: set[str] = set()
        self._asked: set[str] = set()
        self.shortfalls = Shortfalls()
        self._most = MOST_ASKED if len(album.tracks) <= MANY else MOST_ASKED_OF_MANY

    async def of_ids(self) -> bool:
        """Whether one was found that fits; so of the next ones."""
        for mbid in self._album.ids.get("mbid.release", ())[:MOST_NAMED]:
            await self._rate(mbid, named=True)
        if not self.is_found:
            await self._of(self._of_groups())
        return self.is_found

    async def of_recordings(self, hearing: Hearing) -> bool:
        await self._hear(hearing)
        if not self.is_found:
            await self._of(self._of_recordings())
        return self.is_found

    async def of_words(self) -> bool:
        await self._of(self._of_search())
        return self.is_found

    def rated(self) -> Sequence[Rated]:
        return list(self._rated.values())

    @property
    def is_found(self) -> bool:
        return self._is_found(SURE)

    @property
    def _is_folder(self) -> bool:
        """It need not be an album at all."""
        return "title" in self._album.guessed

    async def _hear(self, hearing: Hearing) -> None:
        """Rates those that are known already with what is heard now."""
        self._hearing = hearing
        if hearing.heard:
            for one in self.rated():
                await self._keep(one.release, one.release.mbid in self._named)

    def _is_found(self, score: float) -> bool:
        return any(one.score >= score for one in self._rated.values())

    @property
    def _is_perfect(self) -> bool:
        """By sound alone nobody knows before what was never sold: then there may be what was."""
        perfect = [one.release for one in self._rated.values() if one.score >= PERFECT]
        return any(one.was_sold or not is_unnamed(self._album) for one in perfect)

    async def _of(self, listed: AsyncIterator[Listed]) -> None:
        with self.shortfalls.noted():
            await self._of_lists(listed)

    async def _of_lists(self, listed: AsyncIterator[Listed]) -> None:
        async for found in listed:
            likely = await asyncio.to_thread(
                by_promise, self._album, found.releases, self._countries, found.least, found.shares
            )
            for place, one in enumerate(likely):
                if self._is_folder and place >= MOST_GUESSED and not self._is_found(LIKELY):
                    break
                if len(self._asked) >= self._most or self._is_perfect:
                    return
                await self._rate(one.mbid)

    async def _rate(self, mbid: str, named: bool = False) -> None:
        if mbid in self._asked:
            return
        self._asked.add(mbid)
        with self.shortfalls.noted():
            release = await self._client.release(mbid)
            if release is not None:
                self._named |= {release.mbid} if named else set()
                await self._keep(release, named)

    async def _keep(self, release: Release, named: bool) -> None:
        rated = await asyncio.to_thread(rate, self._album, release, self._hearing.heard, named)
        self._rated[release.mbid] = rated

    async def _of_groups(self) -> AsyncIterator[Listed]:
        for mbid in self._album.ids.get("mbid.release_group", ())[:MOST_NAMED]:
            found = await self._client.editions(mbid)
            now = {mbid: found[0].group.mbid} if found and found[0].group else {}
            self._album = _merged(self._album, "mbid.release_group", now)
            yield Listed(found)

    async def _of_recordings(self) -> AsyncIterator[Listed]:
        """Of what its tracks are, by ids and by sound: those that most of them are on."""
        if self._hearing.votes:
            yield Listed.by(self._hearing.votes)
            return
        asked = {mbid: await self._client.recording(mbid) for mbid in self._recordings()}
        found = {mbid: one for mbid, one in asked.items() if one}
        self._album = _merged(self._album, "mbid.recording", {mbid: one.mbid for mbid, one in found.items()})
        voted = votes([one.releases for one in found.values()])
        if any(vote.share < 1 for vote in voted):
            voted = votes([await self._all_releases(one) for one in found.values()])
        yield Listed.by(voted)

    async def _all_releases(self, recording: Recording) -> Sequence[Release]:
        """Of what is on many releases, 25 are told with it."""
        if recording.release_count <= len(recording.releases):
            return recording.releases
        return await self._client.releases_of(recording.mbid)

    def _recordings(self) -> Sequence[str]:
        """A few, from all over the album."""
        ids = [one for track in self._album.tracks for one in track.ids.get("mbid.recording", ())[:1]]
        step = max(1, len(ids) // MOST_RECORDINGS)
        return list(dict.fromkeys(ids))[::step][:MOST_RECORDINGS]

    async def _of_search(self) -> AsyncIterator[Listed]:
        if is_unnamed(self._album):
            if self._is_folder:
                yield await self._with_these_songs()
            return
        about = {"release": title(self._album.title).named, **self._by()}
        found = await self._client.found_releases(library.releases_like(**about))
        yield Listed(found)
        if not found and not self._is_folder:
            found = await self._client.found_releases(library.releases_about(**about))
            yield Listed(found)
        if not self._is_found(LIKELY):
            yield await self._with_these_songs()

    async def _with_these_songs(self) -> Listed:
        """Whose title is misspelled has songs all the same. What lies in one folder may have come there from
        anywhere: then they have to be on one release."""
        named = [
            one
            for one in self._album.tracks
            if one.title and not is_no_name(one.title, "title" in one.guessed)
        ]
        each: list[Sequence[Release]] = []
        for track in sorted(named, key=lambda one: (-len(plain(one.title)), one.track or 0))[:MOST_SEARCHED]:
            about = {"recording": title(track.title).named, **self._by(track)}
            found = await self._client.found_recordings(library.recordings_like(**about))
            each.append([release for one in found for release in one.releases])
        together = votes(each)
        if self._is_folder and not (len(each) == MOST_SEARCHED and all(one.share == 1 for one in together)):
            return Listed(())
        return Listed.by(together)

    def _by(self, track: KnownTrack | None = None) -> dict[str, str]:
        """Whose it is: the album, or one track of it."""
        if track is not None:
            return {"artist": named[0].name} if (named := people_named(track.artists)) else {}
        guessed = "artists" in self._album.guessed
        names = [one.name for one in self._album.artists if not is_no_name(one.name, guessed)]
        mbids = [one.mbid for one in self._album.artists if one.mbid]
        if are_various(self._album):
            return {"arid": VARIOUS_ARTISTS}
        if mbids:
            return {"arid": mbids[0]}
        return {"artist": names[0]} if names else {}


def _merged(album: KnownAlbum, scheme: str, now: Mapping[str, str]) -> KnownAlbum:
    """With the ids of today in place of those that were merged into them."""

    def of(said: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        return {**said, scheme: [now.get(one, one) for one in said[scheme]]} if scheme in said else said

    if all(former == one for former, one in now.items()):
        return album
    return replace(album, ids=of(album.ids), tracks=[replace(one, ids=of(one.ids)) for one in album.tracks])
