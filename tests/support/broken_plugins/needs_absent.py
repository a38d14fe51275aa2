"""Requires a plugin that is not installed."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "needs_absent"
    requires = ("nowhere",)
