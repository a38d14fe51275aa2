"""Encodings beside the usual ones: variable bit rates, other rates and depths, fragments, chapters."""

import os
from pathlib import Path

import pytest
from mutagen import File

from mcma.domain.facts import AudioFacts, FileFacts
from mcma.media.tags import read_file
from tests.support.audio import run_ffmpeg

TWO_SECONDS = ("-f", "lavfi", "-i", "sine=frequency=500:duration=2:sample_rate=48000")

VARIANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mp3 vbr": ("mp3", ("-q:a", "4")),
    "mp3 vbr without count": ("mp3", ("-q:a", "4", "-write_xing", "0")),
    "mp3 cbr without count": ("mp3", ("-b:a", "64k", "-write_xing", "0")),
    "mp3 mono 22 kHz": ("mp3", ("-ac", "1", "-ar", "22050")),
    "mp3 8 kHz": ("mp3", ("-ac", "1", "-ar", "8000")),
    "mp2": ("mp2", ("-c:a", "mp2", "-b:a", "192k")),
    "flac 24": ("flac", ("-c:a", "flac", "-sample_fmt", "s32", "-ar", "96000")),
    "flac 5.1": ("flac", ("-c:a", "flac", "-ac", "6")),
    "wav 24": ("wav", ("-c:a", "pcm_s24le")),
    "wav float": ("wav", ("-c:a", "pcm_f32le")),
    "wav adpcm": ("wav", ("-c:a", "adpcm_ms")),
    "rf64": ("wav", ("-c:a", "pcm_s16le", "-rf64", "always")),
    "aifc": ("aiff", ("-c:a", "pcm_s16le")),
    "aiff 24": ("aiff", ("-c:a", "pcm_s24be")),
    "m4a fragmented": ("m4a", ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")),
    "m4a dash": ("m4a", ("-c:a", "aac", "-movflags", "dash+global_sidx", "-frag_duration", "500000")),
    "mp4 opus": ("mp4", ("-c:a", "libopus")),
    "mp4 flac": ("mp4", ("-c:a", "flac", "-strict", "-2")),
    "mp4 mp3": ("mp4", ("-c:a", "libmp3lame")),
    "mov alac": ("mov", ("-c:a", "alac")),
    "aac adts": ("aac", ("-c:a", "aac")),
    "tta": ("tta", ("-c:a", "tta")),
    "opus mono": ("opus", ("-c:a", "libopus", "-ac", "1")),
    "wavpack 24": ("wv", ("-c:a", "wavpack", "-sample_fmt", "s32p")),
}

CODECS = {
    "mp2": ("mp3", "mp2"),
    "wav adpcm": ("wav", "adpcm"),
    "aifc": ("aiff", "pcm"),
    "mp4 opus": ("mp4", "opus"),
    "mp4 flac": ("mp4", "flac"),
    "mp4 mp3": ("mp4", "mp3"),
    "mov alac": ("mp4", "alac"),
    "aac adts": ("aac", "aac"),
    "tta": ("tta", "tta"),
    "m4a dash": ("mp4", "aac"),
    "opus mono": ("ogg", "opus"),
}

DEPTHS = {
    "flac 24": 24,
    "wav 24": 24,
    "wav float": 32,
    "aiff 24": 24,
    "aifc": 16,
    "rf64": 16,
    "mp3 vbr": None,
}


def audio(path: Path) -> AudioFacts:
    facts = read_file(os.fsencode(path))
    assert isinstance(facts, FileFacts), facts
    return facts.audio


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("variants")
    files = {name: folder / f"{name}.{suffix}" for name, (suffix, _) in VARIANTS.items()}
    for name, (_, options) in VARIANTS.items():
        run_ffmpeg(*TWO_SECONDS, *options, str(files[name]))
    return files


@pytest.mark.parametrize("name", VARIANTS)
def test_duration(name: str, variants: dict[str, Path]) -> None:
    assert audio(variants[name]).duration_ms == pytest.approx(2_000, abs=90)


SAME = [
    name
    for name in VARIANTS
    if name not in ("rf64", "m4a fragmented", "m4a dash", "wav adpcm", "mp4 mp3", "tta", "opus mono")
]


@pytest.mark.parametrize("name", SAME)
def test_as_mutagen_says(name: str, variants: dict[str, Path]) -> None:
    ours, theirs = audio(variants[name]), File(variants[name]).info
    assert ours.sample_rate_hz == theirs.sample_rate
    assert ours.channels == theirs.channels


@pytest.mark.parametrize("name", CODECS)
def test_codec(name: str, variants: dict[str, Path]) -> None:
    found = audio(variants[name])
    assert (found.container, found.codec) == CODECS[name]
    assert found.lossless is (found.codec in ("pcm", "flac", "alac", "tta"))


@pytest.mark.parametrize("name", DEPTHS)
def test_bit_depth(name: str, variants: dict[str, Path]) -> None:
    assert audio(variants[name]).bit_depth == DEPTHS[name]


def test_chapter_pictures_are_no_video(tmp_path: Path, jpeg: bytes) -> None:
    image, path = tmp_path / "c.jpg", tmp_path / "book.m4b"
    image.write_bytes(jpeg)
    run_ffmpeg(
        *TWO_SECONDS,
        "-loop", "1", "-framerate", "1", "-t", "2", "-i", str(image),
        "-c:a", "aac", "-c:v", "mjpeg", "-tag:v", "jpeg", "-f", "mov", str(path),
    )  # fmt: skip
    assert audio(path).codec == "aac"


def test_chained_and_tagged_behind(variants: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.opus"
    path.write_bytes(variants["opus mono"].read_bytes() + b"TAG" + bytes(125))
    assert audio(path) == audio(variants["opus mono"])
