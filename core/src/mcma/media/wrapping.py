"""Sound in a wrapping that few players take, put into the usual one without being encoded anew."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.facts import ProblemReason
from mcma.media._containers import MATROSKA
from mcma.media._mp4boxes import find
from mcma.media._raw import UnfitError
from mcma.media.ffmpeg import QUIET, input_arguments
from mcma.media.formats import suffix
from mcma.media.sniffing import HEAD_BYTES, sniffed

__all__ = ["UnfitError", "Wrapped", "command", "looked_at"]

_CODECS: Final = {
    b"A_OPUS": ("opus", "opus"), b"A_VORBIS": ("ogg", "ogg"), b"A_FLAC": ("flac", "flac"),
    b"A_AAC": ("m4a", "ipod"), b"A_MPEG/L3": ("mp3", "mp3"),
}  # fmt: skip
"""Codec of Matroska to the ending and the muxer of what it is put into."""
_FRAGMENTED: Final = ("m4a", "ipod")


class Wrapped(NamedTuple):
    container: str
    """As ffmpeg is told of it."""
    suffix: str
    """What the file is called in the end."""
    muxer: str | None = None
    """What it is to be put into; None: it can stay as it is."""
    must: bool = False
    """Nothing here reads it as it is."""


def looked_at(path: Path) -> Wrapped:
    """Blocking. By its beginning. Raises `UnfitError` for what is no sound."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(MATROSKA):
        found = next((how for codec, how in _CODECS.items() if codec in head), None)
        if found is None:
            raise UnfitError(ProblemReason.NOT_AUDIO, "no sound that could be kept")
        return Wrapped("matroska", *found, must=True)
    container = sniffed(head)
    if container == "mp4" and find(head, (0, len(head)), b"moov", b"mvex") is not None:
        return Wrapped("mp4", *_FRAGMENTED)
    codec = "opus" if b"OpusHead" in head[:200] else "flac" if b"\x7fFLAC" in head[:200] else ""
    return Wrapped(container, suffix(container, codec))


def command(program: Path, source: Path, wrapped: Wrapped, into: Path) -> Sequence[str | bytes | Path]:
    """ffmpeg's, for what has a muxer."""
    assert wrapped.muxer is not None
    moved = ("-movflags", "+faststart") if wrapped.muxer == "ipod" else ()
    return [
        program, *QUIET, *input_arguments(bytes(source), wrapped.container), "-c", "copy", *moved,
        "-f", wrapped.muxer, f"file:{into}",
    ]  # fmt: skip
