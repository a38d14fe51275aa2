"""Whether bytes are music, by how they begin: for uploads, before the rest of them has arrived."""

from mcma.domain.facts import ProblemReason
from mcma.media._containers import reader_of
from mcma.media._id3 import HEADER, tag_size
from mcma.media._mpeg import find_frame
from mcma.media._raw import UnfitError
from mcma.media._source import HEAD_BYTES

__all__ = ["HEAD_BYTES", "UnfitError", "sniffed"]


def sniffed(head: bytes) -> str:
    """The container (as `AudioFacts.container` has it) of what begins with these `HEAD_BYTES`, or all of it.

    Raises `UnfitError`. An ID3 tag longer than the head leaves open what follows; it is taken for MPEG audio,
    which nearly always does.
    """
    start = 0
    while size := tag_size(head[start : start + HEADER]):
        start += size
    rest = head[start:]
    if start >= len(head) and start:
        return "mp3"
    name = reader_of(rest[:4096], start > 0).__name__.removeprefix("read_")
    if name == "mpeg" and find_frame(rest, whole=len(head) < HEAD_BYTES) < 0:
        raise UnfitError(ProblemReason.NOT_AUDIO, "no known sound container")
    return _CONTAINERS.get(name, name)


_CONTAINERS = {"mpeg": "mp3", "musepack": "mpc", "true_audio": "tta"}
"""Readers whose name is not the container's."""
