"""Shares: links for people without an account, as their owners keep them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, Moment, Storable, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, packed, page
from mcma.api.respond import NOT_KEPT, answer, nothing
from mcma.services.shares.shares import LONGEST, MOST_ITEMS
from mcma_plugins.ids import ShareId
from mcma_plugins.values import ItemKind, ItemRef, ShareView
from mcma_plugins.web import server_address

router = area("/shares", "shares")
Description = Annotated[
    Annotated[str, StringConstraints(max_length=LONGEST), Storable] | None,
    Field(description="For whoever opens the link."),
]
Expiry = Annotated[Moment | None, Field(description="When the link stops working; null: never.")]


class ItemToShare(Body):
    model_config = body({"kind": "album", "id": "019353a0-0000-7000-8000-000000000003"})
    kind: ItemKind
    id: UUID


class NewShare(Body):
    model_config = body({
        "items": [{"kind": "album", "id": "019353a0-0000-7000-8000-000000000003"}],
        "description": "For the drive", "expires_at": "2027-01-01T00:00:00Z", "allow_download": False,
    })  # fmt: skip
    items: list[ItemToShare] = Field(min_length=1, max_length=MOST_ITEMS, description="In this order.")
    description: Description = None
    expires_at: Expiry = None
    allow_download: bool = Field(default=False, description="Whether the original files can be saved.")


class ShareChange(Body):
    """What is left out stays as it is."""

    model_config = body({"description": "For the way back", "expires_at": None})
    description: Description = None
    expires_at: Expiry = None
    allow_download: bool | None = Field(default=None, description="Whether the original files can be saved.")


@router.get("", **told("List shares", "SharePage"))
async def list_shares(call: SignedIn, cursor: Cursor = None, limit: Limit = PAGE) -> Response:
    """My own, for administrators everybody's; the latest first."""
    found = await call.services.shares.page(call.caller, last_id(cursor), limit)
    address = server_address(call.request)
    following = None if found.next is None else packed(str(found.next))
    return page(call.request, [shapes.share(one, address) for one in found.items], following)


@router.post("", **told("Share something", "Share", 201))
async def create_share(call: SignedIn, sent: NewShare) -> Response:
    """What I cannot see is skipped; 404 when nothing is left. Playlists, smart ones too, and artists are
    shared as they are: who opens the link gets what is in them then, as far as I may see it."""
    items = [ItemRef(one.kind, one.id) for one in sent.items]
    made = await call.services.shares.create(
        call.caller, items, description=sent.description, expires_at=sent.expires_at,
        allow_download=sent.allow_download,
    )  # fmt: skip
    return _told(call, made, 201, location=call.path(f"/shares/{made.id}"))


@router.get("/{share_id}", **told("Show a share and what it holds", "ShareDetail"))
async def get_share(call: SignedIn, share_id: Id) -> Response:
    found = await call.services.shares.share(call.caller, ShareId(share_id))
    return answer(shapes.shared(found, server_address(call.request)), headers=NOT_KEPT)


@router.patch("/{share_id}", **told("Change a share", "Share"))
async def update_share(call: SignedIn, share_id: Id, sent: ShareChange) -> Response:
    """A null `expires_at` lets it work for ever, one that is over ends it."""
    said = sent.model_fields_set
    changed = await call.services.shares.update(
        call.caller, ShareId(share_id),
        description=(sent.description or "") if "description" in said else None,
        expires_at=sent.expires_at, endless="expires_at" in said and sent.expires_at is None,
        allow_download=sent.allow_download,
    )  # fmt: skip
    return _told(call, changed)


@router.delete("/{share_id}", **told("Delete a share", status=204))
async def delete_share(call: SignedIn, share_id: Id) -> Response:
    """Its link leads nowhere from then on."""
    await call.services.shares.delete(call.caller, ShareId(share_id))
    return nothing()


def _told(call: Call, view: ShareView, status: int = 200, **headers: str) -> Response:
    return answer(shapes.share(view, server_address(call.request)), status, NOT_KEPT | headers)
