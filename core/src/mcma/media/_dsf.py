"""DSF (Sony, 1.01): three chunks of fixed layout and an ID3 tag behind them."""

from struct import unpack_from

from mcma.domain.facts import ProblemReason
from mcma.media._id3 import HEADER, read_id3, tag_size
from mcma.media._raw import Raw, Stream, UnfitError, require_whole
from mcma.media._source import Source

_SOUND = 92
"""28 bytes of DSD chunk, 52 of fmt, 12 of the head of data."""


def read_dsf(source: Source, start: int) -> Raw:
    """The tag is where the first chunk points to."""
    head = source.at(start, _SOUND)
    if len(head) < _SOUND or head[28:32] != b"fmt " or head[80:84] != b"data":
        raise UnfitError(ProblemReason.TRUNCATED, "dsf: ends in its header")
    pointer: int = unpack_from("<Q", head, 20)[0]
    channels, rate, depth, samples = unpack_from("<3IQ", head, 52)
    declared: int = unpack_from("<Q", head, 84)[0] - 12
    begin = start + _SOUND
    present = min(declared, source.size - begin)
    require_whole("dsf", present, declared)
    stream = Stream("dsf", "dsd", samples / rate if rate else 0, rate, channels, depth, lossless=True)
    raw = Raw(audio=stream.facts(present), regions=[(begin, begin + present)])
    if pointer and (size := tag_size(source.at(start + pointer, HEADER))):
        read_id3(source.at(start + pointer, size), raw)
    return raw
