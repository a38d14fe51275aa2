"""A fake enricher that says whatever a test wants of albums, tracks and artists, or fails as it wants.

oracle = Oracle("oracle")
oracle.says["First"] = [release("r1", "First", 0.95, ...)]   # by title, of an album, a track or an artist
oracle.fault = RetryLater("later", after=60)
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcma.host import PluginRecord, PluginState
from mcma.host.abilities import Abilities
from mcma.host.ability_calls import AbilityCalls
from mcma.host.loading import Hosted
from mcma.host.settings import Secrets
from mcma.services.enriching.enrichers import Enrichers, Offer
from mcma.services.enriching.policy import Policy
from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.enrichers import Candidate, Enricher, KnownAlbum, KnownArtist, KnownTrack, Reason
from tests.support.distributions import installed_into

Known = KnownAlbum | KnownTrack | KnownArtist
Says = Callable[[Any], Sequence[Candidate]] | Sequence[Candidate]
WHY = (Reason("title", 1.0, "the same title"),)


class _Saying:
    identifies = True

    def __init__(self, name: str = "oracle") -> None:
        self.name = name
        self.says: dict[str, Says] = {}
        self.fault: BaseException | None = None
        self.faults: dict[str, BaseException] = {}
        """By title, of single items."""
        self.asked: list[Known] = []
        self.answer: Any = None
        """Instead of everything that is said: whatever it is."""
        self.before: Callable[[Known], Awaitable[None]] | None = None
        """Done while somebody waits for the answer."""
        self.hangs = False
        self.gives: frozenset[str] = frozenset()

    async def _say(self, title: str, known: Known) -> Any:
        self.asked.append(known)
        if self.before is not None:
            await self.before(known)
        if self.hangs:
            await asyncio.Event().wait()
        if (fault := self.faults.get(title, self.fault)) is not None:
            raise fault
        if self.answer is not None:
            return self.answer
        said = self.says.get(title, ())
        return said(known) if callable(said) else said

    @property
    def titles(self) -> list[str]:
        return [one.name if isinstance(one, KnownArtist) else one.title for one in self.asked]


class Oracle(_Saying):
    async def album(self, album: KnownAlbum) -> Sequence[Candidate]:
        return await self._say(album.title, album)  # type: ignore[no-any-return]

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        return await self._say(track.title, track)  # type: ignore[no-any-return]

    async def artist(self, artist: KnownArtist) -> Sequence[Candidate]:
        return await self._say(artist.name, artist)  # type: ignore[no-any-return]


class Songbook(_Saying):
    """Knows single tracks alone, and identifies nothing."""

    identifies = False

    def __init__(self, name: str = "songbook") -> None:
        super().__init__(name)
        self.gives = frozenset({"lyrics"})

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        return await self._say(track.title, track)  # type: ignore[no-any-return]


def release(
    ref: str, score: float = 0.95, titles: Mapping[str, str] | None = None, **fields: Any
) -> Callable[[KnownAlbum], Sequence[Candidate]]:
    """An answer about an album: its fields, and other titles of its tracks."""

    def say(album: KnownAlbum) -> Sequence[Candidate]:
        tracks = {
            track.id: {"title": titles[track.title]} if titles and track.title in titles else {}
            for track in album.tracks
        }
        return [Candidate(ref, album.title, score, WHY, fields=fields, tracks=tracks)]

    return say


def recording(ref: str, score: float = 0.95, **fields: Any) -> Callable[[KnownTrack], Sequence[Candidate]]:
    def say(track: KnownTrack) -> Sequence[Candidate]:
        return [Candidate(ref, track.title, score, WHY, tracks={track.id: fields})]

    return say


def person(ref: str, score: float = 0.95, **fields: Any) -> Sequence[Candidate]:
    return [Candidate(ref, ref, score, WHY, fields=fields)]


def enrichers_of(*enrichers: Enricher, policy: Policy | None = None) -> tuple[Enrichers, PluginRecord]:
    """Contained as the host does it; and the record of their plugin."""
    made: type[Plugin[PluginSettings]] = type("ThePlugin", (Plugin,), {"name": "oracles"})
    record = PluginRecord("oracles", PluginState.RUNNING)
    hosted = Hosted(record, made(PluginSettings()), Secrets(), Abilities(enrichers=enrichers))
    calls = AbilityCalls(lambda: [hosted], "enrichers")
    offers = [Offer("oracles", one) for one in enrichers]
    return Enrichers(lambda: offers, calls, policy or Policy()), record


INSTALLED: list[Enricher] = []
PLUGIN = """
from collections.abc import Sequence

from mcma_plugins import Plugin, PluginSettings
from tests.support.oracle import INSTALLED


class ThePlugin(Plugin[PluginSettings]):
    name = "oracles"

    def enrichers(self) -> Sequence[object]:
        return list(INSTALLED)
"""


@contextmanager
def oracles_installed(folder: Path, *enrichers: Enricher) -> Iterator[None]:
    """A plugin `oracles` with these, for every core opened meanwhile in this process."""
    site = folder / "oracle-site"
    site.mkdir()
    with installed_into(site) as made:
        made.install("oracles", PLUGIN)
        INSTALLED[:] = enrichers
        try:
            yield
        finally:
            INSTALLED.clear()
