"""Do two recordings sound the same? Raw Chromaprint fingerprints compared by their bits.

A fingerprint is a row of 32-bit numbers, about eight for a second of sound, kept as little-endian bytes.
Other encodings of one recording differ in a few bits (0.03 and less), a copy without its first second in some
more (0.08), other recordings in nearly half of them (0.45 and more). Equal strings find lossless copies only.
"""

ITEM_BYTES = 4
ALIKE = 0.15
"""Share of differing bits below which two fingerprints are of one recording."""
NEAR_MS = 7000
"""Recordings that differ more in length are not compared."""
_SHIFT = 20
"""Items by which one may begin later than the other: two and a half seconds."""
_LEAST = 64
"""Items that must overlap: eight seconds. Less of a sound says nothing."""


def is_alike(one: bytes, other: bytes) -> bool:
    return bit_error(one, other) < ALIKE


def bit_error(one: bytes, other: bytes) -> float:
    """Of the best alignment, 0.0 to 1.0; 1.0 when too little of them overlaps."""
    first, second = (int.from_bytes(found, "little") for found in (one, other))
    lengths = len(one) // ITEM_BYTES, len(other) // ITEM_BYTES
    errors = [_error(first, second, lengths, shift) for shift in range(_SHIFT + 1)]
    errors += [_error(second, first, lengths[::-1], shift) for shift in range(1, _SHIFT + 1)]
    return min(errors)


def _error(early: int, late: int, lengths: tuple[int, int], shift: int) -> float:
    """`early` has `shift` items before `late` begins. All bits at once, as two large numbers."""
    overlap = min(lengths[0] - shift, lengths[1])
    if overlap < _LEAST:
        return 1.0
    bits = overlap * ITEM_BYTES * 8
    differing = ((early >> (shift * ITEM_BYTES * 8)) ^ late) & ((1 << bits) - 1)
    return differing.bit_count() / bits
