"""A name for the sound of a file that survives retagging.

Hashing all of a library would read all of it. Three samples, the length of the sound and the codec tell
compressed sound apart well enough to look for copies. Uncompressed sound has the same length whenever it
lasts as long, and parts of one session are silent in the same places, so all of that is hashed. Before
anything is thrown away for being a copy, `sameness.py` compares every byte.
"""

from collections.abc import Iterator
from hashlib import blake2b

from mcma.media._raw import Raw
from mcma.media._source import Source

SAMPLE_BYTES = 8 * 1024
WINDOW_BYTES = 96 * 1024
"""More than the largest Ogg page, so that a window always holds the start of one."""

CONSTANT_RATE = frozenset({"pcm", "adpcm", "alaw", "mulaw"})
WHOLE_BYTES = 256 * 1024 * 1024
"""Of constant-rate sound, so much is hashed: 25 minutes of a CD."""
_PIECE = 1024 * 1024
_PAGE_HEADER = 27


def audio_hash(source: Source, raw: Raw) -> bytes:
    """16 bytes over codec, header seed, length and samples of the sound."""
    total = sum(end - start for start, end in raw.regions)
    digest = blake2b(f"{raw.audio.codec}:{total}:".encode(), digest_size=16)
    digest.update(raw.hash_seed)
    for piece in _chosen(source, raw, total):
        digest.update(piece)
    return digest.digest()


def whole(source: Source, regions: list[tuple[int, int]], most: int | None = None) -> Iterator[bytes]:
    """All of the sound, or the first `most` bytes of it."""
    left = sum(end - start for start, end in regions) if most is None else most
    for start, end in regions:
        for position in range(start, min(end, start + left), _PIECE):
            yield source.at(position, min(_PIECE, end - position, start + left - position))
        left -= min(left, end - start)


def _chosen(source: Source, raw: Raw, total: int) -> Iterator[bytes]:
    if raw.paged:
        return _pages(source, raw, total)
    if raw.audio.codec in CONSTANT_RATE:
        return whole(source, raw.regions, WHOLE_BYTES)
    return _samples(source, raw, total)


def _samples(source: Source, raw: Raw, total: int) -> Iterator[bytes]:
    if total <= 3 * SAMPLE_BYTES:
        yield _slice(source, raw.regions, 0, total)
        return
    for position in (0, (total - SAMPLE_BYTES) // 2, total - SAMPLE_BYTES):
        yield _slice(source, raw.regions, position, SAMPLE_BYTES)


def _slice(source: Source, regions: list[tuple[int, int]], position: int, length: int) -> bytes:
    if len(regions) == 1:
        return source.at(regions[0][0] + position, length)
    pieces: list[bytes] = []
    for start, end in regions:
        if length > 0 and position < end - start:
            pieces.append(source.at(start + position, min(length, end - start - position)))
            length -= len(pieces[-1])
        position = max(0, position - (end - start))
    return b"".join(pieces)


def _pages(source: Source, raw: Raw, total: int) -> Iterator[bytes]:
    """Whole pages from the start, from the middle and up to the end."""
    for position in (0, total // 2):
        window = _slice(source, raw.regions, position, WINDOW_BYTES)
        yield _pages_from(window, window.find(b"OggS"))
    window = _slice(source, raw.regions, max(0, total - WINDOW_BYTES), WINDOW_BYTES)
    yield _pages_from(window, window.rfind(b"OggS", 0, max(0, len(window) - SAMPLE_BYTES)))


def _pages_from(window: bytes, start: int) -> bytes:
    return b"".join(_bodies(window, start, start + SAMPLE_BYTES)) if start >= 0 else b""


def _bodies(window: bytes, offset: int, stop: int) -> Iterator[bytes]:
    """Bodies of the pages that begin in [offset, stop): sequence numbers and checksums stay out."""
    while offset < stop and window.startswith(b"OggS", offset) and offset + _PAGE_HEADER <= len(window):
        body = offset + _PAGE_HEADER + window[offset + 26]
        offset = body + sum(window[offset + _PAGE_HEADER : body])
        yield window[body:offset]
