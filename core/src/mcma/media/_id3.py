"""ID3v2.2, 2.3 and 2.4 (https://id3.org) and ID3v1, read from memory into common tag names."""

import re
import zlib
from collections.abc import Iterator
from struct import unpack_from

from mcma.domain.facts import ProblemReason
from mcma.media._id3frames import read_frame
from mcma.media._id3names import GENRE_LIST, V22_FRAMES
from mcma.media._raw import MAX_TAG_BYTES, Raw, UnfitError, too_large
from mcma.media._source import Source

HEADER = 10

_FRAME_ID = re.compile(rb"[A-Z][A-Z0-9]{3}")


def syncsafe(data: bytes, offset: int) -> int:
    """Four bytes of seven bits each."""
    first, second, third, fourth = data[offset : offset + 4]
    return (first & 127) << 21 | (second & 127) << 14 | (third & 127) << 7 | fourth & 127


def tag_size(data: bytes) -> int:
    """Bytes of the tag that `data` begins with, header and footer included; 0 without one."""
    if len(data) < HEADER or not data.startswith(b"ID3") or not 2 <= data[3] <= 4:
        return 0
    size = HEADER + syncsafe(data, 6) + (10 if data[3] == 4 and data[5] & 0x10 else 0)
    if size > MAX_TAG_BYTES:
        raise too_large("ID3 tag", size)
    return size


def leading_tags(source: Source) -> list[tuple[int, int]]:
    """(start, end) of every ID3v2 tag at the front; some writers stack them."""
    spans: list[tuple[int, int]] = []
    start = 0
    while len(spans) < 8 and (size := tag_size(source.at(start, HEADER))):
        spans.append((start, start + size))
        start += size
    if start >= source.size:
        raise UnfitError(ProblemReason.TRUNCATED, "nothing follows the ID3 tag")
    return spans


def read_id3(tag: bytes, raw: Raw) -> None:
    """Add what the tag says to `raw`; frames that make no sense are passed over."""
    version = tag[3]
    for name, body in _frames(tag, version):
        if body:
            read_frame(name, body, version, raw)
    _join_old_date(raw.tags)


def read_id3v1(data: bytes, raw: Raw) -> None:
    """The 128 bytes at the end; only for what no better tag has said."""
    fields = {"title": data[3:33], "artist": data[33:63], "album": data[63:93], "date": data[93:97]}
    for key, value in fields.items():
        text = value.split(b"\0")[0].decode("latin-1").strip()
        if text and key not in raw.tags:
            raw.tags[key] = [text]
    if data[125] == 0 and data[126]:
        raw.tags.setdefault("tracknumber", [str(data[126])])
    if data[127] < len(GENRE_LIST):
        raw.tags.setdefault("genre", [GENRE_LIST[data[127]]])


def _frames(tag: bytes, version: int) -> Iterator[tuple[bytes, bytes]]:
    flags = tag[5]
    end = min(len(tag), HEADER + syncsafe(tag, 6))
    body = tag[HEADER:end]
    if flags & 0x80 and version < 4:
        body = body.replace(b"\xff\x00", b"\xff")
    if version == 2:
        return _short_frames(body)
    return _long_frames(body, extended_header(body, version) if flags & 0x40 else 0, version)


def extended_header(body: bytes, version: int) -> int:
    if len(body) < 4:
        return 0
    return syncsafe(body, 0) if version == 4 else 4 + int.from_bytes(body[:4], "big")


def _short_frames(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 0
    while offset + 6 < len(body) and body[offset]:
        size = int.from_bytes(body[offset + 3 : offset + 6], "big")
        name = body[offset : offset + 3]
        yield V22_FRAMES.get(name, name), body[offset + 6 : offset + 6 + size]
        offset += 6 + size


def _long_frames(body: bytes, offset: int, version: int) -> Iterator[tuple[bytes, bytes]]:
    length = len(body)
    while offset + HEADER < length and body[offset]:
        name, size, flags = unpack_from(">4sIH", body, offset)
        if version == 4 and size > 127:
            size = frame_size(body, offset)
        data = body[offset + HEADER : offset + HEADER + size]
        yield name, unpacked(data, flags, version) if flags & 0xFF else data
        offset += HEADER + size


def frame_size(body: bytes, offset: int) -> int:
    """ID3v2.4 sizes are syncsafe; old iTunes wrote plain ones. The right one leads to a frame or the end."""
    plain: int = unpack_from(">I", body, offset + 4)[0]
    size = syncsafe(body, offset + 4)
    if plain & 0x80808080 or not _leads_on(body, offset + HEADER + size):
        return plain if _leads_on(body, offset + HEADER + plain) else size
    return size


def _leads_on(body: bytes, offset: int) -> bool:
    return offset == len(body) or body[offset : offset + 1] == b"\0" or bool(_FRAME_ID.match(body, offset))


def unpacked(data: bytes, flags: int, version: int) -> bytes:
    """Undo the frame formats of 2.3 and 2.4; an encrypted frame is nothing."""
    if version == 3:
        packed, locked, grouped, unsynced, length = flags & 0x80, flags & 0x40, flags & 0x20, 0, flags & 0x80
    else:
        packed, locked, grouped = flags & 0x08, flags & 0x04, flags & 0x40
        unsynced, length = flags & 0x02, flags & 0x01
    data = data[(1 if grouped else 0) + (4 if length else 0) :]
    if unsynced:
        data = data.replace(b"\xff\x00", b"\xff")
    if locked or not packed:
        return b"" if locked else data
    try:
        return zlib.decompressobj().decompress(data, MAX_TAG_BYTES)
    except zlib.error:
        return b""


def _join_old_date(tags: dict[str, list[str]]) -> None:
    """ID3v2.3 keeps the day apart as DDMM."""
    day = tags.pop("_ddmm", [""])[0]
    year = tags.get("date", [""])[0]
    if len(day) == 4 and day.isdecimal() and len(year) == 4:
        tags["date"] = [f"{year}-{day[2:]}-{day[:2]}"]
