"""Answers have a size: a box of 500 tracks with a hundred people on each still fits into what core takes."""

import json
import time

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_world import Album, Disc, Edition, Part, Person, Slot, Song, by

pytestmark = pytest.mark.anyio
LARGEST = 1024 * 1024
"""Bytes of JSON, of all that core takes at once."""


async def test_a_box_of_operas(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    names = [(f"Name {one}", f"Name, {one}", "de", False) for one in range(30)]
    people = [Person(f"Singer {one} of the Opera House", aliases=list(names)) for one in range(240)]
    parts = [Part("vocal", one, ["soprano vocals"]) for one in people[:40]]
    songs = [
        Song(
            f"Act {one // 25}, scene {one % 25}", by(people[one % 240]), 90_000 + one % 25 * 900, parts=parts
        )
        for one in range(500)
    ]
    discs = [Disc([Slot(one) for one in songs[start : start + 25]]) for start in range(0, 500, 25)]
    album = Album("All Operas", by(people[0]))
    fake.world.add(album)
    edition = Edition(album, discs)
    begun = time.monotonic()
    (found,) = await enricher.album(known(edition, ids=True))
    assert time.monotonic() - begun < 60
    assert len(found.tracks) == 500
    assert len(found.artists) == 200
    said = json.dumps(
        [dict(found.fields), {str(id_): one for id_, one in found.tracks.items()}, dict(found.artists)]
    )
    assert len(said) < LARGEST
