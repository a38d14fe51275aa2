"""How long a fragmented MP4 is, for which its index may say nothing (ISO 14496-12, section 8.8)."""

from struct import unpack_from

from mcma.media._mp4boxes import boxes, find, time_scale, top_boxes
from mcma.media._raw import MAX_TAG_BYTES
from mcma.media._source import Source

_HEADER_FIELDS = ((0x01, 8), (0x02, 4))
"""Optional fields of tfhd before the default duration: flag and width."""


def fragment_seconds(source: Source, start: int, moov: bytes, scale: int) -> float:
    """By mvhd, by mehd, by the segment index, else by adding up all runs of samples."""
    whole = (0, len(moov))
    header, extended = find(moov, whole, b"mvhd"), find(moov, whole, b"mvex", b"mehd")
    movie_scale, ticks = time_scale(moov, header[0]) if header else (0, 0)
    if not ticks and extended:
        ticks = int.from_bytes(moov[extended[0] + 4 : extended[1]], "big")
    if ticks and movie_scale:
        return ticks / movie_scale
    return _index_seconds(source, start) or _run_seconds(source, start, moov, scale)


def _index_seconds(source: Source, start: int) -> float:
    for kind, begin, end in top_boxes(source, start):
        if kind == b"sidx":
            data = source.at(begin, min(end - begin, MAX_TAG_BYTES))
            scale = unpack_from(">I", data, 8)[0]
            first = 32 if data[0] == 1 else 24
            ticks = sum(unpack_from(">I", data, at + 4)[0] for at in range(first, len(data) - 11, 12))
            return ticks / scale if scale else 0
    return 0


def _run_seconds(source: Source, start: int, moov: bytes, scale: int) -> float:
    defaults = find(moov, (0, len(moov)), b"mvex", b"trex")
    usual = unpack_from(">I", moov, defaults[0] + 12)[0] if defaults else 0
    ticks = 0
    for kind, begin, end in top_boxes(source, start):
        if kind == b"moof" and end - begin <= MAX_TAG_BYTES:
            ticks += _fragment_ticks(source.at(begin, end - begin), usual)
    return ticks / scale if scale else 0


def _fragment_ticks(moof: bytes, usual: int) -> int:
    track = find(moof, (0, len(moof)), b"traf")
    header = find(moof, track, b"tfhd")
    if track is None or header is None:
        return 0
    flags, at = int.from_bytes(moof[header[0] + 1 : header[0] + 4], "big"), header[0] + 8
    at += sum(width for flag, width in _HEADER_FIELDS if flags & flag)
    if flags & 0x08:
        usual = unpack_from(">I", moof, at)[0]
    return sum(_run_ticks(moof, begin, usual) for kind, begin, _ in boxes(moof, *track) if kind == b"trun")


def _run_ticks(moof: bytes, at: int, usual: int) -> int:
    flags = int.from_bytes(moof[at + 1 : at + 4], "big")
    count: int = unpack_from(">I", moof, at + 4)[0]
    if not flags & 0x100:
        return count * usual
    width = 4 * (flags >> 8 & 15).bit_count()
    first = at + 8 + 4 * (flags & 1) + (4 if flags & 4 else 0)
    return sum(unpack_from(">I", moof, first + width * index)[0] for index in range(count))
