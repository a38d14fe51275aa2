"""What is there twice, on the command line: found in real files by real fingerprints, decided, taken back."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.support._audio_tagging import write_tags
from tests.support.audio import make_audio
from tests.support.command import START_SECONDS, Mcma
from tests.support.labelled import pcm
from tests.support.songs import RATE, song

SECONDS = 12.0
"""What is much shorter is not compared."""


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """One song as two albums have it; another one, and a copy of its file; and a short noise."""
    tide, ebb = pcm(song(1), SECONDS), pcm(song(2), SECONDS)
    made = {"Tides/01 Tide.flac": tide, "Best/07 Tide.mp3": tide, "Best/08 Ebb.mp3": ebb, "Best/Ebb.mp3": ebb}
    for place, (name, sound) in enumerate(made.items()):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        encode = [get_ffmpeg_exe(), "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
        subprocess.run([*encode, str(path)], input=sound, check=True, timeout=60)
        tags = {"title": path.stem.split()[-1], "artist": "Ann Ash", "album": path.parent.name}
        write_tags(path, path.suffix[1:], {**tags, "tracknumber": place + 1}, None)
    make_audio(tmp_path / "music" / "Noise.mp3", seconds=0.5, tags={"title": "Noise"})
    return tmp_path / "music"


def groups(listed: str) -> dict[str, str]:
    """What they are, and their ids."""
    return {words: id_ for id_, words in re.findall(r"^(\S+) (the same \w+) ", listed, re.M)}


def heard(mcma: Mcma, files: int) -> None:
    """Fingerprints are made after a scan, by themselves; that one is too short is nobody's fault."""
    until = time.monotonic() + START_SECONDS
    said = f"{files} files have fingerprints, 1 can have none (too short, or not to be decoded).\n"
    while mcma.ok("duplicates", "status").out != said:
        assert time.monotonic() < until
    assert "degraded" not in mcma.ok("plugin", "list").out


def test_duplicates_are_found_merged_dismissed_and_taken_back(music: Path, tmp_path: Path) -> None:
    mcma = Mcma(tmp_path / "data", tmp_path, {"MCMA_WATCH": "false"})
    with mcma.serving("--library", str(music)) as served:
        heard(mcma, 4)
        found = mcma.ok("duplicates", "find", "--again", "--wait")
        assert found.out == "4 fingerprints compared. What is there twice: mcma duplicates list\n"
        listed = mcma.ok("duplicates", "list").out
        assert "Best/07 Tide.mp3" in listed and "Tides/01 Tide.flac" in listed
        same, copies = groups(listed)["the same recording"], groups(listed)["the same sound"]
        assert mcma.ok("duplicates", "show", same).out in listed
        merged = mcma.ok("duplicates", "merge", same).out
        assert set(groups(mcma.ok("duplicates", "list").out)) == {"the same sound"}
        assert mcma.run("duplicates", "merge", same).code == 1
        assert mcma.ok("duplicates", "show", same).out.count("kbit/s") == 2
        mcma.ok("duplicates", "dismiss", copies)
        assert mcma.ok("duplicates", "list").err == "Nothing is there twice, as far as is known.\n"
        assert copies in mcma.ok("duplicates", "list", "--dismissed").out
        back = merged.strip().split()[-1]
        assert mcma.ok("duplicates", "undo", back).out.endswith(" is a track of its own again.\n")
        mcma.ok("duplicates", "undo", copies)
        assert mcma.ok("duplicates", "list").out == listed
        assert mcma.run("duplicates", "undo", back).code == 1
        assert served.stop() == 0
    assert "Traceback" not in served.logged
