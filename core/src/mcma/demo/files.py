"""Samples become files: encoded by ffmpeg where there is one, as WAV otherwise."""

import asyncio
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

from mcma.demo.sound import RATE, Samples
from mcma.media.ffmpeg import QUIET, located
from mcma_plugins.process import Limits, ProcessFailed, run

_ROOM = "aecho=0.9:0.75:43|71|113:0.20|0.15|0.10,aresample=44100,pan=stereo|c0=c0|c1=c0,adelay=0|7"
_ENCODERS = {
    "flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "160k", "-id3v2_version", "0", "-write_xing", "1"),
    "opus": ("-c:a", "libopus", "-b:a", "96k"),
}
_PEAK = 0.8 * 32767


def written(path: Path, samples: Samples) -> Path:
    """As WAV, one channel."""
    factor = _PEAK / max(max(samples), -min(samples), 1e-9)
    pcm = array("h", [int(one * factor) for one in samples]).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return path


def encoded(drafts: Sequence[Path], suffix: str) -> list[Path]:
    """In place of the drafts, and in their order; the drafts themselves without ffmpeg. Raises `OSError`."""
    program = located()
    if program is None:
        return list(drafts)
    made = asyncio.run(_encode_all(program, drafts, suffix))
    for draft in drafts:
        draft.unlink()
    return made


async def _encode_all(program: Path, drafts: Sequence[Path], suffix: str) -> list[Path]:
    return await asyncio.gather(
        *(_encode(program, draft, draft.with_suffix(f".{suffix}")) for draft in drafts)
    )


async def _encode(program: Path, draft: Path, path: Path) -> Path:
    command: list[str | Path] = [
        program, *QUIET, "-i", f"file:{draft}", "-af", _ROOM, "-map_metadata", "-1", "-fflags", "+bitexact",
        "-flags:a", "+bitexact", *_ENCODERS[path.suffix[1:]], f"file:{path}",
    ]  # fmt: skip
    try:
        done = await run(command, Limits(seconds=120))
    except ProcessFailed as error:
        raise OSError(error.message) from error
    if not done.ok:
        raise OSError(f"ffmpeg could not write {path.name}: {done.last_line}")
    return path
