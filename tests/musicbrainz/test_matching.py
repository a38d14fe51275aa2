"""Which of several it is: editions, twins, other scripts, parts of an album; and what is not believed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import Candidate, KnownAlbum, KnownCredit
from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_world import Edition, mbid

pytestmark = pytest.mark.anyio
AUTOMATIC, REVIEW = 0.90, 0.50


def edition(fake: FakeMusicBrainz, title: str, place: int = 0) -> Edition:
    return next(one for one in fake.world.albums if one.title == title).editions[place]


def which(found: Sequence[Candidate], fake: FakeMusicBrainz) -> list[str]:
    """Country and date of each."""
    editions = {one.mbid: one for one in fake.world.editions}
    shown = (editions[each.ref.partition(":")[2]] for each in found)
    return [f"{one.country} {one.date[:4]}" for one in shown]


def undated(one: Edition) -> KnownAlbum:
    """Without what tells one pressing from another."""
    album = known(one)
    return replace(album, date=None, tracks=[replace(track, date=None) for track in album.tracks])


async def test_of_editions_that_are_alike_the_earliest_leads(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    for place in (1, 0, 2):
        found = await enricher.album(undated(edition(fake, "Night Songs", place)))
        assert which(found, fake)[0] == "NO 1997"
        assert found[0].score > AUTOMATIC


async def test_countries_somebody_prefers_lead_and_it_is_said(
    fake: FakeMusicBrainz, remote: FakeRemote
) -> None:
    album = undated(edition(fake, "Night Songs"))
    async with asking(settings_of(fake, countries="US, GB"), remote) as enricher:
        found = await enricher.album(album)
    assert which(found, fake)[0] == "US 1997"
    assert found[0].score > AUTOMATIC
    if len(found) > 1:
        assert found[0].score - found[1].score >= 0.05


async def test_the_date_in_the_tags_is_heard(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    found = await enricher.album(known(edition(fake, "Night Songs", 1)))
    assert which(found, fake)[0] == "GB 1997"


async def test_bonus_tracks_and_discs_tell_editions_apart(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    for place, wanted in ((3, "XE 2007"), (4, "DE 1997")):
        album = replace(known(edition(fake, "Night Songs", place)), date=None)
        found = await enricher.album(album)
        assert which(found, fake)[0] == wanted
        assert found[0].score > AUTOMATIC


async def test_a_bootleg_is_nobodys_first_choice(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    group = edition(fake, "Night Songs").album
    found = await enricher.album(
        replace(undated(group.editions[5]), ids={"mbid.release_group": [group.mbid]})
    )
    assert found[0].ref != f"release:{group.editions[5].mbid}"


async def test_the_concert_is_not_the_record(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Tagged without `(live)`, as many are: lengths and the album's name tell."""
    concert = known(edition(fake, "Night Songs Live"))
    plain = [replace(one, title=one.title.removesuffix(" (live)")) for one in concert.tracks]
    found = await enricher.album(replace(concert, tracks=plain))
    assert found[0].ref == f"release:{edition(fake, 'Night Songs Live').mbid}"
    record = known(edition(fake, "Night Songs"))
    assert (await enricher.album(record))[0].fields["album"] == "Night Songs"
    longer = [replace(one, duration_ms=one.duration_ms + 60_000) for one in record.tracks]
    assert (await enricher.album(replace(record, tracks=longer)))[0].score < AUTOMATIC


async def test_letters_of_another_script(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "Группа крови")
    titles = ["Gruppa krovi", "Zakroi za mnoi dver", "Voina", "Spokoinaya noch"]
    album = known(wanted)
    tracks = [
        replace(one, title=title, artists=[KnownCredit("Kino")])
        for one, title in zip(album.tracks, titles, strict=True)
    ]
    found = await enricher.album(
        replace(album, title="Gruppa krovi", artists=[KnownCredit("Kino")], tracks=tracks)
    )
    assert found[0].ref == f"release:{wanted.mbid}", "not the one that only spells it otherwise"
    assert found[0].score > AUTOMATIC
    assert len(found[0].tracks) == 4


async def test_three_of_a_box(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "The Whole Box")
    album = known(wanted)
    found = await enricher.album(replace(album, tracks=[album.tracks[one] for one in (1, 6, 12)]))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert found[0].score > AUTOMATIC
    assert [said["disc"] for said in found[0].tracks.values()] == [1, 2, 3]


