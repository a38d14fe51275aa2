"""Secrets from files: the variable `NAME_FILE` names one that holds the value of `NAME`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from mcma.secrets import ConfigError, read_secret_file


def is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(is_secret(one) for one in get_args(annotation))


def variables(prefix: str, name: str, info: FieldInfo) -> tuple[str, ...]:
    """The variables that set a field, the strongest first."""
    if isinstance(info.validation_alias, AliasChoices):
        return tuple(one for one in info.validation_alias.choices if isinstance(one, str))
    return (f"{prefix}{name.upper()}",)


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `*_FILE`. A secret that is set both ways is an error that names both variables."""

    def __init__(self, settings_cls: type[BaseSettings], dotenv: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._dotenv = dotenv
        self._prefix = str(settings_cls.model_config.get("env_prefix", ""))

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._value(field, field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self._values())

    def _values(self) -> Iterator[tuple[str, str]]:
        for name, info in self.settings_cls.model_fields.items():
            if is_secret(info.annotation) and (value := self._value(info, name)) is not None:
                yield name, value

    def _value(self, info: FieldInfo, name: str) -> str | None:
        names = variables(self._prefix, name, info)
        files = [(f"{one}_FILE", path) for one in names if (path := self._get(f"{one}_FILE"))]
        if not files:
            return None
        variable, path = files[0]
        direct = next((one for one in names if self._get(one)), None)
        if direct is not None:
            raise ConfigError(f"Both {direct} and {variable} are set.", hint="Remove one of them.")
        return read_secret_file(Path(path), variable)

    def _get(self, name: str) -> str | None:
        return os.environ.get(name) or self._dotenv.get(name.lower())
