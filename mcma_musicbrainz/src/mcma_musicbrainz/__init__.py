"""What a recording, an album and an artist are: by fingerprint (AcoustID) and by MusicBrainz."""

from mcma_musicbrainz.plugin import MusicBrainzPlugin
from mcma_musicbrainz.settings import MusicBrainzSettings

__all__ = ["MusicBrainzPlugin", "MusicBrainzSettings"]
