"""Search, show and contents."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from mcma_plugins.errors import PermanentError
from mcma_plugins.sources import SourceItem, SourceKind
from mcma_youtube import faults, ids, questions, shapes
from mcma_youtube.music import Music
from mcma_youtube.page import Page

if TYPE_CHECKING:
    from mcma_youtube.client import Client

LONGEST_SEARCH = 500
Items = Sequence[SourceItem]


class Catalogue:
    def __init__(self, music: Music) -> None:
        self._music = music

    async def search(self, text: str, kind: SourceKind, limit: int) -> Items:
        words = " ".join(text.split())[:LONGEST_SEARCH]
        if not words or limit < 1:
            return ()
        return await self._music.ask(partial(questions.search, text=words, kind=kind, limit=limit))

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        _check(kind, source_id)
        match kind:
            case SourceKind.TRACK:
                return await self._music.ask(partial(questions.track, source_id=source_id))
            case SourceKind.ALBUM:
                return (await self._music.ask(partial(questions.album, source_id=source_id)))[0]
            case SourceKind.ARTIST:
                return (await self._music.ask(partial(questions.artist, source_id=source_id)))[0]
            case SourceKind.PLAYLIST:
                return (await self._music.ask(partial(questions.playlist, source_id=source_id)))[0]

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Items, None]:
        _check(kind, source_id)
        if kind is SourceKind.ALBUM:
            yield (await self._music.ask(partial(questions.album, source_id=source_id)))[1]
        elif kind is SourceKind.PLAYLIST:
            async for page in self._playlist(source_id):
                yield page
        elif kind is SourceKind.ARTIST:
            for page in await self._music.ask(partial(_all_releases, source_id=source_id)):
                yield page
        else:
            raise PermanentError("A track has no contents.", code="no_contents")

    async def _playlist(self, source_id: str) -> AsyncGenerator[Items, None]:
        _, page = await self._music.ask(partial(questions.playlist, source_id=source_id))
        place, seen = 0, set[str]()
        while True:
            yield [shapes.row(one, place + more) for more, one in enumerate(page.tracks)]
            place += len(page.tracks)
            if page.next is None or page.next in seen:
                return
            seen.add(page.next)
            page = await self._music.ask(partial(_next_page, token=page.next), further=True)


def _all_releases(client: "Client", source_id: str) -> list[list[SourceItem]]:
    return list(questions.releases(client, source_id))


def _next_page(client: "Client", token: str) -> Page:
    return client.next_page(token)


def _check(kind: SourceKind, source_id: str) -> None:
    if not ids.accepts(kind, source_id):
        raise faults.not_there()
