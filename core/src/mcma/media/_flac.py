"""Native FLAC (RFC 9639): metadata blocks, then frames."""

from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

from mcma.domain.facts import ProblemReason
from mcma.media._id3 import leading_tags, read_id3
from mcma.media._raw import MAX_TAG_BYTES, Raw, Stream, UnfitError, too_large
from mcma.media._source import Source
from mcma.media._tail import audio_end
from mcma.media._vorbis import read_comments, read_picture_block

STREAMINFO, COMMENT, PICTURE = 0, 4, 6
_MAX_BLOCKS = 10_000
_TAIL_BYTES = 64 * 1024


class StreamInfo(NamedTuple):
    """The block that every FLAC stream begins with."""

    block: int
    sample_rate: int
    channels: int
    bit_depth: int
    samples: int
    md5: bytes

    def stream(self, container: str, samples: int) -> Stream:
        """The sound of `samples` in `container`."""
        rate = self.sample_rate
        seconds = samples / rate if rate else 0
        return Stream(container, "flac", seconds, rate, self.channels, self.bit_depth, lossless=True)


def parse_streaminfo(data: bytes) -> StreamInfo:
    """34 bytes; fewer are a truncated file."""
    if len(data) < 34:
        raise UnfitError(ProblemReason.TRUNCATED, "flac: ends in its header")
    packed: int = unpack_from(">Q", data, 10)[0]
    channels, depth = (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    block = int.from_bytes(data[2:4], "big")
    return StreamInfo(block, packed >> 44, channels, depth, packed & (1 << 36) - 1, data[18:34])


def read_flac(source: Source, start: int) -> Raw:
    """Comments of the stream first; an ID3 tag in front only fills gaps."""
    blocks, first = _blocks(source, start + 4)
    info = parse_streaminfo(next((data for kind, data in blocks if kind == STREAMINFO), b""))
    end = audio_end(source, start)[0]
    samples = info.samples or _last_sample(source, first, end, info)
    _require_last_frame(source, first, end, info)
    seed = info.md5 if any(info.md5) else b""
    facts = info.stream("flac", samples).facts(end - first)
    raw = Raw(audio=facts, regions=[(first, end)], hash_seed=seed)
    for kind, data in blocks:
        _read_block(kind, data, raw)
    if start:
        _fill_from_id3(source, raw)
    return raw


def _blocks(source: Source, offset: int) -> tuple[list[tuple[int, bytes]], int]:
    blocks: list[tuple[int, bytes]] = []
    loaded = 0
    for kind, at, size in _walk(source, offset):
        offset = at + size
        if kind in (STREAMINFO, COMMENT, PICTURE):
            loaded += size
            if loaded > MAX_TAG_BYTES:
                raise too_large("FLAC metadata", loaded)
            blocks.append((kind, source.at(at, size)))
    if offset >= source.size:
        raise UnfitError(ProblemReason.TRUNCATED, "flac: ends in its metadata")
    return blocks, offset


def _walk(source: Source, offset: int) -> Iterator[tuple[int, int, int]]:
    """(kind, offset, size) of every block up to the one marked as last."""
    for _ in range(_MAX_BLOCKS):
        head = source.at(offset, 4)
        if len(head) < 4:
            return
        size = int.from_bytes(head[1:], "big")
        yield head[0] & 127, offset + 4, size
        if head[0] & 128:
            return
        offset += 4 + size


def _read_block(kind: int, data: bytes, raw: Raw) -> None:
    if kind == COMMENT:
        read_comments(data, 0, raw)
    elif kind == PICTURE:
        read_picture_block(data, raw)


def _fill_from_id3(source: Source, raw: Raw) -> None:
    front = Raw(audio=raw.audio, regions=raw.regions)
    for begin, end in leading_tags(source):
        read_id3(source.at(begin, end - begin), front)
    raw.tags = {**front.tags, **raw.tags}
    raw.pictures = raw.pictures or front.pictures


def _require_last_frame(source: Source, first: int, end: int, info: StreamInfo) -> None:
    """FLAC declares samples, not bytes: the number of the last frame tells whether the end is there."""
    if info.samples <= 0:
        return
    last = _last_sample(source, first, end, info)
    if last >= 0 and last * 20 < info.samples * 19 and info.samples - last > info.block:
        message = f"flac: sound ends at sample {last} of {info.samples}"
        raise UnfitError(ProblemReason.TRUNCATED, message)


def _last_sample(source: Source, first: int, end: int, info: StreamInfo) -> int:
    """The end of the last frame in samples, or -1 when none is found."""
    begin = max(first, end - _TAIL_BYTES)
    data = source.at(begin, end - begin)
    offset = len(data)
    while offset >= 0:
        offset = max(data.rfind(sync, 0, offset) for sync in (b"\xff\xf8", b"\xff\xf9"))
        sample = _frame_end(data, offset, info.block) if offset >= 0 else -1
        if sample >= 0:
            return sample
    return -1


def _frame_end(data: bytes, offset: int, block: int) -> int:
    """Last sample of the frame whose header is at `offset`, -1 when its CRC-8 says that it is none."""
    if offset + 16 > len(data) or data[offset + 2] >> 4 == 0:
        return -1
    number, after = _coded_number(data, offset + 4)
    after += {6: 1, 7: 2}.get(data[offset + 2] >> 4, 0)
    after += {12: 1, 13: 2, 14: 2}.get(data[offset + 2] & 15, 0)
    if number < 0 or after >= len(data) or _crc8(data[offset:after]) != data[after]:
        return -1
    return number + block if data[offset + 1] & 1 else (number + 1) * block


def _coded_number(data: bytes, offset: int) -> tuple[int, int]:
    """The frame or sample number, coded like UTF-8 of up to seven bytes, and the offset behind it."""
    first = data[offset]
    extra = 0 if first < 0x80 else 8 - (~first & 0xFF).bit_length() - 1
    if extra == 0:
        return (first, offset + 1) if first < 0x80 else (-1, offset)
    value = first & (1 << 6 - extra) - 1 if extra < 6 else 0
    for byte in data[offset + 1 : offset + 1 + extra]:
        value = value << 6 | byte & 63
    return value, offset + 1 + extra


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc
