"""The whole way: files with poor tags, MusicBrainz asked, and what is in the library then."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from mcma.services.enriching.folders import folder_id, folders_of, remember
from mcma.services.entities.uniting import Uniting
from mcma.services.jobs import Jobs
from mcma.services.server.plugin_remote import PluginRemote
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artists
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import ON_REQUEST, Study
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_places import ANN, disc, songs
from tests.support.musicbrainz_world import Album, Edition, by, mbid
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


TITLES = "Ebb, Flow, Neap, Spring Tide, Slack Water, Undertow, Breakers, Foam"


@pytest.mark.parametrize("named", ["Tides", "stuff"])
async def test_a_folder_without_album_tags_is_the_album_it_is(
    music: Music, study: Study, fake: FakeMusicBrainz, named: str
) -> None:
    tides = Album("Tides", by(ANN), first="1988")
    for song in (found := songs(TITLES, by(ANN))):
        song.ms = 550
        music.put(f"Incoming/{named}/{song.title}.mp3", title=song.title, artist="Ann Ash")
    Edition(tides, [disc(found)], date="1988-02-01", country="NO")
    fake.world.add(tides)
    await music.scan()
    item = ItemRef(ItemKind.FOLDER, folder_id(music.id, f"Incoming/{named}".encode()))
    foam = await music.track("Foam")
    async with study.database.write() as transaction:
        found_ = await folders_of(transaction.connection, [foam.id])
        await remember(transaction.connection, found_.folders.values())
    assert await study.ask(item, of=NAME, wish=ON_REQUEST) == {"applied": 1}
    tracks = {name: row for name, row in (await music.tracks()).items() if name in TITLES.split(", ")}
    assert {row.album_id for row in tracks.values()} == {(await music.albums())["Tides"].id}
    assert [row.track for row in sorted(tracks.values(), key=lambda one: one.track)] == [*range(1, 9)]
    assert len(fake.web.asked) <= 4, "a folder is asked about once, not once for each of its tracks"


async def test_an_artist_whose_id_was_merged_is_one_artist_at_once(
    music: Music, study: Study, fake: FakeMusicBrainz
) -> None:
    """Not when each of the other albums has been asked about again."""
    former = mbid("former ann")
    fake.world.merged[former] = ANN.mbid
    again = Album("Again", by(ANN))
    for song in (found := songs("Ode, Psalm, Hymn", by(ANN))):
        song.ms = 550
    Edition(again, [disc(found)], date="1988")
    fake.world.add(again)
    tags = {"artist": "Ann Ash", "albumartist": "Ann Ash", "musicbrainz_artistid": former,
            "musicbrainz_albumartistid": former}  # fmt: skip
    music.album("Ann/Again", "Ode Psalm Hymn", album="Again", **tags)
    music.album("Ann/Old", "Ivy", album="Nobody Knows It", **tags)
    await music.scan()
    [old] = await music.rows(artists, artists.c.mbid == UUID(former))
    await study.ask(await study.album("Again"), of=NAME)
    [taken] = study.taken
    assert taken.artists[ANN.mbid]["former_mbids"] == [former]
    uniting = Uniting(music.database, Jobs(music.database, EmbeddedDoorbell()), lambda *_: None)
    for _ in range(2):
        await uniting.unite(UUID(former), UUID(ANN.mbid), f"plugin:{NAME}")
        [left] = await music.rows(artists, artists.c.mbid.is_not(None), artists.c.deleted_at.is_(None))
        assert str(left.mbid) == ANN.mbid
        [row] = await music.rows(artists, artists.c.id == old.id)
        assert row.replaced_by == left.id
        await music.scan(full=True)
