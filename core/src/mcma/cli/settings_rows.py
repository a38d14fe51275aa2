"""Every setting with its origin: core's and, as far as they can be loaded, the plugins'."""

from pathlib import Path
from typing import Any

from mcma.host import Environment, PluginHost
from mcma.setting_origins import origins
from mcma.settings import Settings


def settings_rows(settings: Settings) -> list[dict[str, Any]]:
    rows = [row._asdict() | {"plugin": None} for row in origins(settings)]
    host = PluginHost(environment=Environment.read(Path(".env")), disabled=settings.plugins_disabled)
    host.load()
    for plugin, found in sorted(host.settings().items()):
        for row in found:
            value = row.value if row.value is not None else row.default
            rows.append({"name": row.env.lower(), "env": row.env, "value": value, "origin": row.origin,
                         "description": row.description, "plugin": plugin})  # fmt: skip
    return rows
