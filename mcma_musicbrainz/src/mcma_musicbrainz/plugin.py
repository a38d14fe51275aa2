"""The plugin: what music is, by its tags and its sound. It asks nobody until somebody turns lookups on."""

import logging
from collections.abc import Sequence
from importlib.metadata import version

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.fingerprinter import Chromaprint
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_plugins import Plugin, PluginContext
from mcma_plugins.enrichers import Enricher, Fingerprinter


class MusicBrainzPlugin(Plugin[MusicBrainzSettings]):
    name = "musicbrainz"
    summary = "What your music is: fingerprints, MusicBrainz and the Cover Art Archive."
    settings_model = MusicBrainzSettings

    def __init__(self, settings: MusicBrainzSettings) -> None:
        super().__init__(settings)
        log = logging.getLogger("mcma.plugin.musicbrainz")
        self._chromaprint = Chromaprint(settings.fpcalc, settings.ffmpeg)
        self._musicbrainz = MusicBrainz(settings, version("mcma-musicbrainz"), log)

    def fingerprinters(self) -> Sequence[Fingerprinter]:
        return (self._chromaprint,)

    def enrichers(self) -> Sequence[Enricher]:
        return (self._musicbrainz,) if self.settings.lookups else ()

    async def start(self, context: PluginContext) -> None:
        self._musicbrainz.open(context.remote)

    async def stop(self) -> None:
        await self._musicbrainz.aclose()
