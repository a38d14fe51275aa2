"""Of the many files of an item: which are tracks, and which of several to take."""

from typing import Any

import pytest

from mcma_archive.formats import FORMATS, order_of
from mcma_archive.items import Item, read_item
from mcma_archive.tracks import album_item, track_item, track_of, tracks_of
from mcma_plugins import OutsideAudio
from mcma_plugins.testing import item_problems

Fields = dict[str, Any]
MBID = "9d1a1d5e-7a3c-4a5b-9a38-6c5f0c9c6b0a"
ALL = order_of(tuple(FORMATS))


def original(name: str, form: str, **more: Any) -> Fields:
    return {"name": name, "source": "original", "format": form, **more}


def made_of(original: str, name: str, form: str, **more: Any) -> Fields:
    return {"name": name, "source": "derivative", "format": form, "original": original, **more}


def item_of(*files: Any, **about: Any) -> Item:
    document = {"files": list(files), "metadata": {"title": "Songs", "creator": "Ann", **about}}
    found = read_item("songs", document)
    assert found is not None
    return found


def names_of(item: Item, *formats: str) -> list[str]:
    return [one.chosen.name for one in tracks_of(item, order_of(formats) if formats else ALL)]


def test_lossless_as_it_was_uploaded() -> None:
    item = item_of(original("a.flac", "Flac"), made_of("a.flac", "a.mp3", "VBR MP3"),
                   made_of("a.flac", "a.ogg", "Ogg Vorbis"),
                   made_of("a.flac", "a.png", "Spectrogram"))  # fmt: skip
    assert names_of(item) == ["a.flac"]
    assert names_of(item, "vbr mp3", "flac") == ["a.mp3"]
    assert names_of(item, "ogg vorbis") == ["a.ogg"]
    assert names_of(item, "wave") == []


def test_without_a_lossless_one() -> None:
    item = item_of(original("a.mp3", "VBR MP3"), made_of("a.mp3", "a_64kb.mp3", "64Kbps MP3"),
                   made_of("a.mp3", "a.ogg", "Ogg Vorbis"))  # fmt: skip
    assert names_of(item) == ["a.mp3"]


def test_formats_that_nobody_plays_stand_for_what_is_made_of_them() -> None:
    item = item_of(original("a.shn", "Shorten"), made_of("a.shn", "a.flac", "Flac"),
                   made_of("a.flac", "a_vbr.mp3", "VBR MP3"))  # fmt: skip
    assert names_of(item) == ["a.flac"]


def test_the_same_song_uploaded_twice() -> None:
    item = item_of(original("a.mp3", "VBR MP3", title="Song"), original("a.flac", "Flac"))
    assert names_of(item) == ["a.flac"]
    found = tracks_of(item, ALL)[0]
    shown = track_item(item, found, "https://archive.org")
    assert shown is not None and shown.title == "Song", "what one does not say the other may"


def test_folders_are_not_mixed_up() -> None:
    item = item_of(original("cd1/01.flac", "Flac"), original("cd2/01.flac", "Flac"))
    assert names_of(item) == ["cd1/01.flac", "cd2/01.flac"]


def test_circles_of_derivatives_end() -> None:
    item = item_of(made_of("b.mp3", "a.mp3", "VBR MP3"), made_of("a.mp3", "b.mp3", "VBR MP3"),
                   made_of("c.mp3", "c.mp3", "VBR MP3"))  # fmt: skip
    assert len(names_of(item)) >= 1


def test_in_order_when_all_are_numbered() -> None:
    files = [original("b.flac", "Flac", track="2"), original("a.flac", "Flac", track="1", disc="2"),
             original("c.flac", "Flac", track="01/12")]  # fmt: skip
    assert names_of(item_of(*files)) == ["c.flac", "b.flac", "a.flac"]
    assert names_of(item_of(*files, original("d.flac", "Flac"))) == ["b.flac", "a.flac", "c.flac", "d.flac"]


