"""libchromaprint through pyacoustid, fed with what ffmpeg decodes in a process of its own."""

import asyncio
import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

from mcma_musicbrainz.fingerprinter_ffmpeg import check, length, reading
from mcma_musicbrainz.fingerprinter_fpcalc import LENGTH, LIMITS, fingerprint_of, started
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.process import ProgramMissing

_MOST: Final = 512 * 1024 * 1024
"""Bytes of two minutes: eight channels at 192 kHz are 369 million."""
_PIECE: Final = 256 * 1024
_HEADER: Final = struct.Struct(">4s5I")
"""Of AU, which is the same for any rate and any channels: what Python reads of WAV ends at two channels and
48 kHz before 3.12."""


class Library:
    def __init__(self, ffmpeg: Path) -> None:
        self._ffmpeg = ffmpeg

    async def fingerprint(self, path: Path) -> Fingerprint:
        acoustid, chromaprint = await asyncio.to_thread(_loaded)
        with TemporaryDirectory(prefix="mcma-") as folder:
            decoded = Path(folder) / "decoded.au"
            wanted = ("-t", str(LENGTH), "-c:a", "pcm_s16be", "-f", "au", str(decoded))
            limits = replace(LIMITS, file_size=_MOST)
            done = await started([self._ffmpeg, *reading(path), *wanted], limits)
            check(done)
            raw = await asyncio.to_thread(_of, acoustid, chromaprint, decoded)
        return fingerprint_of(raw, await length(self._ffmpeg, path, done))


def _loaded() -> tuple[Any, Any]:
    try:
        import acoustid
        import chromaprint
    except ImportError as error:
        raise ProgramMissing("There is no libchromaprint.") from error
    return acoustid, chromaprint


def _of(acoustid: Any, chromaprint: Any, decoded: Path) -> bytes:
    """Blocks."""
    with decoded.open("rb") as file:
        rate, channels = _begun(file)
        try:
            sealed = acoustid.fingerprint(rate, channels, _pieces(file), LENGTH)
        except acoustid.FingerprintGenerationError:
            return b""
    items, _ = chromaprint.decode_fingerprint(sealed)
    return struct.pack(f"<{len(items)}I", *(one & 0xFFFFFFFF for one in items))


def _begun(file: BinaryIO) -> tuple[int, int]:
    """Rate and channels; what follows are the samples."""
    _, begin, _, _, rate, channels = _HEADER.unpack(file.read(_HEADER.size))
    file.seek(begin)
    return rate, channels


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """As this machine has numbers."""
    while piece := file.read(_PIECE):
        samples = array("h", piece)
        if sys.byteorder == "little":
            samples.byteswap()
        yield samples.tobytes()
