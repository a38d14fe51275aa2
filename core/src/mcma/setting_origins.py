"""Where each setting came from: what `mcma config show` prints and administrators see."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from mcma._setting_files import is_secret, variables
from mcma.host import PluginHost
from mcma.host.describe import SettingRow
from mcma.services.server.configuration import SettingView
from mcma.settings import PREFIX, Settings

MASK = "********"
GENERATED = ("jwt_secret", "subsonic_secret_key")
"""Secrets the server makes for itself when nobody gives them."""


_PLUGIN_ORIGINS = {"environment": "env"}
"""The host's words to those of core."""


def every_setting(settings: Settings, host: PluginHost) -> list[SettingView]:
    """Core's and, as far as they can be loaded, the plugins'."""
    found = origins(settings)
    for plugin, rows in sorted(host.settings().items()):
        found += [_of_plugin(plugin, row) for row in rows]
    return found


def _of_plugin(plugin: str, row: SettingRow) -> SettingView:
    value = row.value if row.value is not None else row.default
    origin = _PLUGIN_ORIGINS.get(row.origin, row.origin)
    return SettingView(
        plugin, row.env.lower(), row.env, value, row.default, origin, row.secret, row.description
    )


def origins(settings: Settings) -> list[SettingView]:
    """One row for each setting of core, in the order of the model."""
    dotenv = _dotenv(settings)
    return [_row(settings, name, dotenv) for name in Settings.model_fields]


def _dotenv(settings: Settings) -> Mapping[str, str | None]:
    file = settings.model_config.get("env_file")
    return dotenv_values(file) if isinstance(file, str | Path) else {}


def _row(settings: Settings, name: str, dotenv: Mapping[str, str | None]) -> SettingView:
    info = Settings.model_fields[name]
    names = variables(PREFIX, name, info)
    env, origin = _origin(names, is_secret(info.annotation), dotenv)
    if origin == "default" and name in settings.model_fields_set:
        origin = "given"
    value = getattr(settings, name)
    if value is None and name in GENERATED:
        origin = "generated"
    return SettingView(
        None, name, env, shown(name, value, origin), _default(name, info), origin,
        is_secret(info.annotation), info.description or "",
    )  # fmt: skip


def _default(name: str, info: FieldInfo) -> str | None:
    if name in GENERATED:
        return None
    value = info.get_default(call_default_factory=True)
    return shown(name, value, "default") or None


def _origin(names: tuple[str, ...], secret: bool, dotenv: Mapping[str, str | None]) -> tuple[str, str]:
    for one in names:
        if secret and (os.environ.get(f"{one}_FILE") or dotenv.get(f"{one}_FILE")):
            return f"{one}_FILE", "file"
    for origin, values in (("env", os.environ), (".env", dotenv)):
        for one in names:
            if values.get(one):
                return one, origin
    return names[0], "default"


def shown(name: str, value: Any, origin: str) -> str:
    if origin == "generated":
        return MASK
    if isinstance(value, SecretStr):
        return _masked_url(value.get_secret_value()) if name.endswith("_url") else MASK
    if isinstance(value, tuple):
        return " ".join(MASK if isinstance(one, SecretStr) else str(one) for one in value)
    return "" if value is None else str(value)


def _masked_url(url: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return MASK
