"""Samples become files: encoded by ffmpeg where there is one, as WAV otherwise."""

import shutil
import subprocess
import wave
from array import array
from pathlib import Path

from mcma.demo.sound import RATE, Samples

_ROOM = "aecho=0.9:0.75:43|71|113:0.20|0.15|0.10,aresample=44100,pan=stereo|c0=c0|c1=c0,adelay=0|7"
_ENCODERS = {
    "flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "160k", "-id3v2_version", "0", "-write_xing", "1"),
    "opus": ("-c:a", "libopus", "-b:a", "96k"),
}
_PEAK = 0.8 * 32767


def ffmpeg() -> str | None:
    """The one on PATH, else the packaged one, else none."""
    if found := shutil.which("ffmpeg"):
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


class Encoded:
    """One file on its way; `done` waits for it."""

    def __init__(self, program: str | None, path: Path, samples: Samples) -> None:
        self.path, self._process = path, None
        pcm = _pcm(samples)
        if program is None:
            self.path = path.with_suffix(".wav")
            _write_wav(self.path, pcm)
            return
        self._process = _started(program, path)
        assert self._process.stdin is not None
        self._process.stdin.write(pcm)
        self._process.stdin.close()

    def done(self) -> Path:
        if self._process is not None and self._process.wait() != 0:
            raise OSError(f"ffmpeg could not write {self.path.name}")
        return self.path


def _started(program: str, path: Path) -> "subprocess.Popen[bytes]":
    suffix = path.suffix[1:]
    command = (
        program, "-hide_banner", "-loglevel", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1",
        "-i", "pipe:0", "-af", _ROOM, "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact",
        *_ENCODERS[suffix], f"file:{path}",
    )  # fmt: skip
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - a program we looked for


def _pcm(samples: Samples) -> bytes:
    factor = _PEAK / max(max(samples), -min(samples), 1e-9)
    return array("h", [int(one * factor) for one in samples]).tobytes()


def _write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
