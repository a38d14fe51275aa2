"""Albums, artists and playlists, each as one file."""

from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Id
from mcma.api.openapi import area, binary, told
from mcma.api.routes._items import Plural
from mcma_plugins.values import ItemRef
from mcma_plugins.web import archive_response

router = area("", "media")


class Collections(Plural):
    """The word in the address."""

    ALBUMS = "albums"
    ARTISTS = "artists"
    PLAYLISTS = "playlists"


Word = Annotated[Collections, Path(description="albums, artists or playlists.")]
_ARCHIVE: dict[str, Any] = told(
    "All files of an item as one", content=binary("application/zip", "The files as they are, and a cover.")
)


@router.head("/{kinds}/{item_id}/download", include_in_schema=False, name="head_download")
@router.get("/{kinds}/{item_id}/download", **_ARCHIVE)
async def download(call: SignedIn, kinds: Word, item_id: Id) -> Response:
    """ZIP without compression; the length is known beforehand. What is missing is left out, and a note in it
    says so. At most two at a time."""
    archive = await call.services.downloads.archive(call.caller, ItemRef(kinds.kind, item_id))
    return archive_response(call.request, archive, headers={"cache-control": "private, no-store"})
