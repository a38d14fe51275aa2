"""YouTube as a source: what the contract asks for, each by the part that does it."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

from mcma_plugins.sources import (
    CredentialHealth,
    Fetched,
    FetchProgress,
    FetchWish,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)
from mcma_youtube import ids
from mcma_youtube.catalogue import Catalogue
from mcma_youtube.cookies import Cookies
from mcma_youtube.fetch import Fetching
from mcma_youtube.health import health_of
from mcma_youtube.home import Home
from mcma_youtube.music import ORIGIN, Music
from mcma_youtube.program import AS_ALWAYS, Manner
from mcma_youtube.programs import Programs
from mcma_youtube.settings import YouTubeSettings
from mcma_youtube.stored import Store
from mcma_youtube.updating import Updating

NAME: Final = "youtube"


class YouTube:
    """`base` and `manner` lead tests to servers of their own."""

    name = NAME
    searches = frozenset(SourceKind)

    def __init__(
        self, settings: YouTubeSettings, home: Home, base: str = ORIGIN, manner: Manner = AS_ALWAYS
    ) -> None:
        self._settings = settings
        self._music = Music(settings, base)
        self._catalogue = Catalogue(self._music)
        self._cookies = Cookies(settings.cookies_file, home)
        store = Store(home)
        self.programs = Programs(settings, store)
        self.updating = Updating(settings, self.programs, store)
        self._fetching = Fetching(settings, self.programs, self._cookies, manner)

    async def open(self) -> None:
        await self._cookies.sweep()

    def close(self) -> None:
        self._music.close()

    async def health(self) -> SourceHealth:
        conditions = (self._music.condition, self._fetching.condition)
        return await health_of(self._settings, self.programs, self._cookies, conditions)

    def parse(self, text: str) -> SourceLink | None:
        return ids.parse(text)

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        return ids.accepts(kind, source_id)

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        return await self._catalogue.search(text, kind, limit)

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        return await self._catalogue.show(kind, source_id)

    def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        return self._catalogue.contents(kind, source_id)

    def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        return self._fetching.fetch(source_id, into, wish)

    async def take_credential(self, content: bytes) -> None:
        await self._cookies.take(content)
        self._fetching.condition.clear()

    async def forget_credential(self) -> None:
        await self._cookies.forget()
        self._fetching.condition.clear()

    async def credential(self) -> CredentialHealth:
        return await self._cookies.health()
