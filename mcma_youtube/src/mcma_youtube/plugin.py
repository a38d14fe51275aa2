"""The plugin: off until somebody turns it on."""

from collections.abc import Sequence

from mcma_plugins import Command, JobKind, NamedSchedule, Plugin, PluginContext, Source
from mcma_plugins.errors import TurnedOff
from mcma_youtube.chores import Chores
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
        self._chores = Chores(self._source.updating, settings.update_days)

    def sources(self) -> Sequence[Source]:
        return (self._source,)

    def commands(self) -> Sequence[Command]:
        return self._chores.commands()

    def jobs(self) -> Sequence[JobKind]:
        return self._chores.jobs()

    def schedules(self) -> Sequence[NamedSchedule]:
        return self._chores.schedules()

    async def start(self, context: PluginContext) -> None:
        if not self.settings.enabled:
            raise TurnedOff("It is off until it is turned on.", hint="MCMA_PLUGIN_YOUTUBE_ENABLED=true")
        self._home.settle(context.data_dir)
        await self._source.open()

    async def stop(self) -> None:
        self._source.close()
