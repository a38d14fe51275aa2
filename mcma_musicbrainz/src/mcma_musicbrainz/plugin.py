"""The plugin: what music is, by its tags and its sound. It asks nobody until somebody turns lookups on."""

from collections.abc import Sequence

from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_plugins import Plugin
from mcma_plugins.enrichers import Fingerprinter


class MusicBrainzPlugin(Plugin[MusicBrainzSettings]):
    name = "musicbrainz"
    summary = "What your music is: fingerprints, MusicBrainz and the Cover Art Archive."
    settings_model = MusicBrainzSettings

    def fingerprinters(self) -> Sequence[Fingerprinter]:
        return ()
