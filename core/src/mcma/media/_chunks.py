"""WAV and AIFF: chunks, of which one is the sound and others may be tags."""

from collections.abc import Iterator
from struct import unpack_from

from mcma.domain.facts import ProblemReason
from mcma.media._id3 import read_id3, tag_size
from mcma.media._names import add
from mcma.media._raw import MAX_TAG_BYTES, Raw, Stream, UnfitError, require_whole, too_large
from mcma.media._source import Source

_MAX_CHUNKS = 1_000
_UNKNOWN_SIZE = 0xFFFFF000
"""Programs that write to a pipe leave a size near the maximum behind."""
_WAV_CODECS = {1: "pcm", 3: "pcm", 2: "adpcm", 6: "alaw", 7: "mulaw", 0x11: "adpcm", 0x50: "mp2", 0x55: "mp3"}
_AIFF_PCM = {
    b"",
    b"NONE",
    b"raw ",
    b"twos",
    b"sowt",
    b"in24",
    b"in32",
    b"42ni",
    b"23ni",
    b"fl32",
    b"FL32",
    b"fl64",
}
INFO = {
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"ICMT": "comment",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ITRK": "tracknumber",
    b"IPRT": "tracknumber",
    b"IMUS": "composer",
    b"IWRI": "lyricist",
    b"IPUB": "label",
    b"ISRC": "isrc",
    b"IBPM": "bpm",
    b"IMED": "media",
    b"ILNG": "language",
}
AIFF_TEXTS = {b"NAME": "title", b"AUTH": "artist", b"ANNO": "comment"}

Chunk = tuple[bytes, int, int]


def read_wav(source: Source, start: int) -> Raw:
    """RIFF and RF64; an ID3 chunk says more than an INFO list."""
    chunks = list(chunks_of(source, start + 12, "<I"))
    sound = _need(chunks, b"data", "wav")
    declared = _long_size(source, chunks) if sound[2] >= _UNKNOWN_SIZE else sound[2]
    present = _present("wav", source, sound[1], declared)
    stream = _wav_format(source, chunks, present)
    raw = Raw(audio=stream.facts(present), regions=[(sound[1], sound[1] + present)])
    _read_tags(source, chunks, raw)
    return raw


def read_aiff(source: Source, start: int) -> Raw:
    """AIFF and AIFC; the first eight bytes of SSND are an offset, not sound."""
    chunks = list(chunks_of(source, start + 12, ">I"))
    sound = _need(chunks, b"SSND", "aiff")
    present = _present("aiff", source, sound[1] + 8, sound[2] - 8)
    stream = _aiff_format(source, chunks)
    raw = Raw(audio=stream.facts(present), regions=[(sound[1] + 8, sound[1] + 8 + present)])
    _read_tags(source, chunks, raw)
    return raw


def chunks_of(source: Source, offset: int, order: str) -> Iterator[Chunk]:
    """(id, start, declared size), in order; the walk ends with the file."""
    for _ in range(_MAX_CHUNKS):
        head = source.at(offset, 8)
        if len(head) < 8:
            return
        size: int = unpack_from(order, head, 4)[0]
        yield head[:4], offset + 8, size
        offset += 8 + size + size % 2


def _need(chunks: list[Chunk], name: bytes, what: str) -> Chunk:
    for chunk in chunks:
        if chunk[0] == name:
            return chunk
    raise UnfitError(ProblemReason.TRUNCATED, f"{what}: no sound chunk")


def _present(what: str, source: Source, begin: int, declared: int) -> int:
    present = min(declared, source.size - begin)
    require_whole(what, present, 0 if declared >= _UNKNOWN_SIZE else declared)
    return present


def _long_size(source: Source, chunks: list[Chunk]) -> int:
    for name, at, size in chunks:
        if name == b"ds64" and size >= 16:
            return int.from_bytes(source.at(at + 8, 8), "little")
    return _UNKNOWN_SIZE << 32


def _wav_format(source: Source, chunks: list[Chunk], present: int) -> Stream:
    _, at, size = _need(chunks, b"fmt ", "wav")
    data = source.at(at, min(size, 64))
    if len(data) < 16:
        raise UnfitError(ProblemReason.TRUNCATED, "wav: ends in its format")
    code, channels, rate, per_second, _, depth = unpack_from("<HHIIHH", data)
    if code == 0xFFFE and len(data) >= 26:
        code = unpack_from("<H", data, 24)[0]
    codec = _WAV_CODECS.get(code, f"wav-{code:x}")
    seconds = present / per_second if per_second else 0
    return Stream("wav", codec, seconds, rate, channels, depth or None, lossless=codec == "pcm")


def _aiff_format(source: Source, chunks: list[Chunk]) -> Stream:
    _, at, size = _need(chunks, b"COMM", "aiff")
    data = source.at(at, min(size, 64))
    if len(data) < 18:
        raise UnfitError(ProblemReason.TRUNCATED, "aiff: ends in its format")
    channels, frames, depth, exponent, mantissa = unpack_from(">HIHHQ", data)
    rate = mantissa >> max(0, 16446 - (exponent & 0x7FFF))
    pcm = data[18:22] in _AIFF_PCM
    codec = "pcm" if pcm else data[18:22].decode("latin-1").strip().lower()
    return Stream("aiff", codec, frames / rate if rate else 0, rate, channels, depth or None, lossless=pcm)


def _read_tags(source: Source, chunks: list[Chunk], raw: Raw) -> None:
    info = Raw(audio=raw.audio, regions=raw.regions)
    for name, at, size in chunks:
        if name in (b"id3 ", b"ID3 "):
            _read_id3(source, at, size, raw)
        elif name == b"LIST" and source.at(at, 4) == b"INFO":
            _read_info(_load(source, at + 4, size - 4), info)
        elif name in AIFF_TEXTS:
            add(info.tags, AIFF_TEXTS[name], _text(_load(source, at, size)))
    raw.tags = {**info.tags, **raw.tags}


def _load(source: Source, at: int, size: int) -> bytes:
    if size > MAX_TAG_BYTES:
        raise too_large("tag chunk", size)
    return source.at(at, size)


def _read_id3(source: Source, at: int, size: int, raw: Raw) -> None:
    data = _load(source, at, size)
    if tag_size(data):
        read_id3(data, raw)


def _read_info(data: bytes, raw: Raw) -> None:
    offset = 0
    while offset + 8 <= len(data):
        size: int = unpack_from("<I", data, offset + 4)[0]
        key = INFO.get(data[offset : offset + 4])
        if key is not None:
            add(raw.tags, key, _text(data[offset + 8 : offset + 8 + size]))
        offset += 8 + size + size % 2


def _text(data: bytes) -> str:
    data = data.split(b"\0")[0]
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
