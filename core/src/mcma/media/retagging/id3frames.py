"""ID3 frames by hand: those of the tag that stay are copied as they are, the others are made here."""

import re
from collections.abc import Iterator, Sequence
from struct import pack, unpack_from
from typing import Final, NamedTuple

from mcma.domain.tagfields import PICTURE
from mcma.media._id3 import HEADER, extended_header, frame_size, read_id3, syncsafe, unpacked
from mcma.media._id3frames import read_frame
from mcma.media._id3names import TEXT_FRAMES, V22_FRAMES
from mcma.media._raw import Raw
from mcma.media.retagging.change import Change, Cover
from mcma.media.retagging.meaning import NOTHING

_FRONT: Final = b"\x03"
_MUSICBRAINZ: Final = b"http://musicbrainz.org\0"
_FRAMES: Final = {
    key: name.decode()
    for name, key in reversed(TEXT_FRAMES.items())
    if name not in (b"TDRL", b"TYER", b"TORY", b"GRP1")
}
_ONLY_24: Final = frozenset({"mood", "discsubtitle"})
_CUSTOM: Final = {
    "musicbrainz_albumid": "MusicBrainz Album Id", "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "releasetype": "MusicBrainz Album Type", "acoustid_id": "Acoustid Id",
    "albumversion": "MusicBrainz Album Comment", "advisory": "ITUNESADVISORY",
}  # fmt: skip
_INVOLVED: Final = {
    "arranger": "arranger", "engineer": "engineer", "producer": "producer", "mixer": "mix",
    "djmixer": "DJ-mix",
}  # fmt: skip
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_PLAYER: Final = re.compile(r"(.+?)\s*\(([^()]+)\)$", re.DOTALL)


class Frame(NamedTuple):
    name: bytes
    data: bytes
    """As it stands in a tag, header included."""
    raw: Raw
    """What it says."""

    @property
    def keys(self) -> set[str]:
        said = {*self.raw.tags, *({"lyrics"} if self.raw.lyrics else ())}
        return said | ({PICTURE} if any(one.kind == _FRONT[0] for one in self.raw.pictures) else set())


def frames_of(tag: bytes) -> Iterator[Frame]:
    """Of a tag of version 2.3 or 2.4; those of 2.2 as they are called in 2.3."""
    version, flags = tag[3], tag[5]
    body = tag[HEADER : min(len(tag), HEADER + syncsafe(tag, 6))]
    if flags & 0x80 and version < 4:
        body = body.replace(b"\xff\x00", b"\xff")
    if version == 2:
        yield from _short_frames(body)
        return
    offset = extended_header(body, version) if flags & 0x40 else 0
    while offset + HEADER < len(body) and body[offset]:
        name, size, own = unpack_from(">4sIH", body, offset)
        if version == 4 and size > 127:
            size = frame_size(body, offset)
        data = body[offset + HEADER : offset + HEADER + size]
        own |= 0x02 if version == 4 and flags & 0x80 else 0
        yield _frame(version, name, data, own)
        offset += HEADER + size


def _frame(version: int, name: bytes, data: bytes, flags: int = 0) -> Frame:
    size = len(data) if version < 4 else _syncsafe(len(data))
    raw = Raw(audio=NOTHING, regions=[])
    body = unpacked(data, flags, version) if flags & 0xFF else data
    if body:
        read_frame(name, body, version, raw)
    return Frame(name, pack(">4sIH", name, size, flags) + data, raw)


def _short_frames(body: bytes) -> Iterator[Frame]:
    """What has no name in 2.3 cannot stay."""
    offset = 0
    while offset + 6 < len(body) and body[offset]:
        size = int.from_bytes(body[offset + 3 : offset + 6], "big")
        name, data = V22_FRAMES.get(body[offset : offset + 3]), body[offset + 6 : offset + 6 + size]
        if name == b"APIC" and len(data) > 4:
            mime = b"image/png\0" if data[1:4].upper() == b"PNG" else b"image/jpeg\0"
            data = data[:1] + mime + data[4:]
        if name is not None and data:
            yield _frame(3, name, data)
        offset += 6 + size


def _syncsafe(size: int) -> int:
    return (size & 0x7F) | (size & 0x3F80) << 1 | (size & 0x1FC000) << 2 | (size & 0xFE00000) << 3


