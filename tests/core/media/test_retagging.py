"""Tags written into files of every kind: read back as they were meant, all else as it was, and taken back."""

import hashlib
import os
from collections.abc import Collection
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.mp3 import MP3

from mcma.domain.facts import CreditFact, FileFacts, TagFacts
from mcma.domain.tagfields import KEYS
from mcma.media._source import Source
from mcma.media.retagging import restoring
from mcma.media.retagging.change import Change, Cover, Unwritable
from mcma.media.retagging.id3 import in_chunk
from mcma.media.retagging.meaning import as_written
from mcma.media.retagging.restoring import restore
from mcma.media.retagging.writing import Rewritten, rewrite
from mcma.media.tags import read_file, read_picture
from tests.core.media.test_read_file import FULL, read
from tests.support.audio import FORMATS, extension, make_audio

id3: Any = import_module("mutagen.id3")

MBID = "0383dadf-2a4e-4d10-a46a-e9e041da8eb{}"
TEXTS = [name for name in KEYS if name not in ("artwork", "lyrics")]
ALL = TagFacts(
    title="Neu é 音", sort_title="Neu", artists=(
        CreditFact("A", "artist", "a", MBID.format(1)), CreditFact("B/C", "artist", "b", MBID.format(2))),
    artist_display="A feat. B/C", album="Alb", sort_album="Al", album_version="Deluxe",
    album_artists=(CreditFact("A", "artist"), CreditFact("D", "artist")),
    credits=(
        CreditFact("Comp", "composer", "C, omp", MBID.format(3)), CreditFact("W", "writer"),
        CreditFact("P", "producer"), CreditFact("E", "engineer"), CreditFact("M", "mixer"),
        CreditFact("G", "performer", detail="guitar"), CreditFact("H", "performer")),
    track=4, track_total=13, disc=2, disc_total=3, disc_title="Second", date="2001-05",
    original_date="1999-12-31", genres=("R&B/Soul", "17"), moods=("Sad", "slow"), groupings=("g",),
    labels=("L1", "L2"), catalog_numbers=("C1",), barcode="1", media="Vinyl", release_types=("ep",),
    isrcs=("USRC17607830",), bpm=99.5, comment="Line\nTwo", language="deu", explicit=True,
    recording_mbid=MBID.format(4), release_track_mbid=MBID.format(5), release_mbid=MBID.format(6),
    release_group_mbid=MBID.format(7), work="W", movement="M", acoustid=MBID.format(8),
)  # fmt: skip
"""One of everything; each field other than in `FULL`."""


def written(path: Path, wanted: TagFacts, names: Collection[str], cover: Cover | None = None) -> Rewritten:
    done = rewrite(bytes(path), bytes(path) + b".new", wanted, names, cover)
    assert done is not None
    return done


def new_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def as_it_was(path: Path, done: Rewritten) -> bytes:
    target = path.with_name("restored")
    restore(bytes(new_of(path)), done.backup, bytes(target))
    data = target.read_bytes()
    target.unlink()
    return data


def plain(tags: TagFacts) -> dict[str, Any]:
    return {part.name: getattr(tags, part.name) for part in fields(tags)}


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_field_of_every_format_is_read_as_it_was_written(fmt: str, tmp_path: Path, jpeg: bytes) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, tags=FULL, cover=jpeg)
    before, content = read(path), path.read_bytes()
    done = written(path, ALL, TEXTS)
    after = read(new_of(path))
    meant = replace(ALL, lyrics=before.tags.lyrics, gain=before.tags.gain)
    assert plain(after.tags) == plain(meant)
    assert (after.audio_hash, after.picture) == (before.audio_hash, before.picture)
    assert (done.facts.tags, done.sha256) == (after.tags, hashlib.sha256(new_of(path).read_bytes()).digest())
    assert path.read_bytes() == content, "only the copy is written to"
    assert as_it_was(path, done) == content
    assert rewrite(bytes(new_of(path)), bytes(path) + b".2", ALL, TEXTS) is None, "it says so already"


