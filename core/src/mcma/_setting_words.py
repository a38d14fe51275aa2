"""Lists in one variable."""

import re
from typing import Annotated

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    return tuple(re.split(r"[,\s]+", value.strip(", \t\n"))) if isinstance(value, str) else value


def _signs(value: object) -> object:
    return tuple(dict.fromkeys(value.split())) if isinstance(value, str) else value


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(name for part in value.split(";") if (name := part.strip())))


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list in one variable, separated by commas or spaces."""
Signs = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_signs)]
"""Signs in one variable, separated by spaces."""
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
"""Names in one variable, separated by semicolons."""
SecretWords = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
