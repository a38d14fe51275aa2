"""One half of a circle."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "circle_b"
    requires = ("circle_a",)
