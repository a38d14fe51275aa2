"""Fingerprints as AcoustID takes them: Chromaprint's compressed form in URL-safe base64.

The form is that of Chromaprint 1.x (`fingerprint_compressor.cpp`): a head of four bytes (algorithm, count);
then, for each number, the places of the bits in which it differs from the one before, as distances of three
bits, ended by a zero; then, of five bits, what was above six.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from struct import unpack
from typing import Final

ALGORITHM: Final = 1
_NORMAL_BITS, _MORE_BITS = 3, 5
_MOST_NORMAL: Final = 7


def packed(raw: bytes) -> str:
    """`raw`: 32-bit numbers, little-endian."""
    numbers = unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
    distances = list(_distances(numbers))
    normal = _bits((min(one, _MOST_NORMAL) for one in distances), _NORMAL_BITS)
    more = _bits((one - _MOST_NORMAL for one in distances if one >= _MOST_NORMAL), _MORE_BITS)
    head = bytes((ALGORITHM, *len(numbers).to_bytes(3, "big")))
    return urlsafe_b64encode(head + normal + more).rstrip(b"=").decode()


def _distances(numbers: Iterable[int]) -> Iterator[int]:
    before = 0
    for number in numbers:
        differs, last = number ^ before, 0
        before = number
        while differs:
            lowest = differs & -differs
            place = lowest.bit_length()
            yield place - last
            differs, last = differs ^ lowest, place
        yield 0


def _bits(values: Iterable[int], width: int) -> bytes:
    """One after the other from the lowest bit on, filled up to whole bytes."""
    made, held, count = bytearray(), 0, 0
    for value in values:
        held |= value << count
        count += width
        while count >= 8:
            made.append(held & 0xFF)
            held >>= 8
            count -= 8
    if count:
        made.append(held & 0xFF)
    return bytes(made)
