"""Minimal DSF, Monkey's Audio and Musepack files: true headers around bytes that no decoder could play."""

import struct
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

_RATE = 44_100


def _noise(freq: int, size: int) -> bytes:
    return Random(freq).randbytes(size)


def build_dsf(seconds: float, freq: int) -> bytes:
    """DSF 1.01: the DSD, fmt and data chunks, two channels at 2.8224 MHz, one bit per sample."""
    rate = 2_822_400
    samples = int(rate * seconds)
    blocks = -(-samples // (8 * 4096))
    audio = _noise(freq, blocks * 4096 * 2)
    fmt = struct.pack("<4sQ6IQ2I", b"fmt ", 52, 1, 0, 2, 2, rate, 1, samples, 4096, 0)
    data = struct.pack("<4sQ", b"data", 12 + len(audio)) + audio
    return struct.pack("<4s3Q", b"DSD ", 28, 28 + len(fmt) + len(data), 0) + fmt + data


def build_ape(seconds: float, freq: int) -> bytes:
    """Monkey's Audio 3.99: descriptor, header, seek table of one entry per frame, frames."""
    per_frame = 73_728 * 4
    samples = int(_RATE * seconds)
    frames = max(1, -(-samples // per_frame))
    last = samples - (frames - 1) * per_frame
    audio = _noise(freq, int(40_000 * seconds))
    head = struct.pack("<2H3I2H", 2000, 0, per_frame, last, frames, 16, 2) + struct.pack("<I", _RATE)
    seek = struct.pack(f"<{frames}I", *range(76, 76 + frames))
    sizes = (52, 24, len(seek), 0, len(audio), 0, 0)
    descriptor = struct.pack("<4s2H7I16s", b"MAC ", 3990, 0, *sizes, bytes(16))
    return descriptor + head + seek + audio


def build_mpc(seconds: float, freq: int) -> bytes:
    """Musepack SV7: the 28-byte stream header of `mpcdec`, 1,152 samples per frame, 44.1 kHz."""
    frames = max(1, int(_RATE * seconds) // 1152)
    head = struct.pack("<4sIHHIHHHH", b"MP+\x07", frames, 0, 0x3 << 6, 0, 0, 0, 0, 0)
    return head.ljust(28, b"\0") + _noise(freq, int(20_000 * seconds))


RAW_BUILDERS: Mapping[str, Callable[[float, int], bytes]] = MappingProxyType(
    {"dsf": build_dsf, "ape": build_ape, "mpc": build_mpc}
)
