"""Ogg (RFC 3533) with Vorbis, Opus, FLAC or Speex inside. Only the header and the last pages are read."""

import re
from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

from mcma.domain.facts import ProblemReason
from mcma.media._flac import COMMENT, PICTURE, parse_streaminfo
from mcma.media._raw import MAX_TAG_BYTES, Raw, Stream, UnfitError, too_large
from mcma.media._source import Source
from mcma.media._tail import audio_end
from mcma.media._vorbis import read_comments, read_picture_block

_HEADER = 27
_TAIL_BYTES = 160 * 1024
_MAX_PAGES = 100_000
_MAX_STREAMS = 100
_VIDEO = (b"\x80theora", b"\x01video", b"BBCD", b"OVP80", b"YUV4MPEG")
_CODECS = {b"\x01vorbis": "vorbis", b"OpusHead": "opus", b"\x7fFLAC": "flac", b"Speex   ": "speex"}
_OPUS_RATE = 48_000
_LACE = re.compile(rb"\xff*[^\xff]", re.DOTALL)


class _Page(NamedTuple):
    serial: int
    granule: int
    first: bool
    sizes: bytes
    body: int
    end: int


def read_ogg(source: Source, start: int) -> Raw:
    """One logical stream: the first that is sound."""
    codec, serial, head = _choose(source, start)
    packets, first = _header_packets(source, start, serial, codec, head)
    end = audio_end(source, start)[0]
    if first >= end:
        raise UnfitError(ProblemReason.TRUNCATED, "ogg: ends in its headers")
    stream = _stream(codec, packets[0], _last_granule(source, first, end, serial))
    raw = Raw(audio=stream.facts(end - first), regions=[(first, end)], paged=True)
    _read_tags(codec, packets[1:], raw)
    return raw


def _page(source: Source, offset: int) -> _Page | None:
    head = source.at(offset, _HEADER + 255)
    if len(head) < _HEADER or not head.startswith(b"OggS"):
        return None
    granule, serial = unpack_from("<qI", head, 6)
    sizes = head[_HEADER : _HEADER + head[26]]
    body = offset + _HEADER + len(sizes)
    return _Page(serial, granule, bool(head[5] & 2), sizes, body, body + sum(sizes))


def _choose(source: Source, offset: int) -> tuple[str, int, bytes]:
    """The first pages name all streams; a picture stream makes it a video."""
    chosen: tuple[str, int, bytes] | None = None
    for _ in range(_MAX_STREAMS):
        if (page := _page(source, offset)) is None or not page.first:
            break
        packet = source.at(page.body, page.end - page.body)
        if packet.startswith(_VIDEO):
            raise UnfitError(ProblemReason.VIDEO, "ogg: holds a video stream")
        for magic, codec in _CODECS.items():
            if chosen is None and packet.startswith(magic):
                chosen = (codec, page.serial, packet)
        offset = page.end
    if chosen is None:
        raise UnfitError(ProblemReason.NOT_AUDIO, "ogg: no known sound stream")
    return chosen


def _header_packets(
    source: Source, start: int, serial: int, codec: str, head: bytes
) -> tuple[list[bytes], int]:
    """All packets before the sound, and the offset of the first page of sound (it begins a page, by RFC)."""
    wanted = _header_count(codec, head)
    packets: list[bytes] = []
    for packet, end in _packets(source, start, serial):
        packets.append(packet)
        last_flac_block = codec == "flac" and len(packets) > 1 and packet[:1] >= b"\x80"
        if len(packets) == wanted or last_flac_block:
            return packets, end
    raise UnfitError(ProblemReason.TRUNCATED, "ogg: ends in its headers")


def _header_count(codec: str, head: bytes) -> int:
    if codec == "flac":
        return 1 + (int.from_bytes(head[7:9], "big") or 1000)
    if codec == "speex":
        return 2 + (unpack_from("<I", head, 68)[0] if len(head) >= 72 else 0)
    return 3 if codec == "vorbis" else 2


def _packets(source: Source, offset: int, serial: int) -> Iterator[tuple[bytes, int]]:
    """(packet, end of its page) of one stream, with a limit on what is joined."""
    parts: list[bytes] = []
    loaded = 0
    for _ in range(_MAX_PAGES):
        if (page := _page(source, offset)) is None:
            return
        offset = page.end
        if page.serial != serial:
            continue
        loaded += page.end - page.body
        if loaded > MAX_TAG_BYTES:
            raise too_large("Ogg header", loaded)
        body, at = source.at(page.body, page.end - page.body), 0
        for stop, complete in _laces(page.sizes):
            parts.append(body[at:stop])
            at = stop
            if complete:
                yield b"".join(parts), offset
                parts.clear()


def _laces(sizes: bytes) -> Iterator[tuple[int, bool]]:
    """(end in the body, whether the packet ends there) of every packet on a page."""
    at = 0
    for lace in _LACE.findall(sizes):
        at += sum(lace)
        yield at, True
    if sizes and sizes[-1] == 255:
        yield sum(sizes), False


def _last_granule(source: Source, first: int, end: int, serial: int) -> int:
    """The position of the last page of the stream; a last page that is cut is a truncated file."""
    begin = max(first, end - _TAIL_BYTES)
    data = source.at(begin, end - begin)
    offset, granule = len(data), -1
    while granule < 0 and (offset := data.rfind(b"OggS", 0, offset)) >= 0:
        page = _page(source, begin + offset)
        if page is not None and page.serial == serial:
            if page.end > end:
                raise UnfitError(ProblemReason.TRUNCATED, "ogg: the last page is cut")
            granule = page.granule
    return granule


def _stream(codec: str, head: bytes, granule: int) -> Stream:
    if codec == "flac":
        info = parse_streaminfo(head[17:])
        return info.stream("ogg", info.samples or granule)
    if len(head) < (80 if codec == "speex" else 19):
        raise UnfitError(ProblemReason.TRUNCATED, "ogg: ends in its header")
    if codec == "opus":
        skip = int.from_bytes(head[10:12], "little")
        return Stream("ogg", codec, (granule - skip) / _OPUS_RATE, _OPUS_RATE, head[9])
    if codec == "speex":
        rate, channels = unpack_from("<I", head, 36)[0], unpack_from("<I", head, 48)[0]
    else:
        channels, rate = unpack_from("<BI", head, 11)
    return Stream("ogg", codec, granule / rate if rate else 0, rate, channels)


def _read_tags(codec: str, packets: list[bytes], raw: Raw) -> None:
    if codec != "flac":
        read_comments(packets[0], {"vorbis": 7, "opus": 8}.get(codec, 0), raw)
        return
    for packet in packets:
        if packet[:1] and packet[0] & 127 == COMMENT:
            read_comments(packet, 4, raw)
        elif packet[:1] and packet[0] & 127 == PICTURE:
            read_picture_block(packet[4:], raw)
