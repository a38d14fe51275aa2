"""Single tracks: by id, by sound, by ISRC, by what the tags say."""

from dataclasses import replace

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import KnownCredit
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import single
from tests.support.musicbrainz_places import ANN, BOB
from tests.support.musicbrainz_world import Song, by, mbid

pytestmark = pytest.mark.anyio
AUTOMATIC = 0.90


def song(fake: FakeMusicBrainz, title: str) -> Song:
    return next(one for one in fake.world.all_songs() if one.title == title)


async def test_by_the_id_in_its_tags(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = song(fake, "Slow Train")
    track = single(wanted, ids=True)
    (found,) = await enricher.track(track)
    assert (found.ref, found.link) == (
        f"recording:{wanted.mbid}",
        f"https://musicbrainz.org/recording/{wanted.mbid}",
    )
    assert found.score > 0.95
    assert found.tracks[track.id]["work"] == "Slow Train"
    assert "album" not in found.tracks[track.id], "it is on many"
    assert ANN.mbid in found.artists
    assert fake.counts() == {"recording": 1}


async def test_by_its_isrc(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = song(fake, "First Light")
    track = replace(single(wanted), artists=(), ids={"isrc": ["NOABC9700001"]})
    found = await enricher.track(track)
    assert found[0].ref == f"recording:{wanted.mbid}"
    assert found[0].tracks[track.id]["isrcs"] == ["NOABC9700001"]
    assert fake.counts() == {"isrc": 1, "recording": 1}


async def test_a_code_speaks_for_a_title_that_is_misspelt(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted = song(fake, "First Light")
    track = replace(single(wanted), title="Frist Light", artists=(), ids={"isrc": ["NOABC9700001"]})
    found = await enricher.track(track)
    assert (found[0].ref, found[0].score > AUTOMATIC) == (f"recording:{wanted.mbid}", True)
    assert fake.counts() == {"isrc": 1, "recording": 1}


async def test_unknown_artist_is_nobody(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = song(fake, "Summer Rain")
    track = replace(single(wanted, ids=True), artists=[KnownCredit("Unknown Artist")])
    [found] = await enricher.track(track)
    assert "artists" not in {one.field for one in found.reasons}
    assert await enricher.track(replace(track, ids={})) == []
    assert fake.counts() == {"recording": 1}, "a title alone is not searched for"


async def test_by_title_artist_and_length(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = song(fake, "Summer Rain")
    track = single(wanted)
    found = await enricher.track(track)
    assert found[0].ref == f"recording:{wanted.mbid}"
    assert found[0].score > AUTOMATIC
    assert fake.counts() == {"recording?": 1, "recording": 1}


async def test_words_alone_are_for_a_person_to_judge(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Without a length it may be any of those that are called so."""
    found = await enricher.track(replace(single(song(fake, "Summer Rain")), duration_ms=0))
    assert 0.5 < found[0].score < AUTOMATIC


@pytest.mark.parametrize(("title", "longer"), [("Slow Train", 150_000), ("Slow Train (acoustic)", 0)])
async def test_another_version_is_not_taken(
    fake: FakeMusicBrainz, enricher: MusicBrainz, title: str, longer: int
) -> None:
    wanted = single(song(fake, "Slow Train"))
    track = replace(wanted, title=title, duration_ms=wanted.duration_ms + longer)
    assert all(one.score < AUTOMATIC for one in await enricher.track(track))


async def test_each_remix_is_one_of_its_own(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    mixes = [
        Song(f"Echo ({name} Remix)", by(BOB), 300_000 + place) for place, name in enumerate(("Foo", "Bar"))
    ]
    fake.world.songs += [Song("Echo", by(BOB), 300_500), *mixes]
    found = await enricher.track(single(mixes[1]))
    assert found[0].ref == f"recording:{mixes[1].mbid}"
    assert found[1].score < AUTOMATIC


async def test_a_guest_in_the_title(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = song(fake, "Both of Us")
    track = replace(single(wanted), title="Both Of Us (feat. The Bobs)", artists=[KnownCredit("Ann Ash")])
    found = await enricher.track(track)
    assert found[0].ref == f"recording:{wanted.mbid}"
    assert found[0].tracks[track.id]["title"] == "Both of Us"


async def test_an_id_that_is_of_another_song_is_not_believed(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted, other = song(fake, "Summer Rain"), song(fake, "Noon Early")
    found = await enricher.track(replace(single(wanted), ids={"mbid.recording": [other.mbid]}))
    scores = {one.ref: one.score for one in found}
    assert found[0].ref == f"recording:{wanted.mbid}"
    assert scores.get(f"recording:{other.mbid}", 0) < AUTOMATIC


async def test_nothing_is_known(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    track = replace(single(song(fake, "Summer Rain")), title="Zzz", ids={"mbid.recording": [mbid("gone")]})
    assert await enricher.track(track) == []
    assert await enricher.track(replace(track, title="", artists=(), ids={})) == []
