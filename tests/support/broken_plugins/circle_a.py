"""One half of a circle."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "circle_a"
    requires = ("circle_b",)
