"""Lyrics: what files say, and what people set in their place."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Body, Id, Storable, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import JSON
from mcma.domain.errors import NotFound
from mcma.domain.lrc import lrc
from mcma_plugins.ids import TrackId

router = area("/tracks/{track_id}/lyrics", "catalogue")
TAG = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
Lang = Annotated[str, Path(max_length=35, pattern=TAG, description="eng, de, pt-br; und when unknown.")]
_LISTED = {"schema": {"$ref": "#/components/schemas/LyricsList"}}
_LRC = {"schema": {"type": "string"}, "example": "[00:15.00]Oh, Sinnerman, where you gonna run to?\n"}
_SHOWN: dict[str, Any] = told("Show the lyrics of a track", content={JSON: _LISTED, "text/plain": _LRC})


class NewLyrics(Body):
    model_config = body({"text": "[00:15.00]Oh, Sinnerman, where you gonna run to?"})
    text: Annotated[str, StringConstraints(min_length=1, max_length=200_000), Storable] = Field(
        description="Plain lines, or LRC with time stamps, of words too: `<00:15.00>Oh`."
    )


@router.get("", **_SHOWN)
async def get_lyrics(
    call: SignedIn,
    track_id: Id,
    lang: Annotated[
        str | None, Query(max_length=35, pattern=TAG, description="Only in this language.")
    ] = None,
    form: Annotated[
        Literal["json", "lrc", "elrc"],
        Query(alias="format", description="lrc: the first of them as a file; elrc: with the times of words."),
    ] = "json",
) -> Response:
    """All there are: what people have set before what the files say."""
    found = await call.services.catalogue.lyrics(call.caller, TrackId(track_id))
    chosen = [one for one in found if lang is None or one.lang == lang.lower()]
    if form == "json":
        return items(chosen, shapes.lyrics)
    if not chosen:
        raise NotFound("This track has no such lyrics.")
    best = next((one for one in chosen if one.synced), chosen[0])
    text = lrc(best, words=form == "elrc")
    return Response(text, media_type="text/plain", headers={"cache-control": "private, no-cache"})


@router.put("/{lang}", **told("Set the lyrics of a track", "LyricsList"))
async def set_lyrics(call: Admin, track_id: Id, lang: Lang, sent: NewLyrics) -> Response:
    """They stand for those of the files in that language, and no scan changes them."""
    made = await call.services.lyrics.set(call.caller, TrackId(track_id), lang, sent.text)
    return items(made, shapes.lyrics)


@router.delete("/{lang}", **told("Take lyrics back that people have set", "LyricsList"))
async def delete_lyrics(call: Admin, track_id: Id, lang: Lang) -> Response:
    """Those of the files are shown again."""
    return items(await call.services.lyrics.remove(call.caller, TrackId(track_id), lang), shapes.lyrics)
