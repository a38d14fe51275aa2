"""libchromaprint through pyacoustid, fed with what ffmpeg decodes in a process of its own."""

import asyncio
import struct
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from mcma_musicbrainz.fingerprinter_ffmpeg import check, length, reading
from mcma_musicbrainz.fingerprinter_fpcalc import LENGTH, LIMITS, fingerprint_of, started
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.process import ProgramMissing

_MOST: Final = 512 * 1024 * 1024
"""Bytes of two minutes: eight channels at 192 kHz are 369 million."""
_FRAMES: Final = 64 * 1024


class Library:
    def __init__(self, ffmpeg: Path) -> None:
        self._ffmpeg = ffmpeg

    async def fingerprint(self, path: Path) -> Fingerprint:
        acoustid, chromaprint = await asyncio.to_thread(_loaded)
        with TemporaryDirectory(prefix="mcma-") as folder:
            decoded = Path(folder) / "decoded.wav"
            wanted = ("-t", str(LENGTH), "-c:a", "pcm_s16le", "-rf64", "never", "-f", "wav", str(decoded))
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
    with wave.open(str(decoded)) as file:
        try:
            sealed = acoustid.fingerprint(file.getframerate(), file.getnchannels(), _pieces(file), LENGTH)
        except acoustid.FingerprintGenerationError:
            return b""
    items, _ = chromaprint.decode_fingerprint(sealed)
    return struct.pack(f"<{len(items)}I", *(one & 0xFFFFFFFF for one in items))


def _pieces(file: wave.Wave_read) -> Iterator[bytes]:
    while piece := file.readframes(_FRAMES):
        yield piece
