"""What a person can set: `MCMA_PLUGIN_LYRICS_<FIELD>`."""

import json
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from mcma_plugins import PluginSettings

_HOST = re.compile(r"([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}")


class LyricsSettings(PluginSettings):
    enabled: bool = Field(
        default=False,
        description="Use it: titles, artists, albums and lengths of your tracks are then sent to LRCLIB, "
        "from this server's address.",
    )
    base_url: str = Field(
        default="https://lrclib.net", description="LRCLIB, or a mirror that answers like it."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="host:port of servers in your own network that may be asked all the same, such as a "
        "mirror at home; commas between them.",
    )
    seconds_between: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="Seconds between two questions, of all processes of this server together.",
    )
    keep_days: int = Field(
        default=90, ge=1, le=3650, description="Days for which an answer with lyrics is kept."
    )
    keep_nothing_days: int = Field(
        default=14, ge=1, le=3650, description="Days for which it is kept that there were none."
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return tuple(one for part in value.split(",") if (one := part.strip()))

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        fine = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        if not fine or parts.query or parts.fragment:
            raise ValueError("must be an address like https://lrclib.net")
        return value.strip().rstrip("/")

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        hosts = tuple(one.strip().lower() for one in value)
        for one in hosts:
            if not _HOST.fullmatch(one):
                raise ValueError(f"{one!r} is no host with a port, like nas.home:8080")
        return hosts
