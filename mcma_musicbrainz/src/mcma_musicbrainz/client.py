"""Asking MusicBrainz: each question once, in turn with all other processes, and in the contract's errors."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from mcma_musicbrainz import editions, library, reading
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.values import Artist, Group, Recording, Release
from mcma_plugins import PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import MIB, Web
from mcma_plugins.remote import Remote

T = TypeVar("T")
MOST: Final = 16 * MIB
"""Bytes of an answer. A box of hundreds of classical works has some."""
MISSED_FOR: Final = timedelta(days=1)
"""How long is remembered that there is no such id."""
SHORTEST_REST: Final = 5.0
"""Seconds, when it asks to slow down and does not say for how long."""
_MISSING: Final = b""
_LARGE: Final = 100_000
_REFUSED: Final = frozenset({"refused"})
"""400 is what it says of an id that cannot be one, and of a search that it does not understand."""
_UNKNOWN: Final = frozenset({"not_found", *_REFUSED})


class Client:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self._web, self._remote = web, remote
        self._base, self._every = settings.base_url, 1 / settings.per_second
        self._service = urlsplit(settings.base_url).netloc.lower()
        self._keep = timedelta(days=settings.cache_days)

    async def release(self, mbid: str) -> Release | None:
        """None when there is none. One that was merged is the one it was merged into: look at its id."""
        said = await self._thing(library.release, mbid)
        return None if said is None else editions.release(said.get("release") or {})

    async def recording(self, mbid: str) -> Recording | None:
        """With the releases it is on."""
        said = await self._thing(library.recording, mbid)
        return None if said is None else editions.with_releases(said.get("recording") or {})

    async def recordings_of(self, isrc: str) -> Sequence[Recording]:
        """Those that have the code, which is all that is told of their codes."""
        code = reading.isrc(isrc)
        said = (await self._ask(library.isrc(code)) if code else None) or {}
        found = _recordings((said.get("isrc") or {}).get("recording-list"))
        return [replace(one, isrcs=tuple(dict.fromkeys((code, *one.isrcs)))) for one in found if code]

    async def artist(self, mbid: str) -> Artist | None:
        said = await self._thing(library.artist, mbid)
        return None if said is None else reading.artist(said.get("artist") or {})

    async def editions(self, group: str, pages: int = 2) -> Sequence[Release]:
        """The releases of a release group, without their tracks; `pages` of 100."""
        found: list[Release] = []
        for page in range(pages if reading.mbid(group) else 0):
            said = await self._ask(library.editions(group, page * library.MOST_BROWSED)) or {}
            found += editions.releases(said.get("release-list"))
            if len(found) >= (reading.number(said.get("release-count")) or 0):
                break
        return found

    async def releases_of(self, recording: str) -> Sequence[Release]:
        """Up to 100 releases that a recording is on, without their tracks."""
        said = await self._ask(library.releases_of(recording)) or {}
        return editions.releases(said.get("release-list"))

    async def groups_of(self, artist: str, pages: int = 3) -> AsyncIterator[Sequence[Group]]:
        """The release groups of an artist, `pages` of 100."""
        for page in range(pages):
            said = await self._ask(library.groups_of(artist, page * library.MOST_BROWSED)) or {}
            listed = reading.items(said.get("release-group-list"))
            yield [one for item in listed if (one := reading.group(item))]
            if (page + 1) * library.MOST_BROWSED >= (reading.number(said.get("release-group-count")) or 0):
                return

    async def found_releases(self, path: str) -> Sequence[Release]:
        """`path` of `library.releases_like` or `releases_about`."""
        return editions.releases((await self._search(path)).get("release-list"))

    async def found_recordings(self, path: str) -> Sequence[Recording]:
        return _recordings((await self._search(path)).get("recording-list"))

    async def found_artists(self, name: str) -> Sequence[Artist]:
        said = await self._search(library.artists_called(name))
        return [one for item in reading.items(said.get("artist-list")) if (one := reading.artist(item))]

    async def _thing(self, path: Callable[[str], str], mbid: str) -> library.Document | None:
        """What is no id is not asked for: tags have all kinds of things in their place."""
        known = reading.mbid(mbid)
        return None if known is None else await self._ask(path(known))

    async def _search(self, path: str) -> library.Document:
        """Empty when nothing is found. Who has nothing to search is no MusicBrainz: a wrong address would say
        of all music that nothing is known of it."""
        try:
            return await self._ask(path, unknown=_REFUSED) or {}
        except PermanentError as error:
            if error.stable_code != "not_found":
                raise
            raise RetryLater(
                f"{self._service} has no MusicBrainz to search.",
                code="misconfigured", hint="MCMA_PLUGIN_MUSICBRAINZ_BASE_URL",
            ) from error  # fmt: skip

    async def _ask(self, path: str, unknown: Collection[str] = _UNKNOWN) -> library.Document | None:
        """None when there is no such thing, which is what the codes in `unknown` mean."""
        url = f"{self._base}{path}"
        kept = await self._remote.recall(url)
        if kept is not None:
            return None if kept == _MISSING else await _aside(library.read, zlib.decompress(kept))
        content = await self._get(url, unknown)
        if content is None:
            await self._remote.remember(url, _MISSING, MISSED_FOR)
            return None
        found = await _aside(library.read, content)
        await self._remote.remember(url, await _aside(zlib.compress, content), self._keep)
        return found

    async def _get(self, url: str, unknown: Collection[str]) -> bytes | None:
        await self._remote.turn(self._service, self._every)
        try:
            return await self._web.get_bytes(url, most=MOST)
        except PermanentError as error:
            if error.stable_code in unknown:
                return None
            raise
        except PluginError as error:
            await rest(self._remote, self._service, error)
            raise


async def rest(remote: Remote, service: str, error: PluginError) -> None:
    """Nobody asks for as long as the service said, in whichever process."""
    if isinstance(error, RetryLater) and (error.after or error.stable_code == "rate_limited"):
        await remote.pause(service, max(error.after or 0.0, SHORTEST_REST))


async def _aside(work: Callable[[bytes], T], content: bytes) -> T:
    """What takes a while is done in a thread."""
    return work(content) if len(content) < _LARGE else await asyncio.to_thread(work, content)


def _recordings(value: object) -> Sequence[Recording]:
    return [one for said in reading.items(value) if (one := editions.with_releases(said))]
