"""Do two recordings sound the same? Raw Chromaprint fingerprints compared by their bits.

A fingerprint is a row of 32-bit numbers, about eight for a second of sound, kept as little-endian bytes.
Other encodings of one recording differ in a few bits (0.03 and less), one that begins at another instant in
some more (0.07 at the worst, between two numbers), other recordings in nearly half of them (0.45 and more),
and another melody over the same chords and drums in a fifth. Equal strings find lossless copies only.

Measured over 14 songs of two minutes in 15 forms (MP3 at 64 to 320 kbit/s, AAC, Opus, Vorbis, other rates,
gains of -12 and +6 dB, begun 0.5, 1.9 and 5 s late): tests/core/domain/test_fingerprints.py repeats it short.
"""

import zlib
from array import array
from collections import Counter, defaultdict
from sys import byteorder
from typing import Final

ITEM_BYTES: Final = 4
ALIKE: Final = 0.15
"""Share of differing bits below which two fingerprints are of one recording."""
NEAR_MS: Final = 7000
"""Recordings that differ more in length are not compared."""
TERMS: Final = 32
"""Terms of a fingerprint, at most."""
SHARED: Final = 3
"""Terms that two of one recording share at the least: 9 and more of 32 were measured with `STEADY`, where
all 32 bits (none to 4) would lose some. Silence has one term, and is like nothing."""
STEADY: Final = 0xFFBCCAEF
"""Bits of a number that stay: the eight others flip in 5 to 10 % of the numbers when a copy begins between
two of them, these in 3 %."""
_SHIFT: Final = 80
"""Numbers by which one may begin later than the other: ten seconds."""
_LEAST: Final = 64
"""Numbers that must overlap: eight seconds. Less of a sound says nothing."""
_TRIED: Final = 3
"""Alignments that are compared, those on which most numbers agree."""
_OFTEN: Final = 8
"""Places of one number that are looked at: a sound that stands still agrees everywhere."""


def bit_error(one: bytes, other: bytes) -> float:
    """Of the best alignment, 0.0 to 1.0; 1.0 when too little of them overlaps, or nothing agrees."""
    first, second = (int.from_bytes(found, "little") for found in (one, other))
    lengths = len(one) // ITEM_BYTES, len(other) // ITEM_BYTES
    errors = [
        _error(first, second, lengths, shift) if shift >= 0 else _error(second, first, lengths[::-1], -shift)
        for shift in _alignments(_steady(one), _steady(other))
    ]
    return min(errors, default=1.0)


def _alignments(one: "array[int]", other: "array[int]") -> list[int]:
    """How many numbers later the other begins, by where they have the same ones; the likeliest first."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(one):
        found = places[number]
        if len(found) < _OFTEN:
            found.append(place)
    votes = Counter(
        place - here for here, number in enumerate(other) if number in places for place in places[number]
    )
    near = [(count, -abs(shift), shift) for shift, count in votes.items() if abs(shift) <= _SHIFT]
    return [shift for *_, shift in sorted(near, reverse=True)[:_TRIED]]


def _error(early: int, late: int, lengths: tuple[int, int], shift: int) -> float:
    """`early` has `shift` numbers before `late` begins. All bits at once, as two large numbers."""
    overlap = min(lengths[0] - shift, lengths[1])
    if overlap < _LEAST:
        return 1.0
    bits = overlap * ITEM_BYTES * 8
    differing = ((early >> (shift * ITEM_BYTES * 8)) ^ late) & ((1 << bits) - 1)
    return differing.bit_count() / bits


def terms(raw: bytes) -> list[int]:
    """By which look-alikes are found: 31-bit numbers, the least hashes of what is steady in each number of
    the fingerprint. Wherever a copy begins or ends, it has most of the same (min-wise sampling: A. Broder,
    On the resemblance and containment of documents, 1997)."""
    lanes = array("Q", set(_steady(raw)))
    low = int.from_bytes(b"\xff\xff\xff\xff\0\0\0\0" * len(lanes), byteorder)
    mixed = _mixed(int.from_bytes(lanes.tobytes(), byteorder), low)
    hashed = array("Q", (mixed >> 1 & low).to_bytes(len(lanes) * lanes.itemsize, byteorder))
    return sorted(set(hashed))[:TERMS]


def _mixed(numbers: int, low: int) -> int:
    """The finalizer of MurmurHash3: every bit depends on every other. Of many numbers at once, each in the
    `low` half of 64 bits, so that a product stays in its own."""
    numbers = ((numbers ^ (numbers >> 16 & low)) * 0x85EBCA6B) & low
    numbers = ((numbers ^ (numbers >> 13 & low)) * 0xC2B2AE35) & low
    return numbers ^ (numbers >> 16 & low)


def _steady(raw: bytes) -> "array[int]":
    count = len(raw) // ITEM_BYTES
    mask = int.from_bytes(STEADY.to_bytes(ITEM_BYTES, "little") * count, "little")
    whole = int.from_bytes(raw[: count * ITEM_BYTES], "little") & mask
    numbers = array("I", whole.to_bytes(count * ITEM_BYTES, "little"))
    if byteorder == "big":
        numbers.byteswap()
    return numbers


def packed(raw: bytes) -> bytes:
    """As it is kept, 60 % of it: what changes from number to number, byte by byte of them, compressed."""
    whole = int.from_bytes(raw, "little")
    changes = (whole ^ (whole << 32)) & ((1 << (8 * len(raw))) - 1)
    told = changes.to_bytes(len(raw), "little")
    return zlib.compress(b"".join(told[byte::ITEM_BYTES] for byte in range(ITEM_BYTES)), 9)


def unpacked(kept: bytes) -> bytes:
    """Raises `ValueError` for what `packed` never made."""
    try:
        planes = zlib.decompress(kept)
    except zlib.error as error:
        raise ValueError("This is no packed fingerprint.") from error
    count, told = len(planes) // ITEM_BYTES, bytearray(len(planes))
    for byte in range(ITEM_BYTES):
        told[byte::ITEM_BYTES] = planes[byte * count : (byte + 1) * count]
    whole, step, bits = int.from_bytes(told, "little"), 32, 8 * len(told)
    while step < bits:
        whole ^= (whole << step) & ((1 << bits) - 1)
        step *= 2
    return whole.to_bytes(len(told), "little")
