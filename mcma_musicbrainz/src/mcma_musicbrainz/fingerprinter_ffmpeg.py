"""ffmpeg: as what decodes a file that nobody vouches for, and as what fingerprints by its own muxer."""

import re
import sys
from array import array
from pathlib import Path
from typing import Any, Final

from mcma_musicbrainz.fingerprinter_fpcalc import LENGTH, LIMITS, fingerprint_of, started
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.errors import PermanentError
from mcma_plugins.process import Finished, Limits, ProgramMissing

_DEMUXERS: Final = (
    "mp3,flac,ogg,mov,wav,w64,aiff,wv,ape,asf,dsf,mpc,mpc8,tta,aac,matroska,webm,caf,au,amr,ac3,eac3,dts"
)
_DECODERS: Final = (
    "mp3float,mp3,mp2float,mp2,mp1float,mp1,flac,vorbis,libvorbis,opus,libopus,speex,libspeex,aac,aac_fixed,"
    "libfdk_aac,alac,wavpack,ape,wmav1,wmav2,wmapro,wmalossless,wmavoice,dsd_lsbf,dsd_msbf,dsd_lsbf_planar,"
    "dsd_msbf_planar,mpc7,mpc8,tta,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
    "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
"""Sound alone, as core lets it decode: what looks like music may be anything."""
_DURATION: Final = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_PLAYED: Final = re.compile(rb"out_time_us=(\d+)")
_NO_MUXER: Final = ("Unknown output format", "is not a suitable output format", "not known")
_WHOLE: Final = Limits(seconds=1800, cpu_seconds=900, file_size=0, output=4 * 1024 * 1024, nicer=15)


class Muxer:
    """`-f chromaprint`. Not every ffmpeg has it: the packaged one has."""

    def __init__(self, program: Path) -> None:
        self._program = program

    async def fingerprint(self, path: Path) -> Fingerprint:
        wanted = ("-t", str(LENGTH), "-f", "chromaprint", "-fp_format", "raw", "-")
        done = await started([self._program, *reading(path), *wanted], LIMITS)
        if not done.ok and any(words in done.errors for words in _NO_MUXER):
            raise ProgramMissing(f"{self._program} has no chromaprint.")
        check(done)
        return fingerprint_of(_little(done.output), await length(self._program, path, done))


def reading(path: Path) -> list[Any]:
    """Nothing but this file, its first sound."""
    return [
        "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-y", "-threads", "1",
        "-protocol_whitelist", "file,pipe", "-format_whitelist", _DEMUXERS, "-codec_whitelist", _DECODERS,
        "-i", f"file:{path}", "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
    ]  # fmt: skip


def check(done: Finished) -> None:
    """Raises `PermanentError` unless it could be decoded."""
    if not done.ok:
        said = next((line for line in done.errors.splitlines() if "rror" in line), done.last_line)
        raise PermanentError(f"ffmpeg: {said[:300]}", code="undecodable")


async def length(program: Path, path: Path, done: Finished) -> float:
    """Seconds of the whole recording: what its container says, else what decoding all of it tells."""
    said = _DURATION.search(done.errors)
    if said:
        return int(said[1]) * 3600 + int(said[2]) * 60 + float(said[3])
    counted = await started(
        [program, *reading(path), "-progress", "-", "-stats_period", "60", "-f", "null", "/dev/null"], _WHOLE
    )
    check(counted)
    played = _PLAYED.findall(counted.output)
    return int(played[-1]) / 1e6 if played else 0.0


def _little(raw: bytes) -> bytes:
    """It writes the numbers as this machine has them."""
    if sys.byteorder == "little":
        return raw
    numbers = array("I", raw)
    numbers.byteswap()
    return numbers.tobytes()
