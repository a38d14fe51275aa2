"""ID3 tags in front of the sound, in a chunk, or behind it: which pieces the file is made of afterwards."""

from struct import pack, unpack_from
from typing import Final

from mcma.media._chunks import AIFF_TEXTS, INFO, chunks_of
from mcma.media._id3 import leading_tags, tag_size
from mcma.media._id3names import GENRE_LIST
from mcma.media._source import Source
from mcma.media.retagging.change import Change, Unwritable
from mcma.media.retagging.id3frames import Frame, frames_of, made, tag_of
from mcma.media.retagging.pieces import Piece, Span

_PADDING: Final = 1024
"""So that another program need not write the whole file to add a word."""
_MOST: Final = (1 << 28) - 1


def in_front(source: Source, change: Change) -> list[Piece]:
    """MPEG audio and TTA. Several tags become one."""
    spans = leading_tags(source)
    tag = _edited([source.at(start, end - start) for start, end in spans], change, _PADDING)
    rest = Span(spans[-1][1] if spans else 0, source.size)
    last = source.at(source.size - 128, 128)
    if source.size - rest.start < 128 or not last.startswith(b"TAG"):
        return [tag, rest]
    return [tag, Span(rest.start, source.size - 128), _old_tag(last, change)]


def behind(source: Source, change: Change) -> list[Piece]:
    """DSF: a pointer in the header says where the tag is."""
    size, _, at = unpack_from("<3Q", source.at(4, 24))
    end = at or source.size
    tag = _edited([source.at(at, source.size - at)] if at else [], change, 0)
    head = b"DSD " + pack("<3Q", size, end + len(tag), end)
    return [head, Span(len(head), end), tag]


def in_chunk(source: Source, change: Change) -> list[Piece]:
    """WAV and AIFF. The chunk goes to the end; all others stay where they are."""
    head = source.at(0, 12)
    if head[:4] == b"RF64":
        raise Unwritable("format", "Tags are not written into WAV files of more than 4 GB.")
    order, name = ("<I", b"id3 ") if head[8:12] == b"WAVE" else (">I", b"ID3 ")
    pieces: list[Piece] = []
    tags: list[bytes] = []
    for kind, at, size in chunks_of(source, 12, order):
        end = min(at + size + size % 2, source.size)
        if kind in (b"id3 ", b"ID3 "):
            tags.append(source.at(at, size))
        else:
            pieces += _chunk(source, change, (kind, at, size), Span(at - 8, end))
    if source.size % 2 and pieces and isinstance(pieces[-1], Span) and pieces[-1].end == source.size:
        pieces.append(b"\0")
    tag = _edited([one for one in tags if tag_size(one)], change, 0)
    pieces.append(name + pack(order, len(tag)) + tag + bytes(len(tag) % 2))
    total = sum(len(one) if isinstance(one, bytes) else one.end - one.start for one in pieces)
    if 4 + total >= 1 << 32:
        raise Unwritable("too_large", "WAV and AIFF files are smaller than 4 GB.")
    return [head[:4] + pack(order, 4 + total) + head[8:12], *pieces]


def _chunk(source: Source, change: Change, chunk: tuple[bytes, int, int], span: Span) -> list[Piece]:
    """Without what it says of the fields, which the ID3 chunk says now."""
    kind, at, size = chunk
    if kind == b"LIST" and source.at(at, 4) == b"INFO":
        left = _info(source.at(at + 4, size - 4), change)
        return [span] if left is None else [b"LIST" + pack("<I", 4 + len(left)) + b"INFO" + left]
    return [] if kind in AIFF_TEXTS and change.drops(AIFF_TEXTS[kind]) else [span]


def _info(data: bytes, change: Change) -> bytes | None:
    """None: it says nothing of the fields."""
    left, offset, dropped = [], 0, False
    while offset + 8 <= len(data):
        size: int = unpack_from("<I", data, offset + 4)[0]
        end = offset + 8 + size + size % 2
        key = INFO.get(data[offset : offset + 4])
        if key is not None and change.drops(key):
            dropped = True
        else:
            left.append(data[offset:end].ljust(end - offset, b"\0"))
        offset = end
    return b"".join(left) if dropped else None


def _edited(tags: list[bytes], change: Change, padding: int) -> bytes:
    """One tag, of the version of the first."""
    version = 4 if tags and tags[0][3] == 4 else 3 if tags else 4
    if any((tag[3] == 4) != (version == 4) for tag in tags):
        raise Unwritable("format", "The file has ID3 tags of two versions.")
    kept = [frame for tag in tags for frame in frames_of(tag) if not _goes(frame, change)]
    tag = tag_of(version, [*made(version, change), *(frame.data for frame in kept)], padding)
    if len(tag) > _MOST:
        raise Unwritable("too_large", "An ID3 tag cannot be that large.")
    return tag


def _goes(frame: Frame, change: Change) -> bool:
    return any(change.drops(key) for key in frame.keys)


def _old_tag(tag: bytes, change: Change) -> bytes:
    """ID3v1: 30 characters of what is said now."""
    fields = {"title": (3, 33), "artist": (33, 63), "album": (63, 93), "date": (93, 97)}
    edited = bytearray(tag)
    for key, (start, end) in fields.items():
        if change.drops(key):
            text = change.texts.get(key, [""])[0].encode("latin-1", "replace")
            edited[start:end] = text[: end - start].ljust(end - start, b"\0")
    if change.drops("tracknumber") and edited[125] == 0:
        number = change.texts.get("tracknumber", ["0"])[0].partition("/")[0]
        edited[126] = int(number) if number.isdecimal() and int(number) < 256 else 0
    if change.drops("genre"):
        names = [name for name in change.texts.get("genre", []) if name in GENRE_LIST]
        edited[127] = GENRE_LIST.index(names[0]) if names else 255
    return bytes(edited)
