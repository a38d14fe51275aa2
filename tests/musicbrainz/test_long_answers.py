"""Answers that are longer than is taken: the same is asked for with fewer words, or in smaller pieces."""

from dataclasses import replace

import pytest

from mcma_musicbrainz import service, sounds
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins import PermanentError
from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_known import known, untagged
from tests.support.musicbrainz_places import disc, songs
from tests.support.musicbrainz_world import Album, Edition, Part, Person, by, mbid

pytestmark = pytest.mark.anyio


@pytest.fixture
def opera(fake: FakeMusicBrainz) -> Edition:
    people = [Person(f"Singer {one} of the Opera House") for one in range(30)]
    scenes = songs(", ".join(f"Scene {one}" for one in range(40)), by(people[0]))
    for scene in scenes:
        scene.parts = [Part("vocal", one, ["soprano vocals"]) for one in people]
    album = Album("All Operas", by(people[0]))
    fake.world.add(album)
    return Edition(album, [disc(scenes)])


async def test_a_release_is_told_without_who_plays_on_it(
    fake: FakeMusicBrainz,
    remote: FakeRemote,
    enricher: MusicBrainz,
    opera: Edition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (whole,) = await enricher.album(known(opera, ids=True))
    remote.answers.clear()
    monkeypatch.setattr(service, "MOST", 50_000)
    (found,) = await enricher.album(known(opera, ids=True))
    assert (found.ref, found.score, len(found.tracks)) == (whole.ref, whole.score, 40)
    assert any("credits" in one for one in whole.tracks.values())
    assert not any("credits" in one for one in found.tracks.values())
    assert any(one.field == "credits" and "too long" in one.note for one in found.reasons)
    asked = len(fake.web.asked)
    assert await enricher.album(known(opera, ids=True)) == [found]
    assert len(fake.web.asked) == asked, "that it is too long is kept as well"


async def test_one_that_is_too_long_all_the_same_does_not_hide_others(
    fake: FakeMusicBrainz, enricher: MusicBrainz, opera: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST", 12_000)
    album = known(fake.world.albums[0].editions[0])
    (first, *_) = await enricher.album(replace(album, ids={"mbid.release": [opera.mbid]}))
    assert first.fields["album"] == "Night Songs"
    assert any(one.field == "asked" and "larger than" in one.note for one in first.reasons)
    with pytest.raises(PermanentError) as caught:
        await enricher.album(known(opera, ids=True))
    assert caught.value.stable_code == "too_large"


async def test_lists_are_asked_for_in_smaller_pieces(
    fake: FakeMusicBrainz, enricher: MusicBrainz, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = fake.world.albums[0]
    first = album.editions[0]
    album.editions += [replace(first, mbid=mbid(number), date="2020") for number in range(20)]
    del album.editions[26:]
    monkeypatch.setattr(service, "MOST", 30_000)
    found = await enricher.album(replace(known(first), ids={"mbid.release_group": [album.mbid]}))
    assert found[0].ref == f"release:{first.mbid}"
    pages = [one.target for one in fake.web.asked if "release-group=" in one.target]
    assert ["limit=100" in pages[0], *("limit=10" in one for one in pages[1:])] == [True] * len(pages)
    assert len(pages) == 4


async def test_songs_that_are_on_everything(
    fake: FakeMusicBrainz, remote: FakeRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fingerprints are asked for by fewer, and of one that is too long alone nothing is known."""
    hits = next(one for one in fake.world.albums if one.title == "Hits of the Year").editions[0]
    album = untagged(known(hits, sound=True))
    async with asking(settings_of(fake), remote) as enricher:
        whole = await enricher.album(album)
        sizes = len(fake.sounds.asked)
        remote.answers.clear()
        monkeypatch.setattr(sounds, "MOST_BYTES", 3_000)
        found = await enricher.album(album)
    assert found[0].ref == whole[0].ref
    assert len(fake.sounds.asked) > sizes + 1
