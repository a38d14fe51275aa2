"""Playlists from files and as files: M3U, XSPF, JSPF, tables."""

from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Id, Name, PathText
from mcma.api.openapi import FILE_FORM, area, binary, told
from mcma.api.respond import answer
from mcma.api.uploads import content_of
from mcma.domain.errors import InvalidInput
from mcma_plugins.ids import PlaylistId

router = area("/playlists", "playlists")
Kind = Literal["m3u8", "m3u", "xspf", "jspf", "csv"]
Readable = Literal["m3u8", "m3u", "xspf", "jspf", "csv", "spotify"]
_CONTENT = binary("application/octet-stream", "The file.")
_SENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": binary("application/octet-stream", "The file as it is.") | FILE_FORM,
    }
}
_JSPF: dict[str, Any] = {
    "schema": {"type": "object", "description": "https://xspf.org/jspf"},
    "example": {"playlist": {"title": "Sunday", "track": [{"title": "Sinnerman", "creator": "Nina Simone"}]}},
}
_FILE: dict[str, Any] = told(
    "Export a playlist",
    content={
        **dict.fromkeys(
            ("application/vnd.apple.mpegurl", "audio/x-mpegurl", "application/xspf+xml", "text/csv"),
            _CONTENT["application/octet-stream"],
        ),
        "application/jspf+json": _JSPF,
    },
)


@router.post("/import", **told("Import a playlist file", "PlaylistImport", 201), openapi_extra=_SENT)
async def import_playlist(
    call: SignedIn,
    name: Annotated[Name | None, Query(description="Else the file's own name for it.")] = None,
    format: Annotated[Readable | None, Query(description="By the content without it.")] = None,
    folder: Annotated[
        PathText | None, Query(description="Where the file lay: for paths that are relative to it.")
    ] = None,
    public: Annotated[bool, Query(description="Others may see it.")] = False,
) -> Response:
    """The body is the file, or a form with it: a playlist, a table as services and converters export it, or
    the playlists that Spotify hands out of an account; 10,000 entries and 16 MiB at most. A file with several
    playlists makes several. What no track is found for is kept in its place as a claim, and gets its track
    when there is one."""
    sent = await content_of(call.request)
    if not sent.strip():
        raise InvalidInput("The playlist file is the body, or the one file of a form; there is none.")
    made = await call.services.playlist_files.read(
        call.caller, sent, name=name, kind=format, folder=folder.encode() if folder else None, public=public
    )
    return answer(
        shapes.playlist_import(made), 201, {"location": call.path(f"/playlists/{made.playlist.id}")}
    )


@router.get("/{playlist_id}/export", **_FILE)
async def export_playlist(
    call: SignedIn,
    playlist_id: Id,
    format: Annotated[Kind, Query(description="Of the file.")] = "m3u8",
    paths: Annotated[
        Literal["relative", "native", "stream"],
        Query(
            description="Below the library's folder; absolute, for administrators; or addresses to stream "
            "from, which need the player to log in."
        ),
    ] = "relative",
) -> Response:
    """What waits for its track is in it too."""
    base = f"{str(call.request.base_url).rstrip('/')}/api/v1"
    made = await call.services.playlist_files.write(
        call.caller, PlaylistId(playlist_id), format, paths=paths, base=base
    )
    return Response(made.data, 200, _offered(made.name), made.content_type)


def _offered(name: str) -> dict[str, str]:
    from urllib.parse import quote

    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
    }
