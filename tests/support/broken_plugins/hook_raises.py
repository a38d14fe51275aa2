"""Fails when it hears something."""

from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded


class ThePlugin(Plugin[PluginSettings]):
    name = "hook_raises"

    async def like_recorded(self, event: LikeRecorded) -> None:
        raise RuntimeError("I do not like it")
