"""Lyrics as a file."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Id
from mcma.api.openapi import area, told
from mcma.api.routes.lyrics import TAG
from mcma.domain.errors import NotFound
from mcma.domain.filing import safe_name
from mcma.domain.lrc import lrc_file
from mcma_plugins.ids import TrackId

router = area("/tracks", "catalogue")
_LRC = {
    "schema": {"type": "string"},
    "example": "[ti:Sinnerman]\n[00:15.00]Oh, Sinnerman, where you gonna run to?\n",
}
_FILE: dict[str, Any] = told("Get the lyrics of a track as a file", content={"text/plain": _LRC})


@router.get("/{track_id}/lyrics.lrc", **_FILE)
async def get_lyrics_file(
    call: SignedIn,
    track_id: Id,
    lang: Annotated[
        str | None, Query(max_length=35, pattern=TAG, description="Only in this language.")
    ] = None,
) -> Response:
    """Synced ones are an `.lrc` file, with the times of words where there are any; plain ones a text file."""
    track = await call.services.catalogue.track(call.caller, TrackId(track_id))
    found = await call.services.catalogue.lyrics(call.caller, track.id)
    chosen = [one for one in found if lang is None or one.lang == lang.lower()]
    if not chosen:
        raise NotFound("This track has no such lyrics.")
    best = next((one for one in chosen if one.synced), chosen[0])
    text = lrc_file(best, title=track.title, artist=track.artist, album=track.album,
                    duration_ms=track.duration_ms)  # fmt: skip
    name = f"{safe_name(f'{track.artist} - {track.title}')}.{'lrc' if best.synced else 'txt'}"
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-cache",
    }
    return Response(text, media_type="text/plain", headers=headers)
