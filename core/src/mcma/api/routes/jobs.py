"""Jobs: what the server does in the background."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Id, Limit, Text
from mcma.api.openapi import area, told
from mcma.api.paging import packed, page, unpacked
from mcma.api.respond import answer
from mcma.domain.errors import InvalidInput
from mcma_plugins.ids import JobId

router = area("/jobs", "jobs")


class _Position(NamedTuple):
    """Equal to the cursor of the jobs service, whose class is none of ours."""

    created_at: datetime
    id: JobId


@router.get("", **told("List jobs", "JobPage"))
async def list_jobs(
    call: SignedIn,
    state: Annotated[Text | None, Query(description="queued, running, succeeded, ...")] = None,
    kind: Annotated[Text | None, Query(description="scan, for example.")] = None,
    parent_id: Annotated[UUID | None, Query(description="Only those below this job.")] = None,
    routine: Annotated[
        bool, Query(description="false: without those of schedules that went well and had nothing to do.")
    ] = True,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """The newest first: my own, or all for administrators."""
    after: Any = None if cursor is None else _position(cursor)
    parent = None if parent_id is None else JobId(parent_id)
    found = await call.services.jobs.list(
        call.caller, state=state, kind=kind, parent_id=parent, routine=routine, after=after, limit=limit
    )
    more = None if found.next is None else packed(found.next.created_at.isoformat(), str(found.next.id))
    return page(call.request, [shapes.job(one) for one in found.items], more)


@router.get("/{job_id}", **told("Show a job", "JobDetail"))
async def get_job(call: SignedIn, job_id: Id) -> Response:
    found = await call.services.jobs.show(call.caller, JobId(job_id))
    return answer(
        {
            **shapes.job(found.view),
            "parent_id": found.parent_id,
            "payload": found.payload,
            "result": found.result,
            "log_tail": found.log_tail,
            "children": found.children._asdict(),
        }
    )


@router.post("/{job_id}/cancel", **told("Cancel a job and those below it", "Job"))
async def cancel_job(call: SignedIn, job_id: Id) -> Response:
    """What runs is told to stop, what is over stays as it is."""
    return answer(shapes.job(await call.services.jobs.cancel(call.caller, JobId(job_id))))


@router.post("/{job_id}/retry", **told("Run a failed or cancelled job again", "Job"))
async def retry_job(call: SignedIn, job_id: Id) -> Response:
    return answer(shapes.job(await call.services.jobs.retry(call.caller, JobId(job_id))))


def _position(cursor: str) -> _Position:
    created, id_ = unpacked(cursor, str, UUID)
    try:
        at = datetime.fromisoformat(created)
        if at.tzinfo is None or not 1970 <= at.year <= 2200:
            raise ValueError("no time of ours")
        return _Position(at, JobId(id_))
    except ValueError:
        raise InvalidInput("This cursor is not one of this list.") from None
