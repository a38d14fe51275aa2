"""The plugin: one source, off until somebody turns it on."""

from collections.abc import Sequence
from importlib.metadata import version

from mcma_archive.settings import ArchiveSettings
from mcma_archive.source import OpenCollections
from mcma_plugins import Plugin, PluginContext, Source, TurnedOff


class ArchivePlugin(Plugin[ArchiveSettings]):
    name = "archive"
    summary = "Open collections: the Internet Archive and what answers like it."
    settings_model = ArchiveSettings

    def __init__(self, settings: ArchiveSettings) -> None:
        super().__init__(settings)
        self._collections = OpenCollections(settings, version("mcma-archive"))

    def sources(self) -> Sequence[Source]:
        return (self._collections,)

    async def start(self, context: PluginContext) -> None:
        if not self.settings.enabled:
            raise TurnedOff("It is off until it is turned on.", hint="MCMA_PLUGIN_ARCHIVE_ENABLED=true")

    async def stop(self) -> None:
        await self._collections.aclose()
