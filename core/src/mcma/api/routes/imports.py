"""Folders that music is imported from: copied into managed storage."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin
from mcma.api.inputs import Body, Id, Name, PathText, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.domain.errors import InvalidInput
from mcma.services.intake.imports import Named

router = area("/imports", "imports")


class ImportRequest(Body):
    model_config = body({"path": "/srv/inbox", "library": None, "link": False})
    folder_id: UUID | None = Field(default=None, description="A folder of the list; else `path`.")
    path: PathText | None = Field(default=None, description="Of a folder or a file, as the server sees it.")
    library: Name | None = Field(default=None, description="The managed library; with `path` only.")
    link: bool = Field(default=False, description="Hard links instead of copies; with `path` only.")


@router.get("", **told("List the folders that music is imported from", "ImportFolderList"))
async def list_imports(call: Admin) -> Response:
    return items(await call.services.imports.folders(call.caller), shapes.import_folder)


@router.post("", **told("Import what is new or changed", "Job", 202))
async def start_import(call: Admin, sent: ImportRequest) -> Response:
    """While an import of the folder waits or runs, asking again gives the same job."""
    folder, only = await _named(call, sent)
    job_id = await call.services.imports.start(call.caller, folder.id, only)
    job = (await call.services.jobs.show(call.caller, job_id)).view
    return answer(shapes.job(job), 202, {"location": call.path(f"/jobs/{job_id}")})


@router.get("/{folder_id}", **told("Show an import folder and its last report", "ImportFolder"))
async def get_import(call: Admin, folder_id: Id) -> Response:
    return answer(shapes.import_folder(await call.services.imports.get(call.caller, folder_id)))


@router.get("/{folder_id}/problems", **told("List the files that were not imported", "ImportFileList"))
async def list_import_problems(
    call: Admin, folder_id: Id, limit: Annotated[int, Query(ge=1, le=5000, description="Most files.")] = 500
) -> Response:
    """Duplicates of what is there already, and files that are no music."""
    found = await call.services.imports.left_out(call.caller, folder_id, limit=limit)
    return items(found, shapes.import_file)


async def _named(call: Admin, sent: ImportRequest) -> Named:
    if (sent.path is None) == (sent.folder_id is None):
        raise InvalidInput("Either path or folder_id says what to import.")
    if sent.folder_id is not None:
        return Named(await call.services.imports.get(call.caller, sent.folder_id), None)
    path = Path(sent.path or "")
    if not path.is_absolute():
        raise InvalidInput("path must be a full path on the server.")
    return await call.services.imports.name(call.caller, path, library=sent.library, link=sent.link)
