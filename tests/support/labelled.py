"""Pairs of recordings that are the same, and that are not, with their real fingerprints.

The same: songs (`songs.py`) through codecs, bit rates, sample rates and gains, begun later, ended earlier.
Not the same: another melody over the same chords, a remix (faster, other drums), other songs.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from imageio_ffmpeg import get_ffmpeg_exe

from mcma.domain.fingerprints import ALIKE, SHARED, bit_error, terms
from tests.support.songs import RATE, Song, samples, song

FORMS: dict[str, str] = {
    "flac": "-c:a flac -f flac",
    "mp3 64": "-ar 44100 -c:a libmp3lame -b:a 64k -f mp3",
    "mp3 128": "-ar 44100 -c:a libmp3lame -b:a 128k -f mp3",
    "mp3 320": "-ar 44100 -c:a libmp3lame -b:a 320k -f mp3",
    "mp3 at 16 kHz": "-ar 16000 -c:a libmp3lame -b:a 32k -f mp3",
    "aac 96": "-ar 44100 -c:a aac -b:a 96k -f adts",
    "opus 48": "-c:a libopus -b:a 48k -f ogg",
    "opus 96": "-c:a libopus -b:a 96k -f ogg",
    "vorbis, stereo": "-ac 2 -c:a libvorbis -q:a 3 -f ogg",
    "12 dB softer": "-af volume=-12dB -c:a flac -f flac",
    "6 dB louder": "-af volume=6dB -ar 44100 -c:a libmp3lame -b:a 128k -f mp3",
    "0.5 s later": "-ss 0.53 -ar 44100 -c:a libmp3lame -b:a 128k -f mp3",
    "1.9 s later": "-ss 1.91 -c:a libopus -b:a 64k -f ogg",
    "5 s later": "-ss 5.07 -ar 44100 -c:a libmp3lame -b:a 128k -f mp3",
    "ended 4 s before": "-t {short} -c:a libvorbis -q:a 0 -f ogg",
}
FEW = ("flac", "mp3 128")
"""Of songs that are there to be told from others."""


class Heard(NamedTuple):
    of: Song
    form: str
    raw: bytes
    terms: frozenset[int]


class Verdict(NamedTuple):
    same: int
    missed: int
    others: int
    false: int
    worst_same: float
    """The greatest bit error of two of one recording."""
    best_other: float
    """The least of two of different ones."""

    @property
    def missed_percent(self) -> float:
        return round(100 * self.missed / self.same, 2)

    @property
    def false_percent(self) -> float:
        return round(100 * self.false / self.others, 2)


def heard(songs: int, seconds: float) -> list[Heard]:
    whole = [(song(seed), form) for seed in range(songs) for form in FORMS]
    other = [Song(seed, 1000 + seed, drums=seed) for seed in range(songs)]
    remix = [Song(seed, seed, tempo=1.06, drums=777 + seed) for seed in range(songs)]
    more = [song(100 + seed) for seed in range(songs)]
    few = [(one, form) for one in (*other, *remix, *more) for form in FEW]
    made = [(one, form, fingerprint(one, form, seconds)) for one, form in (*whole, *few)]
    return [Heard(one, form, raw, frozenset(terms(raw))) for one, form, raw in made]


def judged(found: Sequence[Heard]) -> Verdict:
    """As core does it: those that share terms are compared bit by bit."""
    pairs = [(one.of == other.of, bit_error(one.raw, other.raw), len(one.terms & other.terms))
             for one, other in combinations(found, 2)]  # fmt: skip
    same = [(error, shared) for is_same, error, shared in pairs if is_same]
    others = [(error, shared) for is_same, error, shared in pairs if not is_same]
    return Verdict(
        len(same), sum(not _alike(*one) for one in same), len(others), sum(_alike(*one) for one in others),
        round(max(error for error, _ in same), 3), round(min(error for error, _ in others), 3),
    )  # fmt: skip


def _alike(error: float, shared: int) -> bool:
    return shared >= SHARED and error < ALIKE


@cache
def fingerprint(of: Song, form: str, seconds: float) -> bytes:
    options = FORMS[form].format(short=seconds - 4).split()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "sound")
        _ffmpeg([*_RAW, "-i", "-", *options, path], pcm(of, seconds))
        return _ffmpeg(["-i", path, "-t", "120", "-f", "chromaprint", "-fp_format", "raw", "-"])


_RAW = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")


@cache
def pcm(of: Song, seconds: float) -> bytes:
    return samples(of, seconds)


def files(count: int, seconds: float, folder: Path) -> Iterator[Path]:
    """Songs as FLAC files at 44.1 kHz in stereo."""
    for seed in range(count):
        path = folder / f"{seed}.flac"
        _ffmpeg([*_RAW, "-i", "-", "-ar", "44100", "-ac", "2", str(path)], samples(song(seed), seconds))
        yield path


def _ffmpeg(arguments: Sequence[str], given: bytes = b"") -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=given, check=True, capture_output=True, timeout=120).stdout
