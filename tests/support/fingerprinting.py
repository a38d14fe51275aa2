"""Melodies nobody has written, in several encodings, and their real fingerprints."""

import subprocess
import wave
from array import array
from functools import lru_cache
from math import pi, sin
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from imageio_ffmpeg import get_ffmpeg_exe

ENCODERS = {
    "flac": ("flac",), "mp3": ("mp3", "-b:a", "128k"), "opus": ("opus", "-b:a", "96k"),
    "m4a": ("aac", "-b:a", "128k"), "ogg": ("libvorbis", "-q:a", "3"),
}  # fmt: skip
SECONDS = 16
_RATE = 22050
_CODECS = {"mp3": "libmp3lame", "opus": "libopus"}


def melody(seed: int) -> bytes:
    """Three voices of notes that change at their own pace, as 16-bit samples."""
    rng = Random(seed)
    mix = [0.0] * (SECONDS * _RATE)
    for octave in (110, 220, 440):
        length = int(_RATE * rng.choice((0.3, 0.45, 0.6)))
        for start in range(0, len(mix), length):
            step = 2 * pi * octave * 2 ** (rng.randrange(12) / 12) / _RATE
            for at in range(start, min(start + length, len(mix))):
                mix[at] += sin(step * (at - start))
    return array("h", (int(9000 * value) for value in mix)).tobytes()


def encode(
    seed: int, ending: str, path: Path, *, skip: float = 0.0, tags: dict[str, str] | None = None
) -> Path:
    codec, *options = ENCODERS[ending]
    described = [part for name, value in (tags or {}).items() for part in ("-metadata", f"{name}={value}")]
    _ffmpeg("-i", str(_wave(seed)), "-ss", str(skip), "-c:a", _CODECS.get(codec, codec), *options,
            *described, str(path))  # fmt: skip
    return path


def fingerprint(path: Path) -> bytes:
    """The raw one, little-endian, as ffmpeg's muxer writes it."""
    return _ffmpeg("-i", str(path), "-f", "chromaprint", "-fp_format", "raw", "-")


@lru_cache
def sound(seed: int, ending: str, skip: float = 0.0) -> bytes:
    with TemporaryDirectory() as folder:
        return fingerprint(encode(seed, ending, Path(folder) / f"x.{ending}", skip=skip))


_folder = TemporaryDirectory()


@lru_cache
def _wave(seed: int) -> Path:
    path = Path(_folder.name) / f"{seed}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(melody(seed))
    return path


def _ffmpeg(*arguments: str) -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout
