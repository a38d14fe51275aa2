"""Libraries: folders that are indexed in place."""

from pathlib import Path
from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Body, Cursor, Id, Name, PathText, body
from mcma.api.openapi import area, told
from mcma.api.paging import items, last_place, packed, page
from mcma.api.respond import answer, nothing
from mcma.domain.errors import InvalidInput

router = area("/libraries", "libraries")


class NewLibrary(Body):
    model_config = body({"path": "/srv/music", "name": "Music"})
    path: PathText = Field(description="Of a folder, as the server sees it.")
    name: Name | None = None


class LibraryChange(Body):
    model_config = body({"name": "Music"})
    name: Name


@router.get("", **told("List the libraries", "LibraryList"))
async def list_libraries(call: SignedIn) -> Response:
    return items(await call.services.libraries.list(call.caller), shapes.library)


@router.post("", **told("Add a folder as a library", "Library", 201))
async def add_library(call: Admin, sent: NewLibrary) -> Response:
    """Indexed in place, never written to. A folder that is a library already is that library."""
    path = Path(sent.path)
    if not path.is_absolute():
        raise InvalidInput("path must be the full path of a folder on the server.")
    made = await call.services.libraries.add(call.caller, path, sent.name)
    return answer(shapes.library(made), 201, {"location": call.path(f"/libraries/{made.id}")})


@router.get("/{library_id}", **told("Show a library", "Library"))
async def get_library(call: SignedIn, library_id: Id) -> Response:
    return answer(shapes.library(await call.services.libraries.get(call.caller, library_id)))


@router.patch("/{library_id}", **told("Rename a library", "Library"))
async def update_library(call: Admin, library_id: Id, sent: LibraryChange) -> Response:
    return answer(shapes.library(await call.services.libraries.rename(call.caller, library_id, sent.name)))


@router.delete("/{library_id}", **told("Remove a library", status=204))
async def remove_library(call: Admin, library_id: Id) -> Response:
    """Hides it and all in it. No file is touched; adding the folder again brings everything back."""
    await call.services.libraries.remove(call.caller, library_id)
    return nothing()


@router.get("/{library_id}/problems", **told("List the files that a scan reports", "FileProblemPage"))
async def list_problems(
    call: Admin,
    library_id: Id,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Items per page.")] = 500,
) -> Response:
    """Files that were not taken in, and those that were with the sound of another (`duplicate`); by path."""
    after = last_place(cursor)
    found = await call.services.scans.problem_page(call.caller, library_id, limit=limit, after=after)
    more = None if found.next is None else packed(found.next[0], str(found.next[1]))
    return page(call.request, [one._asdict() for one in found.items], more)