@pytest.mark.parametrize("fmt", FORMATS)
def test_fields_are_written_into_an_untagged_file_and_taken_out(
    fmt: str, tmp_path: Path, jpeg: bytes
) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt)
    content = path.read_bytes()
    done = written(path, ALL, [*TEXTS, "artwork"], Cover(jpeg, "image/jpeg", 64, 48))
    now = new_of(path)
    assert read(now).tags == ALL
    picture = read(now).picture
    assert picture is not None
    assert read_picture(bytes(now), picture.sha256) == jpeg
    assert as_it_was(path, done) == content
    written(now, TagFacts(), [*TEXTS, "artwork"])
    bare = read(new_of(now))
    assert (bare.picture, bare.tags.from_name) == (None, ("title",))
    assert replace(bare.tags, title=None, from_name=()) == TagFacts()


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", ["title", "track", "disc_total", "artists", "credits", "date"])
def test_one_field_leaves_the_others_as_they_were(fmt: str, name: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, tags=FULL | {"unheard of": "kept"})
    before = read(path).tags
    written(path, ALL, [name])
    after = read(new_of(path)).tags
    changed = {
        part.name for part in fields(TagFacts) if getattr(after, part.name) != getattr(before, part.name)
    }
    assert changed == ({name, "artist_display"} if name == "artists" else {name})
    assert getattr(after, name) == getattr(ALL, name)


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt not in ("m4a", "alac", "dsf")])
def test_a_tag_that_nobody_knows_stays(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, tags={"title": "T", "x-own": "kept"})
    written(path, ALL, ["title"])
    assert b"kept" in new_of(path).read_bytes().replace(b"\0", b"")


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)
names = st.lists(words, max_size=3).map(tuple)
people = st.lists(st.builds(CreditFact, words, st.just("artist"), st.none() | words), max_size=3).map(tuple)
others = st.lists(
    st.builds(CreditFact, words, st.sampled_from(["composer", "producer", "performer"]), detail=st.none()),
    max_size=3,
).map(tuple)
dates = st.none() | st.sampled_from(["1999", "1999-05", "1999-12-01"])
facts = st.builds(
    TagFacts, title=st.none() | words, artists=people, artist_display=st.none() | words, album=words,
    album_artists=people, credits=others, track=st.none() | st.integers(1, 9999),
    track_total=st.none() | st.integers(1, 9999), date=dates, original_date=dates, genres=names,
    labels=names, comment=st.none() | words, bpm=st.none() | st.floats(1, 999).map(lambda n: round(n, 3)),
    compilation=st.booleans(), explicit=st.none() | st.booleans(),
)  # fmt: skip
DRAWN = ["title", "artists", "album", "album_artists", "credits", "track", "track_total", "date",
         "original_date", "genres", "labels", "comment", "bpm", "compilation", "explicit"]  # fmt: skip


@pytest.mark.parametrize("fmt", ["mp3", "mp3-2.3", "flac", "opus", "m4a", "wav", "wv", "wma"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=facts)
def test_whatever_is_written_is_read(fmt: str, wanted: TagFacts, tmp_path: Path) -> None:
    fmt, _, version = fmt.partition("-")
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, tags={"title": "T", "mood": "M"})
    if version:
        old: Any = MP3(path)  # type: ignore[no-untyped-call]
        old.tags.update_to_v23()
        old.save(v2_version=3)
    content, there = path.read_bytes(), read(path).tags
    new_of(path).unlink(missing_ok=True)
    done = rewrite(bytes(path), bytes(new_of(path)), wanted, DRAWN)
    if done is None:
        assert as_written(wanted, there, DRAWN) == there
        return
    after = read_file(bytes(new_of(path)))
    assert isinstance(after, FileFacts)
    expected = as_written(wanted, there, DRAWN)
    named = after.tags.from_name
    assert replace(after.tags, from_name=(), **{n: getattr(expected, n) for n in named}) == expected
    assert as_it_was(path, done) == content


def tagged(path: Path, version: int, *frames: Any, v1: int = 0) -> Path:
    tags = id3.ID3()
    for frame in frames:
        tags.add(frame)
    make_audio(path)
    tags.save(path, v2_version=version, v1=v1)
    return path


def test_frames_of_the_old_version_stay_byte_for_byte(tmp_path: Path, jpeg: bytes) -> None:
    kept = [id3.PRIV(owner="x", data=b"\xff\x00\x01"), id3.POPM(email="a@b", rating=9),
            id3.APIC(encoding=0, mime="image/jpeg", type=3, desc="d", data=jpeg),
            id3.COMM(encoding=1, lang="eng", desc="iTunNORM", text=["0001"])]  # fmt: skip
    path = tagged(tmp_path / "x.mp3", 3, id3.TIT2(encoding=1, text=["Old"]), *kept)
    old = path.read_bytes()
    done = written(path, ALL, TEXTS)
    data = new_of(path).read_bytes()
    assert data[:4] == b"ID3\x03"
    for name in (b"PRIV", b"POPM", b"APIC", b"COMM"):
        start = old.index(name)
        size = int.from_bytes(old[start + 4 : start + 8], "big")
        assert old[start : start + 10 + size] in data
    assert replace(read(new_of(path)).tags, lyrics=()) == ALL
    assert as_it_was(path, done) == old


def test_what_the_first_version_says_follows(tmp_path: Path) -> None:
    path = tagged(tmp_path / "x.mp3", 4, id3.TIT2(encoding=3, text=["Old"]), v1=2)
    written(path, replace(ALL, title="Neu", genres=("Rock",)), ["title", "track", "genres"])
    last = new_of(path).read_bytes()[-128:]
    assert (last[:6], last[126], last[127]) == (b"TAGNeu", 4, 17)


