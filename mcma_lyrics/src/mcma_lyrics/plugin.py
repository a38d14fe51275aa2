"""The plugin: one enricher, off until somebody turns it on."""

from collections.abc import Sequence
from importlib.metadata import version

from mcma_lyrics.enricher import LyricsEnricher
from mcma_lyrics.settings import LyricsSettings
from mcma_plugins import Plugin, PluginContext, TurnedOff
from mcma_plugins.enrichers import Enricher


class LyricsPlugin(Plugin[LyricsSettings]):
    name = "lyrics"
    summary = "Lyrics from LRCLIB: synced ones stay synced."
    settings_model = LyricsSettings

    def __init__(self, settings: LyricsSettings) -> None:
        super().__init__(settings)
        self._enricher = LyricsEnricher(settings, version("mcma-lyrics"))

    def enrichers(self) -> Sequence[Enricher]:
        return (self._enricher,)

    async def start(self, context: PluginContext) -> None:
        if not self.settings.enabled:
            raise TurnedOff("It is off until it is turned on.", hint="MCMA_PLUGIN_LYRICS_ENABLED=true")
        self._enricher.share(context.remote)

    async def stop(self) -> None:
        await self._enricher.aclose()
