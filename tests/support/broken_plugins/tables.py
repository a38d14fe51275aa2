"""Has tables; what becomes of their migration is up to the test."""

from pathlib import Path

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "tables"

    def migrations(self) -> Path:
        return Path(__file__).parent
