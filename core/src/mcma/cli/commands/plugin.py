"""mcma plugin, and the commands of plugins"""

from collections.abc import Sequence
from typing import Any

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, shown, table
from mcma.cli.values import Json

app = App(name="plugin", help="What is plugged in.")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the plugins with their state and, for those that do not run or not in all they can, the reason."""
    plugins = execute("plugin.list")
    if json:
        as_json(plugins)
        return
    rows = [(one["name"], _state(one), one["version"], _about(one), _hint(one)) for one in plugins]
    table(("Name", "State", "Version", "About", "Hint"), rows, "No plugins are installed.")


def _about(plugin: dict[str, Any]) -> Any:
    wrong = [plugin["reason"], plugin["last_error"] if plugin["degraded"] else None]
    said = [*(one for one in wrong if one), *(one["reason"] for one in plugin["notices"])]
    return " ".join(said) or plugin["summary"]


def _hint(plugin: dict[str, Any]) -> str | None:
    return plugin["hint"] or next((one["hint"] for one in plugin["notices"] if one["hint"]), None)


def _state(plugin: dict[str, Any]) -> str:
    limited = any(not one["by_choice"] for one in plugin["notices"])
    return "degraded" if plugin["degraded"] else "limited" if limited else str(plugin["state"])


def run(plugin: str, arguments: Sequence[str]) -> None:
    """`mcma <plugin> <command> [ARGUMENTS] [--json]`."""
    command, rest = next(iter(arguments), ""), [one for one in arguments[1:] if one != "--json"]
    answer = execute("plugin.run", {"plugin": plugin, "command": command, "arguments": rest})
    if "--json" in arguments[1:]:
        as_json(answer)
        return
    for name, value in answer.items():
        say(f"{name}: {shown(value)}")
