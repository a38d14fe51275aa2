"""Smart playlists: rules tried out, set, and turned into rows."""

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_PAGE, Body, Id, LongText, Name, body
from mcma.api.openapi import area, binary, told
from mcma.api.respond import answer
from mcma.api.routes._playlists import IfMatch, Rev, SeenRev, playlist_answer, seen
from mcma.domain import nsp
from mcma.domain.smartrules import MOST_TRACKS, Rules, parsed, plain
from mcma_plugins.ids import PlaylistId

router = area("/playlists", "playlists")
_RULES = {
    "all": [
        {"field": "genre", "op": "is", "value": "Jazz"},
        {
            "any": [
                {"field": "liked", "op": "is", "value": True},
                {"field": "rating", "op": "gte", "value": 4},
            ]
        },
        {"field": "last_played", "op": "not_in_last", "value": 30},
    ],
    "sort": ["random"],
    "limit": {"count": 100},
}
_SAID = "As `GET /playlists/rules/schema` describes them."
_SENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": binary("application/octet-stream", "The file as it is.")}
}
Document = Annotated[dict[str, Any], Field(description=_SAID)]


class NewSmartPlaylist(Body):
    model_config = body({"name": "Forgotten jazz", "rules": _RULES})
    name: Name
    comment: LongText | None = None
    public: bool = False
    rules: Document


class Preview(Body):
    model_config = body({"rules": _RULES, "limit": 50})
    rules: Document
    limit: Annotated[int, Field(ge=0, le=LARGEST_PAGE, description="Tracks to show.")] = 50


class NewRules(Body):
    model_config = body({"rules": _RULES})
    rules: Document
    rev: SeenRev = None


@router.get("/rules/schema", **told("Describe the rules of smart playlists", "RulesSchema"))
async def get_rules_schema(call: SignedIn) -> Response:
    """JSON Schema."""
    return answer(Rules.model_json_schema())


@router.post("/smart", **told("Make a smart playlist", "Playlist", 201))
async def create_smart_playlist(call: SignedIn, sent: NewSmartPlaylist) -> Response:
    """It fills itself, each time it is read, with what its rules let through: 10,000 tracks at most. Likes,
    ratings and plays in rules are those of its owner."""
    made = await call.services.smart_playlists.create(
        call.caller, sent.name, parsed(sent.rules), sent.comment, public=sent.public
    )
    return playlist_answer(made, 201, location=call.path(f"/playlists/{made.id}"))


@router.post(
    "/smart/import", **told("Import a smart playlist of Navidrome's", "Playlist", 201), openapi_extra=_SENT
)
async def import_smart_playlist(call: SignedIn) -> Response:
    """The body is the .nsp file. What it asks for that cannot be asked here is refused by its name."""
    found = nsp.parsed_file(await call.request.body())
    made = await call.services.smart_playlists.create(
        call.caller, found.name or "Imported", found.rules, found.comment
    )
    return playlist_answer(made, 201, location=call.path(f"/playlists/{made.id}"))


@router.post("/preview", **told("Try rules out", "RulesPreview"))
async def preview_rules(call: SignedIn, sent: Preview) -> Response:
    """How many tracks they let through, 10,000 at most, and the first of them."""
    totals, tracks = await call.services.smart_playlists.preview(call.caller, parsed(sent.rules), sent.limit)
    return answer(
        {
            "song_count": totals.songs,
            "duration_ms": totals.duration_ms,
            "full": totals.songs == MOST_TRACKS,
            "items": shapes.tracks(tracks),
        }
    )


@router.get("/{playlist_id}/rules", **told("Show the rules of a smart playlist", "RulesAnswer"))
async def get_playlist_rules(call: SignedIn, playlist_id: Id) -> Response:
    found = await call.services.smart_playlists.rules(call.caller, PlaylistId(playlist_id))
    return answer({"rules": plain(found)})


@router.put("/{playlist_id}/rules", **told("Change the rules of a smart playlist", "Playlist"))
async def set_playlist_rules(
    call: SignedIn, playlist_id: Id, sent: NewRules, if_match: IfMatch = None
) -> Response:
    made = await call.services.smart_playlists.set_rules(
        call.caller, PlaylistId(playlist_id), parsed(sent.rules),
        expected_rev=seen(sent.rev, if_match),
    )  # fmt: skip
    return playlist_answer(made)


@router.post("/{playlist_id}/freeze", **told("Make a smart playlist a plain one", "Playlist"))
async def freeze_playlist(
    call: SignedIn, playlist_id: Id, rev: Rev = None, if_match: IfMatch = None
) -> Response:
    """With the tracks that it holds now."""
    made = await call.services.smart_playlists.freeze(
        call.caller, PlaylistId(playlist_id), expected_rev=seen(rev, if_match)
    )
    return playlist_answer(made)
