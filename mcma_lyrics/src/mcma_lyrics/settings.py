"""What a person can set: `MCMA_PLUGIN_LYRICS_<FIELD>`."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from mcma_plugins import PluginSettings
from mcma_plugins.setting_checks import hosts, service_address, words


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
        return words(value)

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return service_address(value, "https://lrclib.net")

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return hosts(value)
