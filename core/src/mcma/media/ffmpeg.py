"""ffmpeg: which one there is, and how it is given a file that nobody vouches for."""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from mcma_plugins.process import Limits, ProcessFailed, run

__all__ = ["Ffmpeg", "Ffmpegs", "candidates", "input_arguments", "located"]

_log = structlog.get_logger(__name__)

QUIET: Final = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y")
LOOK_AGAIN: Final = 60.0
"""Seconds after which a missing ffmpeg is looked for again: somebody may have installed it."""
_ASKING: Final = Limits(seconds=10, cpu_seconds=10)

_DEMUXERS: Final = {
    "mp3": "mp3", "flac": "flac", "ogg": "ogg", "mp4": "mov", "wav": "wav,w64", "aiff": "aiff",
    "wavpack": "wv", "ape": "ape", "asf": "asf", "dsf": "dsf", "mpc": "mpc,mpc8", "tta": "tta", "aac": "aac",
    "matroska": "matroska,webm",
}  # fmt: skip
"""Container, as the tag reader found it, to the demuxers that may open the file. The program guesses by
content, and would take a film named .mp3 for what it is (CVE-2026-8461 is in a video decoder)."""

_DECODERS: Final = (
    "mp3float,mp3,mp2float,mp2,mp1float,mp1,flac,vorbis,libvorbis,opus,libopus,speex,libspeex,aac,aac_fixed,"
    "libfdk_aac,alac,wavpack,ape,wmav1,wmav2,wmapro,wmalossless,wmavoice,dsd_lsbf,dsd_msbf,dsd_lsbf_planar,"
    "dsd_msbf_planar,mpc7,mpc8,tta,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
    "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
"""Sound alone. Pictures in tags are not decoded."""


class Ffmpeg(NamedTuple):
    path: Path
    version: str
    encoders: frozenset[str]


class Ffmpegs:
    """Finds ffmpeg when it is first needed. `configured` is the only candidate when it is given."""

    def __init__(self, configured: Path | None = None) -> None:
        self._configured = configured
        self._found: Ffmpeg | None = None
        self._looked = -LOOK_AGAIN
        self._turn = asyncio.Lock()

    async def get(self) -> Ffmpeg | None:
        """None when there is none that works; the log says which were tried."""
        async with self._turn:
            if self._found is None and time.monotonic() - self._looked >= LOOK_AGAIN:
                self._found = await self._look()
                self._looked = time.monotonic()
        return self._found

    async def _look(self) -> Ffmpeg | None:
        for path in await asyncio.to_thread(candidates, self._configured):
            try:
                return await _asked(path)
            except ProcessFailed as error:
                _log.warning("ffmpeg_unusable", path=str(path), reason=error.message)
        return None


def candidates(configured: Path | None = None) -> list[Path]:
    """The one that was given; else the one on PATH, then the packaged one. Absolute; whether they work is
    not known."""
    if configured is not None:
        return [Path(os.path.abspath(configured.expanduser()))]  # noqa: PTH100 - resolve() would follow links
    system = shutil.which("ffmpeg")
    found = [Path(os.path.abspath(system))] if system else []  # noqa: PTH100
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        found.append(Path(os.path.abspath(get_ffmpeg_exe())))  # noqa: PTH100
    except (ImportError, RuntimeError):
        pass
    return found


def located(configured: Path | None = None) -> Path | None:
    """The first of them that is a program."""
    return next((path for path in candidates(configured) if os.access(path, os.X_OK)), None)


async def _asked(path: Path) -> Ffmpeg:
    """What it is and what it can write. Raises `ProcessFailed`."""
    told = await run([path, "-hide_banner", "-version"], _ASKING)
    listed = await run([path, "-hide_banner", "-encoders"], _ASKING)
    version = re.match(rb"ffmpeg version (\S+)", told.output)
    if not told.ok or not listed.ok or version is None:
        raise ProcessFailed(f"It is no ffmpeg that works: {told.last_line}")
    encoders = re.findall(rb"^ A\S{5} (\S+)", listed.output, re.MULTILINE)
    return Ffmpeg(path, version[1].decode(errors="replace")[:40], frozenset(one.decode() for one in encoders))


def input_arguments(path: bytes, container: str, *, offset: float = 0.0) -> Sequence[str | bytes]:
    """A file as input: nothing but this file, in its container, its sound. `path` MUST be absolute (a name
    such as `concat:` or `-i` is then nothing but a name). `offset` in seconds."""
    if not os.path.isabs(path):  # noqa: PTH117 - bytes
        raise ValueError("the path is not absolute")
    seek = ("-ss", f"{offset:.3f}") if offset else ()
    return (
        "-protocol_whitelist", "file,pipe", "-format_whitelist", _DEMUXERS.get(container, "none"),
        "-codec_whitelist", _DECODERS, *seek, "-i", b"file:" + path,
        "-map", "0:a:0", "-vn", "-sn", "-dn",
    )  # fmt: skip
