"""The audio hash: equal after every way of retagging, different for other sound."""

import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4

from mcma.domain.facts import FileFacts
from mcma.media.sameness import same_sound
from mcma.media.tags import read_file
from tests.support.audio import FORMATS, extension, make_audio, run_ffmpeg, tone

LONG = {"title": "T" * 5_000, "album": "x"}


def audio_hash(path: Path) -> bytes:
    facts = read_file(os.fsencode(path))
    assert isinstance(facts, FileFacts), facts
    return facts.audio_hash


@pytest.mark.parametrize(
    ("fmt", "seconds"), [*((fmt, 1.0) for fmt in FORMATS), *((fmt, 12.0) for fmt in FORMATS), ("opus", 60.0)]
)
def test_retagging_keeps_it(fmt: str, seconds: float, tmp_path: Path, jpeg: bytes) -> None:
    path = tmp_path / f"x{extension(fmt)}"
    hashes = {audio_hash(make_audio(path, fmt=fmt, seconds=seconds))}
    contents = {path.read_bytes()}
    for tags, cover in (({"title": "a"}, None), (LONG, jpeg), ({"lyrics": "l" * 150_000}, jpeg)):
        make_audio(path, fmt=fmt, seconds=seconds, tags=tags, cover=cover)
        hashes.add(audio_hash(path))
        contents.add(path.read_bytes())
    assert len(contents) == 4
    assert len(hashes) == 1


@pytest.mark.parametrize("fmt", FORMATS)
def test_other_sound_differs(fmt: str, tmp_path: Path) -> None:
    one = make_audio(tmp_path / "one", fmt=fmt)
    other = make_audio(tmp_path / "other", fmt=fmt, freq=441)
    longer = make_audio(tmp_path / "longer", fmt=fmt, seconds=1.5)
    assert len({audio_hash(path) for path in (one, other, longer)}) == 3


def test_all_formats_differ(tmp_path: Path) -> None:
    assert len({audio_hash(tone(fmt)) for fmt in FORMATS}) == len(FORMATS)


def test_another_bit_rate_differs(tmp_path: Path) -> None:
    source, other = tone("mp3"), tmp_path / "other.mp3"
    run_ffmpeg("-i", str(tone("wav")), "-b:a", "160k", str(other))
    assert audio_hash(source) != audio_hash(other)


def append_id3v1(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"TAG" + b"t".ljust(125, b"\0"))


def append_apev2(path: Path) -> None:
    tags: Any = APEv2()  # type: ignore[no-untyped-call]
    tags["Title"] = "A"
    tags.save(path)


def drop_id3(path: Path) -> None:
    file: Any = MP3(path)  # type: ignore[no-untyped-call]
    file.delete()


def pad_id3(path: Path) -> None:
    file: Any = MP3(path)  # type: ignore[no-untyped-call]
    file.save(padding=lambda info: 100_000)


def pad_flac(path: Path) -> None:
    file: Any = FLAC(path)  # type: ignore[no-untyped-call]
    file.save(padding=lambda info: 70_000)


def drop_flac_padding(path: Path) -> None:
    file: Any = FLAC(path)  # type: ignore[no-untyped-call]
    file.save(padding=lambda info: 0)


def prepend_id3(path: Path) -> None:
    path.write_bytes(b"ID3\x04\0\0\0\0\x01\0" + bytes(128) + path.read_bytes())


def pad_mp4(path: Path) -> None:
    file: Any = MP4(path)  # type: ignore[no-untyped-call]
    file.save(padding=lambda info: 90_000)


@pytest.mark.parametrize(
    ("fmt", "change"),
    [
        ("mp3", append_id3v1),
        ("mp3", append_apev2),
        ("mp3", drop_id3),
        ("mp3", pad_id3),
        ("mp3", prepend_id3),
        ("flac", pad_flac),
        ("flac", drop_flac_padding),
        ("flac", prepend_id3),
        ("flac", append_id3v1),
        ("m4a", pad_mp4),
        ("wv", append_id3v1),
        ("ape", append_id3v1),
    ],
)
def test_every_tag_writer_keeps_it(fmt: str, change: Callable[[Path], None], tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x", fmt=fmt, tags={"title": "x"})
    before, content = audio_hash(path), path.read_bytes()
    change(path)
    assert path.read_bytes() != content
    assert audio_hash(path) == before


@pytest.mark.parametrize("fmt", ["mp3", "flac", "m4a", "alac", "wav", "aiff", "wv"])
def test_ffmpeg_copying_with_other_tags(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, seconds=3, tags={"title": "before"})
    other = tmp_path / f"y{extension(fmt)}"
    run_ffmpeg(
        "-i",
        str(path),
        "-c",
        "copy",
        "-metadata",
        "title=after",
        "-metadata",
        "album=" + "x" * 900,
        str(other),
    )
    assert path.read_bytes() != other.read_bytes()
    assert audio_hash(path) == audio_hash(other)


def test_index_before_or_behind_the_sound(tmp_path: Path) -> None:
    front = tmp_path / "front.m4a"
    run_ffmpeg("-i", str(tone("m4a")), "-c", "copy", "-movflags", "+faststart", str(front))
    back = tmp_path / "back.m4a"
    run_ffmpeg("-i", str(tone("m4a")), "-c", "copy", str(back))
    data = front.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert back.read_bytes().index(b"moov") > back.read_bytes().index(b"mdat")
    assert audio_hash(front) == audio_hash(back)


@pytest.mark.parametrize(
    ("fmt", "seconds", "position"),
    [
        *[("wav", 1.0, at) for at in (0.03, 0.51, 0.99)],
        *[("opus", 2.0, at) for at in (0.2, 0.51, 0.99)],
        *[("opus", 60.0, at) for at in (0.01, 0.517, 0.99)],
        *[("m4a", 12.0, at) for at in (0.02, 0.5, 0.97)],
    ],
)
def test_a_changed_sample_differs(fmt: str, seconds: float, position: float, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x", fmt=fmt, seconds=seconds)
    before, data = audio_hash(path), bytearray(path.read_bytes())
    data[int(len(data) * position)] ^= 0xFF
    path.write_bytes(data)
    assert audio_hash(path) != before


def stem(path: Path, number: int) -> Path:
    """Of one session: as long as the others, and silent where the samples are taken."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        silence, sound = bytes(2 * 88_200), bytes([number, number + 1]) * 88_200
        file.writeframes(silence + sound + silence + silence + sound + silence)
    return path


def test_parts_of_one_session_differ(tmp_path: Path) -> None:
    assert audio_hash(stem(tmp_path / "1.wav", 1)) != audio_hash(stem(tmp_path / "2.wav", 3))


def test_a_copy_is_proved_by_every_byte(tmp_path: Path) -> None:
    """Bytes between the samples: the hash does not see them, the comparison does."""
    first = make_audio(tmp_path / "1.mp3", seconds=12, tags={"title": "One"})
    again = make_audio(tmp_path / "2.mp3", seconds=12, tags=LONG)
    other = tmp_path / "3.mp3"
    content = bytearray(first.read_bytes())
    content[len(content) // 4 : len(content) // 4 + 8] = b"otherone"
    other.write_bytes(content)
    assert audio_hash(first) == audio_hash(again) == audio_hash(other)
    assert same_sound(bytes(first), bytes(again))
    assert not same_sound(bytes(first), bytes(other))
    assert not same_sound(bytes(first), bytes(tmp_path / "gone.mp3"))
