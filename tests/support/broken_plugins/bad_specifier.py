"""A version range nobody can read."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "bad_specifier"
    api = "about one"
