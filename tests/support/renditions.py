"""What a rendition is: asked of ffmpeg, which is the only judge of that."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.programs import script


class Heard(NamedTuple):
    codec: str
    sample_rate: int
    channels: str
    seconds: float
    tags: dict[str, str]
    peak_db: float


def heard(content: bytes, folder: Path) -> Heard:
    """Decodes all of it; raises AssertionError when anything in it is damaged."""
    path = folder / "heard"
    path.write_bytes(content)
    told = subprocess.run(
        [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-i", f"file:{path}", "-af", "volumedetect",
         "-f", "null", "-"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "Error" not in told.stderr, told.stderr
    sound = re.search(r"Audio: (\w+).*?, (\d+) Hz, (\w+)", told.stderr)
    assert sound is not None, told.stderr
    ends = re.findall(r"time=(\d+):(\d+):([\d.]+)", told.stderr)[-1]
    seconds = int(ends[0]) * 3600 + int(ends[1]) * 60 + float(ends[2])
    tags = dict(re.findall(r"^\s+(\w+)\s*: (.*)$", told.stderr.partition("Stream mapping")[0], re.MULTILINE))
    peak = re.search(r"max_volume: (\S+) dB", told.stderr)
    assert peak is not None
    lower = {name.lower(): value for name, value in tags.items()}
    return Heard(sound[1], int(sound[2]), sound[3], seconds, lower, float(peak[1]))


def fake_ffmpeg(path: Path, work: str) -> Path:
    """A program that says it is ffmpeg; for everything else it does `work`, with the output file as $OUT."""
    return script(
        path,
        f"""#!/bin/sh
case "$*" in
  *-version*|*-encoders*) exec {get_ffmpeg_exe()} "$@" ;;
esac
for OUT; do :; done
OUT="${{OUT#file:}}"
{work}
""",
    )
