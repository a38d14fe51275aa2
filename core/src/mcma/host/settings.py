"""A plugin's settings, made from the environment; what goes wrong is said without secrets."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from mcma.host.environment import MASK, Environment, aliases_of, is_secret, names_of, prefix_of
from mcma.host.states import PluginState, Refused, said
from mcma_plugins import PluginSettings

_LARGEST_SECRET = 64 * 1024


class Secrets(NamedTuple):
    """The secret values of one plugin, to keep them out of what the host says about it."""

    values: frozenset[str] = frozenset()

    def scrub(self, text: str) -> str:
        for value in sorted(self.values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text


def read_settings(
    plugin: str, model: type[PluginSettings], environment: Environment
) -> tuple[PluginSettings, Secrets]:
    """`Refused` with `bad_config` names the variables and what is wrong with them, never a secret value."""
    raw = _raw_values(plugin, model, environment)
    secrets = Secrets(frozenset(_secret_values(plugin, model, raw)))
    try:
        values = _decoded(plugin, model, raw)
        secrets = Secrets(secrets.values | frozenset(_leaves(model, values)))
        return model(**values), secrets
    except ValidationError as error:
        reason = "; ".join(_explained(plugin, model, error))
    except Exception as error:  # noqa: BLE001 - validators are the plugin's code
        reason = said(error)
    raise Refused(PluginState.BAD_CONFIG, secrets.scrub(reason), f"see {prefix_of(plugin)}*")


def _raw_values(plugin: str, model: type[PluginSettings], environment: Environment) -> dict[str, str]:
    """By variable, at most one per field."""
    raw: dict[str, str] = {}
    for field_name, info in model.model_fields.items():
        for name in names_of(plugin, field_name, info):
            value = environment.get(name)
            if is_secret(info.annotation) and (file_name := environment.get(f"{name}_FILE")):
                value = _from_file(name, value, file_name)
            if value is not None:
                raw[name] = value
                break
    return raw


def _from_file(name: str, value: str | None, file_name: str) -> str:
    if value is not None:
        raise Refused(PluginState.BAD_CONFIG, f"both {name} and {name}_FILE are set", "remove one of them")
    try:
        with Path(file_name).open("rb") as file:
            data = file.read(_LARGEST_SECRET)
        return data.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Refused(PluginState.BAD_CONFIG, f"{name}_FILE: {file_name}: {reason}") from None


def _decoded(plugin: str, model: type[PluginSettings], raw: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(model, case_sensitive=False, env_prefix=prefix_of(plugin))
    source.env_vars = {name.lower(): value for name, value in raw.items()}
    return source()


def _secret_values(plugin: str, model: type[PluginSettings], raw: Mapping[str, str]) -> Iterator[str]:
    for field_name, info in model.model_fields.items():
        if is_secret(info.annotation):
            for name in names_of(plugin, field_name, info):
                yield from filter(None, (raw.get(name, ""), raw.get(name, "").strip()))


def _leaves(model: type[PluginSettings], values: Mapping[str, Any]) -> Iterator[str]:
    """The strings inside secrets that are lists or objects."""
    secret = [one for one in model.model_fields.items() if is_secret(one[1].annotation)]
    for field_name, info in secret:
        for key in (field_name, *aliases_of(info.validation_alias)):
            yield from _strings(values.get(key))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, Mapping):
        yield from (text for one in value.values() for text in _strings(one))
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        yield from (text for one in value for text in _strings(one))


def _explained(plugin: str, model: type[PluginSettings], error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        first, *rest = detail["loc"] or ("settings",)
        yield f"{_shown(plugin, model, str(first), rest)}: {detail['msg']}"


def _shown(plugin: str, model: type[PluginSettings], first: str, rest: list[int | str]) -> str:
    """The variable's name for a field or one of its aliases."""
    for field_name, info in model.model_fields.items():
        if first == field_name or first in aliases_of(info.validation_alias):
            first = names_of(plugin, field_name, info)[0]
    return ".".join((first, *map(str, rest)))
