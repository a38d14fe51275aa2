"""Sources of music: the plugins that list it, their health, and scans."""

from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, Call, SignedIn
from mcma.api.inputs import Body, PlainName, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma.domain.errors import Conflict
from mcma_plugins.sources import SourceHealth

router = area("/sources", "sources")


class ScanRequest(Body):
    model_config = body({"full": False})
    library_id: UUID | None = Field(default=None, description="All libraries by default.")
    full: bool = Field(default=False, description="Read every file again, also those that have not changed.")
    accept_missing: bool = Field(default=False, description="Believe that many known files are gone.")


@router.get("", **told("List the sources", "SourceList"))
async def list_sources(call: SignedIn) -> Response:
    found = await call.services.scans.sources(call.caller)
    return answer({"items": [_source(call, name, health) for name, health in found.items()]})


@router.get("/{source}/health", **told("Show the health of a source", "Source"))
async def get_source_health(call: SignedIn, source: PlainName) -> Response:
    return answer(_source(call, source, await call.services.scans.health(call.caller, source)))


@router.post("/{source}/scan", **told("Look for changes", "JobList", 202))
async def scan(call: Admin, source: PlainName, sent: ScanRequest | None = None) -> Response:
    """One job per library. While one waits or runs, asking again gives the same one."""
    wanted = sent or ScanRequest()
    chosen = None if wanted.library_id is None else [wanted.library_id]
    made = await call.services.scans.request(
        call.caller, chosen, source=source, full=wanted.full, accept_missing=wanted.accept_missing
    )
    if not made:
        raise Conflict("There is no library to look at.", hint="POST /api/v1/libraries")
    jobs = [(await call.services.jobs.show(call.caller, id_)).view for id_ in made]
    where = call.path(f"/jobs/{made[0]}") if len(made) == 1 else call.path("/jobs?kind=scan")
    return answer({"items": [shapes.job(job) for job in jobs]}, 202, {"location": where})


def _source(call: Call, name: str, health: SourceHealth) -> dict[str, Any]:
    told_all = call.caller.is_admin
    return {
        "name": name, "ok": health.ok, "state": health.state,
        "reason": health.reason if told_all else None, "details": health.details if told_all else {},
    }  # fmt: skip
