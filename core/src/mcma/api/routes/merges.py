"""Merges: tracks, artists or labels that are one, an artist that is several, and back. For administrators."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api.auth import Admin
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, packed, page
from mcma.api.respond import answer
from mcma.api.routes._edits import Line
from mcma.api.shapes_duplicates import merge
from mcma_plugins.ids import ArtistId, TrackId

router = area("", "catalogue")


class MergeInto(Body):
    model_config = body({"into": "01935b2e-7b4f-7cc2-8000-000000000001"})
    into: UUID


@router.post("/tracks/{track_id}/merge", **told("Say that a track is another one", "Merge"))
async def merge_track(call: Admin, track_id: Id, sent: MergeInto) -> Response:
    """Its files, and what people did with it, become those of `into`; its id leads there. Both are of one
    library. 409: `same_item`, `merged_before`, `other_library`."""
    made = await call.services.merges.merge_track(call.caller, TrackId(track_id), TrackId(sent.into))
    return answer(merge(made))


class SplitInto(Body):
    model_config = body({"names": ["Queen", "David Bowie"]})
    names: Annotated[list[Line], Field(min_length=2, max_length=20)]


@router.post("/artists/{artist_id}/merge", **told("Say that an artist is another one", "Merge"))
async def merge_artist(call: Admin, artist_id: Id, sent: MergeInto) -> Response:
    """Whatever tags say of it, and what people did with it, is `into`'s from now on, after every scan; its id
    leads there. 409: `same_item`, `merged_before`, `special_artist` (Various Artists)."""
    made = await call.services.merges.merge_artist(call.caller, ArtistId(artist_id), ArtistId(sent.into))
    return answer(merge(made))


@router.post("/artists/{artist_id}/split", **told("Say that an artist is several", "Merge"))
async def split_artist(call: Admin, artist_id: Id, sent: SplitInto) -> Response:
    """Whatever credits it credits these names from now on, after every scan; its id leads to the first of
    them. The answer is what can be undone. 409: `cycle` (one of the names is the artist itself),
    `special_artist`."""
    made = await call.services.merges.split_artist(call.caller, ArtistId(artist_id), sent.names)
    return answer(merge(made))


@router.post("/labels/{label_id}/merge", **told("Say that a label is another one", "Merge"))
async def merge_label(call: Admin, label_id: Id, sent: MergeInto) -> Response:
    """Whatever tags call it is `into` from now on, after every scan, and its id leads there. 409:
    `same_item`, `merged_before`."""
    return answer(merge(await call.services.merges.merge_label(call.caller, label_id, sent.into)))


@router.get("/merges", **told("List merges", "MergePage"))
async def list_merges(
    call: Admin,
    kind: Annotated[
        Literal["track", "album", "artist", "label"] | None,
        Query(description="Only merges of these; all without it."),
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """The latest first, by people or by themselves, those that were taken back as well."""
    found = await call.services.merges.merges(call.caller, limit=limit, kind=kind, before=last_id(cursor))
    following = packed(str(found[-1].id)) if len(found) == limit else None
    return page(call.request, [merge(one) for one in found], following)


@router.get("/merges/{merge_id}", **told("Show a merge", "Merge"))
async def get_merge(call: Admin, merge_id: Id) -> Response:
    return answer(merge(await call.services.merges.merge(call.caller, merge_id)))


@router.post("/merges/{merge_id}/undo", **told("Take a merge back", "Merge"))
async def undo_merge(call: Admin, merge_id: Id) -> Response:
    """Both are as they were; what was done to the winner since stays with it. 409: `undone_before`,
    `merged_since` (undo the later one first), `file_gone`, `name_taken`, `cannot_undo` (albums and artists
    that became one by their tracks: correct those)."""
    return answer(merge(await call.services.merges.undo(call.caller, merge_id)))
