"""A big made-up library, quickly: `python -m tests.support.library FOLDER FILES`.

Real, playable, tagged files of half a second: mp3, flac, ogg, opus, m4a. Each has sound of its own (see
`_library_formats`), so that hashes of the audio differ; to the ear and to a fingerprint there are six tones.
"""

import sys
from pathlib import Path

from tests.support._library_formats import render
from tests.support._library_plan import Album, Track, plan
from tests.support._library_sound import cover_of


def generate_library(root: Path, files: int, *, seed: int = 1) -> None:
    """Write `files` audio files below `root`; the same seed gives the same bytes."""
    folder, cover, entered = root, None, -1
    for track in plan(files, seed):
        album = track.album
        if album.number != entered:
            folder, cover, entered = _enter(root, album), _embedded(album), album.number
        _place(folder, track).write_bytes(render(track, cover))


def _enter(root: Path, album: Album) -> Path:
    """The number keeps two albums of one name apart."""
    folder = root / _safe(album.artist.name) / f"{_safe(album.title)} ({album.year}) [{album.number}]"
    for disc in range(1, album.discs + 1):
        _disc(folder, album, disc).mkdir(parents=True, exist_ok=True)
    if album.cover == "beside":
        (folder / "cover.jpg").write_bytes(cover_of(album.number))
    return folder


def _embedded(album: Album) -> bytes | None:
    return cover_of(album.number) if album.cover == "embedded" else None


def _place(folder: Path, track: Track) -> Path:
    name = f"{track.position:02d} {_safe(track.title)}.{track.album.fmt}"
    return _disc(folder, track.album, track.disc) / name


def _disc(folder: Path, album: Album, disc: int) -> Path:
    return folder / f"CD{disc}" if album.discs > 1 else folder


def _safe(name: str) -> str:
    return name.replace("/", "_")[:60]


if __name__ == "__main__":
    generate_library(Path(sys.argv[1]), int(sys.argv[2]))
