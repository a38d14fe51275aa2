"""The web service at an address: each question once, in turn with all other processes, and what its faults
mean. A wrong address answers as well, and would say of all music that nothing is known of it."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from mcma_musicbrainz import library
from mcma_musicbrainz.searching import Searching
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.values import VARIOUS_ARTISTS
from mcma_plugins import PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import MIB, Said, Web
from mcma_plugins.remote import Remote

T = TypeVar("T")
MOST: Final = 16 * MIB
"""Bytes of an answer. A box of hundreds of classical works has some."""
TOO_LARGE: Final = "too_large"
MISSED_FOR: Final = timedelta(days=1)
"""How long is remembered that there is no such id."""
SHORTEST_REST: Final = 5.0
"""Seconds, when it asks to slow down and does not say for how long."""
_MISSING, _TOO_LONG = b"", b"-"
_LARGE: Final = 100_000
_UNKNOWN: Final = frozenset({"not_found", "refused"})
"""404; and 400, which is what it says of an id that cannot be one and of a search that it does not
understand."""
_SEARCHES: Final = "from search server"
"""In its words, where its own search does not answer it: 503, or 400 of older ones."""
_TOO_OFTEN: Final = "rate limit"
_Judge = Callable[[Said, PluginError], Awaitable[None]]


class Service:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self._web, self._remote = web, remote
        self._base, self._every = settings.base_url, 1 / settings.per_second
        self._name = urlsplit(settings.base_url).netloc.lower()
        self._keep = timedelta(days=settings.cache_days)
        self.searching = Searching(remote, self._base, self._name)

    async def ask(self, path: str) -> library.Document | None:
        """None when there is no such thing. Raises `PermanentError` (`too_large`)."""
        url = f"{self._base}{path}"
        kept = await self._remote.recall(url)
        return await self._read(kept) if kept is not None else await self._asked(url, self._judge)

    async def search(self, path: str) -> library.Document:
        """Empty when nothing is found. Raises `RetryLater` (`limited`) where there is no search."""
        url = f"{self._base}{path}"
        kept = await self._remote.recall(url)
        if kept is not None:
            return await self._read(kept) or {}
        if (lacks := await self.searching.lacks()) is not None:
            raise lacks
        found = await self._asked(url, self._judge_search)
        await self.searching.has_worked()
        return found or {}

    async def _read(self, kept: bytes) -> library.Document | None:
        if kept == _TOO_LONG:
            raise PermanentError("Its answer is too long.", code=TOO_LARGE)
        return None if kept == _MISSING else await aside(library.read, zlib.decompress(kept))

    async def _asked(self, url: str, judge: _Judge) -> library.Document | None:
        try:
            said = await self._get(url)
        except PermanentError as error:
            if error.stable_code == TOO_LARGE:
                await self._remote.remember(url, _TOO_LONG, self._keep)
            raise
        if said.fault is not None:
            await judge(said, said.fault)
            await self._remote.remember(url, _MISSING, MISSED_FOR)
            return None
        found = await aside(library.read, said.content)
        await self._remote.remember(url, await aside(zlib.compress, said.content), self._keep)
        return found

    async def _get(self, url: str) -> Said:
        await self._remote.turn(self._name, self._every)
        try:
            said = await self._web.ask(url, most=MOST)
        except PluginError as error:
            await rest(self._remote, self._name, error)
            raise
        if said.fault is not None:
            await rest(self._remote, self._name, said.fault)
        return said

    async def _judge(self, said: Said, fault: PluginError) -> None:
        if fault.stable_code not in _UNKNOWN:
            raise fault
        if library.fault(said.content) is None:
            raise self._misconfigured() from fault

    async def _judge_search(self, said: Said, fault: PluginError) -> None:
        words = library.fault(said.content) or ""
        if fault.stable_code == "refused" and _SEARCHES not in words and (words or await self._is_well()):
            return
        if not _may_be_search_alone(fault) or _TOO_OFTEN in words:
            raise fault
        if await self._is_well():
            raise await self.searching.has_failed() from fault
        raise self._misconfigured() if fault.stable_code in _UNKNOWN else fault

    async def _is_well(self) -> bool:
        """Whether it answers, as itself, to what needs no search."""
        try:
            said = await self._get(f"{self._base}{library.artist(VARIOUS_ARTISTS)}")
            if said.fault is None:
                await aside(library.read, said.content)
            else:
                await self._judge(said, said.fault)
        except PluginError:
            return False
        return True

    def _misconfigured(self) -> RetryLater:
        return RetryLater(
            f"What answers at {self._name} is no MusicBrainz.",
            code="misconfigured", hint="MCMA_PLUGIN_MUSICBRAINZ_BASE_URL",
        )  # fmt: skip


def _may_be_search_alone(fault: PluginError) -> bool:
    """Who names a time is busy, and has said until when."""
    busy = isinstance(fault, RetryLater) and (fault.after or fault.stable_code == "rate_limited")
    return not busy and (fault.stable_code in _UNKNOWN or isinstance(fault, RetryLater))


async def rest(remote: Remote, service: str, error: PluginError) -> None:
    """Nobody asks for as long as the service said, in whichever process."""
    if isinstance(error, RetryLater) and (error.after or error.stable_code == "rate_limited"):
        await remote.pause(service, max(error.after or 0.0, SHORTEST_REST))


async def aside(work: Callable[[bytes], T], content: bytes) -> T:
    """What takes a while is done in a thread."""
    return work(content) if len(content) < _LARGE else await asyncio.to_thread(work, content)
