"""MP4 and M4A (ISO 14496-12, iTunes metadata): boxes, the sound track, sample entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from mcma.domain.facts import ProblemReason
from mcma.media._mp4boxes import Span, boxes, find, time_scale, top_boxes
from mcma.media._mp4fragments import fragment_seconds
from mcma.media._mp4tags import read_items
from mcma.media._raw import MAX_TAG_BYTES, Raw, Stream, UnfitError, require_whole, too_large
from mcma.media._source import Source

MAX_MOOV_BYTES = 2 * MAX_TAG_BYTES
"""The index also holds the sample tables, which grow with the length of an audiobook."""

_STILLS = {b"jpeg", b"png ", b"mjpa", b"mjpb"}
"""Chapter pictures of audiobooks are picture tracks, too, but no video."""
_ENTRIES = {
    b"alac": "alac",
    b"fLaC": "flac",
    b"Opus": "opus",
    b".mp3": "mp3",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b"lpcm": "pcm",
    b"sowt": "pcm",
    b"twos": "pcm",
    b"in24": "pcm",
}
_LOSSLESS = {"alac", "flac", "pcm"}
_OBJECT_TYPES = {0x69: "mp3", 0x6B: "mp3", 0xA5: "ac3", 0xA6: "eac3", 0xAD: "opus"}


@dataclass(slots=True)
class _Track:
    handler: bytes = b""
    entry: bytes = b""
    codec: str = "aac"
    scale: int = 0
    seconds: float = 0
    channels: int = 0
    sample_rate: int = 0
    bit_depth: int = 0


def read_mp4(source: Source, start: int) -> Raw:
    """`moov` may stand before or behind the sound; its place is no part of the audio hash."""
    moov, regions, declared = _top(source, start)
    if moov is None:
        raise UnfitError(ProblemReason.TRUNCATED, "mp4: no index (moov)")
    track = _sound_track(moov)
    present = sum(end - begin for begin, end in regions)
    require_whole("mp4", present, declared)
    seconds = track.seconds or fragment_seconds(source, start, moov, track.scale)
    lossless = track.codec in _LOSSLESS
    stream = Stream(
        "mp4", track.codec, seconds, track.sample_rate, track.channels, track.bit_depth or None, lossless
    )
    raw = Raw(audio=stream.facts(present), regions=regions)
    for begin, end in _item_lists(moov):
        read_items(moov, begin, end, raw)
    return raw


def _top(source: Source, offset: int) -> tuple[bytes | None, list[Span], int]:
    moov: bytes | None = None
    regions: list[Span] = []
    declared = 0
    for kind, begin, end in top_boxes(source, offset):
        if kind == b"mdat":
            regions.append((begin, min(end, source.size)))
            declared += end - begin
        elif kind == b"moov" and moov is None:
            moov = _load(source, begin, end)
    return moov, [span for span in regions if span[0] < span[1]], declared


def _load(source: Source, begin: int, end: int) -> bytes:
    if end - begin > MAX_MOOV_BYTES:
        raise too_large("MP4 index", end - begin)
    if end > source.size:
        raise UnfitError(ProblemReason.TRUNCATED, "mp4: ends in its index")
    return source.at(begin, end - begin)


def _sound_track(moov: bytes) -> _Track:
    tracks = [_track(moov, (a, b)) for kind, a, b in boxes(moov, 0, len(moov)) if kind == b"trak"]
    if any(track.handler == b"vide" and track.entry not in _STILLS for track in tracks):
        raise UnfitError(ProblemReason.VIDEO, "mp4: holds a video track")
    sound = next((track for track in tracks if track.handler == b"soun"), None)
    if sound is None:
        raise UnfitError(ProblemReason.NOT_AUDIO, "mp4: no sound track")
    return sound


def _track(moov: bytes, span: Span) -> _Track:
    track = _Track()
    media = find(moov, span, b"mdia")
    handler = find(moov, media, b"hdlr")
    header = find(moov, media, b"mdhd")
    table = find(moov, media, b"minf", b"stbl", b"stsd")
    if handler is None or header is None or table is None:
        return track
    track.handler = moov[handler[0] + 8 : handler[0] + 12]
    track.scale, ticks = time_scale(moov, header[0])
    track.seconds = ticks / track.scale if track.scale else 0
    entry = next(boxes(moov, table[0] + 8, table[1]), None)
    if entry is not None:
        _read_entry(moov, track, *entry)
    return track


def _read_entry(moov: bytes, track: _Track, kind: bytes, begin: int, end: int) -> None:
    track.entry = kind
    if track.handler != b"soun" or end - begin < 28:
        return
    version, track.channels, track.bit_depth = unpack_from(">H6xHH", moov, begin + 8)
    track.sample_rate = unpack_from(">H", moov, begin + 24)[0]
    track.codec = _ENTRIES.get(kind, "aac")
    for name, at, stop in boxes(moov, begin + {1: 44, 2: 64}.get(version, 28), end):
        if name == b"esds":
            track.codec = _object_codec(moov[at:stop])
        elif name == b"alac" and stop - at >= 28:
            track.bit_depth, track.channels = moov[at + 9], moov[at + 13]
            track.sample_rate = unpack_from(">I", moov, at + 24)[0]
        elif name == b"dfLa" and stop - at >= 26:
            track.sample_rate = int.from_bytes(moov[at + 18 : at + 21], "big") >> 4


def _object_codec(esds: bytes) -> str:
    """The object type of the decoder configuration (tag 4, a length of one to four bytes)."""
    at = esds.find(b"\x04", 4)
    while 0 <= at < len(esds) - 1:
        at += 1
        if esds[at] < 0x80:
            return _OBJECT_TYPES.get(esds[at + 1], "aac") if at + 1 < len(esds) else "aac"
    return "aac"


def _item_lists(moov: bytes) -> Iterator[Span]:
    """moov/udta/meta/ilst; QuickTime's `meta` lacks the version field."""
    user = find(moov, (0, len(moov)), b"udta")
    meta = find(moov, user, b"meta")
    if meta is not None:
        versioned = moov[meta[0] + 4 : meta[0] + 8] != b"hdlr"
        items = find(moov, (meta[0] + (4 if versioned else 0), meta[1]), b"ilst")
        if items is not None:
            yield items
