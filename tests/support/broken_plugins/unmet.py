"""Fine, but its distribution asks for what is not there."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "unmet"
