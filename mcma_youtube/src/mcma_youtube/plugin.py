"""The plugin: off until somebody turns it on."""

from collections.abc import Sequence

from mcma_plugins import Plugin, PluginContext, Source
from mcma_plugins.errors import TurnedOff
from mcma_youtube.home import Home
from mcma_youtube.settings import YouTubeSettings
from mcma_youtube.source import YouTube


class YouTubePlugin(Plugin[YouTubeSettings]):
    name = "youtube"
    summary = "Search in YouTube Music and downloads from YouTube, for those who may."
    settings_model = YouTubeSettings

    def __init__(self, settings: YouTubeSettings) -> None:
        super().__init__(settings)
        self._home = Home()
        self._source = YouTube(settings, self._home)

    def sources(self) -> Sequence[Source]:
        return (self._source,)

    async def start(self, context: PluginContext) -> None:
        if not self.settings.enabled:
            raise TurnedOff("It is off until it is turned on.", hint="MCMA_PLUGIN_YOUTUBE_ENABLED=true")
        self._home.settle(context.data_dir)

    async def stop(self) -> None:
        self._source.close()
