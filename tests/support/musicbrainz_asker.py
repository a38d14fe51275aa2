"""A process that asks MusicBrainz: `python -m tests.support.musicbrainz_asker DATABASE SETTINGS MBID...`.

What it shares with others of its kind is in the database alone.
"""

import asyncio
import logging
import sys
from uuid import UUID

from mcma.services.server.plugin_remote import PluginRemote
from mcma.store.engine import Database
from mcma_musicbrainz import MusicBrainzSettings
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import KnownAlbum, KnownTrack
from mcma_plugins.ids import AlbumId, TrackId


async def main(url: str, settings: str, mbids: list[str]) -> None:
    database = Database(url)
    enricher = MusicBrainz(MusicBrainzSettings.model_validate_json(settings), "0", logging.getLogger("asker"))
    enricher.open(PluginRemote(database, "musicbrainz"))
    for mbid in mbids:
        track = KnownTrack(TrackId(UUID(int=1)), "", ids={"mbid.release": [mbid]})
        await enricher.album(KnownAlbum(AlbumId(UUID(int=2)), "", ids=track.ids, tracks=[track]))
    await enricher.aclose()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
