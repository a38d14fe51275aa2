"""Whole files, byte by byte: a shared tone, a track's tags, and a stamp that no other file's sound has.

The stamp is 16 bytes. It goes in as ancillary data of a silent frame (mp3), as samples of a short last frame
with the right checksums (flac), behind the end of the last packet's data (ogg), as its padding (opus), as a
data stream element of the last sample (m4a).
"""

import base64
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from mutagen.ogg import OggPage

from tests.support import _library_tags as tags
from tests.support._library_plan import Track
from tests.support._library_sound import TONES, encoded, pcm


def render(track: Track, cover: bytes | None) -> bytes:
    stamp = hashlib.blake2b(track.number.to_bytes(8, "big"), digest_size=16).digest()
    return _WRITERS[track.album.fmt](track, cover, stamp, track.number % len(TONES))


def _mp3(track: Track, cover: bytes | None, stamp: bytes, tone: int) -> bytes:
    sound = encoded("mp3", tone)
    return tags.id3(tags.pairs(track), cover) + sound + _silent_frame(sound, stamp)


def _silent_frame(sound: bytes, stamp: bytes) -> bytes:
    """64 kbit/s, mono, MPEG 1 layer III: 208 bytes; no side information, so that the rest is ancillary."""
    header = bytes((sound[0], sound[1] | 1, sound[2] & 0xFD, sound[3]))
    return header + bytes(17) + stamp.rjust(208 - 4 - 17, b"\0")


# FLAC -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Flac:
    info: bytes
    frames: bytes
    count: int


def _flac(track: Track, cover: bytes | None, stamp: bytes, tone: int) -> bytes:
    base = _flac_base(tone)
    samples = stamp * 2
    digest = hashlib.md5(pcm(tone) + samples).digest()
    blocks = [(0, base.info + digest), (4, tags.vorbis_comment(tags.pairs(track)))]
    if cover:
        blocks.append((6, tags.picture(cover)))
    head = b"".join(_flac_block(kind, body, last=body is blocks[-1][1]) for kind, body in blocks)
    return b"fLaC" + head + base.frames + _last_frame(base.count, samples)


@cache
def _flac_base(tone: int) -> _Flac:
    """Sixteen samples more than ffmpeg wrote, and no frame sizes."""
    file = encoded("flac", tone)
    info, at, last = file[8:42], 4, False
    while not last:
        last = bool(file[at] & 0x80)
        at += 4 + int.from_bytes(file[at + 1 : at + 4], "big")
    total = int.from_bytes(info[10:18], "big") + 16
    return _Flac(info[:4] + bytes(6) + total.to_bytes(8, "big"), file[at:], len(pcm(tone)) // 8192)


def _flac_block(kind: int, body: bytes, *, last: bool) -> bytes:
    return bytes((kind | last << 7,)) + len(body).to_bytes(3, "big") + body


def _last_frame(number: int, samples: bytes) -> bytes:
    """Sixteen verbatim samples; PCM is little-endian, FLAC is big-endian."""
    header = b"\xff\xf8\x69\x08" + bytes((number, 15))
    header += bytes((_crc(header, 8, 0x07),))
    frame = header + b"\x02" + b"".join(samples[at : at + 2][::-1] for at in range(0, 32, 2))
    return frame + _crc(frame, 16, 0x8005).to_bytes(2, "big")


def _crc(content: bytes, bits: int, polynomial: int) -> int:
    table, mask, crc = _crc_table(bits, polynomial), (1 << bits) - 1, 0
    for byte in content:
        crc = crc << 8 & mask ^ table[crc >> bits - 8 ^ byte]
    return crc


@cache
def _crc_table(bits: int, polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> bits - 1 else 0)) & (1 << bits) - 1
        table.append(crc)
    return tuple(table)


# Ogg ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ogg:
    heads: tuple[bytes, ...]
    """Identification, comment and, for Vorbis, setup."""
    packets: tuple[bytes, ...]
    end: int


def _ogg(track: Track, cover: bytes | None, stamp: bytes, tone: int) -> bytes:
    base = _ogg_base("ogg", tone)
    comment = b"\x03vorbis" + _ogg_comment(track, cover) + b"\x01"
    heads = [base.heads[0], comment, base.heads[2]]
    return _ogg_file(heads, [*base.packets[:-1], base.packets[-1] + stamp], base.end, track.number)


