"""What a person can set: `MCMA_PLUGIN_LOCAL_<FIELD>`."""

import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from mcma_local.names import AUDIO_EXTENSIONS
from mcma_plugins import PluginSettings

_EXTENSION = re.compile(r"[a-z0-9][a-z0-9+_-]{0,15}")


class LocalSettings(PluginSettings):
    import_path: Path | None = Field(
        default=None,
        validation_alias="LOCAL_MEDIA_IMPORT_PATH",
        description="Folder that music is imported (copied into managed storage) from; an absolute path. "
        "`LOCAL_MEDIA_IMPORT_PATH` sets it too. (Folders that are indexed in place are added as libraries.)",
    )
    import_links: bool = Field(
        default=False,
        description="Import by hard link where the file system can: no second copy, but whoever edits a file "
        "in the import folder edits the managed one as well.",
    )
    follow_symlinks: bool = Field(
        default=True,
        description="Follow symbolic links whose target lies below the same library folder. "
        "Links to anywhere else are never followed.",
    )
    ignore_hidden: bool = Field(
        default=True, description="Leave out files and folders whose name begins with a dot."
    )
    extensions: Annotated[tuple[str, ...], NoDecode] = Field(
        default=AUDIO_EXTENSIONS,
        min_length=1,
        description="Endings of names that count as audio, without the dot; commas or spaces between them.",
    )

    @field_validator("import_path", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("extensions", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return tuple(re.split(r"[,\s]+", value.strip(", \t\n")))

    @field_validator("extensions")
    @classmethod
    def _plain(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        plain = tuple(dict.fromkeys(one.strip().lower().removeprefix(".") for one in value))
        for one in plain:
            if not _EXTENSION.fullmatch(one):
                raise ValueError(f"{one!r} is not the ending of a file name")
        return plain
