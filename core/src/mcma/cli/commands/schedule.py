"""mcma schedule"""

from typing import Any

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table, when
from mcma.cli.values import Json

app = App(name="schedule", help="What the server does again and again.")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the schedules of mcma and of its plugins."""
    found = execute("schedule.list")
    if json:
        as_json(found)
        return
    rows = [
        (one["name"], one["kind"], f"{one['every_s']} s", when(one["next_at"]), when(one["last_at"]),
         "on" if one["enabled"] else "off")
        for one in found
    ]  # fmt: skip
    table(("Name", "Job", "Every", "Next", "Last", "Is"), rows, "No schedules.")


@app.command
def enable(name: str, /, *, json: Json = False) -> None:
    """Switch a schedule on again. What it missed meanwhile is not made up for."""
    _told(execute("schedule.switch", {"name": name, "enabled": True}), json)


@app.command
def disable(name: str, /, *, json: Json = False) -> None:
    """Switch a schedule off, until it is enabled again."""
    _told(execute("schedule.switch", {"name": name, "enabled": False}), json)


def _told(schedule: dict[str, Any], json: bool) -> None:
    if json:
        as_json(schedule)
    else:
        say(f"{schedule['name']}: {'on' if schedule['enabled'] else 'off'}")
