"""The real MusicBrainz. Off by default, since nobody should depend on it: MCMA_LIVE_MUSICBRAINZ=1."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from mcma_musicbrainz import MusicBrainzSettings
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import KnownAlbum, KnownArtist, KnownCredit, KnownTrack
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.testing import FakeRemote

LIVE = "MCMA_LIVE_MUSICBRAINZ"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get(LIVE), reason=f"asks the real MusicBrainz: {LIVE}=1"),
]
KIND_OF_BLUE = ["So What", "Freddie Freeloader", "Blue in Green", "All Blues", "Flamenco Sketches"]
SECONDS = [565, 589, 337, 695, 566]


class Slowly(FakeRemote):
    async def turn(self, service: str, every: float) -> None:
        await asyncio.sleep(max(every, 1.1))


@pytest.fixture
async def live() -> AsyncIterator[MusicBrainz]:
    made = MusicBrainz(MusicBrainzSettings(lookups=True), "0", logging.getLogger("live"))
    made.open(Slowly())
    yield made
    await made.aclose()


async def test_an_album_its_artist_and_its_cover(live: MusicBrainz, tmp_path: Path) -> None:
    who = [KnownCredit("Miles Davis")]
    tracks = [
        KnownTrack(
            TrackId(UUID(int=number)),
            title,
            who,
            "Kind of Blue",
            who,
            track=number,
            duration_ms=1000 * seconds,
        )
        for number, (title, seconds) in enumerate(zip(KIND_OF_BLUE, SECONDS, strict=True), 1)
    ]
    found = await live.album(KnownAlbum(AlbumId(UUID(int=1)), "Kind of Blue", who, tracks=tracks))
    assert found[0].score > 0.8
    assert len(found[0].tracks) == 5
    assert found[0].fields["original_date"].startswith("1959")
    assert found[0].picture is not None
    assert await live.picture(found[0].picture, tmp_path, 20_000_000) is not None
    mbid = found[0].fields["album_artists"][0]["mbid"]
    (artist,) = await live.artist(KnownArtist(ArtistId(UUID(int=2)), "Miles Davis", mbid=mbid))
    assert artist.fields["begin"] == "1926-05-26"
