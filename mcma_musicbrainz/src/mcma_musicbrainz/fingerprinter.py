"""Fingerprints by Chromaprint: by fpcalc when it is there, else by its library, else by ffmpeg's muxer.

All of them run the same algorithm over the same samples, and say the same of a file.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from mcma_musicbrainz.fingerprinter_ffmpeg import Muxer
from mcma_musicbrainz.fingerprinter_fpcalc import Fpcalc
from mcma_musicbrainz.fingerprinter_library import Library
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.process import ProgramMissing

_NONE: Final = "No program here makes fingerprints: neither fpcalc nor an ffmpeg with chromaprint."


class Way(Protocol):
    """Raises `ProgramMissing` when what it starts is no more or cannot do it, `PermanentError` of a file."""

    async def fingerprint(self, path: Path) -> Fingerprint: ...


class Chromaprint:
    """`fpcalc`, `ffmpeg`: the only candidates when they are given. Programs are looked for each time: they
    may be installed, or removed, while this runs."""

    name = "chromaprint"

    def __init__(self, fpcalc: Path | None = None, ffmpeg: Path | None = None) -> None:
        self._fpcalc, self._ffmpeg = fpcalc, ffmpeg

    async def fingerprint(self, path: Path) -> Fingerprint:
        if not path.is_absolute():
            raise PermanentError("The path of a file to fingerprint must be absolute.", code="undecodable")
        for way in self._ways(await asyncio.to_thread(_is_text, path)):
            try:
                return await way.fingerprint(path)
            except ProgramMissing:
                continue
        raise RetryLater(_NONE, code="no_program", hint="MCMA_PLUGIN_MUSICBRAINZ_FPCALC")

    def _ways(self, text: bool) -> Iterator[Way]:
        """What begins as text is shown to ffmpeg alone, which is told what it may open: fpcalc would take it
        for a list of streams, whatever its name, and wait for them."""
        fpcalc = self._fpcalc or _on_path("fpcalc")
        if fpcalc is not None and not text:
            yield Fpcalc(fpcalc.expanduser().absolute())
        ffmpegs = [one.absolute() for one in ffmpeg_candidates(self._ffmpeg)]
        for ffmpeg in ffmpegs:
            yield Library(ffmpeg)
        for ffmpeg in ffmpegs:
            yield Muxer(ffmpeg)


def ffmpeg_candidates(configured: Path | None) -> list[Path]:
    if configured is not None:
        return [configured.expanduser()]
    system = _on_path("ffmpeg")
    found = [system] if system else []
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        found.append(Path(get_ffmpeg_exe()))
    except (ImportError, RuntimeError):
        pass
    return found


def _on_path(name: str) -> Path | None:
    found = shutil.which(name, path=os.environ.get("PATH"))
    return Path(found) if found else None


def _is_text(path: Path) -> bool:
    """Blocks."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False  # whoever opens it says why not
    return bool(head) and all(32 <= one < 127 or one in b"\t\r\n" for one in head)
