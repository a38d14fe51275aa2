"""The contract mcma plugins are written against.

Importing it is cheap: no web framework, no database library. `mcma_plugins.web`, `mcma_plugins.database` and
`mcma_plugins.testing` bring those in for plugins that need them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mcma_plugins.adapters import Adapter
from mcma_plugins.commands import Command
from mcma_plugins.errors import (
    AuthorisationNeeded,
    McmaError,
    PermanentError,
    PluginError,
    RetryLater,
    TurnedOff,
)
from mcma_plugins.hooks import Hooks
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind, NamedSchedule, Priority, Schedule
from mcma_plugins.notices import Notice
from mcma_plugins.sources import (
    BrowsableSource,
    Changed,
    CredentialHealth,
    CredentialSource,
    FetchableSource,
    Fetched,
    FetchProgress,
    FetchWish,
    FoundFile,
    FoundFolder,
    FoundProblem,
    ImportFolder,
    ImportSource,
    IndexableSource,
    LinkedSource,
    OutsideAudio,
    RootUnusable,
    SearchableSource,
    Source,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
    WatchableSource,
    Watching,
)

if TYPE_CHECKING:
    from mcma_plugins.plugin import Enqueue, KeyValue, Plugin, PluginContext, PluginSettings

API_VERSION = "0.1.0"
"""Version of the contract: semantic, the same as the distribution's."""

ENTRY_POINT_GROUP = "mcma.plugins"

__all__ = [
    "API_VERSION",
    "ENTRY_POINT_GROUP",
    "Adapter",
    "AuthorisationNeeded",
    "BrowsableSource",
    "Changed",
    "Command",
    "CredentialHealth",
    "CredentialSource",
    "Enqueue",
    "FetchProgress",
    "FetchWish",
    "FetchableSource",
    "Fetched",
    "FoundFile",
    "FoundFolder",
    "FoundProblem",
    "Hooks",
    "ImportFolder",
    "ImportSource",
    "IndexableSource",
    "JobCancelled",
    "JobContext",
    "JobKind",
    "KeyValue",
    "LinkedSource",
    "McmaError",
    "NamedSchedule",
    "Notice",
    "OutsideAudio",
    "PermanentError",
    "Plugin",
    "PluginContext",
    "PluginError",
    "PluginSettings",
    "Priority",
    "RetryLater",
    "RootUnusable",
    "Schedule",
    "SearchableSource",
    "Source",
    "SourceHealth",
    "SourceItem",
    "SourceKind",
    "SourceLink",
    "TurnedOff",
    "WatchableSource",
    "Watching",
]

_WITH_SETTINGS = frozenset({"Enqueue", "KeyValue", "Plugin", "PluginContext", "PluginSettings"})
"""Names that bring in pydantic's settings, which processes that only read tags should not pay for."""


def __getattr__(name: str) -> Any:
    if name in _WITH_SETTINGS:
        return getattr(import_module("mcma_plugins.plugin"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
