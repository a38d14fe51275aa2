"""Where settings come from, and which variables a field of a plugin's settings is read from."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from dotenv import dotenv_values
from pydantic import AliasChoices, BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

MASK = "********"


@dataclass(frozen=True)
class Environment:
    """Where values come from; the process environment wins over `.env`."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    dotenv: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, env_file: Path | None = None) -> "Environment":
        values = dotenv_values(env_file) if env_file and env_file.is_file() else {}
        return cls(dotenv={name: value for name, value in values.items() if value is not None})

    def get(self, name: str) -> str | None:
        return self.environ.get(name, self.dotenv.get(name))

    def origin(self, name: str) -> str:
        return "environment" if name in self.environ else ".env"


def prefix_of(plugin: str) -> str:
    return f"MCMA_PLUGIN_{plugin.upper()}_"


def is_secret(annotation: object) -> bool:
    if isinstance(annotation, type):
        if issubclass(annotation, SecretStr | SecretBytes):
            return True
        if issubclass(annotation, BaseModel):
            return any(is_secret(info.annotation) for info in annotation.model_fields.values())
    return any(is_secret(one) for one in get_args(annotation))


def names_of(plugin: str, field_name: str, info: FieldInfo) -> list[str]:
    """The variables a field is read from. Its own name wins over its aliases."""
    return [prefix_of(plugin) + field_name.upper(), *aliases_of(info.validation_alias)]


def aliases_of(alias: object) -> Iterator[str]:
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, AliasChoices):
        yield from (one for one in alias.choices if isinstance(one, str))
