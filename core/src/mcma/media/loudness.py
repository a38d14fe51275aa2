"""How loud a file is (EBU R128, ITU-R BS.1770), by one decode with ffmpeg; and the hash of its bytes."""

import hashlib
import re
from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.errors import McmaError
from mcma.media.ffmpeg import input_arguments
from mcma_plugins.process import Limits, ProcessFailed, run

REFERENCE: Final = -18.0
"""LUFS of ReplayGain 2.0."""
SILENT: Final = -70.0
"""LUFS, the absolute gate of BS.1770: what lies below it is no sound."""
_CHUNK: Final = 1024 * 1024
_UNKNOWN_MS: Final = 6 * 3600 * 1000


class NotMeasured(McmaError):
    """Its sound cannot be decoded, or there is none."""

    code = "not_measured"


class Loudness(NamedTuple):
    lufs: float
    peak: float
    """Of the samples; 1.0 is full scale."""

    @property
    def gain_db(self) -> float:
        return round(REFERENCE - self.lufs, 2)


async def measured(program: Path, path: bytes, container: str, duration_ms: int) -> Loudness:
    """Raises `NotMeasured`."""
    seconds = 60 + (duration_ms or _UNKNOWN_MS) // 1000
    command = [
        program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-threads", "1",
        *input_arguments(path, container), "-af", "ebur128=framelog=verbose:peak=sample", "-f", "null", "-",
    ]  # fmt: skip
    try:
        done = await run(command, Limits(seconds=seconds, cpu_seconds=seconds, file_size=0, nicer=15))
    except ProcessFailed as error:
        raise NotMeasured(error.message) from error
    if not done.ok:
        raise NotMeasured(f"ffmpeg could not decode it: {done.last_line}")
    return read(done.errors)


def read(told: str) -> Loudness:
    """From the summary that the filter prints at the end. Raises `NotMeasured`."""
    summary = told.rpartition("Summary:")[2]
    loud = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-inf) dBFS", summary)
    if loud is None or peak is None:
        raise NotMeasured("ffmpeg did not say how loud it is.")
    if float(loud[1]) <= SILENT:
        raise NotMeasured("It is silent, or shorter than the 0.4 s that a measurement takes.")
    return Loudness(float(loud[1]), round(10 ** (float(peak[1]) / 20), 6))


def sha256_of(path: bytes) -> bytes:
    """Blocks. Raises `OSError`."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - bytes
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.digest()
