"""Which container a file is, by its bytes alone: names lie."""

from collections.abc import Callable

from mcma.domain.facts import ProblemReason
from mcma.media._chunks import read_aiff, read_wav
from mcma.media._dsf import read_dsf
from mcma.media._flac import read_flac
from mcma.media._id3 import leading_tags
from mcma.media._mp4 import read_mp4
from mcma.media._mpeg import find_frame, read_mpeg
from mcma.media._mutagen import (
    read_aac,
    read_ape,
    read_asf,
    read_musepack,
    read_true_audio,
    read_wavpack,
)
from mcma.media._ogg import read_ogg
from mcma.media._raw import Raw, UnfitError
from mcma.media._source import Source

Reader = Callable[[Source, int], Raw]

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_MAGIC: tuple[tuple[bytes, Reader], ...] = (
    (b"fLaC", read_flac),
    (b"OggS", read_ogg),
    (b"wvpk", read_wavpack),
    (b"MAC ", read_ape),
    (b"MP+", read_musepack),
    (b"MPCK", read_musepack),
    (b"DSD ", read_dsf),
    (b"TTA1", read_true_audio),
    (b"ADIF", read_aac),
    (_ASF, read_asf),
)
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_VIDEO = (b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"FLV\x01", b".RMF")
MATROSKA = b"\x1a\x45\xdf\xa3"


def read_container(source: Source) -> Raw:
    """Parse what the file is; raises UnfitError for what is no track."""
    spans = leading_tags(source)
    start = spans[-1][1] if spans else 0
    head = source.at(start, 4096)
    return reader_of(head, start > 0)(source, start)


def reader_of(head: bytes, tagged: bool) -> Reader:
    """By the first bytes after leading tags. Raises UnfitError."""
    for magic, reader in _MAGIC:
        if head.startswith(magic):
            return reader
    if head[:4] in (b"RIFF", b"RF64", b"FORM"):
        return _iff_reader(head)
    if head[4:8] in _BOXES:
        return read_mp4
    _refuse_video(head)
    if not tagged and head[:1] == b"\xff" and head[1:2] and head[1] & 0xF6 == 0xF0:
        return read_aac
    if tagged or head[:1] in (b"\xff", b"\0") or find_frame(head, whole=False) >= 0:
        return read_mpeg
    raise UnfitError(ProblemReason.NOT_AUDIO, "no known sound container")


def _iff_reader(head: bytes) -> Reader:
    kind = head[8:12]
    if kind == b"WAVE":
        return read_wav
    if kind in (b"AIFF", b"AIFC"):
        return read_aiff
    if kind in (b"AVI ", b"AVIX"):
        raise UnfitError(ProblemReason.VIDEO, "AVI is a video container")
    raise UnfitError(ProblemReason.NOT_AUDIO, "a RIFF or IFF file without sound")


def _refuse_video(head: bytes) -> None:
    if head.startswith(MATROSKA):
        raise UnfitError(ProblemReason.VIDEO, "Matroska and WebM are taken as video")
    if head.startswith(_VIDEO) or (
        len(head) > 188 and head[0] == head[188] == 0x47 and head[376:377] == b"\x47"
    ):
        raise UnfitError(ProblemReason.VIDEO, "a video container")
