"""All that is known of an artist, and what people say of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Body, Count, Id, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma.api.routes._edits import Line, Lines, PartDate
from mcma.services.entities.edits import ArtistDetails
from mcma_plugins.ids import ArtistId

router = area("/artists", "catalogue")
_EXAMPLE = {"name": "Björk", "aliases": [{"name": "Björk Guðmundsdóttir", "locale": "is"}], "area": None}
Kind = Literal["person", "group", "orchestra", "choir", "character", "other"]


class AliasEdit(Body):
    model_config = body({"name": "Björk Guðmundsdóttir", "locale": "is", "primary": True})
    name: Line
    sort_name: Line | None = None
    locale: Line | None = None
    primary: bool = False


class ArtistEdit(Body):
    """What is left out stays as it is; null goes back to what tags and plugins say."""

    model_config = body(_EXAMPLE)
    name: Line | None = None
    sort_name: Line | None = None
    mbid: UUID | None = None
    disambiguation: Line | None = None
    type: Kind | None = None
    begin: PartDate | None = None
    end: PartDate | None = None
    area: Line | None = None
    aliases: Annotated[list[AliasEdit], Field(max_length=100)] | None = None
    links: Lines | None = None
    base_rev: Count | None = Field(
        default=None, description="The revision that was seen; another one in the server is a 409."
    )

    def values(self) -> dict[str, Any]:
        said: dict[str, Any] = self.model_dump(exclude_unset=True, exclude={"base_rev"}, mode="json")
        return said


@router.get("/{artist_id}/details", **told("Show all that is known of an artist", "ArtistDetails"))
async def get_artist_details(call: SignedIn, artist_id: Id) -> Response:
    """With who said what: `person`, or `plugin:` and the name of the plugin's enricher; what is not named is
    what tags say."""
    return answer(_shape(await call.services.artist_edits.details(call.caller, ArtistId(artist_id))))


@router.patch("/{artist_id}", **told("Correct what is said of an artist", "ArtistDetails"))
async def update_artist(call: Admin, artist_id: Id, sent: ArtistEdit) -> Response:
    """What a person says wins over tags and plugins and is never overwritten. A name that nobody else has and
    that a person gives as an alias leads to the artist wherever tags say it. 409: `rev_conflict`,
    `mbid_taken` (merge the two instead)."""
    edited = await call.services.artist_edits.edit(
        call.caller, ArtistId(artist_id), sent.values(), sent.base_rev
    )
    return answer(_shape(edited))


def _shape(one: ArtistDetails) -> dict[str, Any]:
    return {
        **shapes.artist(one.artist), **one.known, "aliases": [alias._asdict() for alias in one.aliases],
        "links": one.known["links"] or [], "origins": dict(one.origins), "metadata_status": one.status,
        "rev": one.rev,
    }  # fmt: skip
