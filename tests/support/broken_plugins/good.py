"""The one that works, next to all the others."""

from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded


class ThePlugin(Plugin[PluginSettings]):
    name = "good"
    summary = "Remembers what it heard."

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self.heard: list[LikeRecorded] = []
        self.stopped = False

    async def like_recorded(self, event: LikeRecorded) -> None:
        self.heard.append(event)

    async def stop(self) -> None:
        self.stopped = True
