"""Plugins: found, checked, started, told and stopped, without one of them stopping the host.

A plugin runs with all the rights of the server: the host keeps mistakes apart, not malice.
"""

from mcma.host.bounded import TookTooLong
from mcma.host.describe import SettingRow, describe
from mcma.host.discovery import Found, list_plugins
from mcma.host.dispatch import Heard
from mcma.host.environment import Environment
from mcma.host.host import (
    BadTables,
    ContextFactory,
    Declare,
    Migrate,
    MigrationFailed,
    Offered,
    PluginHost,
    SchemaNewer,
)
from mcma.host.loading import Limits
from mcma.host.states import HookHealth, PluginRecord, PluginState

__all__ = [
    "BadTables",
    "ContextFactory",
    "Declare",
    "Environment",
    "Found",
    "Heard",
    "HookHealth",
    "Limits",
    "Migrate",
    "MigrationFailed",
    "Offered",
    "PluginHost",
    "PluginRecord",
    "PluginState",
    "SchemaNewer",
    "SettingRow",
    "TookTooLong",
    "describe",
    "list_plugins",
]
