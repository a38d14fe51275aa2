"""What a person can set: `MCMA_PLUGIN_ARCHIVE_<FIELD>`."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from mcma_archive.formats import FORMATS
from mcma_archive.ids import is_identifier
from mcma_plugins import PluginSettings
from mcma_plugins.setting_checks import hosts, service_address, words


class ArchiveSettings(PluginSettings):
    enabled: bool = Field(
        default=False,
        description="Use it: what people search for is then sent to the archive, from this server's address.",
    )
    base_url: str = Field(
        default="https://archive.org",
        description="The archive: the Internet Archive, or a mirror that answers like it.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="host:port of servers in your own network that may be asked all the same, such as a "
        "mirror at home; commas between them.",
    )
    collections: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Identifiers of collections to search in, commas between them; none: everywhere.",
    )
    licensed_only: bool = Field(
        default=True, description="Find only what names a licence. Links that people paste work without one."
    )
    formats: Annotated[tuple[str, ...], NoDecode] = Field(
        default=tuple(FORMATS),
        min_length=1,
        description="The archive's names of formats to take, the best first, commas between them. Of each "
        "track one file is taken.",
    )
    track_items: int = Field(
        default=4,
        ge=0,
        le=10,
        description="The archive searches for items, not for songs: a search for tracks opens so many of the "
        "items it found and looks among their files. 0: tracks are not searched for.",
    )

    @field_validator("allowed_hosts", "collections", "formats", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return words(value)

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return service_address(value, "https://archive.org")

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return hosts(value)

    @field_validator("collections")
    @classmethod
    def _identifiers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not is_identifier(one):
                raise ValueError(f"{one!r} is no identifier of a collection")
        return value

    @field_validator("formats")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        formats = tuple(dict.fromkeys(one.strip().lower() for one in value))
        for one in formats:
            if one not in FORMATS:
                raise ValueError(f"{one!r} is none of the formats: {', '.join(FORMATS)}")
        return formats
