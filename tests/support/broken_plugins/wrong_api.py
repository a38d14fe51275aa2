"""Made for another contract."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "wrong_api"
    api = ">=7,<8"
