"""Tones and pictures, encoded once by ffmpeg."""

import math
import struct
import subprocess
import tempfile
from array import array
from functools import cache
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

RATE = 44100
BLOCK = 4096
TONES = tuple((220 + 55 * step, BLOCK * (4 + step)) for step in range(6))
"""Hertz and samples: whole FLAC blocks, 0.4 to 0.8 s."""

_ENCODERS = {
    "mp3": "-c:a libmp3lame -b:a 64k -write_xing 0 -id3v2_version 0 -f mp3",
    "flac": f"-c:a flac -frame_size {BLOCK} -f flac",
    "ogg": "-c:a libvorbis -q:a 0 -f ogg",
    "opus": "-c:a libopus -b:a 32k -f opus",
    "m4a": "-c:a aac -b:a 48k -f ipod",
}
_COLOURS = ("red", "green", "blue", "gold", "teal", "gray", "navy", "pink")


@cache
def pcm(tone: int) -> bytes:
    """16 bits, mono."""
    hertz, samples = TONES[tone]
    step = 2 * math.pi * hertz / RATE
    return array("h", (int(9000 * math.sin(step * one)) for one in range(samples))).tobytes()


@cache
def encoded(fmt: str, tone: int) -> bytes:
    return _ffmpeg(f"-f s16le -ar {RATE} -ac 1 -i - -map_metadata -1 {_ENCODERS[fmt]}", pcm(tone))


def cover_of(album: int) -> bytes:
    """A small JPEG, other bytes for each album: the number is in a comment."""
    image = _colour(_COLOURS[album % len(_COLOURS)])
    note = f"album {album}".encode()
    return image[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + image[2:]


@cache
def _colour(name: str) -> bytes:
    return _ffmpeg(f"-f lavfi -i color=c={name}:s=64x64:d=0.04 -frames:v 1 -c:v mjpeg -f mjpeg", b"")


def _ffmpeg(arguments: str, sent: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [get_ffmpeg_exe(), "-v", "error", "-bitexact", *arguments.split(), "-bitexact", str(out)]
        subprocess.run(command, input=sent, check=True)
        return out.read_bytes()
