"""What is here twice. For administrators."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes_duplicates as shapes
from mcma.api.auth import Admin
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, packed, page
from mcma.api.respond import answer
from mcma.api.shapes import job as job_shape
from mcma.services.identity.duplicates import MOST
from mcma_plugins.ids import TrackId

router = area("/duplicates", "catalogue")


class MergeGroup(Body):
    model_config = body({"into": "01935b2e-7b4f-7cc2-8000-000000000001"})
    into: UUID | None = None


class FindDuplicates(Body):
    model_config = body({"again": False})
    again: bool = False


@router.get("", **told("List duplicates", "DuplicatePage"))
async def list_duplicates(
    call: Admin,
    kind: Annotated[
        Literal["exact", "recording"] | None,
        Query(description="exact: the same sound to the sample; recording: sounds the same. All without it."),
    ] = None,
    state: Annotated[Literal["open", "dismissed"], Query(description="dismissed: said to be none.")] = "open",
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Groups of tracks that are the same, with their files, the first found first. Files of library folders
    are never hidden or merged by themselves: they are reported here."""
    limit = min(limit, MOST)
    found = await call.services.sounds.duplicates.groups(
        call.caller, limit=limit, kind=kind, dismissed=state == "dismissed", after=last_id(cursor)
    )
    following = packed(str(found[-1].id)) if len(found) == limit else None
    return page(call.request, [shapes.group(one) for one in found], following)


@router.get("/summary", **told("How far fingerprints are", "DuplicateSummary"))
async def get_duplicate_summary(call: Admin) -> Response:
    return answer((await call.services.sounds.duplicates.summary(call.caller))._asdict())


@router.post("/find", **told("Look for duplicates", "Job", 202))
async def find_duplicates(call: Admin, sent: FindDuplicates) -> Response:
    """A job looks through everything; it does so every day by itself. `again`: fingerprints that were
    compared before are compared anew."""
    job_id = await call.services.sounds.finding.start(call.caller, again=sent.again)
    job = (await call.services.jobs.show(call.caller, job_id)).view
    return answer(job_shape(job), 202, {"location": call.path(f"/jobs/{job_id}")})


@router.get("/{group_id}", **told("Show duplicates", "DuplicateGroup"))
async def get_duplicate(call: Admin, group_id: Id) -> Response:
    """Also those that were merged, as long as their files are here."""
    return answer(shapes.group(await call.services.sounds.duplicates.group(call.caller, group_id)))


@router.post("/{group_id}/merge", **told("Make duplicates one track", "DuplicatesMerged"))
async def merge_duplicates(call: Admin, group_id: Id, sent: MergeGroup) -> Response:
    """Into `into`, else into the oldest. All files stay. Each merge is taken back on its own
    (`POST /merges/{merge_id}/undo`). 409: `not_in_group`, `same_item`, `other_library`,
    `said_apart` (a person said that the others are no duplicates)."""
    into = None if sent.into is None else TrackId(sent.into)
    return answer(shapes.merged(await call.services.sounds.duplicates.merge(call.caller, group_id, into)))


@router.post("/{group_id}/dismiss", **told("Say that these are no duplicates", "DuplicateGroup"))
async def dismiss_duplicates(call: Admin, group_id: Id) -> Response:
    """They are not asked about again, nor merged by themselves, until one more file sounds like them."""
    return answer(shapes.group(await call.services.sounds.duplicates.dismiss(call.caller, group_id)))


@router.post("/{group_id}/undo", **told("Take back that these are no duplicates", "DuplicateGroup"))
async def undismiss_duplicates(call: Admin, group_id: Id) -> Response:
    return answer(shapes.group(await call.services.sounds.duplicates.ask_again(call.caller, group_id)))
