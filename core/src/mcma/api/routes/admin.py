"""For administrators: how the server is, and how it is set."""

from starlette.responses import Response

from mcma.api.auth import Admin
from mcma.api.openapi import area, told
from mcma.api.respond import NOT_KEPT, answer
from mcma.api.shapes import Shape
from mcma.services.server.overview import Report

router = area("/admin", "admin")


@router.get("/overview", **told("Show how the server is", "Overview"))
async def get_overview(call: Admin) -> Response:
    """With warnings that have a stable `code`, and a `hint` of what would help."""
    return answer(overview(await call.services.overview.report(call.caller)), headers=NOT_KEPT)


@router.get("/settings", **told("List the settings with their origin", "SettingList"))
async def list_settings(call: Admin) -> Response:
    """Core's and the plugins'. Secrets are masked. Settings are changed in the environment."""
    found = call.services.configuration.settings(call.caller)
    schemas = call.services.configuration.schemas(call.caller)
    content = {"items": [one._asdict() for one in found], "schemas": schemas}
    return answer(content, headers=NOT_KEPT)


def overview(report: Report) -> Shape:
    lists = ("libraries", "workers", "plugins", "warnings")
    made: Shape = report._asdict()
    made |= {name: [one._asdict() for one in made[name]] for name in lists}
    for one in made["plugins"]:
        one["notices"] = [each._asdict() for each in one["notices"]]
    return made | {"database": report.database._asdict(), "disk": report.disk._asdict()}
