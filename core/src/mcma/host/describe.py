"""What `mcma config show` says about a plugin's settings."""

from typing import NamedTuple

from pydantic.fields import FieldInfo

from mcma.host.environment import MASK, Environment, is_secret, names_of
from mcma_plugins import PluginSettings


class SettingRow(NamedTuple):
    """One line of `mcma config show`."""

    env: str
    value: str | None
    """None when not set; masked when secret."""
    default: str | None
    description: str
    secret: bool
    required: bool
    origin: str
    """environment, .env, file, default or missing."""


def describe(plugin: str, model: type[PluginSettings], environment: Environment) -> list[SettingRow]:
    return [_row(plugin, name, info, environment) for name, info in model.model_fields.items()]


def _row(plugin: str, field_name: str, info: FieldInfo, environment: Environment) -> SettingRow:
    names, secret = names_of(plugin, field_name, info), is_secret(info.annotation)
    env, value, origin = _current(names, secret, info.is_required(), environment)
    return SettingRow(
        env=env,
        value=MASK if secret and value is not None else value,
        default=None if info.is_required() else _default(info, secret),
        description=info.description or "",
        secret=secret,
        required=info.is_required(),
        origin=origin,
    )


def _current(
    names: list[str], secret: bool, required: bool, environment: Environment
) -> tuple[str, str | None, str]:
    for name in names:
        if (value := environment.get(name)) is not None:
            return name, value, environment.origin(name)
        if secret and environment.get(f"{name}_FILE"):
            return f"{name}_FILE", MASK, "file"
    return names[0], None, "missing" if required else "default"


def _default(info: FieldInfo, secret: bool) -> str | None:
    if info.default_factory is not None:
        return "(made at start)"
    if info.default is None:
        return None
    return MASK if secret else str(info.default)
