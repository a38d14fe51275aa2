"""Raises when asked what it is."""

from collections.abc import Sequence

from mcma_plugins import Command, Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "ability_raises"

    def commands(self) -> Sequence[Command]:
        raise LookupError("no idea")
