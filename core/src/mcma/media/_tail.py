"""Tags that are appended behind the sound: ID3v1, APEv2 and Lyrics3."""

from struct import unpack_from

from mcma.media._raw import MAX_TAG_BYTES, too_large
from mcma.media._source import Source

_APE_HAS_HEADER = 1 << 31


def audio_end(source: Source, start: int = 0) -> tuple[int, frozenset[str]]:
    """Where the sound ends, and which tags ("id3v1", "apev2", "lyrics3") stand behind it."""
    tail = source.at(max(0, source.size - 160), 160)
    if b"TAG" not in tail and b"APETAGEX" not in tail and b"LYRICS200" not in tail:
        return source.size, frozenset()
    end, found = source.size, set[str]()
    while (tag := _last_tag(source, end)) is not None and tag[0] not in found and end - tag[1] >= start:
        found.add(tag[0])
        end -= tag[1]
    return end, frozenset(found)


def _last_tag(source: Source, end: int) -> tuple[str, int] | None:
    tail = source.at(max(0, end - 128), min(end, 128))
    if tail[-32:-24] == b"APETAGEX":
        return "apev2", _ape_size(tail)
    if tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
        return "lyrics3", int(tail[-15:-9]) + 15
    if tail[:3] == b"TAG" and len(tail) == 128:
        return "id3v1", 128
    return None


def _ape_size(tail: bytes) -> int:
    size, _, flags = unpack_from("<3I", tail, len(tail) - 20)
    if size > MAX_TAG_BYTES:
        raise too_large("APEv2 tag", size)
    return int(size) + (32 if flags & _APE_HAS_HEADER else 0)
