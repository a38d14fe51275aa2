"""The class and the entry point disagree."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "somebody_else"
