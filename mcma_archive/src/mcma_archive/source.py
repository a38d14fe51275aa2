"""An archive of open collections as a source: items are albums, their files of sound are tracks."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mcma_archive.asking import Asking
from mcma_archive.condition import Condition
from mcma_archive.downloads import Downloads, name_of
from mcma_archive.formats import order_of
from mcma_archive.ids import is_identifier, is_track, read_link, read_track_id
from mcma_archive.items import Item, creators_of, year_of
from mcma_archive.query import Where, condition, plain_words, words_of
from mcma_archive.readings import Fields, text
from mcma_archive.settings import ArchiveSettings
from mcma_archive.tracks import (
    Track,
    album_item,
    extras,
    image_url,
    page_url,
    track_item,
    track_of,
    tracks_of,
)
from mcma_plugins import (
    Fetched,
    FetchProgress,
    FetchWish,
    PermanentError,
    PluginError,
    RetryLater,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)
from mcma_plugins.fetching import Times, Web

_PAGE: Final = 100
_TIMES: Final = Times(connect=5, read=15, whole=30)
_OPENING: Final = 6.0
"""Seconds after which a search for tracks is content with what it has; core waits for eight."""
_OF_THE_ARCHIVE: Final = ("archive.org", "www.archive.org")


class OpenCollections:
    name = "archive"

    def __init__(self, settings: ArchiveSettings, version: str) -> None:
        self._settings, self._formats = settings, order_of(settings.formats)
        self._where = Where(settings.collections, settings.licensed_only)
        base = settings.base_url
        self._base, self._hosts = base, frozenset({*_OF_THE_ARCHIVE, urlsplit(base).netloc.lower()})
        agent = f"mcma-archive/{version} (a music server at home)"
        self._web = Web(agent=agent, allowed=settings.allowed_hosts, times=_TIMES)
        self._condition = Condition()
        self._asking = Asking(base, self._web, self._condition)
        self._downloads = Downloads(base, self._web, self._condition)

    async def aclose(self) -> None:
        await self._web.aclose()

    async def health(self) -> SourceHealth:
        return self._condition.health()

    @property
    def searches(self) -> frozenset[SourceKind]:
        kinds = {SourceKind.ALBUM, SourceKind.TRACK} if self._settings.track_items else {SourceKind.ALBUM}
        return frozenset(kinds)

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        words = words_of(text)
        if not words or kind not in self.searches:
            return ()
        if kind is SourceKind.ALBUM:
            found = await self._items_of(words, limit)
            return [self._described(identifier, one) for identifier, one in found.items()][:limit]
        return (await self._tracks_of(words))[:limit]

    async def _items_of(self, words: Sequence[str], rows: int, every: bool = True) -> dict[str, Fields]:
        """What the search says of items, by identifier."""
        found = await self._asking.found(condition(words, self._where, every), rows)
        named = {str(one.get("identifier")): one for one in found}
        return {identifier: one for identifier, one in named.items() if is_identifier(identifier)}

    async def _tracks_of(self, words: Sequence[str]) -> list[SourceItem]:
        """In items of which all of it is said; else in those of which most is: few name their songs.

        Nothing is found only when all could be looked into: else the error of one is raised."""
        until = asyncio.get_running_loop().time() + _OPENING
        opened: set[str] = set()
        fault: PluginError | None = None
        for every in (True, False) if len(words) > 1 else (True,):
            found = await self._items_of(words, self._settings.track_items, every)
            items, wrong = await self._opened([one for one in found if one not in opened], until)
            tracks = _best_of([one for item in items for one in self._tracks(item)], words)
            if tracks:
                return tracks
            opened |= found.keys()
            fault = fault or wrong
        if fault is not None:
            raise fault
        return []

    def _described(self, identifier: str, said: Fields) -> SourceItem:
        """As the search describes it, without opening it."""
        return SourceItem(
            SourceKind.ALBUM,
            identifier,
            text(said.get("title")) or identifier,
            artists=creators_of(said),
            year=year_of(said),
            artwork_url=image_url(self._base, identifier),
            url=page_url(self._base, identifier),
            extra=extras(text(said.get("licenseurl")), None),
        )

    async def _opened(
        self, identifiers: Sequence[str], until: float
    ) -> tuple[list[Item], PluginError | None]:
        """Those that could be opened in time, and why others could not. What is not there is no reason."""
        tasks = [asyncio.create_task(self._asking.item(one)) for one in identifiers]
        if not tasks:
            return [], None
        try:
            _, late = await asyncio.wait(tasks, timeout=until - asyncio.get_running_loop().time())
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        faults = [one for one in ends if isinstance(one, PluginError) and not isinstance(one, PermanentError)]
        if late:
            faults.append(RetryLater("The archive takes too long.", code="unreachable"))
        return [one for one in ends if isinstance(one, Item)], next(iter(faults), None)

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        if kind is SourceKind.ALBUM and is_identifier(source_id):
            item = await self._asking.item(source_id)
            return album_item(item, len(tracks_of(item, self._formats)), self._base)
        if kind is SourceKind.TRACK:
            item, track = await self._track(source_id)
            shown = track_item(item, track, self._base)
            if shown is not None:
                return shown
        raise _not_there()

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        if kind is not SourceKind.ALBUM or not is_identifier(source_id):
            raise _not_there()
        tracks = list(self._tracks(await self._asking.item(source_id)))
        for start in range(0, len(tracks), _PAGE):
            yield tracks[start : start + _PAGE]

    def _tracks(self, item: Item) -> Iterator[SourceItem]:
        for track in tracks_of(item, self._formats):
            shown = track_item(item, track, self._base)
            if shown is not None:
                yield shown

    async def _track(self, source_id: str) -> tuple[Item, Track]:
        named = read_track_id(source_id)
        if named is None:
            raise _not_there()
        item = await self._asking.item(named.identifier)
        track = track_of(item, named.file)
        if track is None:
            raise _not_there()
        return item, track

    def parse(self, text: str) -> SourceLink | None:
        return read_link(text, self._hosts)

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        if kind is SourceKind.TRACK:
            return is_track(source_id)
        return kind is SourceKind.ALBUM and is_identifier(source_id)

    async def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        item, track = await self._track(source_id)
        shown = track_item(item, track, self._base)
        if shown is None or not shown.fetchable:
            raise PermanentError("The archive does not give that to everybody.", code="forbidden")
        path = into / name_of(track.chosen)
        async with aclosing(self._downloads.sound(item, track.chosen, path, wish)) as steps:
            async for step in steps:
                yield step
        yield Fetched(path, shown, await self._downloads.picture(item, into / "cover"))


def _not_there() -> PermanentError:
    return PermanentError("The archive has no such thing.", code="not_found")


def _best_of(tracks: Sequence[SourceItem], words: Sequence[str]) -> list[SourceItem]:
    """Those that all of the words are said of, most of them in the title first. Accents do not matter."""
    wanted = plain_words(" ".join(words))
    ranked = [
        (len(wanted & title), one)
        for one in tracks
        if wanted <= (title := plain_words(one.title)) | plain_words(_beside(one))
    ]
    return [one for _, one in sorted(ranked, key=lambda pair: -pair[0])]


def _beside(track: SourceItem) -> str:
    return " ".join([*track.artists, track.album or "", str(track.year or "")])
