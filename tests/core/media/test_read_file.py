"""What `read_file` says of well-formed files, format by format."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen import id3
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus

from mcma.domain.facts import CreditFact, FileFacts, Gain, LyricsFact
from mcma.media.tags import read_file
from tests.support.audio import FORMATS, extension, make_audio

RECORDING = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
RELEASE = "11111111-2a4e-4d10-a46a-e9e041da8eb3"
GROUP = "22222222-2a4e-4d10-a46a-e9e041da8eb3"
ARTIST_1 = "33333333-2a4e-4d10-a46a-e9e041da8eb3"
ARTIST_2 = "44444444-2a4e-4d10-a46a-e9e041da8eb3"
RELEASE_TRACK = "55555555-2a4e-4d10-a46a-e9e041da8eb3"
ALBUM_ARTIST = "66666666-2a4e-4d10-a46a-e9e041da8eb3"

FULL: dict[str, object] = {
    "title": "Töne \u201cund\u201d 音",
    "titlesort": "Toene",
    "artist": "AC/DC feat. Björk",
    "artists": ["AC/DC", "Björk"],
    "album": "Back; in / Black",
    "albumsort": "Back",
    "albumartist": "AC/DC",
    "albumartistsort": "ACDC",
    "tracknumber": "3/12",
    "discnumber": "1/2",
    "discsubtitle": "First side",
    "date": "1997-06-16",
    "originaldate": "1980",
    "genre": ["Hard Rock", "R&B/Soul"],
    "composer": ["Young", "Scott"],
    "lyricist": "Bon",
    "conductor": "Karajan",
    "remixer": "Someone",
    "label": "Atlantic",
    "catalognumber": "ATL-1",
    "barcode": "0123456789012",
    "isrc": "us-rc1-76-07839",
    "bpm": 120,
    "compilation": True,
    "comment": "A comment",
    "lyrics": "La la\nlu",
    "mood": "Happy",
    "grouping": "Live",
    "media": "CD",
    "language": "eng",
    "releasetype": ["album", "live"],
    "replaygain_track_gain": "-6.54 dB",
    "replaygain_track_peak": "0.988",
    "replaygain_album_gain": "+1.5 dB",
    "replaygain_album_peak": "1.01",
    "musicbrainz_trackid": RECORDING,
    "musicbrainz_releasetrackid": RELEASE_TRACK,
    "musicbrainz_albumid": RELEASE,
    "musicbrainz_releasegroupid": GROUP,
    "musicbrainz_artistid": [ARTIST_1, ARTIST_2.upper()],
    "musicbrainz_albumartistid": ALBUM_ARTIST,
}

AUDIO = {
    "mp3": ("mp3", "mp3", None, False),
    "flac": ("flac", "flac", 16, True),
    "ogg": ("ogg", "vorbis", None, False),
    "opus": ("ogg", "opus", None, False),
    "oga": ("ogg", "flac", 16, True),
    "m4a": ("mp4", "aac", None, False),
    "alac": ("mp4", "alac", 16, True),
    "wav": ("wav", "pcm", 16, True),
    "aiff": ("aiff", "pcm", 16, True),
    "wv": ("wavpack", "wavpack", 16, True),
    "wma": ("asf", "wma", None, False),
    "dsf": ("dsf", "dsd", 1, True),
    "ape": ("ape", "ape", 16, True),
    "mpc": ("mpc", "mpc", None, False),
}

EXPECTED: dict[str, object] = {
    "title": FULL["title"],
    "sort_title": "Toene",
    "artists": (
        CreditFact("AC/DC", "artist", mbid=ARTIST_1),
        CreditFact("Björk", "artist", mbid=ARTIST_2),
    ),
    "artist_display": "AC/DC feat. Björk",
    "album": "Back; in / Black",
    "sort_album": "Back",
    "album_artists": (CreditFact("AC/DC", "artist", "ACDC", ALBUM_ARTIST),),
    "album_artist_display": None,
    "track": 3,
    "track_total": 12,
    "disc": 1,
    "disc_total": 2,
    "disc_title": "First side",
    "date": "1997-06-16",
    "original_date": "1980",
    "compilation": True,
    "genres": ("Hard Rock", "R&B/Soul"),
    "moods": ("Happy",),
    "groupings": ("Live",),
    "labels": ("Atlantic",),
    "catalog_numbers": ("ATL-1",),
    "barcode": "0123456789012",
    "media": "CD",
    "language": "eng",
    "release_types": ("album", "live"),
    "isrcs": ("USRC17607839",),
    "bpm": 120.0,
    "comment": "A comment",
    "recording_mbid": RECORDING,
    "release_track_mbid": RELEASE_TRACK,
    "release_mbid": RELEASE,
    "release_group_mbid": GROUP,
    "gain": Gain(-6.54, 0.988, 1.5, 1.01),
    "from_name": (),
}


def read(path: Path, **options: object) -> FileFacts:
    facts = read_file(os.fsencode(path), **options)  # type: ignore[arg-type]
    assert isinstance(facts, FileFacts), facts
    return facts


@pytest.mark.parametrize("fmt", FORMATS)
def test_audio_properties(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"a{extension(fmt)}", fmt=fmt)
    audio = read(path).audio
    assert (audio.container, audio.codec, audio.bit_depth, audio.lossless) == AUDIO[fmt]
    assert 950 <= audio.duration_ms <= 1_060
    assert audio.channels == 2
    assert audio.sample_rate_hz == {"opus": 48_000, "dsf": 2_822_400}.get(fmt, 44_100)
    assert abs(audio.bit_rate_kbps - path.stat().st_size * 8 / audio.duration_ms) < 80


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("field", EXPECTED)
def test_every_field_of_every_format(fmt: str, field: str, full: Callable[[str], FileFacts]) -> None:
    assert getattr(full(fmt).tags, field) == EXPECTED[field]


@pytest.mark.parametrize("fmt", FORMATS)
def test_credits_and_lyrics(fmt: str, full: Callable[[str], FileFacts]) -> None:
    tags = full(fmt).tags
    roles = {(credit.role, credit.name) for credit in tags.credits}
    assert roles == {
        ("composer", "Young"),
        ("composer", "Scott"),
        ("lyricist", "Bon"),
        ("conductor", "Karajan"),
        ("remixer", "Someone"),
    }
    lang = "eng" if fmt in ("mp3", "wav", "aiff", "dsf") else "und"
    assert tags.lyrics == (LyricsFact(lang, "La la\nlu"),)


@pytest.mark.parametrize("fmt", FORMATS)
def test_file_identity(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a", fmt=fmt)
    facts, info = read(path), path.stat()
    assert (facts.size, facts.mtime_ns, facts.inode) == (info.st_size, info.st_mtime_ns, info.st_ino)
    assert len(facts.audio_hash) == 16
    assert pickle.loads(pickle.dumps(facts)) == facts


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FileFacts]:
    folder = tmp_path_factory.mktemp("full")
    known: dict[str, FileFacts] = {}

    def read_full(fmt: str) -> FileFacts:
        if fmt not in known:
            known[fmt] = read(make_audio(folder / f"x{extension(fmt)}", fmt=fmt, tags=FULL))
        return known[fmt]

    return read_full


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt not in ("m4a", "alac")])
def test_several_artists_in_the_single_tag(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x", fmt=fmt, tags={"artist": ["Simon", "Garfunkel"]})
    tags = read(path).tags
    assert [artist.name for artist in tags.artists] == ["Simon", "Garfunkel"]
    assert tags.artist_display is None


def write_id3(path: Path, *frames: object, version: int = 4) -> Path:
    make_audio(path)
    tags: Any = MP3(path)  # type: ignore[no-untyped-call]
    tags.add_tags()
    for frame in frames:
        tags.tags.add(frame)
    if version == 3:
        tags.tags.update_to_v23()
    tags.save(v2_version=version)
    return path


def frame(name: str, *values: str, encoding: int = 3, **options: object) -> object:
    return getattr(id3, name)(encoding=encoding, text=list(values), **options)


@pytest.mark.parametrize("encoding", [0, 1, 2, 3])
def test_id3_text_encodings(encoding: int, tmp_path: Path) -> None:
    text = "Café" if encoding == 0 else "Café 音"
    path = write_id3(tmp_path / "x.mp3", frame("TIT2", text, "second", encoding=encoding))
    assert read(path).tags.title == text


@pytest.mark.parametrize(
    ("version", "values", "genres"),
    [
        (3, ["Rock/Pop; Folk"], ("Rock", "Pop", "Folk")),
        (4, ["R&B/Soul", "Folk; Pop"], ("R&B/Soul", "Folk", "Pop")),
        (4, ["17", "(4)"], ("Rock", "Disco")),
        (3, ["(17)(4)Eurodisco"], ("Rock", "Disco", "Eurodisco")),
        (4, ["RX", "250"], ("Remix",)),
    ],
)
def test_id3_genres(version: int, values: list[str], genres: tuple[str, ...], tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.mp3")
    body = b"\x03" + "\0".join(values).encode()
    size = len(body) + 10
    head = b"ID3" + bytes([version, 0, 0, 0, 0, size >> 7, size & 127])
    path.write_bytes(head + b"TCON" + len(body).to_bytes(4, "big") + b"\0\0" + body + path.read_bytes())
    assert read(path).tags.genres == genres


def test_id3v23_date_and_names_with_slashes(tmp_path: Path) -> None:
    path = write_id3(tmp_path / "x.mp3", frame("TPE1", "AC/DC"), frame("TDRC", "1997-06-16"), version=3)
    tags = read(path).tags
    assert ([artist.name for artist in tags.artists], tags.date) == (["AC/DC"], "1997-06-16")


def test_id3_people_lists_and_instruments(tmp_path: Path) -> None:
    people = [["producer", "Ann"], ["mix", "Bob"], ["engineer", "Cy"], ["arranger", "Di"]]
    path = write_id3(
        tmp_path / "x.mp3",
        id3.TIPL(encoding=3, people=people),  # type: ignore[no-untyped-call]
        id3.TMCL(encoding=3, people=[["guitar", "Eve"]]),  # type: ignore[no-untyped-call]
    )
    assert set(read(path).tags.credits) == {
        CreditFact("Ann", "producer"),
        CreditFact("Bob", "mixer"),
        CreditFact("Cy", "engineer"),
        CreditFact("Di", "arranger"),
        CreditFact("Eve", "performer", detail="guitar"),
    }


def test_performer_with_instrument_in_comments(tmp_path: Path) -> None:
    tags = {"performer": ["Eve (bass guitar)", "Choir"], "producer": "Ann", "djmixer": "Bob"}
    credits_ = read(make_audio(tmp_path / "x.flac", fmt="flac", tags=tags)).tags.credits
    assert set(credits_) == {
        CreditFact("Eve", "performer", detail="bass guitar"),
        CreditFact("Choir", "performer"),
        CreditFact("Ann", "producer"),
        CreditFact("Bob", "mixer"),
    }


def test_synced_lyrics_frame(tmp_path: Path) -> None:
    lines = [("One", 1_500), ("Two", 61_250)]
    sylt = id3.SYLT(encoding=1, lang="deu", format=2, type=1, desc="d", text=lines)  # type: ignore[no-untyped-call]
    assert read(write_id3(tmp_path / "x.mp3", sylt)).tags.lyrics == (
        LyricsFact("deu", "One\nTwo", ((1_500, "One"), (61_250, "Two"))),
    )


def test_itunes_comments_are_no_comment(tmp_path: Path) -> None:
    path = write_id3(
        tmp_path / "x.mp3",
        frame("COMM", "000 0001", lang="eng", desc="iTunNORM"),
        frame("COMM", "Mine", lang="eng", desc=""),
    )
    assert read(path).tags.comment == "Mine"


def test_id3v1_alone(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.mp3")
    fields = [b"Title", b"Artist", b"Album"]
    tag = b"TAG" + b"".join(field.ljust(30, b"\0") for field in fields) + b"1999"
    path.write_bytes(path.read_bytes() + tag + b"note".ljust(28, b"\0") + bytes([0, 7, 17]))
    tags = read(path).tags
    assert (tags.title, tags.album, tags.date, tags.track, tags.genres) == (
        "Title",
        "Album",
        "1999",
        7,
        ("Rock",),
    )


def test_id3v22(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.mp3")
    body = b"".join(
        name + len(value).to_bytes(3, "big") + value
        for name, value in [(b"TT2", b"\0Old"), (b"TP1", b"\0One"), (b"TRK", b"\x004/9")]
    )
    path.write_bytes(b"ID3\x02\0\0\0\0\0" + bytes([len(body)]) + body + path.read_bytes())
    tags = read(path).tags
    assert (tags.title, tags.artists[0].name, tags.track, tags.track_total) == ("Old", "One", 4, 9)


def test_opus_r128_becomes_replaygain(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.opus", fmt="opus", tags={"R128_TRACK_GAIN": -512, "r128_album_gain": 256})
    assert read(path).tags.gain == Gain(track_gain_db=3.0, album_gain_db=6.0)


def test_keys_in_any_case(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.ogg", fmt="ogg", tags={"TiTlE": "T", "ALBUM ARTIST": "A"})
    tags = read(path).tags
    assert (tags.title, [artist.name for artist in tags.album_artists]) == ("T", ["A"])


@pytest.mark.parametrize(("code", "explicit"), [(1, True), (4, True), (2, False), (0, None)])
def test_explicit(code: int, explicit: bool | None, tmp_path: Path) -> None:
    assert read(make_audio(tmp_path / "x.m4a", fmt="m4a", tags={"rtng": code})).tags.explicit is explicit


def test_ids_that_do_not_pair_are_dropped(tmp_path: Path) -> None:
    ids = {"artist": "A feat. B", "musicbrainz_artistid": [ARTIST_1, ARTIST_2], "musicbrainz_albumid": "x"}
    tags = read(make_audio(tmp_path / "x.flac", fmt="flac", tags=ids)).tags
    assert tags.artists == (CreditFact("A feat. B", "artist"),)
    assert tags.release_mbid is None


def test_hostile_text_is_cleaned(tmp_path: Path) -> None:
    tags: dict[str, object] = {"title": "  a\x00b\x07c\nd ", "artist": "x" * 3_000, "album": "\x00 \x01"}
    facts = read(make_audio(tmp_path / "x.flac", fmt="flac", tags=tags)).tags
    assert facts.title == "abc d"
    assert facts.artists[0].name == "x" * 1_000
    assert facts.album is None


def test_sidecar_lyrics_win(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Song.mp3", tags={"lyrics": "embedded"})
    (tmp_path / "song.LRC").write_text("[00:01.00]beside")
    assert read(path).tags.lyrics[0].source == "embedded"
    found = read(path, sidecars=[b"other.lrc", b"song.LRC"]).tags.lyrics
    assert found == (LyricsFact("und", "beside", ((1_000, "beside"),), "sidecar"),)


def test_untagged_file_is_named_by_its_path(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Some Artist" / "An Album (1999)" / "07 - The Title.mp3")
    tags = read(path, root=os.fsencode(tmp_path)).tags
    assert (tags.title, tags.album, tags.track) == ("The Title", "An Album", 7)
    assert [artist.name for artist in tags.artists] == ["Some Artist"]
    assert set(tags.from_name) == {"title", "album", "track", "artists"}


def test_tags_beat_the_name(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "A" / "B" / "07 - Wrong.mp3", tags={"title": "Right", "artist": "Me"})
    tags = read(path).tags
    assert (tags.title, tags.track, tags.album, tags.from_name) == ("Right", None, None, ())


def test_multiplexed_opus_comment_is_read_whole(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.opus", fmt="opus")
    file = OggOpus(path)  # type: ignore[no-untyped-call]
    file["comment"], file["title"] = "c" * 200_000, "behind it"
    file.save()
    assert read(path).tags.title == "behind it"
