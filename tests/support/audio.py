"""Small tagged audio files for tests: `make_audio` encodes each sound once per machine, then copies and tags.

Tag keys are neutral, lower case, named as in Vorbis comments (title, artist, artists, album, albumartist,
tracknumber, discnumber, date, genre, musicbrainz_trackid ...). `_audio_tagging` turns
them into what each container uses.
A value is a string, a number or a list of strings (several values).
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.support._audio_raw import RAW_BUILDERS
from tests.support._audio_tagging import write_tags

ENCODERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mp3": ("mp3", ("-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0")),
    "flac": ("flac", ("-c:a", "flac")),
    "ogg": ("ogg", ("-c:a", "libvorbis", "-q:a", "3")),
    "opus": ("opus", ("-c:a", "libopus", "-b:a", "64k")),
    "oga": ("oga", ("-c:a", "flac", "-f", "ogg")),
    "m4a": ("m4a", ("-c:a", "aac", "-b:a", "96k")),
    "alac": ("m4a", ("-c:a", "alac")),
    "wav": ("wav", ("-c:a", "pcm_s16le")),
    "aiff": ("aiff", ("-c:a", "pcm_s16be")),
    "wv": ("wv", ("-c:a", "wavpack")),
    "wma": ("wma", ("-c:a", "wmav2", "-b:a", "96k")),
}
"""What ffmpeg encodes: format name -> (file name extension, encoder arguments)."""

FORMATS: tuple[str, ...] = (*ENCODERS, *RAW_BUILDERS)
"""Every format name that `make_audio` knows; dsf, ape and mpc are built by hand (headers, no real sound)."""


def make_audio(
    path: Path,
    *,
    fmt: str = "mp3",
    seconds: float = 1.0,
    freq: int = 440,
    tags: Mapping[str, object] | None = None,
    cover: bytes | None = None,
) -> Path:
    """Write a playable sine tone of `fmt` to `path` (folders are made) and return `path`.

    Other `freq` or `seconds` give other sound, equal ones give equal bytes before tagging. `cover` is
    embedded as the front cover. The extension of the name is the caller's business (see `extension`).
    dsf, ape and mpc files can be read but not played.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tone(fmt, seconds, freq), path)
    if tags or cover:
        write_tags(path, fmt, tags or {}, cover)
    return path


@cache
def tone(fmt: str, seconds: float = 1.0, freq: int = 440) -> Path:
    """The untagged file that `make_audio` copies. Read only: other tests share it."""
    suffix = ENCODERS[fmt][0] if fmt in ENCODERS else fmt
    ready = _cache_dir() / f"{fmt}-{freq}-{seconds:g}.{suffix}"
    if not ready.exists():
        _build(fmt, seconds, freq, ready)
    return ready


def extension(fmt: str) -> str:
    """The usual file name extension of `fmt`, with the dot."""
    return "." + (ENCODERS[fmt][0] if fmt in ENCODERS else fmt)


def run_ffmpeg(*arguments: str) -> None:
    """Run the packaged ffmpeg; raises CalledProcessError when it fails."""
    command = (get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def _cache_dir() -> Path:
    folder = Path(tempfile.gettempdir()) / f"mcma-test-audio-{os.getuid()}-v2"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _build(fmt: str, seconds: float, freq: int, ready: Path) -> None:
    with tempfile.TemporaryDirectory(dir=ready.parent) as folder:
        draft = Path(folder) / ready.name
        if fmt in RAW_BUILDERS:
            draft.write_bytes(RAW_BUILDERS[fmt](seconds, freq))
        else:
            _encode(fmt, seconds, freq, draft)
        draft.replace(ready)


def _encode(fmt: str, seconds: float, freq: int, draft: Path) -> None:
    source = f"sine=frequency={freq}:duration={seconds:g}:sample_rate=44100"
    plain = ("-map_metadata", "-1", "-flags", "+bitexact", "-fflags", "+bitexact")
    run_ffmpeg("-f", "lavfi", "-i", source, "-ac", "2", *plain, *ENCODERS[fmt][1], str(draft))
