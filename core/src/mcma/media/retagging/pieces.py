"""A file made of pieces: new bytes, and ranges of another file."""

import os
from collections.abc import Sequence
from typing import NamedTuple

_PIECE = 1024 * 1024


class Span(NamedTuple):
    start: int
    end: int


Piece = bytes | Span


def compose(source: bytes, target: bytes, pieces: Sequence[Piece]) -> None:
    """Writes `target`, which must not exist, and brings it to the disk. Raises `OSError`."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            for piece in pieces:
                _append(reading, writing, piece)
            os.fsync(writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _append(reading: int, writing: int, piece: Piece) -> None:
    if isinstance(piece, bytes):
        _write(writing, piece)
        return
    at = piece.start
    while at < piece.end:
        data = os.pread(reading, min(_PIECE, piece.end - at), at)
        if not data:
            raise OSError("The file ends before its tags say so.")
        _write(writing, data)
        at += len(data)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
