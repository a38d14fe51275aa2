"""Questions to MusicBrainz, and its answers as values; where one is too long, there is a shorter one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from mcma_musicbrainz import editions, library, reading
from mcma_musicbrainz.service import TOO_LARGE, Service
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.values import Artist, Group, Recording, Release
from mcma_plugins import PermanentError
from mcma_plugins.fetching import Web
from mcma_plugins.remote import Remote

_SMALL_PAGES: Final = 5
_Ask = Callable[[str], Awaitable[library.Document | None]]


class Client:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self.service = Service(settings, web, remote)

    async def release(self, mbid: str) -> Release | None:
        """None when there is none. One that was merged is the one it was merged into: look at its id."""
        whole = True
        try:
            said = await self._thing(library.release, mbid)
        except PermanentError as error:
            _check_too_large(error)
            said, whole = await self._thing(library.tracklist, mbid), False
        found = None if said is None else editions.release(said.get("release") or {})
        return found if whole or found is None else replace(found, is_whole=False)

    async def recording(self, mbid: str) -> Recording | None:
        """With the releases it is on."""
        said = await self._thing(library.recording, mbid)
        return None if said is None else editions.with_releases(said.get("recording") or {})

    async def recordings_of(self, isrc: str) -> Sequence[Recording]:
        """Those that have the code, which is all that is told of their codes."""
        code = reading.isrc(isrc)
        said = (await self.service.ask(library.isrc(code)) if code else None) or {}
        found = _recordings((said.get("isrc") or {}).get("recording-list"))
        return [replace(one, isrcs=tuple(dict.fromkeys((code, *one.isrcs)))) for one in found if code]

    async def artist(self, mbid: str) -> Artist | None:
        said = await self._thing(library.artist, mbid)
        return None if said is None else reading.artist(said.get("artist") or {})

    async def editions(self, group: str, pages: int = 2) -> Sequence[Release]:
        """The releases of a release group, without their tracks; `pages` of 100."""
        if not reading.mbid(group):
            return []
        try:
            return await self._editions(group, pages, library.MOST_BROWSED)
        except PermanentError as error:
            _check_too_large(error)
            return await self._editions(group, _SMALL_PAGES, library.FEWER)

    async def _editions(self, group: str, pages: int, most: int) -> Sequence[Release]:
        found: list[Release] = []
        for page in range(pages):
            said = await self.service.ask(library.editions(group, page * most, most)) or {}
            found += editions.releases(said.get("release-list"))
            if len(found) >= (reading.number(said.get("release-count")) or 0):
                break
        return found

    async def releases_of(self, recording: str) -> Sequence[Release]:
        """Up to 100 releases that a recording is on, without their tracks."""
        said = await self._or_fewer(self.service.ask, library.releases_of(recording)) or {}
        return editions.releases(said.get("release-list"))

    async def groups_of(self, artist: str, pages: int = 3) -> AsyncIterator[Sequence[Group]]:
        """The release groups of an artist, `pages` of 100."""
        for page in range(pages):
            said = await self.service.ask(library.groups_of(artist, page * library.MOST_BROWSED)) or {}
            listed = reading.items(said.get("release-group-list"))
            yield [one for item in listed if (one := reading.group(item))]
            if (page + 1) * library.MOST_BROWSED >= (reading.number(said.get("release-group-count")) or 0):
                return

    async def found_releases(self, path: str) -> Sequence[Release]:
        """`path` of `library.releases_like` or `releases_about`."""
        return editions.releases((await self._found(path)).get("release-list"))

    async def found_recordings(self, path: str) -> Sequence[Recording]:
        return _recordings((await self._found(path)).get("recording-list"))

    async def found_artists(self, name: str) -> Sequence[Artist]:
        said = await self._found(library.artists_called(name))
        return [one for item in reading.items(said.get("artist-list")) if (one := reading.artist(item))]

    async def _thing(self, path: Callable[[str], str], mbid: str) -> library.Document | None:
        """What is no id is not asked for: tags have all kinds of things in their place."""
        known = reading.mbid(mbid)
        return None if known is None else await self.service.ask(path(known))

    async def _found(self, path: str) -> library.Document:
        return await self._or_fewer(self.service.search, path) or {}

    async def _or_fewer(self, ask: _Ask, path: str) -> library.Document | None:
        try:
            return await ask(path)
        except PermanentError as error:
            _check_too_large(error)
            return await ask(library.fewer(path))


def _check_too_large(error: PermanentError) -> None:
    if error.stable_code != TOO_LARGE:
        raise error


def _recordings(value: object) -> Sequence[Recording]:
    return [one for said in reading.items(value) if (one := editions.with_releases(said))]
