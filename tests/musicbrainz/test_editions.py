"""Which edition it is when nothing but sound, or the ids of recordings, says what music it is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mcma_musicbrainz.acoustids import sound
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.testing import FakeRemote
from tests.musicbrainz.test_albums import edition
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_known import known, single, untagged
from tests.support.musicbrainz_places import ANN, VA, disc, songs
from tests.support.musicbrainz_world import Album, Disc, Edition, Slot, Song, by, mbid

AUTOMATIC, CORES_LEAD = 0.90, 0.02


@pytest.fixture
def heard(fake: FakeMusicBrainz) -> KnownAlbum:
    """Night Songs, of which there are six editions, without any tags."""
    return untagged(known(edition(fake, "Night Songs"), sound=True))


def by_recordings(album: KnownAlbum) -> KnownAlbum:
    """The tags say nothing but which recordings these are."""
    tracks = [replace(one, ids={"mbid.recording": one.ids["mbid.recording"]}) for one in album.tracks]
    return untagged(replace(album, ids={}, tracks=tracks))


def which(found: Sequence[Candidate], fake: FakeMusicBrainz) -> Edition:
    editions = {f"release:{one.mbid}": one for one in fake.world.editions}
    assert found[0].score > AUTOMATIC
    assert len(found) == 1 or found[0].score - found[1].score > CORES_LEAD, "nobody is asked"
    return editions[found[0].ref]


def collection(fake: FakeMusicBrainz, *kinds: str) -> Edition:
    """What has the songs of Night Songs as well, and came out before."""
    found = [slot.song for slot in edition(fake, "Night Songs").discs[0].slots]
    album = Album("Ann by Night", by(ANN), secondary=list(kinds), first="1990")
    made = Edition(album, [disc(found)], date="1990-01-01", country="NO")
    fake.world.add(album)
    return made


@pytest.mark.anyio
@pytest.mark.parametrize(("countries", "wanted"), [("", "NO"), ("US, GB", "US"), ("JP, GB", "GB")])
async def test_by_sound_it_is_as_many_tracks_from_where_somebody_prefers(
    fake: FakeMusicBrainz, remote: FakeRemote, heard: KnownAlbum, countries: str, wanted: str
) -> None:
    async with asking(settings_of(fake, countries=countries), remote) as enricher:
        found = which(await enricher.album(heard), fake)
    assert (found.country, len(found.slots)) == (wanted, 8)
    assert fake.counts() == {"lookup": 1, "release": 1}


@pytest.mark.anyio
async def test_what_came_out_in_a_country_later_came_out_there_too(
    fake: FakeMusicBrainz, remote: FakeRemote, heard: KnownAlbum
) -> None:
    edition(fake, "Night Songs", 1).also["FI"] = "1998-01-01"
    async with asking(settings_of(fake, countries="FI"), remote) as enricher:
        assert which(await enricher.album(heard), fake).country == "GB"
        by_words = await enricher.album(replace(known(edition(fake, "Night Songs")), date=None))
        assert which(by_words, fake).country == "GB"


@pytest.mark.anyio
async def test_bonus_tracks_and_dates_are_heard(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    deluxe = untagged(known(edition(fake, "Night Songs", 3), sound=True))
    assert which(await enricher.album(deluxe), fake).disambiguation == "deluxe edition"
    fake.web.asked.clear()
    vinyl = untagged(known(edition(fake, "Night Songs", 1), sound=True))
    dated = which(await enricher.album(replace(vinyl, date="1997-06-16")), fake)
    assert dated.date == "1997-06-16"
    assert fake.counts()["release"] == 1


@pytest.mark.anyio
@pytest.mark.parametrize("by_sound", [True, False])
async def test_a_record_comes_before_a_collection_of_it(
    fake: FakeMusicBrainz, enricher: MusicBrainz, by_sound: bool
) -> None:
    collection(fake, "Compilation")
    album = known(edition(fake, "Night Songs"), ids=not by_sound, sound=by_sound)
    asked = untagged(album) if by_sound else by_recordings(album)
    assert which(await enricher.album(asked), fake).album.title == "Night Songs"
    assert fake.counts()["release"] == 1


@pytest.mark.anyio
async def test_tags_that_say_collection_mean_one(
    fake: FakeMusicBrainz, enricher: MusicBrainz, heard: KnownAlbum
) -> None:
    wanted = collection(fake, "Compilation")
    found = await enricher.album(replace(heard, compilation=True))
    assert wanted.mbid in {one.ref.partition(":")[2] for one in found if one.score > AUTOMATIC}


@pytest.mark.anyio
async def test_a_bootleg_is_found_out_and_passed_over(
    fake: FakeMusicBrainz, enricher: MusicBrainz, heard: KnownAlbum
) -> None:
    """The sounds do not tell that it is one."""
    group = edition(fake, "Night Songs").album
    songs_ = [slot.song for slot in group.editions[0].discs[0].slots]
    Edition(group, [disc(songs_)], date="1996-01-01", country="IT", status="Bootleg")
    fake.world.add()
    found = which(await enricher.album(heard), fake)
    assert (found.country, found.status) == ("NO", "Official")
    assert fake.counts()["release"] == 2


@pytest.mark.anyio
async def test_one_track_that_is_known_as_another_recording_spoils_nothing(
    fake: FakeMusicBrainz, enricher: MusicBrainz, heard: KnownAlbum
) -> None:
    other = Song("Letters", by(ANN), heard.tracks[5].duration_ms)
    alone = Album("Letters", by(VA), secondary=["Compilation"], first="1999")
    Edition(alone, [Disc([Slot(other)])], date="1999")
    fake.world.add(alone)
    tracks = [*heard.tracks[:5], replace(heard.tracks[5], fingerprint=single(other, sound=True).fingerprint),
              *heard.tracks[6:]]  # fmt: skip
    found = await enricher.album(replace(heard, tracks=tracks))
    assert found[0].fields["album"] == "Night Songs"


@pytest.mark.anyio
async def test_a_song_on_more_releases_than_are_told_with_it(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    """Each of them is on thirty collections of its own that came first."""
    wanted = edition(fake, "Night Songs")
    for slot in wanted.discs[0].slots:
        album = Album(f"Sampler of {slot.title}", by(VA), secondary=["Compilation"])
        for place in range(30):
            Edition(album, [Disc([Slot(slot.song)])], date="1990", country="XW", mbid=mbid(slot.mbid, place))
        fake.world.albums.insert(0, album)
    fake.world.add()
    found = await enricher.album(by_recordings(known(wanted, ids=True)))
    assert which(found, fake).album is wanted.album
    assert fake.counts() == {"recording": 3, "release?": 3, "release": 1}


def test_a_sound_that_somebody_named_comes_before_one_that_nobody_did() -> None:
    nameless = {"id": mbid("a"), "score": 0.95}
    named = {"id": mbid("b"), "score": 0.9, "recordings": [{"id": mbid(1)}]}
    unlike = {"id": mbid("c"), "score": 0.7, "recordings": [{"id": mbid(1)}]}
    assert [found and found.acoustid for found in (sound([nameless, named]), sound([nameless, unlike]))] == [
        mbid("b"), mbid("a"),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_of_recordings_of_a_song_the_one_of_the_record_leads(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    """Somebody added it once more for a collection; by words they fit alike."""
    wanted = next(one for one in fake.world.all_songs() if one.title == "Harbour")
    twin = Song("Harbour", by(ANN), wanted.ms + 400, mbid="00000000-0000-4000-8000-0000000000aa")
    on = Album("Sea Songs", by(VA), secondary=["Compilation"], first="1980")
    Edition(on, [disc([twin, *songs("Waves, Boats", by(VA))])], date="1980", country="NO")
    fake.world.add(on)
    found = await enricher.track(single(wanted))
    assert found[0].ref == f"recording:{wanted.mbid}"
    assert found[0].score - found[1].score > CORES_LEAD
    assert any("preferred among 2" in one.note for one in found[0].reasons)
    assert fake.counts() == {"recording?": 1, "recording": 1}
