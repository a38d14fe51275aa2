"""A mirror without search: what ids and sound tell goes on, the rest waits and says why."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.searching import FIRST, LONGEST
from mcma_plugins import RetryLater
from mcma_plugins.enrichers import KnownAlbum, KnownArtist
from mcma_plugins.ids import ArtistId
from mcma_plugins.testing import FakeRemote
from tests.support import musicbrainz_xml as xml
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_known import in_folder, known, single, untagged
from tests.support.webserver import Answer, saying

pytestmark = pytest.mark.anyio
XML = "application/xml; charset=UTF-8"
OWN_WORDS = "Could not retrieve sub-document page from search server. Error: http://search -> 404 Not Found"
NONE = saying(503, xml.fault(OWN_WORDS), content_type=XML)


def album(fake: FakeMusicBrainz, ids: bool = False) -> KnownAlbum:
    return known(fake.world.albums[0].editions[0], ids=ids)


def searched(fake: FakeMusicBrainz) -> int:
    return sum("query=" in one.target for one in fake.web.asked)


@pytest.mark.parametrize("answer", [
    NONE,
    saying(400, xml.fault(OWN_WORDS), content_type=XML),
    saying(404, xml.fault("Not Found"), content_type=XML),
    saying(404, b"<html>", content_type="text/html"),
    saying(502, b"<html>", content_type="text/html"),
    saying(500),
])  # fmt: skip
async def test_what_needs_no_search_goes_on(
    fake: FakeMusicBrainz, enricher: MusicBrainz, answer: Answer
) -> None:
    fake.searches = answer
    artist = KnownArtist(ArtistId(UUID(int=1)), "Ann Ash")
    for work in (enricher.album(album(fake)), enricher.album(album(fake)), enricher.artist(artist)):
        with pytest.raises(RetryLater) as caught:
            await work
        assert caught.value.stable_code == "limited"
        assert caught.value.after == pytest.approx(FIRST, abs=5)
        assert "does not search" in caught.value.message
    assert searched(fake) == 1, "nobody tries again for each album"
    assert (await enricher.album(album(fake, ids=True)))[0].score > 0.9
    hits = next(one for one in fake.world.albums if one.title == "Hits of the Year").editions[0]
    assert (await enricher.album(untagged(known(hits, sound=True))))[0].score > 0.8


async def test_each_time_it_is_left_alone_for_longer(
    fake: FakeMusicBrainz, remote: FakeRemote, enricher: MusicBrainz
) -> None:
    """All processes keep to it, and a search that has come is used."""
    name = f"{fake.web.url('')}#search"
    for times in range(6):
        fake.searches = NONE
        with pytest.raises(RetryLater) as caught:
            await enricher.album(album(fake))
        assert caught.value.after == pytest.approx(min(LONGEST, FIRST * 2**times), abs=5)
        assert searched(fake) == times + 1
        remote.answers[name] = json.dumps([0.0, times + 1]).encode()
    fake.searches = None
    async with asking(settings_of(fake), remote) as other:
        assert (await other.album(album(fake)))[0].score > 0.9
    assert json.loads(remote.answers[name]) == [0.0, 0]


@pytest.mark.parametrize(("answer", "code"), [
    (saying(503, xml.fault(OWN_WORDS), content_type=XML, retry_after="30"), "unreachable"),
    (saying(503, xml.fault("Your requests are exceeding the allowable rate limit.")), "unreachable"),
    (saying(429), "rate_limited"),
    (saying(200, b"<html>", content_type="text/html"), "bad_answer"),
])  # fmt: skip
async def test_who_is_busy_has_a_search(
    fake: FakeMusicBrainz, remote: FakeRemote, enricher: MusicBrainz, answer: Answer, code: str
) -> None:
    fake.searches = answer
    with pytest.raises(RetryLater) as caught:
        await enricher.album(album(fake))
    assert caught.value.stable_code == code
    assert not any(one.endswith("#search") for one in remote.answers)


async def test_a_service_that_is_down_is_more_than_a_search(
    fake: FakeMusicBrainz, remote: FakeRemote, enricher: MusicBrainz
) -> None:
    fake.faults["/ws/2/"] = NONE
    with pytest.raises(RetryLater) as caught:
        await enricher.album(album(fake))
    assert caught.value.stable_code == "unreachable"
    assert not remote.answers


async def test_what_is_likely_all_the_same_is_told(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """With why there may be something better."""
    fake.searches = NONE
    named = album(fake, ids=True)
    other = replace(named, tracks=[replace(one, duration_ms=1, track=None, ids={}) for one in named.tracks])
    found = await enricher.album(replace(other, title="Night Song", date="2020"))
    assert 0.6 < found[0].score < 0.9
    assert any(one.field == "asked" and "does not search" in one.note for one in found[0].reasons)


async def test_of_a_folder_each_track_is_asked_about_alone(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    fake.searches = NONE
    songs = fake.world.albums[0].editions[0].discs[0].slots
    assert await enricher.album(in_folder(*(single(one.song) for one in songs))) == []
    with pytest.raises(RetryLater):
        await enricher.track(single(songs[0].song))
    assert (await enricher.track(single(songs[0].song, ids=True)))[0].score > 0.9