async def test_wrong_numbers_do_not_move_songs(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "Night Songs")
    album = known(wanted)
    turned = [replace(one, track=9 - (one.track or 0)) for one in album.tracks]
    found = await enricher.album(replace(album, tracks=turned))
    songs = [slot.song.mbid for slot in wanted.discs[0].slots]
    assert [found[0].tracks[one.id]["recording_mbid"] for one in album.tracks] == songs
    assert [found[0].tracks[one.id]["track"] for one in album.tracks] == [*range(1, 9)]


async def test_what_is_of_somebody_else_is_left_out(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    album = known(edition(fake, "Night Songs"))
    stray = replace(known(edition(fake, "Symphony no. 2")).tracks[0], album="Night Songs")
    found = await enricher.album(replace(album, tracks=[*album.tracks, stray]))
    assert found[0].fields["album"] == "Night Songs"
    assert stray.id not in found[0].tracks


async def test_an_id_in_the_tags_that_is_of_something_else_is_not_believed(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted, other = edition(fake, "Night Songs"), edition(fake, "The Whole Box")
    found = await enricher.album(replace(known(wanted), ids={"mbid.release": [other.mbid]}))
    assert found[0].fields["album"] == "Night Songs"
    assert all(one.score < REVIEW for one in found if one.ref == f"release:{other.mbid}")


async def test_ids_that_are_gone_fall_back_to_words(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "The Whole Box")
    gone = {"mbid.release": [mbid("gone"), "no id"], "mbid.release_group": [mbid("gone")]}
    found = await enricher.album(replace(known(wanted), ids=gone))
    assert found[0].ref == f"release:{wanted.mbid}"


async def test_an_album_by_its_recordings(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    wanted = edition(fake, "The Whole Box")
    album = known(wanted, ids=True)
    tracks = [
        replace(one, ids={"mbid.recording": one.ids["mbid.recording"]}, title="?") for one in album.tracks
    ]
    found = await enricher.album(replace(album, title="Nameless", ids={}, tracks=tracks))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert fake.counts()["recording"] <= 3


async def test_the_same_songs_by_others_are_not_believed(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    album = known(edition(fake, "Night Songs"))
    who = [KnownCredit("The Night Choir")]
    sung = [replace(one, artists=who, duration_ms=one.duration_ms + 20_000) for one in album.tracks]
    for title in ("Night Songs", "We Sing Ann Ash"):
        found = await enricher.album(replace(album, title=title, artists=who, tracks=sung))
        assert all(one.score < AUTOMATIC for one in found)


@pytest.mark.parametrize("count", [0, 1])
async def test_albums_of_next_to_nothing(fake: FakeMusicBrainz, enricher: MusicBrainz, count: int) -> None:
    album = known(edition(fake, "Night Songs"))
    assert isinstance(await enricher.album(replace(album, tracks=album.tracks[:count])), list)


async def test_letters_are_searched_for_as_they_are(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Nobody spells it otherwise, not even an alias."""
    wanted = edition(fake, "Группа крови")
    wanted.aliases, wanted.album.aliases = [], []
    del wanted.album.editions[1]
    found = await enricher.album(known(wanted))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert fake.counts() == {"release?": 1, "release": 1}


async def test_a_best_of_one_artist_with_the_flag_of_compilations(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    wanted = edition(fake, "The Whole Box")
    found = await enricher.album(replace(known(wanted), compilation=True))
    assert found[0].ref == f"release:{wanted.mbid}"
    assert found[0].score > AUTOMATIC


@pytest.mark.parametrize("nobody", [(), (KnownCredit("Unknown Artist"),)])
async def test_an_album_by_nobody(
    fake: FakeMusicBrainz, enricher: MusicBrainz, nobody: Sequence[KnownCredit]
) -> None:
    """`Unknown Artist` is no other artist than the one it is by."""
    album = known(edition(fake, "Night Songs"))
    tracks = [replace(one, artists=nobody, album_artists=nobody) for one in album.tracks]
    found = await enricher.album(replace(album, artists=nobody, tracks=tracks))
    assert found[0].fields["album"] == "Night Songs"
    assert found[0].score > AUTOMATIC