def tag_of(version: int, frames: Sequence[bytes], padding: int) -> bytes:
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes((version, 0, 0)) + pack(">I", _syncsafe(len(body))) + body


def made(version: int, change: Change) -> list[bytes]:
    """The frames that say what the change says."""
    found: list[bytes] = []
    people: list[str] = []
    players: list[str] = []
    for key, values in change.texts.items():
        if key in _INVOLVED:
            people += [part for name in values for part in (_INVOLVED[key], name)]
        elif key == "performer":
            players += [part for text in values for part in _player(text)]
        else:
            found += _said(version, key, values)
    if version == 3 and people + players:
        found.append(_text(3, "IPLS", people + players))
    elif version == 4:
        found += [_text(4, name, texts) for name, texts in (("TIPL", people), ("TMCL", players)) if texts]
    if change.cover is not None:
        found.append(_picture(version, change.cover))
    return found


def _player(text: str) -> tuple[str, str]:
    found = _PLAYER.match(text)
    return (found[2], found[1]) if found else ("performer", text)


def _said(version: int, key: str, values: list[str]) -> list[bytes]:
    """In the frame meant for it, unless it would be read as something else there."""
    usual = _usual(version, key, values)
    raw = Raw(audio=NOTHING, regions=[])
    if usual:
        read_id3(tag_of(version, usual, 0), raw)
        if raw.tags.get(key) == values or [text for _, text in raw.lyrics] == values:
            return usual
    kept = usual if key in ("date", "originaldate") else []
    return [*kept, _custom(version, _CUSTOM.get(key, key.upper()), values)]


def _usual(version: int, key: str, values: list[str]) -> list[bytes]:
    if key == "musicbrainz_trackid":
        return [_framed(version, b"UFID", _MUSICBRAINZ + values[0].encode("ascii"))]
    if key in ("comment", "lyrics"):
        name, lang = (b"COMM", b"eng") if key == "comment" else (b"USLT", b"und")
        return [_described(version, name, "", values, lang)]
    if version == 3 and key in ("date", "originaldate"):
        return _old_date(key, values[0])
    name_24 = "TCON" if key == "genre" else _FRAMES.get(key)
    if name_24 is None or (version == 3 and key in _ONLY_24):
        return []
    return [_text(version, name_24, values)]


def _old_date(key: str, date: str) -> list[bytes]:
    """ID3v2.3 has years, and the day of one of the two dates."""
    found = _DATE.fullmatch(date)
    year = _text(3, "TYER" if key == "date" else "TORY", [date[:4]])
    return [year, _text(3, "TDAT", [found[3] + found[2]])] if found and key == "date" else [year]


def _text(version: int, name: str, values: Sequence[str]) -> bytes:
    code, encode, end = _encoding(version, values)
    return _framed(version, name.encode(), code + end.join(encode(value) for value in values))


def _custom(version: int, name: str, values: Sequence[str]) -> bytes:
    return _described(version, b"TXXX", name, values)


def _described(version: int, name: bytes, what: str, values: Sequence[str], lang: bytes = b"") -> bytes:
    code, encode, end = _encoding(version, [what, *values])
    words = encode(what) if what else (b"\xff\xfe" if code == b"\x01" else b"")
    return _framed(version, name, code + lang + words + end + end.join(encode(value) for value in values))


class _Encoding(NamedTuple):
    code: bytes
    encode: "_Encode"
    end: bytes


class _Encode:
    def __init__(self, name: str, mark: bytes = b"") -> None:
        self._name, self._mark = name, mark

    def __call__(self, text: str) -> bytes:
        return self._mark + text.encode(self._name)


_LATIN = _Encoding(b"\0", _Encode("latin-1"), b"\0")
_UTF16 = _Encoding(b"\x01", _Encode("utf-16-le", b"\xff\xfe"), b"\0\0")
_UTF8 = _Encoding(b"\x03", _Encode("utf-8"), b"\0")


def _encoding(version: int, texts: Sequence[str]) -> _Encoding:
    if version == 4:
        return _UTF8
    return _LATIN if all(ord(char) < 256 for text in texts for char in text) else _UTF16


def _picture(version: int, cover: Cover) -> bytes:
    return _framed(version, b"APIC", b"\0" + cover.mime.encode() + b"\0" + _FRONT + b"\0" + cover.data)


def _framed(version: int, name: bytes, data: bytes) -> bytes:
    return _frame(version, name, data).data
