"""A small library of synthesised music, so that somebody without music at hand hears something."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mcma.domain.errors import McmaError

if TYPE_CHECKING:
    from mcma.demo.albums import Album

__all__ = ["is_made", "make_demo"]

LICENCE = "LICENCE.txt"
_WORDS = """\
The music, the words and the pictures in this folder were made by a program and are in the public domain
(CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/). Artists and titles are invented.
"""
_MAKING = ".making"


class NotMade(McmaError):
    code = "demo_not_made"


def make_demo(folder: Path) -> int:
    """How many pieces were made; 0 when the library is there already. The same on every machine with the same
    encoder. Raises `NotMade`."""
    if is_made(folder):
        return 0
    try:
        return _make(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotMade(f"The demo library cannot be made in {folder}: {reason}") from error


def is_made(folder: Path) -> bool:
    return (folder / LICENCE).exists()


def _make(folder: Path) -> int:
    from mcma.demo.albums import ALBUMS

    draft = folder / _MAKING
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for album in ALBUMS:
        _make_album(album, draft)
    for artist in draft.iterdir():
        shutil.rmtree(folder / artist.name, ignore_errors=True)
        artist.rename(folder / artist.name)
    draft.rmdir()
    (folder / LICENCE).write_text(_WORDS)
    return sum(len(album.pieces) for album in ALBUMS)


def _make_album(album: "Album", draft: Path) -> None:
    from mcma.demo import files, tagging
    from mcma.demo.covers import cover
    from mcma.demo.pieces import played

    place = draft / album.artist / album.title
    place.mkdir(parents=True)
    picture = cover(album)
    (place / "cover.jpg").write_bytes(picture)
    drafts = [
        files.written(place / f"{number:02} {piece.title}.wav", played(piece, album.band))
        for number, piece in enumerate(album.pieces, 1)
    ]
    paths = files.encoded(drafts, album.suffix)
    for number, (piece, path) in enumerate(zip(album.pieces, paths, strict=True), 1):
        tagging.tag(path, album, piece, number, picture)
        if piece.lyrics:
            path.with_suffix(".lrc").write_text(tagging.lrc(piece))
