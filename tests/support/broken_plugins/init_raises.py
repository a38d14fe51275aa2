"""Fails when it is made."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "init_raises"

    def __init__(self, settings: PluginSettings) -> None:
        raise RuntimeError("not today")
