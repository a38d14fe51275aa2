"""Every setting with its origin, for a command: nothing is started."""

from pathlib import Path
from typing import Any

from mcma.host import Environment, PluginHost
from mcma.setting_origins import every_setting
from mcma.settings import Settings


def settings_rows(settings: Settings) -> list[dict[str, Any]]:
    host = PluginHost(environment=Environment.read(Path(".env")), disabled=settings.plugins_disabled)
    host.load()
    return [row._asdict() for row in every_setting(settings, host)]
