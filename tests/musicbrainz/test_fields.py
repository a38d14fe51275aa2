"""What is said of tracks, albums and artists, field by field, in the contract's words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import Candidate
from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import FakeMusicBrainz, asking, settings_of
from tests.support.musicbrainz_known import known, single
from tests.support.musicbrainz_places import ANN, BOB, COMPOSER, CONDUCTOR, KINO, ORCHESTRA, SOLOIST, WRITER
from tests.support.musicbrainz_world import VARIOUS, Disc, Edition, Slot, Song, mbid

pytestmark = pytest.mark.anyio


def edition(fake: FakeMusicBrainz, title: str, place: int = 0) -> Edition:
    return next(one for one in fake.world.albums if one.title == title).editions[place]


async def said(enricher: MusicBrainz, one: Edition) -> Candidate:
    found = (await enricher.album(known(one, ids=True)))[0]
    assert found.ref == f"release:{one.mbid}"
    return found


def tracks(found: Candidate, one: Edition) -> list[Mapping[str, Any]]:
    return [found.tracks[track.id] for track in known(one).tracks]


async def test_an_album(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Night Songs")
    found = await said(enricher, one)
    assert found.fields == {
        "album": "Night Songs",
        "album_artists": [{"name": "Ann Ash", "mbid": ANN.mbid, "sort_name": "Ash, Ann"}],
        "date": "1997-03-01",
        "original_date": "1997-03-01",
        "labels": ["Fjord Records"],
        "catalog_numbers": ["FJ 101"],
        "label_info": [
            {"name": "Fjord Records", "catalog_number": "FJ 101", "mbid": mbid("label", "Fjord Records")}
        ],
        "barcode": "7035538880011",
        "release_types": ["album"],
        "genres": ["folk", "singer-songwriter"],
        "disc_total": 1,
        "release_mbid": one.mbid,
        "release_group_mbid": one.album.mbid,
    }
    assert found.link == f"https://musicbrainz.org/release/{one.mbid}"
    assert (
        found.title == "Ann Ash – Night Songs (1997-03-01, NO, CD, 8 tracks, Fjord Records FJ 101, Official)"
    )


async def test_a_track_and_who_made_it(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Night Songs")
    first, second, *_ = tracks(await said(enricher, one), one)
    slot = one.discs[0].slots[0]
    assert first == {
        "title": "First Light",
        "artists": [{"name": "Ann Ash", "mbid": ANN.mbid, "sort_name": "Ash, Ann"}],
        "track": 1,
        "track_total": 8,
        "disc": 1,
        "media": "CD",
        "recording_mbid": slot.song.mbid,
        "release_track_mbid": slot.mbid,
        "isrcs": ["NOABC9700001"],
        "genres": ["folk", "ambient"],
    }
    assert (second["work"], second["language"]) == ("Slow Train", "eng")
    assert [(one["role"], one["name"], one.get("detail")) for one in second["credits"]] == [
        ("composer", ANN.name, None),
        ("lyricist", WRITER.name, None),
        ("producer", BOB.name, None),
        ("performer", WRITER.name, "cello"),
        ("performer", ANN.name, "lead vocals"),
    ]
    assert second["credits"][1] == {
        "name": "Lyn Word", "mbid": WRITER.mbid, "sort_name": "Word, Lyn", "role": "lyricist",
    }  # fmt: skip


async def test_a_box_with_something_hidden_and_a_film(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "The Whole Box")
    found = await said(enricher, one)
    rows = tracks(found, one)
    assert found.fields["disc_total"] == 3
    assert [(row["disc"], row["track"], row["track_total"]) for row in rows[4:7]] == [
        (1, 5, 5),
        (2, 1, 5),
        (2, 2, 5),
    ]
    assert {row["disc_title"] for row in rows} == {"Early Years", "Middle Years", "Late Years"}
    assert next(each for each in found.reasons if each.field == "complete").score == 1.0, (
        "nobody misses those"
    )


async def test_a_compilation_and_a_guest(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Hits of the Year")
    found = await said(enricher, one)
    assert found.fields["compilation"] is True
    assert found.fields["album_artists"][0]["mbid"] == VARIOUS
    assert found.fields["release_types"] == ["album", "compilation"]
    assert tracks(found, one)[2]["artists"] == [
        {"name": "Ann Ash", "mbid": ANN.mbid, "sort_name": "Ash, Ann", "join": " feat. "},
        {"name": "The Bobs", "mbid": BOB.mbid, "sort_name": "Bobs, The"},
    ]
    assert {ANN.mbid, BOB.mbid, KINO.mbid, VARIOUS} == {*found.artists}
    assert found.artists[BOB.mbid]["type"] == "group"


async def test_classical_music(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Symphony no. 2")
    found = await said(enricher, one)
    first = tracks(found, one)[0]
    assert "".join(each["name"] + each.get("join", "") for each in found.fields["album_artists"]) == (
        "Clara Klang; Oslo Orchestra, Cy Conduct"
    )
    assert [each["mbid"] for each in first["artists"]] == [COMPOSER.mbid]
    assert [(each["role"], each["mbid"], each.get("detail")) for each in first["credits"]] == [
        ("composer", COMPOSER.mbid, None),
        ("performer", ORCHESTRA.mbid, "orchestra"),
        ("conductor", CONDUCTOR.mbid, None),
        ("performer", SOLOIST.mbid, "violin"),
    ]
    assert first["work"] == "Symphony no. 2 in D major, op. 7: I. Allegro"
    assert "language" not in first, "nobody sings"


@pytest.mark.parametrize(("locales", "name"), [("", "Кино"), ("en", "Kino"), ("ja, hu, en", "Kinó")])
async def test_names_in_a_language_somebody_prefers(
    fake: FakeMusicBrainz, remote: FakeRemote, locales: str, name: str
) -> None:
    one = edition(fake, "Группа крови")
    async with asking(settings_of(fake, locales=locales), remote) as enricher:
        found = await said(enricher, one)
    assert found.fields["album"] == "Группа крови"
    assert found.fields["album_artists"][0]["name"] == name
    about = found.artists[KINO.mbid]
    assert (about["name"], about["mbid"], about["type"]) == (name, KINO.mbid, "group")
    assert {"Kino", "Kinó"} <= {each["name"] for each in about["aliases"]}


@pytest.mark.parametrize(("alias", "name"), [
    (("Clara K.", "K., Clara", "en_GB", True), "Clara K."),
    (("Clara K.", "K., Clara", "en_Shaw", True), "Clara Klang"),
])  # fmt: skip
async def test_names_that_are_on_no_record(
    fake: FakeMusicBrainz, remote: FakeRemote, monkeypatch: pytest.MonkeyPatch,
    alias: tuple[str, str, str, bool], name: str,
) -> None:  # fmt: skip
    """A legal name or a former one is an alias in English like others; English of a country is English."""
    monkeypatch.setattr(COMPOSER, "legal", "Clara Maria Klang-Schmidt")
    monkeypatch.setattr(COMPOSER, "former", "Little Clara")
    monkeypatch.setattr(COMPOSER, "aliases", [alias])
    async with asking(settings_of(fake, locales="en"), remote) as enricher:
        found = await said(enricher, edition(fake, "Symphony no. 2"))
    assert found.fields["album_artists"][0]["name"] == name


async def test_a_concert_film_beside_a_record(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Nobody misses it, whatever its tracks are called."""
    one = edition(fake, "Hits of the Year")
    films = [Slot(Song(f"{slot.title} on stage", slot.credit, 300_000)) for slot in one.discs[0].slots]
    old = Slot(Song("[data track]", one.credit, 60_000))
    both = Edition(one.album, [Disc([*one.discs[0].slots, old]), Disc(films, "DVD-Video")], mbid=mbid("both"))
    fake.world.add()
    mine = known(one, ids=True)
    heard = [replace(track, disc_total=1) for track in mine.tracks]
    found = (await enricher.album(replace(mine, ids={"mbid.release": [both.mbid]}, tracks=heard)))[0]
    assert found.ref == f"release:{both.mbid}"
    assert {one.field: one.score for one in found.reasons}["complete"] == 1.0
    assert {one.field: one.score for one in found.reasons}["media"] == 1.0
    assert {row["track_total"] for row in found.tracks.values()} == {4}


async def test_no_label_is_none(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Night Songs")
    one.labels = [("[no label]", "[none]")]
    assert not {"labels", "label_info"} & (await said(enricher, one)).fields.keys()


async def test_ids_of_recordings_that_were_merged_speak_for_them(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    one = edition(fake, "Hits of the Year")
    former = {slot.song.mbid: mbid("former", slot.song.mbid) for slot in one.discs[0].slots}
    fake.world.merged |= {before: now for now, before in former.items()}
    track = single(one.discs[0].slots[0].song, ids=True)
    found = await enricher.track(
        replace(track, ids={"mbid.recording": [mbid("former", *track.ids["mbid.recording"])]})
    )
    assert found[0].score > 0.95
    assert found[0].tracks[track.id]["recording_mbid"] == one.discs[0].slots[0].song.mbid
    album = known(one, ids=True)
    tracks = [
        replace(one, ids={"mbid.recording": [former[one.ids["mbid.recording"][0]]]}) for one in album.tracks
    ]
    by_recordings = await enricher.album(replace(album, title="", ids={}, tracks=tracks))
    assert by_recordings[0].score > 0.9


async def test_an_album_whose_id_was_merged(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    one = edition(fake, "Hits of the Year")
    fake.world.merged[mbid("group")] = one.album.mbid
    found = await enricher.album(replace(known(one), ids={"mbid.release_group": [mbid("group")]}))
    assert {one.field: one.score for one in found[0].reasons}["release_group_mbid"] == 1.0
    moved = {"mbid.release": [one.mbid], "mbid.release_group": [mbid("the album it was of")]}
    found = await enricher.album(replace(known(one), ids=moved))
    assert "release_group_mbid" not in {one.field for one in found[0].reasons}


async def test_labels_with_their_ids_and_numbers(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Two numbers of one label, and a label without any."""
    one = edition(fake, "Night Songs")
    one.labels = [("Fjord", "FJ 1"), ("Fjord", "FJ 2"), ("Strand", "")]
    found = (await said(enricher, one)).fields
    assert (found["labels"], found["catalog_numbers"]) == (["Fjord", "Strand"], ["FJ 1", "FJ 2"])
    assert [(each["name"], each.get("catalog_number")) for each in found["label_info"]] == [
        ("Fjord", "FJ 1"), ("Fjord", "FJ 2"), ("Strand", None),
    ]  # fmt: skip
    assert {each["mbid"] for each in found["label_info"]} == {mbid("label", "Fjord"), mbid("label", "Strand")}


@pytest.mark.parametrize("alone", [True, False])
async def test_what_it_is_a_remix_of(fake: FakeMusicBrainz, enricher: MusicBrainz, alone: bool) -> None:
    """What was made of a song says nothing of the song."""
    one = edition(fake, "Night Songs", 3)
    original, mix = (next(slot.song for slot in one.discs[0].slots if slot.title == title)
                     for title in ("Harbour", "Harbour (Blue Mix)"))  # fmt: skip
    mix.remix_of, original.remixes = original, [mix]
    if alone:
        [first, second] = [(await enricher.track(single(each, ids=True)))[0] for each in (mix, original)]
        rows = [first.tracks[single(mix).id], second.tracks[single(original).id]]
    else:
        found = await said(enricher, one)
        by_title = {row["title"]: row for row in found.tracks.values()}
        rows = [by_title["Harbour (Blue Mix)"], by_title["Harbour"]]
    assert (rows[0]["remix_of"], rows[0]["remix_of_mbid"]) == ("Harbour", original.mbid)
    assert "remix_of" not in rows[1]
