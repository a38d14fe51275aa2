"""YouTube as a source: what the contract asks for, each by the part that does it."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from mcma_plugins.sources import SourceHealth, SourceItem, SourceKind, SourceLink
from mcma_youtube import ids
from mcma_youtube.catalogue import Catalogue
from mcma_youtube.music import ORIGIN, Music
from mcma_youtube.settings import YouTubeSettings

NAME: Final = "youtube"


class YouTube:
    name = NAME
    searches = frozenset(SourceKind)

    def __init__(self, settings: YouTubeSettings, base: str = ORIGIN) -> None:
        self._music = Music(settings, base)
        self._catalogue = Catalogue(self._music)

    def close(self) -> None:
        self._music.close()

    async def health(self) -> SourceHealth:
        condition = self._music.condition
        return SourceHealth(condition.state == "ready", condition.state, condition.reason)

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