def _opus(track: Track, cover: bytes | None, stamp: bytes, tone: int) -> bytes:
    """The last packet becomes one of code 3: one frame, constant bit rate, padded (RFC 6716, 3.2.5)."""
    base = _ogg_base("opus", tone)
    last = base.packets[-1]
    padded = bytes((last[0] | 3, 0x41, len(stamp))) + last[1:] + stamp
    heads = [base.heads[0], b"OpusTags" + _ogg_comment(track, cover)]
    return _ogg_file(heads, [*base.packets[:-1], padded], base.end, track.number)


def _ogg_comment(track: Track, cover: bytes | None) -> bytes:
    pairs = list(tags.pairs(track))
    if cover:
        pairs.append(("METADATA_BLOCK_PICTURE", base64.b64encode(tags.picture(cover)).decode()))
    return tags.vorbis_comment(pairs)


@cache
def _ogg_base(fmt: str, tone: int) -> _Ogg:
    file = BytesIO(encoded(fmt, tone))
    pages = []
    while file.tell() < len(file.getbuffer()):
        pages.append(OggPage(file))  # type: ignore[no-untyped-call]
    packets = tuple(OggPage.to_packets(pages))  # type: ignore[no-untyped-call]
    heads = 3 if fmt == "ogg" else 2
    return _Ogg(packets[:heads], packets[heads:], pages[-1].position)


def _ogg_file(heads: list[bytes], packets: list[bytes], end: int, serial: int) -> bytes:
    """The sound is one page: less than 255 packets of less than 255 bytes each, or nearly."""
    first, *rest = heads
    pages = OggPage.from_packets([first])  # type: ignore[no-untyped-call]
    pages += OggPage.from_packets(rest, 1)  # type: ignore[no-untyped-call]
    sound = OggPage()  # type: ignore[no-untyped-call]
    sound.packets, sound.position, sound.sequence, sound.last = packets, end, len(pages), True
    pages[0].first = True
    pages.append(sound)
    for page in pages:
        page.serial = serial
    return b"".join(page.write() for page in pages)


# MP4 ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mp4:
    front: bytes
    """All up to the size of mdat, whose data is last before moov."""
    before: bytes
    last: bytes
    """The last sample."""
    moov: bytes
    """Its content, without tags."""


def _m4a(track: Track, cover: bytes | None, stamp: bytes, tone: int) -> bytes:
    """A data stream element: id, tag and alignment in 8 bits, a count, as many bytes (ISO 14496-3)."""
    element = b"\x81" + bytes((len(stamp),)) + stamp
    base = _mp4_base(tone, len(element))
    moov = base.moov + tags.udta(tags.pairs(track), cover)
    return base.front + tags.atom(b"mdat", base.before + element + base.last) + tags.atom(b"moov", moov)


@cache
def _mp4_base(tone: int, more: int) -> _Mp4:
    """The last sample is made `more` bytes longer."""
    file = encoded("m4a", tone)
    atoms = _atoms(file)
    front = file[: atoms[b"mdat"][0]]
    moov = file[slice(*atoms[b"moov"])][8:]
    inner = _atoms(moov)
    if b"udta" in inner:
        moov = moov[: inner[b"udta"][0]] + moov[inner[b"udta"][1] :]
    start = moov.index(b"stsz") - 4
    end = start + int.from_bytes(moov[start : start + 4], "big")
    size = int.from_bytes(moov[end - 4 : end], "big")
    moov = moov[: end - 4] + struct.pack(">I", size + more) + moov[end:]
    sound = file[slice(*atoms[b"mdat"])][8:]
    return _Mp4(front, sound[:-size], sound[-size:], moov)


def _atoms(content: bytes) -> dict[bytes, tuple[int, int]]:
    """Start and end of each."""
    found, at = {}, 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        found[content[at + 4 : at + 8]] = (at, at + size)
        at += size
    return found


_WRITERS: dict[str, Callable[[Track, bytes | None, bytes, int], bytes]] = {
    "mp3": _mp3,
    "flac": _flac,
    "ogg": _ogg,
    "opus": _opus,
    "m4a": _m4a,
}
