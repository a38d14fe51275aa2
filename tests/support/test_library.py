"""The made-up library is what it says: right numbers, readable tags, sound that decodes and differs."""

import hashlib
import subprocess
from collections import Counter
from pathlib import Path

import mutagen
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from mutagen.flac import FLAC

from tests.support._library_plan import FORMATS, plan
from tests.support.library import generate_library

FILES = 360


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    generate_library(root, FILES)
    return root


def audio(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.suffix[1:] in FORMATS)


def decoded(path: Path, *output: str) -> bytes:
    strict = ["-v", "error", "-xerror", "-err_detect", "crccheck+explode"]
    command = [get_ffmpeg_exe(), *strict, "-i", str(path), "-map", "0:a", *output, "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), path
    return done.stdout


def test_as_many_files_artists_and_albums_as_asked_for(library: Path) -> None:
    tracks = list(plan(FILES, 1))
    assert len(audio(library)) == len(tracks) == FILES
    assert len({track.album.number for track in tracks}) == FILES // 12
    assert {path.suffix[1:] for path in audio(library)} == set(FORMATS)


def test_same_seed_same_bytes(library: Path, tmp_path: Path) -> None:
    generate_library(tmp_path, FILES)
    assert digests(tmp_path) == digests(library)
    assert list(plan(50, 1)) != list(plan(50, 2))


def digests(root: Path) -> dict[Path, str]:
    return {
        path.relative_to(root): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_tags_are_those_of_the_plan(library: Path) -> None:
    found = Counter(
        (str(tags["title"][0]), str(tags["album"][0]), str(tags["albumartist"][0]), str(tags["date"][0]))
        for tags in (mutagen.File(path, easy=True).tags for path in audio(library))
    )
    assert found == Counter(
        (track.title, track.album.title, track.album.artist.name, str(track.album.year))
        for track in plan(FILES, 1)
    )


@pytest.mark.parametrize("fmt", FORMATS)
def test_sound_decodes_without_complaint_and_differs(library: Path, fmt: str) -> None:
    paths = [path for path in audio(library) if path.suffix == f".{fmt}"][:14]
    assert len(paths) > 6
    for path in paths:
        assert len(decoded(path, "-f", "s16le")) > 30_000
    assert len({decoded(path, "-c", "copy", "-f", "md5") for path in paths}) == len(paths)


def test_flac_checksum_is_that_of_its_samples(library: Path) -> None:
    for path in [path for path in audio(library) if path.suffix == ".flac"][:6]:
        samples = decoded(path, "-f", "s16le")
        info = FLAC(path).info  # type: ignore[no-untyped-call]
        assert info.total_samples == len(samples) // 2
        assert info.md5_signature == int(hashlib.md5(samples).hexdigest(), 16)
