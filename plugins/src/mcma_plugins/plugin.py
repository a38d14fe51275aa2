"""The class every plugin is."""

from __future__ import annotations

from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mcma_plugins.hooks import Hooks
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import Payload, Priority
from mcma_plugins.remote import Remote

if TYPE_CHECKING:
    from mcma_plugins.database import PluginDatabase


class PluginSettings(BaseSettings):
    """Base of a plugin's settings.

    The host reads them from `MCMA_PLUGIN_<NAME>_<FIELD>`, from `<...>_FILE` for every field that is a
    `SecretStr`, and from the `.env` of development. Fields are documented by `Field(description=...)`;
    `model_json_schema()` is what a settings form is made of. A `validation_alias` is read as one more name,
    without the prefix. Lists and objects are JSON."""

    model_config = SettingsConfigDict(populate_by_name=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the host hands over: a field called `path` must never pick up $PATH."""
        return (init_settings,)


SettingsT = TypeVar("SettingsT", bound=PluginSettings)


class KeyValue(Protocol):
    """Small needs: JSON values kept by core under the plugin's own name."""

    async def get(self, key: str) -> object | None: ...
    async def put(self, key: str, value: object) -> None: ...
    async def delete(self, key: str) -> None: ...


class Enqueue(Protocol):
    """The shape of `PluginContext.enqueue`."""

    async def __call__(
        self,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: Priority = Priority.NORMAL,
        parent_id: JobId | None = None,
    ) -> JobId: ...


@dataclass(frozen=True, slots=True)
class PluginContext:
    """What the host gives a plugin at start."""

    data_dir: Path
    """A folder of its own; made on first use by `data_dir.mkdir(parents=True, exist_ok=True)`."""
    log: Logger
    values: KeyValue
    enqueue: Enqueue
    remote: Remote
    """What its processes share of services outside."""
    database: PluginDatabase | None = None
    """There when the plugin has migrations."""


class Plugin(Hooks, Generic[SettingsT]):
    """Subclass it, name it, override the hooks you need, and point an entry point of the group
    `mcma.plugins` at the class.

    The host calls `__init__` (MUST be quick and touch nothing outside), then `start` (under a time limit),
    and `stop` at the end. An exception of any of them turns the plugin off with a visible reason; raise
    `AuthorisationNeeded` in `start` when a person has to log in first, `TurnedOff` when it is not asked for.
    """

    name: ClassVar[str]
    """Lower case letters, digits and underscores; the same as the entry point's name."""
    api: ClassVar[str] = ">=0.1,<0.2"
    """Versions of `mcma-plugins` this plugin was written for (PEP 440 specifier)."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Names of plugins that must run for this one to run."""
    summary: ClassVar[str] = ""
    """One line for people."""
    settings_model: ClassVar[type[PluginSettings]] = PluginSettings

    def __init__(self, settings: SettingsT) -> None:
        self.settings = settings

    async def start(self, context: PluginContext) -> None:
        """Open what the plugin needs."""

    async def stop(self) -> None:
        """Close it."""
