"""Sources of music: how they are, what lies in them, and scans of those that list folders."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from mcma.api import shapes, shapes_outside
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Body, Cursor, SourceName, Text, body
from mcma.api.openapi import area, told
from mcma.api.paging import packed, page, unpacked
from mcma.api.respond import answer
from mcma.domain.errors import Conflict
from mcma.services.outside.reading import MOST
from mcma.services.outside.sources import MOST_FOUND
from mcma_plugins.sources import SourceKind

router = area("/sources", "sources")


class _Anything(Convertor[str]):
    """The rest of a path, line ends and all: `path` takes an id with one for another id."""

    regex = r"(?:.|\n)*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class Plural(StrEnum):
    TRACKS = "tracks"
    ALBUMS = "albums"
    ARTISTS = "artists"
    PLAYLISTS = "playlists"


KIND_OF = dict(zip(Plural, SourceKind, strict=True))
Things = Annotated[Plural, Path(description="Which kind of thing.")]
SourceId = Annotated[str, Path(max_length=2000, description="Its id in the source, percent-encoded.")]
Asked = Annotated[Text, Query(description="What to look for.")]
Kind = Annotated[SourceKind, Query(description="Which kind of things.")]
Most = Annotated[int, Query(ge=1, le=MOST_FOUND, description="Items at most.")]


class ScanRequest(Body):
    model_config = body({"full": False})
    library_id: UUID | None = Field(default=None, description="All libraries by default.")
    full: bool = Field(default=False, description="Read every file again, also those that have not changed.")
    accept_missing: bool = Field(default=False, description="Believe that many known files are gone.")


@router.get("", **told("List the sources", "SourceList"))
async def list_sources(call: SignedIn) -> Response:
    """`abilities` says what can be asked of each."""
    found = await call.services.source_states.all()
    return answer({"items": [shapes_outside.source(one, told_all=call.caller.is_admin) for one in found]})


@router.get("/{source}/health", **told("Show the health of a source", "Source"))
async def get_source_health(call: SignedIn, source: SourceName) -> Response:
    found = await call.services.source_states.one(source)
    return answer(shapes_outside.source(found, told_all=call.caller.is_admin))


@router.get("/{source}/search", **told("Search a source", "OutsideItemList"))
async def search_source(
    call: SignedIn, source: SourceName, q: Asked, kind: Kind = SourceKind.TRACK, limit: Most = 20
) -> Response:
    """The best first. When the source cannot answer, a problem with its `state`; code source_unavailable."""
    found = await call.services.outside_search.search(call.caller, source, q, kind, limit)
    return answer({"items": [shapes_outside.outside(one) for one in found]})


@router.get(
    "/{source}/{things}/{source_id:anything}/contents", **told("List what it holds", "OutsideItemPage")
)
async def list_source_contents(
    call: SignedIn,
    source: SourceName,
    things: Things,
    source_id: SourceId,
    cursor: Cursor = None,
    limit: Most = 50,
) -> Response:
    """Tracks of an album or a playlist, albums of an artist, in the order of the source, at most 10,000.
    What is not there any more is listed with `fetchable` false."""
    start = 0 if cursor is None else min(max(unpacked(cursor, int)[0], 0), MOST)
    found = await call.services.outside_search.contents(
        call.caller, source, KIND_OF[things], source_id, start, limit
    )
    following = None if found.next is None else packed(found.next)
    return page(call.request, [shapes_outside.outside(one) for one in found.items], following)


@router.get("/{source}/{things}/{source_id:anything}", **told("Show a thing of a source", "OutsideItem"))
async def get_source_item(
    call: SignedIn, source: SourceName, things: Things, source_id: SourceId
) -> Response:
    """What cannot be an id of that source is refused with 422 before the source is asked."""
    found = await call.services.outside_search.show(call.caller, source, KIND_OF[things], source_id)
    return answer(shapes_outside.outside(found))


@router.post("/{source}/scan", **told("Look for changes", "JobList", 202))
async def scan(call: Admin, source: SourceName, sent: ScanRequest | None = None) -> Response:
    """One job per library. While one waits or runs, asking again gives the same one."""
    wanted = sent or ScanRequest()
    chosen = None if wanted.library_id is None else [wanted.library_id]
    made = await call.services.scans.request(
        call.caller, chosen, source=source, full=wanted.full, accept_missing=wanted.accept_missing
    )
    if not made:
        raise Conflict("There is no library to look at.", hint="POST /api/v1/libraries")
    jobs = [(await call.services.jobs.show(call.caller, id_)).view for id_ in made]
    where = call.path(f"/jobs/{made[0]}") if len(made) == 1 else call.path("/jobs?kind=scan")
    return answer({"items": [shapes.job(job) for job in jobs]}, 202, {"location": where})
