"""Albums: which release they are, in how few questions, and what is said of them."""

from dataclasses import replace

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import known, untagged
from tests.support.musicbrainz_places import FORMER
from tests.support.musicbrainz_world import Edition

pytestmark = pytest.mark.anyio


def edition(fake: FakeMusicBrainz, title: str, place: int = 0) -> Edition:
    return next(one for one in fake.world.albums if one.title == title).editions[place]


async def test_a_release_by_the_id_in_its_tags_is_one_question(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted = edition(fake, "Night Songs", 1)
    (found,) = await enricher.album(known(wanted, ids=True))
    assert found.ref == f"release:{wanted.mbid}"
    assert found.score > 0.98
    assert fake.counts() == {"release": 1}
    assert len(found.tracks) == 8


async def test_a_release_by_what_the_tags_say_is_two_questions(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted = edition(fake, "The Whole Box")
    found = await enricher.album(known(wanted))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert found[0].score > 0.95
    assert fake.counts() == {"release?": 1, "release": 1}


async def test_a_release_by_its_sound(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "Hits of the Year")
    found = await enricher.album(untagged(known(wanted, sound=True)))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert found[0].score > 0.9
    assert fake.counts() == {"lookup": 1, "release": 1}


async def test_an_id_that_was_merged_leads_to_what_it_is_now(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted = edition(fake, "Night Songs")
    album = replace(known(wanted), ids={"mbid.release": [FORMER]})
    (found,) = await enricher.album(album)
    assert found.ref == f"release:{wanted.mbid}"
    assert found.fields["release_mbid"] == wanted.mbid
    assert found.score > 0.95


async def test_nothing_is_known(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    album = replace(known(edition(fake, "Night Songs")), title="Zzz Unheard")
    unknown = [replace(one, title=f"Zzz {place}") for place, one in enumerate(album.tracks)]
    assert await enricher.album(replace(album, tracks=unknown)) == []


async def test_known_songs_of_an_unknown_album_are_for_a_person(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    found = await enricher.album(replace(known(edition(fake, "Night Songs")), title="Zzz Unheard"))
    assert found[0].fields["album"] == "Night Songs"
    assert 0.5 < found[0].score < 0.9
