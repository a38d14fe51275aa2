"""How long an MP3 is: the Xing or Info header of LAME and others, the VBRI header of Fraunhofer."""

from struct import unpack_from
from typing import NamedTuple

_FRAMES, _BYTES, _TABLE, _QUALITY = 1, 2, 4, 8


class Count(NamedTuple):
    """Zeros where the file does not say."""

    frames: int = 0
    size: int = 0
    padding: int = 0
    """Samples that the encoder put before and behind the sound (LAME's gapless fields)."""


def read_count(head: bytes) -> Count:
    """From the bytes of the first frame."""
    at = max(head.find(b"Xing", 4, 64), head.find(b"Info", 4, 64))
    if at > 0 and len(head) >= at + 16:
        return _xing(head, at)
    if head[36:40] == b"VBRI" and len(head) >= 54:
        size, frames = unpack_from(">2I", head, 46)
        return Count(frames, size)
    return Count()


def _xing(head: bytes, at: int) -> Count:
    flags: int = unpack_from(">I", head, at + 4)[0]
    at += 8
    found: dict[int, int] = {}
    for flag, width in ((_FRAMES, 4), (_BYTES, 4), (_TABLE, 100), (_QUALITY, 4)):
        if flags & flag:
            found[flag] = int.from_bytes(head[at : at + 4], "big")
            at += width
    return Count(found.get(_FRAMES, 0), found.get(_BYTES, 0), _padding(head, at))


def _padding(head: bytes, at: int) -> int:
    """Delay and padding, 12 bits each, 21 bytes behind the name of the encoder."""
    if not head.startswith((b"LAME", b"Lavc", b"Lavf"), at) or len(head) < at + 24:
        return 0
    packed = int.from_bytes(head[at + 21 : at + 24], "big")
    return (packed >> 12) + (packed & 0xFFF)
