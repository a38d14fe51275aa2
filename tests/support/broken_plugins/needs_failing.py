"""Requires a plugin that fails to start."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "needs_failing"
    requires = ("start_raises",)
