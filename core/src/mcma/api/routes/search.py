"""Search over the library, and over sources outside."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints
from starlette.responses import Response

from mcma.api import shapes, shapes_outside
from mcma.api.auth import Call, SignedIn
from mcma.api.events import PieceStream, event, until_closing
from mcma.api.inputs import Libraries, Limit, Text
from mcma.api.openapi import area, told
from mcma.api.respond import JSON, answer
from mcma.api.routes._libraries import numbers_of
from mcma.services.outside.searching import KINDS, Answer
from mcma.services.outside.sources import checked_text
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import SearchQuery, SearchResult, Window

router = area("/search", "catalogue")
EVERY = "all"
Offset = Annotated[int, Query(ge=0, le=10_000, description="How many of each kind to leave out.")]
Asked = Annotated[Text, Query(description="Beginnings of words; all have to be there. Or a MusicBrainz id.")]
Kinds = Annotated[
    list[SourceKind] | None,
    Query(alias="kind", max_length=10, description="Only these: track, album, artist; of sources playlist."),
]
SourceName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9_.-]*$")]
Sources = Annotated[
    list[SourceName] | None,
    Query(
        max_length=50,
        description="Ask these sources too; may be given several times. `all`: every one that searches.",
    ),
]
_CONTENT = {
    JSON: {"schema": {"$ref": "#/components/schemas/Searched"}},
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": "event: library\ndata: {...}\n\nevent: source\ndata: {...}\n\nevent: end\ndata: {}\n\n",
    },
}


@router.get("", **told("Search for artists, albums and tracks", content=_CONTENT))
async def search(
    call: SignedIn,
    q: Asked,
    kinds: Kinds = None,
    libraries: Libraries = None,
    offset: Offset = 0,
    limit: Limit = 20,
    sources: Sources = None,
) -> Response:
    """The best first; `limit` counts for each kind. Sources answer with their best, whatever the `offset`;
    one that cannot is named with its state, and spoils nothing. With `Accept: text/event-stream` every answer
    comes when it is there: one event `library`, one `source` for each source, then `end`."""
    wanted = None if sources is None else _Wanted(call, q, kinds, limit, sources)
    found = await _library(call, q, kinds, libraries, Window(limit, offset))
    if "text/event-stream" in call.request.headers.get("accept", ""):
        return PieceStream(until_closing(_events(found, wanted), call.api.options.closing))
    if wanted is None:
        return answer(_shaped(found))
    answers = sorted([one async for one in wanted.answers()], key=lambda one: one.source)
    return answer({**_shaped(found), "sources": [wanted.shaped(one) for one in answers]})


class _Wanted:
    """Of sources. Raises `InvalidInput` for what cannot be looked for."""

    def __init__(
        self, call: Call, text: str, kinds: list[SourceKind] | None, limit: int, names: list[str]
    ) -> None:
        self._call, self._text, self._limit = call, checked_text(text), limit
        self._kinds = KINDS if kinds is None else kinds
        named = {name for name in names if name}
        self._names = None if EVERY in named or not named else named

    def answers(self) -> AsyncGenerator[Answer, None]:
        outside = self._call.services.outside_search
        return outside.every(self._call.caller, self._text, self._kinds, self._limit, self._names)

    def shaped(self, one: Answer) -> shapes.Shape:
        return shapes_outside.source_answer(one, told_all=self._call.caller.is_admin)


async def _library(
    call: Call, q: str, kinds: list[SourceKind] | None, libraries: Libraries, some: Window
) -> SearchResult:
    def window(kind: SourceKind) -> Window:
        return some if kinds is None or kind in kinds else Window(0, some.offset)

    query = SearchQuery(
        q, window(SourceKind.ARTIST), window(SourceKind.ALBUM), window(SourceKind.TRACK),
        await numbers_of(call, libraries),
    )  # fmt: skip
    return await call.services.catalogue.search(call.caller, query)


def _shaped(found: SearchResult) -> shapes.Shape:
    return {
        "artists": shapes.artists(found.artists),
        "albums": shapes.albums(found.albums),
        "tracks": shapes.tracks(found.tracks),
    }


async def _events(found: SearchResult, wanted: _Wanted | None) -> AsyncGenerator[bytes, None]:
    yield event("library", _shaped(found))
    if wanted is not None:
        async with aclosing(wanted.answers()) as answers:
            async for one in answers:
                yield event("source", wanted.shaped(one))
    yield event("end", {})