def test_a_tag_of_the_oldest_version_becomes_a_newer_one(tmp_path: Path) -> None:
    make_audio(tmp_path / "x.mp3")
    sound = (tmp_path / "x.mp3").read_bytes()
    frames = b"".join(
        n + len(t + b"\0").to_bytes(3, "big") + b"\0" + t for n, t in ((b"TT2", b"Old"), (b"TAL", b"Alb"))
    )
    (tmp_path / "x.mp3").write_bytes(b"ID3\x02\0\0" + len(frames).to_bytes(4, "big") + frames + sound)
    done = written(tmp_path / "x.mp3", ALL, ["title"])
    after = read(new_of(tmp_path / "x.mp3")).tags
    assert (after.title, after.album) == (ALL.title, "Alb")
    assert as_it_was(tmp_path / "x.mp3", done).startswith(b"ID3\x02")


def test_a_second_tag_that_would_speak_up_is_a_refusal(tmp_path: Path) -> None:
    path = tagged(tmp_path / "x.mp3", 4, id3.TIT2(encoding=3, text=["Old"]))
    ape = APEv2()  # type: ignore[no-untyped-call]
    ape["Title"] = "Other"
    ape.save(path)
    written(path, ALL, ["title"])
    with pytest.raises(Unwritable, match="title") as refused:
        rewrite(bytes(path), bytes(path) + b".2", TagFacts(), ["title"])
    assert refused.value.reason == "not_kept"
    assert not path.with_name("x.mp3.2").exists()


def test_a_picture_that_stays_is_not_kept_again(tmp_path: Path) -> None:
    large = b"\xff\xd8\xff" + os.urandom(300_000)
    path = make_audio(tmp_path / "x.flac", fmt="flac", cover=large)
    assert len(written(path, ALL, TEXTS).backup) < 4_000


def test_more_than_can_be_kept_is_a_refusal(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.flac", fmt="flac", cover=os.urandom(restoring.MOST_BYTES + 1))
    with pytest.raises(Unwritable) as refused:
        rewrite(bytes(path), bytes(path) + b".new", ALL, ["artwork"])
    assert refused.value.reason == "backup_too_large"
    assert [one.name for one in tmp_path.iterdir()] == ["x.flac"]


def test_more_than_four_gigabytes_is_a_refusal(tmp_path: Path) -> None:
    """Of a file with holes; nothing of its sound is read."""
    path, size = tmp_path / "x.wav", (1 << 32) - 8
    path.write_bytes(b"RIFF" + pack("<I", size - 8) + b"WAVEdata" + pack("<I", size - 20))
    os.truncate(path, size)
    with path.open("rb") as file, pytest.raises(Unwritable) as refused:
        in_chunk(Source(file.fileno(), size), Change(frozenset({"title"}), {"title": ["One"]}))
    assert refused.value.reason == "too_large"


def test_no_music_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"nothing" * 100)
    with pytest.raises(Unwritable) as refused:
        rewrite(bytes(path), bytes(path) + b".new", ALL, ["title"])
    assert refused.value.reason == "unreadable"


def test_pictures_of_other_kinds_stay(tmp_path: Path, jpeg: bytes, png: bytes) -> None:
    path = make_audio(tmp_path / "x.flac", fmt="flac", cover=jpeg)
    file: Any = FLAC(path)  # type: ignore[no-untyped-call]
    back = file.pictures[0].__class__()
    back.type, back.mime, back.data = 4, "image/png", png
    file.add_picture(back)
    file.save()
    written(path, ALL, ["artwork"], Cover(png, "image/png", 30, 40))
    kinds = [(one.type, one.data) for one in FLAC(new_of(path)).pictures]  # type: ignore[no-untyped-call]
    assert kinds == [(4, png), (3, png)]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("text", ["La la\nlu", "[00:01.00]La\n[00:02.50]lu"], ids=["plain", "synced"])
def test_lyrics_take_the_place_of_others(fmt: str, text: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, tags={"title": "T", "lyrics": "Former words"})
    content = path.read_bytes()
    done = rewrite(bytes(path), bytes(new_of(path)), TagFacts(), ["lyrics"], None, text)
    assert done is not None
    [after] = read(new_of(path)).tags.lyrics
    assert (after.plain, after.synced) == (
        (text, ()) if text.startswith("La") else (after.plain, ((1000, "La"), (2500, "lu")))
    )
    assert read(new_of(path)).tags.title == "T"
    assert as_it_was(path, done) == content
    assert rewrite(bytes(new_of(path)), bytes(path) + b".2", TagFacts(), ["lyrics"], None, text) is None
