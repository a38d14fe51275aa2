"""MPEG audio (MP1, MP2, MP3): the first frame, the Xing/Info or VBRI header, ID3 and APE tags around it."""

from typing import NamedTuple

from mcma.domain.facts import ProblemReason
from mcma.media._id3 import leading_tags, read_id3, read_id3v1
from mcma.media._mutagen import read_apev2
from mcma.media._raw import Raw, Stream, UnfitError, require_whole
from mcma.media._source import Source
from mcma.media._tail import audio_end
from mcma.media._xing import read_count

SEARCH_BYTES = 512 * 1024
"""How far behind the tags the first frame may be (padding, a broken tag size)."""

_RATES = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
_KBPS_V1 = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
}
_KBPS_V2 = {
    1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
}


class Frame(NamedTuple):
    """One frame header."""

    sample_rate: int
    samples: int
    channels: int
    length: int
    layer: int


def parse_frame(data: bytes, offset: int) -> Frame | None:
    """The header at `offset`, or None when there is none (free format included)."""
    if offset + 4 > len(data) or data[offset] != 0xFF or data[offset + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[offset + 1] >> 3 & 3, data[offset + 1] >> 1 & 3
    index, rate = data[offset + 2] >> 4, data[offset + 2] >> 2 & 3
    if version == 1 or layer == 0 or index in (0, 15) or rate == 3:
        return None
    hertz = _RATES[version][rate]
    kbps = (_KBPS_V1 if version == 3 else _KBPS_V2)[layer][index]
    samples = 384 if layer == 3 else 576 if layer == 1 and version != 3 else 1152
    padding = (data[offset + 2] >> 1 & 1) * (4 if layer == 3 else 1)
    length = kbps * 12_000 // hertz * 4 if layer == 3 else samples * kbps * 125 // hertz
    return Frame(hertz, samples, 1 if data[offset + 3] >> 6 == 3 else 2, length + padding, 4 - layer)


def find_frame(data: bytes, whole: bool) -> int:
    """Offset of the first of three frames in a row (fewer where `whole` data ends), or -1."""
    offset = data.find(b"\xff")
    while offset >= 0:
        if _chained(data, offset, whole):
            return offset
        offset = data.find(b"\xff", offset + 1)
    return -1


def _chained(data: bytes, offset: int, whole: bool) -> bool:
    for count in range(3):
        frame = parse_frame(data, offset)
        if frame is None:
            return whole and count > 0 and offset + 4 > len(data)
        offset += frame.length
    return True


def read_mpeg(source: Source, start: int) -> Raw:
    """Tags in falling trust: ID3v2, APEv2, ID3v1."""
    spans = leading_tags(source)
    end, tails = audio_end(source, start)
    stream, sound = _stream(source, start + _first_frame(source, start, end), end)
    raw = Raw(audio=stream.facts(end - sound), regions=[(sound, end)])
    for begin, stop in spans:
        read_id3(source.at(begin, stop - begin), raw)
    if "apev2" in tails:
        read_apev2(source, raw)
    if "id3v1" in tails:
        read_id3v1(source.at(source.size - 128, 128), raw)
    return raw


def _first_frame(source: Source, start: int, end: int) -> int:
    data = source.at(start, min(4096, end - start))
    found = find_frame(data, start + len(data) >= end)
    if found < 0:
        data = source.at(start, min(SEARCH_BYTES, end - start))
        found = find_frame(data, start + len(data) >= end)
    if found < 0:
        raise UnfitError(ProblemReason.NOT_AUDIO, "no MPEG audio frames")
    return found


def _stream(source: Source, first: int, end: int) -> tuple[Stream, int]:
    """The stream and the start of its sound: some tag writers rewrite the frame that counts."""
    head = source.at(first, min(4096, end - first))
    frame = parse_frame(head, 0)
    assert frame is not None
    count = read_count(head)
    if count.size:
        require_whole("mp3", end - first, count.size)
    samples = count.frames * frame.samples - count.padding
    seconds = samples / frame.sample_rate if count.frames else _estimate(source, first, end)
    sound = first + frame.length if count.frames else first
    return Stream("mp3", f"mp{frame.layer}", seconds, frame.sample_rate, frame.channels), min(sound, end)


def _estimate(source: Source, first: int, end: int) -> float:
    """Without a count: by the mean frame at the front and in the middle (exact for a constant bit rate)."""
    length = spent = 0
    frame = None
    for begin in (first, first + (end - first) // 2):
        data = source.at(begin, min(32_768, end - begin))
        offset = max(0, find_frame(data, begin + len(data) >= end))
        while (found := parse_frame(data, offset)) is not None:
            frame, length, spent = found, length + found.length, spent + 1
            offset += found.length
    if frame is None or not length:
        return 0.0
    return (end - first) / (length / spent) * frame.samples / frame.sample_rate