@pytest.mark.parametrize(("name", "title", "number"), [
    ("01 - First Song.flac", "First Song", 1), ("12_Other_Song.flac", "Other Song", 12),
    ("3. Third.flac", "Third", 3), ("99 Songs.flac", "99 Songs", None), ("07 Seventh.flac", "Seventh", 7),
    ("01.flac", "01", None), ("disc/1999.flac", "1999", None), ("Song.flac", "Song", None),
    ("00 Intro.flac", "Intro", None),
])  # fmt: skip
def test_files_without_a_title(name: str, title: str, number: int | None) -> None:
    item = item_of(original(name, "Flac"))
    shown = track_item(item, tracks_of(item, ALL)[0], "https://archive.org")
    assert shown is not None
    assert (shown.title, shown.track_number) == (title, number)


def test_all_that_is_said_of_a_track() -> None:
    codes = ["urn:acoustid:unknown", "urn:isrc:USABC9900001", f"urn:mb_recording_id:{MBID}"]
    file = original("01.flac", "Flac", title=["Song", "x"], creator="Ann; Bob", album="Other", track=1,
                    length=61.25, **{"external-identifier": codes})  # fmt: skip
    item = item_of(file, made_of("01.flac", "01.mp3", "VBR MP3", bitrate="236"), year="1999", date="2001",
                   licenseurl="https://l.example/", uploader="ann@example.org", collection="one")  # fmt: skip
    shown = track_item(item, tracks_of(item, ALL)[0], "https://archive.org")
    assert shown is not None and item_problems(shown, [shown.kind]) == []
    assert (shown.source_id, shown.album_id, shown.title) == ("songs/01.flac", "songs", "Song")
    assert (shown.artists, shown.album, shown.year) == (("Ann", "Bob"), "Other", 1999)
    assert (shown.track_number, shown.duration_ms, shown.isrc) == (1, 61_250, "USABC9900001")
    assert shown.recording_mbid == MBID
    assert shown.audio == OutsideAudio("flac", None, True)
    assert shown.artwork_url == "https://archive.org/services/img/songs"
    assert shown.url == "https://archive.org/details/songs"
    assert shown.extra == {"licence": "https://l.example/", "uploader": "ann"}, "no mail address"
    small = track_of(item, "01.mp3")
    assert small is not None
    other = track_item(item, small, "https://archive.org")
    assert other is not None
    assert (other.title, other.audio) == ("Song", OutsideAudio("mp3", 236, False))


def test_what_is_not_for_everybody() -> None:
    item = item_of(original("a.flac", "Flac", private="true"), made_of("a.flac", "a.mp3", "VBR MP3"))
    assert names_of(item) == ["a.mp3"], "the one that is"
    alone = item_of(original("a.flac", "Flac", private="true"))
    shown = track_item(alone, tracks_of(alone, ALL)[0], "https://archive.org")
    assert shown is not None and not shown.fetchable
    lent = item_of(original("a.mp3", "VBR MP3"), **{"access-restricted-item": "true"})
    shown = track_item(lent, tracks_of(lent, ALL)[0], "https://archive.org")
    assert shown is not None and not shown.fetchable
    assert not album_item(lent, 1, "https://archive.org").fetchable


@pytest.mark.parametrize("document", [
    {}, {"error": "x"}, {"is_dark": True, "metadata": {"title": "x"}},
    {"is_dark": "true", "metadata": {"a": "b"}},
    {"metadata": []}, {"metadata": None, "files": []},
])  # fmt: skip
def test_what_is_not_there(document: object) -> None:
    assert read_item("songs", document) is None


def test_odd_items_are_read_as_far_as_they_can_be() -> None:
    odd: list[Any] = [None, 5, [], {}, {"name": None}, {"name": ["a.mp3"]},
    {"name": "a.mp3", "format": ["VBR MP3"]},
                      {"name": "../b.mp3", "format": "VBR MP3"},
                      {"name": "c.mp3", "format": "VBR MP3", "size": "x",
                       "sha1": "nonsense", "md5": 5, "length": {}, "original": 7,
                       "source": None}]  # fmt: skip
    item = read_item("songs", {"metadata": {"x": "y"}, "files": odd})
    assert item is not None and item.title == "songs"
    shown = [track_item(item, one, "https://archive.org") for one in tracks_of(item, ALL)]
    assert [one and one.source_id for one in shown] == ["songs/a.mp3", None, "songs/c.mp3"]
    assert read_item("songs", {"metadata": {"x": "y"}, "files": "no list"}) is not None
