"""Fails at start."""

from mcma_plugins import Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_raises"

    async def start(self, context: PluginContext) -> None:
        raise RuntimeError("the disk is on fire")
