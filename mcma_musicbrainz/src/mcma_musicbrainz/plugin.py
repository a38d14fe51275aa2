"""The plugin: what music is, by its tags and its sound. It asks nobody until somebody turns lookups on."""

from collections.abc import Sequence

from mcma_musicbrainz.fingerprinter import Chromaprint
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_plugins import Plugin
from mcma_plugins.enrichers import Fingerprinter


class MusicBrainzPlugin(Plugin[MusicBrainzSettings]):
    name = "musicbrainz"
    summary = "What your music is: fingerprints, MusicBrainz and the Cover Art Archive."
    settings_model = MusicBrainzSettings

    def __init__(self, settings: MusicBrainzSettings) -> None:
        super().__init__(settings)
        self._chromaprint = Chromaprint(settings.fpcalc, settings.ffmpeg)

    def fingerprinters(self) -> Sequence[Fingerprinter]:
        return (self._chromaprint,)
