"""Boxes: what MP4 files are made of (ISO 14496-12, section 4.2)."""

from collections.abc import Iterator
from struct import error, unpack_from

from mcma.media._source import Source

MAX_BOXES = 100_000
"""At the top of one file; a fragmented file has two per fragment."""

_UNKNOWN = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)

Span = tuple[int, int]


def boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of the content, end) of every box in data[begin:end]; a box that overruns ends it."""
    while begin + 8 <= end:
        size, kind = unpack_from(">I4s", data, begin)
        head = 8
        if size == 1 and begin + 16 <= end:
            size, head = unpack_from(">Q", data, begin + 8)[0], 16
        stop = begin + (size or end - begin)
        if (size and size < head) or stop > end:
            return
        yield kind, begin + head, stop
        begin = stop


def top_boxes(source: Source, offset: int) -> Iterator[tuple[bytes, int, int]]:
    """The same for the file itself; the last box may reach beyond its end."""
    for _ in range(MAX_BOXES):
        head = source.at(offset, 16)
        if len(head) < 8:
            return
        size, kind = unpack_from(">I4s", head)
        skip = 16 if size == 1 else 8
        if size == 1 and len(head) == 16:
            size = unpack_from(">Q", head, 8)[0]
        end = offset + size if size else source.size
        if end < offset + skip:
            return
        yield kind, offset + skip, end
        offset = end


def find(data: bytes, span: Span | None, *path: bytes) -> Span | None:
    """The content of the first box at the end of `path`."""
    for name in path:
        if span is None:
            return None
        span = next(((begin, end) for kind, begin, end in boxes(data, *span) if kind == name), None)
    return span


def time_scale(data: bytes, at: int) -> tuple[int, int]:
    """(units per second, length) of an mvhd or mdhd box; zeros when it does not say."""
    try:
        if data[at] == 1:
            scale, length = unpack_from(">IQ", data, at + 20)
        else:
            scale, length = unpack_from(">II", data, at + 12)
    except (error, IndexError):
        return 0, 0
    return scale, 0 if length in _UNKNOWN else length
