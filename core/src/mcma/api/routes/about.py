"""What is told about artists and albums, and pictures that open without a login."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, Anyone, SignedIn
from mcma.api.inputs import Body, Id, Storable, body
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.respond import answer
from mcma.api.routes._items import Plural
from mcma.api.routes.covers import pictured
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.about import LONGEST
from mcma_plugins.values import ItemRef

router = area("", "catalogue")
_LINK = "AgGTU6AAAHAAgAAAAAAAAAADASwEGnFhM2F2b3V0Zm9yZXhhbXA"


class Kinds(Plural):
    """The word in the address."""

    ARTISTS = "artists"
    ALBUMS = "albums"


Word = Annotated[Kinds, Path(description="artists or albums.")]
Link = Annotated[str, Path(max_length=100, description="As an answer has given it.", examples=[_LINK])]
_PICTURE: dict[str, Any] = told(
    "A picture by its link", content=binary("image/*", "The picture."), also={304: NOT_MODIFIED}
)


class NewAbout(Body):
    model_config = body({"text": "Born in Tryon, North Carolina."})
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), Storable] = Field(
        description="Plain text, in paragraphs."
    )


@router.get("/{kinds}/{item_id}/about", **told("What is told about an artist or an album", "About"))
async def get_about(call: SignedIn, kinds: Word, item_id: Id) -> Response:
    """`told` is null where nothing is known. The pictures open without a login, for a week."""
    found = await call.services.about.about(call.caller, ItemRef(kinds.kind, item_id))
    return answer(shapes.about(found, call.request.scope.get("root_path", "")))


@router.put("/{kinds}/{item_id}/about", **told("Tell something about an artist or an album", "About"))
async def set_about(call: Admin, kinds: Word, item_id: Id, sent: NewAbout) -> Response:
    """It stands before what plugins say."""
    found = await call.services.about.tell(call.caller, ItemRef(kinds.kind, item_id), sent.text)
    return answer(shapes.about(found, call.request.scope.get("root_path", "")))


@router.delete("/{kinds}/{item_id}/about", **told("Take back what a person told", "About"))
async def delete_about(call: Admin, kinds: Word, item_id: Id) -> Response:
    """What a plugin says is shown again."""
    found = await call.services.about.tell(call.caller, ItemRef(kinds.kind, item_id), None)
    return answer(shapes.about(found, call.request.scope.get("root_path", "")))


@router.head("/pictures/{link}", include_in_schema=False, name="head_picture")
@router.get("/pictures/{link}", **_PICTURE)
async def get_picture(visit: Anyone, link: Link) -> Response:
    """No login is needed. 404 once the link is older than a week, or is none."""
    item, size = visit.services.picture_links.opened(link)
    return pictured(visit.request, await visit.services.streaming.cover(SYSTEM, item, size))
