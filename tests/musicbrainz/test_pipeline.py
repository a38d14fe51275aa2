"""The whole way: files with poor tags, MusicBrainz asked, and what is in the library then."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.services.server.plugin_remote import PluginRemote
from mcma.store.engine import Database
from tests.support.enriching import ON_REQUEST, Study
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_places import ANN, disc, songs
from tests.support.musicbrainz_world import Album, Edition, by
from tests.support.scanning import Music
from tests.support.webserver import saying

pytestmark = pytest.mark.anyio
NAME = "musicbrainz"


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    made.album("Ann/First", "fern Mos Reed", artist="ann ash", albumartist="ann ash", album="first")
    made.album("Bob/Second", "Oak Elm", artist="Bob Birch", albumartist="Bob Birch", album="Second")
    made.put("Loose/Drift.mp3", title="Drift", artist="Cy Cedar")
    await made.scan()
    return made


@pytest.fixture
def edition(fake: FakeMusicBrainz) -> Edition:
    album = Album("First", by(ANN), first="1971", genres={"folk": 3})
    found = [disc(songs("Fern, Moss, Reed", by(ANN), -6_000))]
    for slot in found[0].slots:
        slot.song.ms = 550
    made = Edition(album, found, date="1999-05-01", country="NO", labels=[("Fjord", "F 1")])
    fake.world.add(album)
    return made


@pytest.fixture
async def study(music: Music, fake: FakeMusicBrainz, edition: Edition) -> AsyncIterator[Study]:
    async with asking(settings_of(fake), PluginRemote(music.database, NAME)) as enricher:
        yield Study.of(music, enricher)


async def test_an_album_with_poor_tags_is_what_it_is(
    study: Study, fake: FakeMusicBrainz, edition: Edition
) -> None:
    album = await study.album("first")
    assert await study.ask(album, of=NAME) == {"applied": 1}
    values = await study.values(of=NAME)
    songs_ = [one for one in values.values() if "release_mbid" in one]
    [artist] = [one for one in values.values() if "release_mbid" not in one]
    assert {one["title"] for one in songs_} == {"Fern", "Moss", "Reed"}
    assert {one["release_mbid"] for one in songs_} == {edition.mbid}
    assert {one["original_date"] for one in songs_} == {"1971"}
    assert (artist["mbid"], artist["sort_name"]) == (ANN.mbid, "Ash, Ann")
    tracks = await study.music.tracks()
    assert tracks.keys() == {"Fern", "Moss", "Reed", "Oak", "Elm", "Drift"}
    [candidate] = await study.candidates()
    assert candidate.ref == f"release:{edition.mbid}"
    assert candidate.picture.startswith(f"release/{edition.mbid}")
    assert [one.ref for one in study.pictures] == [candidate.ref]
    asked = len(fake.web.asked)
    assert await study.ask(album, of=NAME, wish=ON_REQUEST) == {"same": 1}
    assert len(fake.web.asked) == asked, "what was answered is kept"


async def test_what_is_not_known_is_remembered(study: Study, fake: FakeMusicBrainz) -> None:
    items = await study.album("Second"), await study.track("Drift")
    assert await study.ask(*items, of=NAME) == {"nothing": 2}
    asked = len(fake.web.asked)
    assert await study.ask(*items, of=NAME) == {"unchanged": 2}
    assert len(fake.web.asked) == asked
    assert await study.values(of=NAME) == {}


async def test_a_day_without_musicbrainz_loses_nothing(study: Study, fake: FakeMusicBrainz) -> None:
    fake.faults["/ws/2/"] = saying(503, retry_after="3600")
    album = await study.album("first")
    await study.ask(album, of=NAME)
    assert [row.state for row in (await study.states(of=NAME)).values()] in (["waiting"], ["failed"], [])
    assert await study.values(of=NAME) == {}
    assert len(fake.web.asked) == 1
